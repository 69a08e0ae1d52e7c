// The composer: drafts as tabs, length as the network counts, saving while typing, nothing lost.
import { find, findAll, focusId, fragment, isAwaited, send, toast } from "./page.js";
import { drawLength, isPrivate } from "./lengths.js";
import { clockTime, drawTimes } from "./times.js";

const SAVE_AFTER_MS = 500;
let timer = 0;
let saving = Promise.resolve();

const composer = () => find("#composer");
const field = () => find("#reply-text");

function setRevision(revision) {
  const box = composer();
  if (!box) return;
  box.dataset.mark = box.dataset.mark.replace(/^([^.]*)\.\d+/, `$1.${revision}`);
  box.dataset.revision = revision;
  for (const input of findAll("input[name=revision]", box)) input.value = revision;
}

async function save() {
  const area = field();
  if (!area || area.value === area.dataset.savedText) return;
  const text = area.value;
  const form = new FormData();
  form.set("text", text);
  form.set("revision", composer().dataset.revision);
  const answer = await send(area.dataset.save, { method: "POST", body: new URLSearchParams(form), keepalive: true });
  if (field() !== area) return;
  if (answer?.ok) {
    area.dataset.savedText = text;
    // Another text needs every yes again: the line and the button must say so at once.
    if ("consents" in composer().dataset) await refreshComposer();
    else setRevision((await answer.json()).revision);
    find("#saved").textContent = `Saved ${clockTime(new Date())}`;
  } else if (answer?.status === 409) {
    const { conflict } = await answer.json();
    await refreshComposer(`${conflict} Your text is kept.`);
  } else {
    find("#saved").textContent = "Not saved yet, trying again";
    schedule(3000);
  }
}

function schedule(after = SAVE_AFTER_MS) {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => { saving = saving.then(save); }, after);
}

export async function flush() {
  window.clearTimeout(timer);
  saving = saving.then(save);
  await saving;
}

function addNotice(sentence) {
  const body = find("#composer-form") ?? find("#composer .settled");
  const notice = document.createElement("div");
  notice.className = "notice notice-amber";
  notice.setAttribute("role", "alert");
  notice.textContent = sentence;
  body?.prepend(notice);
}

function keepText(typed, caret, hadFocus) {
  const area = field();
  if (area) {
    area.value = typed;
    if (hadFocus) { area.focus({ preventScroll: true }); area.setSelectionRange(...caret); }
    return;
  }
  const settled = find("#composer .settled");
  if (!settled) return;
  const kept = document.createElement("textarea");
  kept.className = "input";
  kept.id = "kept-text";
  kept.readOnly = true;
  kept.dir = "auto";
  kept.value = typed;
  kept.setAttribute("aria-label", "Your text was not sent. It is kept here to copy.");
  const words = document.createElement("p");
  words.className = "small quiet";
  words.textContent = "Your text was not sent. It is kept here to copy:";
  settled.append(words, kept);
}

// Take the composer as the server sees it now; text that is being written stays.
export async function refreshComposer(sentence = "") {
  const id = focusId();
  const old = composer();
  if (!id || !old) return;
  const content = await fragment(`/inbox/m/${id}/composer`);
  const fresh = content && find("#composer", content);
  if (!fresh || focusId() !== id || composer() !== old || isAwaited(old)) return;
  if (fresh.dataset.mark === old.dataset.mark && !sentence) return;
  const area = field();
  const typed = area?.value ?? "";
  const isDirty = area !== null && (typed !== area.dataset.savedText || document.activeElement === area);
  const wasPrivate = isPrivate();
  const caret = area ? [area.selectionStart, area.selectionEnd] : [0, 0];
  const hadFocus = document.activeElement === area;
  old.replaceWith(fresh);
  window.htmx.process(fresh);
  const differs = typed.trim() && typed !== (field()?.value ?? find(".settled .text", fresh)?.textContent ?? "");
  if (isDirty && find("#is-private")) find("#is-private").checked = wasPrivate;
  if (isDirty && differs) keepText(typed, caret, hadFocus);
  if (sentence) addNotice(sentence);
  drawLength();
  drawTimes(fresh);
}

function chooseDraft(tab) {
  const area = field();
  const tabs = findAll(".draft-tab");
  const texts = tabs.map((one) => one.dataset.text);
  if (area.value.trim() && !texts.includes(area.value)) keepOwn(tabs, area.value);
  area.value = tab.dataset.text;
  find("#composer-form input[name=draft_id]").value = tab.dataset.draft ?? "";
  for (const one of findAll(".draft-tab")) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
  }
  for (const sources of findAll("[data-sources]")) sources.hidden = sources.dataset.sources !== tab.dataset.draft;
  drawLength();
  schedule();
}

function keepOwn(tabs, text) {
  let own = find(".draft-tab[data-own]");
  if (!own) {
    own = tabs[0].cloneNode(true);
    own.id = "tab-own";
    own.dataset.own = "";
    own.dataset.draft = tabs[0].dataset.draft;
    own.textContent = "Your text";
    tabs[0].parentElement.append(own);
  }
  own.dataset.text = text;
}

function toggleReject() {
  const form = find("#reject");
  if (!form) return;
  form.hidden = !form.hidden;
  find("[data-open-reject][aria-expanded]")?.setAttribute("aria-expanded", String(!form.hidden));
  (form.hidden ? field() : find("input[name=reason]", form))?.focus();
}

export function askToPublish() {
  const button = find("#publish");
  if (!button || button.disabled) return;
  button.focus();
  const status = find("#saved");
  status.classList.add("confirm-hint");
  status.textContent = `Press Enter: ${button.innerText.trim()}`;
  button.addEventListener("blur", () => { status.classList.remove("confirm-hint"); status.textContent = ""; }, { once: true });
}

export function startComposer() {
  document.addEventListener("input", (event) => {
    if (event.target.id !== "reply-text") return;
    drawLength();
    find("#saved").textContent = "";
    schedule();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "is-private") drawLength();
  });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".draft-tab");
    if (tab) chooseDraft(tab);
    if (event.target.closest("[data-open-reject]")) toggleReject();
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.(".draft-tab");
    if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const tabs = findAll(".draft-tab");
    const next = tabs[(tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    next.focus();
    chooseDraft(next);
  });
  // An answer is sent with the revision of the last save: wait for it first.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt.id !== "composer-form") return;
    event.preventDefault();
    flush().then(() => event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "view") flush();
  });
  window.addEventListener("pagehide", () => { save(); });
  document.addEventListener("problem", (event) => toast(event.detail.value));
  drawLength();
}
