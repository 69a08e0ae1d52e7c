// Everything without a mouse. Keys with a modifier belong to the browser, but for Ctrl+Enter.
import { find, isTyping } from "./page.js";
import { askToPublish } from "./composer.js";
import { move } from "./queue.js";
import { toggleContext } from "./thread.js";

const PLACES = { i: "/inbox", b: "/brands", c: "/accounts", s: "/settings" };
let isGoing = false;

function press(selector) {
  const element = find(selector);
  element?.click();
  return !!element;
}

function write() {
  const area = find("#reply-text");
  area?.focus();
  area?.setSelectionRange(area.value.length, area.value.length);
}

function toggle(selector) {
  const details = find(selector);
  if (details) details.open = !details.open;
  if (details?.open) find("summary", details)?.focus();
}

function togglePanel() {
  if (window.matchMedia("(max-width: 1179px)").matches) toggleContext();
}

const ACTIONS = {
  j: () => move(1), k: () => move(-1), e: write, r: write, a: askToPublish,
  x: () => press("#composer [data-key=x]"), m: () => press("#item-actions [data-key=m]"),
  d: () => press("#item-actions [data-key=d]"), w: () => toggle("details[data-why]"),
  f: () => toggle("#filter-menu"), i: togglePanel, "/": () => find("#search")?.focus(),
  "?": () => find("#keys-dialog")?.showModal(), g: () => { isGoing = true; window.setTimeout(() => { isGoing = false; }, 1200); },
};

function leave() {
  const menu = find("details.menu[open]");
  if (menu) { menu.open = false; find("summary", menu).focus(); return; }
  if (find("#context.is-open")) { toggleContext(); return; }
  if (!isTyping()) return;
  const item = find("#items > [aria-current] .item-link") ?? find("#items .item-link");
  document.activeElement.blur();
  item?.focus({ preventScroll: true });
}

function onKey(event) {
  if (event.defaultPrevented || find("dialog[open]")) return;
  if (event.key === "Escape") { leave(); return; }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply-text") {
    event.preventDefault();
    find("#composer-form").requestSubmit(find("#publish"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (isGoing && PLACES[event.key]) { window.location.assign(PLACES[event.key]); return; }
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
    if (event.target.closest("[data-close]") || event.target.tagName === "DIALOG") event.target.closest("dialog")?.close();
  });
}
