// The queue: selection, and what arrives is merged without moving what is being read.
import { adoptToken, announce, find, findAll, focusId, fragment, queueQuery } from "./page.js";
import { drawTimes } from "./times.js";

const pending = new Map();
const items = () => find("#items");
const itemOf = (id) => document.getElementById(`item-${id}`);
const idOf = (item) => item.id.slice("item-".length);

export function select(id) {
  for (const item of findAll("#items > [aria-current]")) item.removeAttribute("aria-current");
  const item = id && itemOf(id);
  if (!item) return;
  item.setAttribute("aria-current", "true");
  item.classList.remove("is-unread");
}

// Move the focus by one item; the focus stays where it is at either end.
export function move(step) {
  const links = findAll("#items .item-link");
  if (!links.length) return;
  const current = document.activeElement?.closest(".item") ?? find("#items > [aria-current]");
  const at = links.findIndex((link) => link.parentElement === current);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function isBefore(one, other, isNewest) {
  const [a, b] = [Number(one.dataset.priority), Number(other.dataset.priority)];
  if (!isNewest && a !== b) return a > b;
  return find("time", one).dateTime >= find("time", other).dateTime;
}

function place(item) {
  const list = items();
  const isNewest = find("#queue").dataset.sort === "newest";
  const after = [...list.children].find((other) => !other.classList.contains("item") || isBefore(item, other, isNewest));
  item.classList.add("arrives");
  list.insertBefore(item, after ?? null);
  window.htmx.process(item);
}

function isResting() {
  const scroll = find("#queue-scroll");
  return scroll.scrollTop < 8 && !find("#items").matches(":hover");
}

function showPill() {
  const pill = find("#new-pill");
  pill.hidden = pending.size === 0;
  find("span", pill).textContent = `${pending.size} new`;
}

export function showPending() {
  for (const item of pending.values()) if (!itemOf(idOf(item))) place(item);
  pending.clear();
  showPill();
  find("#queue-scroll").scrollTop = 0;
  drawTimes(items());
}

function count(by) {
  const counter = find("#open-count");
  if (counter && by) counter.textContent = String(Math.max(0, Number(counter.textContent) + by));
}

function replace(old, item) {
  const isOpen = (one) => one.dataset.state === "open";
  count(Number(isOpen(item)) - Number(isOpen(old)));
  const isCurrent = old.hasAttribute("aria-current");
  if ("gone" in item.dataset && !isCurrent && !old.contains(document.activeElement)) {
    old.remove();
    return;
  }
  const hadFocus = old.contains(document.activeElement);
  if (isCurrent) item.setAttribute("aria-current", "true");
  if (isCurrent) item.classList.remove("is-unread");
  old.replaceWith(item);
  window.htmx.process(item);
  if (hadFocus) find(".item-link", item).focus({ preventScroll: true });
}

function arrive(item) {
  if (item.dataset.state === "open") count(1);
  if (item.dataset.urgency === "3") announce(`Urgent: ${find(".name", item).textContent} wrote to ${find(".brand-chip", item).title}`);
  if (isResting()) place(item);
  else pending.set(idOf(item), item);
}

export function merge(content) {
  for (const item of findAll(".item", content)) {
    const old = itemOf(idOf(item));
    if (old) replace(old, item);
    else if (!("gone" in item.dataset)) arrive(item);
  }
  find("#queue-empty").hidden = find("#items .item") !== null;
  showPill();
  drawTimes(items());
}

// Ask for the named items as they are now; at most 50 at a time, as the server answers.
export async function refreshItems(ids) {
  if (!items()) return;
  for (let at = 0; at < ids.length; at += 50) {
    const query = new URLSearchParams(queueQuery());
    for (const id of ids.slice(at, at + 50)) query.append("id", id);
    const content = await fragment(`/inbox/items?${query}`);
    if (content && items()) merge(content);
  }
}

// After a gap: take the first page again and merge it.
export async function reloadQueue() {
  if (!items()) return;
  const content = await fragment(`/inbox${queueQuery()}`);
  if (!content) return;
  adoptToken(find("#queue", content)?.dataset.csrf);
  merge(content);
  const told = find("#open-count", content);
  if (told) find("#open-count").textContent = told.textContent;
}

export function startQueue() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("#new-pill")) showPending();
    for (const menu of findAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("scroll", (event) => {
    if (event.target.id === "queue-scroll" && event.target.scrollTop < 8 && pending.size) showPending();
  }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "queue" || event.detail.target?.id === "queue") { pending.clear(); select(focusId()); }
  });
}
