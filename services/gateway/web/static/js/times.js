// Times in words and in the reader's own zone; redrawn every half minute.
import { findAll } from "./page.js";

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dated = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const older = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export const clockTime = (at) => clock.format(at);

function relative(at, now) {
  const seconds = Math.max(0, (now - at) / 1000);
  if (seconds < 45) return "now";
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 86000) return `${Math.max(1, Math.round(seconds / 3600))} h`;
  if (seconds < 7 * 86400) return `${Math.max(1, Math.round(seconds / 86400))} d`;
  return (at.getFullYear() === now.getFullYear() ? day : older).format(at);
}

export function drawTimes(root = document) {
  const now = new Date();
  for (const element of findAll("time[data-relative], time[data-clock]", root)) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const words = "clock" in element.dataset ? (at.toDateString() === now.toDateString() ? clock : dated).format(at) : relative(at, now);
    if (element.textContent !== words) element.textContent = words;
    if (!element.dataset.drawn) { element.title = exact.format(at); element.dataset.drawn = "1"; }
  }
}

// How much is left of a window, as the server writes it.
function drawLeft() {
  for (const element of findAll("[data-left]")) {
    const seconds = Math.floor((new Date(element.dataset.left) - Date.now()) / 1000);
    if (Number.isNaN(seconds)) continue;
    const minutes = Math.max(1, Math.floor(seconds / 60));
    const words = seconds <= 0 ? "none" : seconds < 3600 ? `${minutes} min` : seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
    if (element.textContent !== words) element.textContent = words;
  }
}

export function startTimes() {
  drawTimes();
  window.setInterval(() => { drawTimes(); drawLeft(); }, 30_000);
}
