// The thread beside the queue: what is opened, who else looks, what changes in place.
import { find, findAll, focusId, fragment, isAwaited, send, toast, view } from "./page.js";
import { select } from "./queue.js";
import { refreshComposer } from "./composer.js";
import { drawLength } from "./lengths.js";
import { drawTimes } from "./times.js";

const LOOK_EVERY_MS = 20_000;
const LOOKED_MS = 32_000;
const looks = new Map();
let isStale = false;

export function showFocus() {
  const scroll = find("#thread-scroll");
  const message = find(".message.is-focus", scroll ?? document);
  if (!scroll || !message) return;
  const [pane, box] = [scroll.getBoundingClientRect(), message.getBoundingClientRect()];
  const isTall = box.height > pane.height - 48;
  scroll.scrollTop += isTall ? box.top - pane.top - 16 : Math.max(0, box.bottom - pane.bottom + 20);
}

// A composer that grew must not cover the message it answers, unless one reads elsewhere.
function isFocusSeen() {
  const [pane, box] = [find("#thread-scroll"), find("#thread-scroll .message.is-focus")].map((one) => one?.getBoundingClientRect());
  return !!pane && !!box && box.bottom <= pane.bottom && box.top >= pane.top;
}

async function swapPart(name, selector) {
  const id = focusId();
  const content = await fragment(`/inbox/m/${id}/${name}`);
  const [old, fresh] = [find(selector), content && find(selector.replace("#thread-scroll > ", ""), content)];
  if (!old || !fresh || focusId() !== id || isAwaited(old) || old.outerHTML === fresh.outerHTML) return;
  // A reason that is being typed is not swapped away; the change is taken over once that is closed.
  if (find("details.menu[open]", old)) { isStale = true; return; }
  const open = findAll("details[open]", old).map((one) => one.closest("[id]")?.id);
  old.replaceWith(fresh);
  for (const key of open) if (key) for (const one of findAll("details.why", document.getElementById(key) ?? fresh)) one.open = true;
  window.htmx.process(fresh);
  drawTimes(fresh);
}

export async function refreshThread(changes) {
  const pane = view();
  if (!pane) return;
  const isReceipt = (one) => one.kind === "receipt" && one.brand_id === pane.dataset.brand;
  const here = changes.filter((one) => one.thread_id === pane.dataset.thread || isReceipt(one));
  if (!here.length) return;
  const isFocus = here.some((one) => one.message_id === pane.dataset.message);
  const wasSeen = isFocusSeen();
  if (isFocus) await refreshComposer();
  await swapPart("messages", "#thread-scroll > .measure");
  if (isFocus && wasSeen) showFocus();
  if (isFocus && !find("#item-actions")?.contains(document.activeElement)) await swapPart("actions", "#item-actions");
}

export const reloadThread = () => {
  const pane = view();
  return pane ? refreshThread([{ thread_id: pane.dataset.thread, message_id: pane.dataset.message }]) : null;
};

function drawLookers() {
  const now = Date.now();
  for (const [id, people] of looks) {
    for (const [person, look] of people) if (look.until < now) people.delete(person);
    const names = [...people.values()].map((look) => look.name);
    if (!names.length) looks.delete(id);
    const badge = find(`#item-${CSS.escape(id)} .lookers`);
    if (badge) { badge.hidden = !names.length; badge.textContent = names.map((name) => name.split(" ")[0]).join(", "); badge.title = `${names.join(", ")} looking at this`; }
    if (id === focusId()) drawHere(names);
  }
  if (!looks.has(focusId())) drawHere([]);
}

function drawHere(names) {
  const badge = find("#lookers");
  if (!badge) return;
  const words = names.length ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} here` : "";
  badge.hidden = !names.length;
  if (badge.textContent !== words) badge.textContent = words;
}

export function noteLook({ message_id: id, person_id: person, name }) {
  if (person === document.body.dataset.me) return;
  if (!looks.has(id)) looks.set(id, new Map());
  looks.get(id).set(person, { name, until: Date.now() + LOOKED_MS });
  drawLookers();
}

async function tellLook() {
  const id = focusId();
  if (!id || document.hidden) return;
  const answer = await send(`/inbox/m/${id}/viewing`, { method: "POST" });
  if (!answer?.ok) return;
  const { names } = await answer.json();
  for (const name of names) noteLook({ message_id: id, person_id: `name:${name}`, name });
}

export function toggleContext() {
  const context = find("#context");
  if (!context) return;
  const isOpen = context.classList.toggle("is-open");
  find(".context-toggle")?.setAttribute("aria-expanded", String(isOpen));
  (isOpen ? find(".context-close") : find(".context-toggle"))?.focus();
}

function onSwapped() {
  select(focusId());
  drawTimes();
  drawLength();
  showFocus();
  drawLookers();
  tellLook();
}

export function startThread() {
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details[data-why][open]")) showFocus();
    // A menu that opens at the lower edge is moved into sight.
    const menu = event.target.closest?.(".acts[open]");
    if (menu) find(".menu-panel", menu)?.scrollIntoView({ block: "nearest" });
    if (isStale && event.target.matches?.("details.menu") && !event.target.open) { isStale = false; reloadThread(); }
  }, true);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (["view", "content"].includes(event.target.id)) onSwapped();
    else if (event.target.matches(".measure")) drawTimes(event.target);
    else if (event.target.id === "composer") { drawTimes(event.target); drawLength(); showFocus(); }
  });
  document.addEventListener("htmx:historyRestore", onSwapped);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { undo, done } = event.detail.requestConfig?.elt?.dataset ?? {};
    if (!undo || event.detail.xhr.status !== 200) return;
    toast(done, { label: "Undo", run: () => window.htmx.ajax("POST", undo, { target: "#item-actions", swap: "outerHTML" }) });
  });
  document.addEventListener("htmx:sendError", () => toast("That did not go through: the connection is lost. Nothing was changed and your text is kept."));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toggle-context]")) toggleContext();
  });
  select(focusId());
  showFocus();
  tellLook();
  window.setInterval(tellLook, LOOK_EVERY_MS);
  window.setInterval(drawLookers, 5000);
}
