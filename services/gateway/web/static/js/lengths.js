// Length as the network counts it: here where its unit says it all, else the server is asked.
import { find, send } from "./page.js";

const ASK_AFTER_MS = 250;
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;
const UNITS = {
  characters: (text) => [...text].length,
  bytes: (text) => new TextEncoder().encode(text).length,
  utf16: (text) => text.length,
};
let timer = 0;
let asked = 0;
let isOver = false;
let why = "";

export function plainLength(text, unit) {
  if (unit === "graphemes" && segmenter) return [...segmenter.segment(text)].length;
  return (UNITS[unit] ?? UNITS.characters)(text);
}

// The rule in force: a private answer is counted as a message.
function ruleOf(area) {
  const { limit, unit, counts, privateLimit, privateUnit, privateCounts } = area.dataset;
  return isPrivate()
    ? { limit: Number(privateLimit), unit: privateUnit, counts: privateCounts }
    : { limit: Number(limit), unit, counts };
}

export const isPrivate = () => find("#is-private")?.checked ?? false;

function show(length, limit, fits, text) {
  const counter = find("#length");
  if (!counter) return;
  counter.textContent = length.toLocaleString("en");
  find("#limit").textContent = limit.toLocaleString("en");
  counter.parentElement.classList.toggle("is-over", !fits);
  isOver = !fits || !text.trim();
  drawButton();
}

function drawButton() {
  const button = find("#publish");
  if (button) button.disabled = isOver || !!why;
  const told = find("#blocked");
  if (told && told.textContent !== why) told.textContent = why;
}

// What the brand's rules do not let out: the button rests, and says why beside it.
export function block(reason) {
  why = reason;
  drawButton();
}

async function ask(area, number) {
  const text = area.value;
  const body = new URLSearchParams({ text, is_private: isPrivate() ? "yes" : "" });
  const answer = await send(area.dataset.count, { method: "POST", body });
  if (!answer?.ok || number !== asked || find("#reply-text") !== area) return;
  const told = await answer.json();
  show(told.length, told.limit, told.fits, text);
}

export function drawLength() {
  const area = find("#reply-text");
  if (!area) return;
  const { limit, unit, counts } = ruleOf(area);
  asked += 1;
  window.clearTimeout(timer);
  if (counts === "page") {
    const length = plainLength(area.value, unit);
    show(length, limit, length <= limit, area.value);
    return;
  }
  const number = asked;
  const button = find("#publish");
  if (button) button.disabled = button.disabled || !area.value.trim();
  timer = window.setTimeout(() => ask(area, number), ASK_AFTER_MS);
}
