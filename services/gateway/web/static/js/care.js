// The care meter: how an answer reads, which words cost points, what the brand's rules say of it.
import { find, findAll, send } from "./page.js";
import { block, isPrivate } from "./lengths.js";

const ASK_AFTER_MS = 180;
let timer = 0;
let asked = 0;
let told = null;
let chosen = "";
let blanks = [];

const area = () => find("#reply-text");

// The server counts code points, the page UTF-16 units.
const slice = (letters, start, end) => letters.slice(start, end).join("");

function spotsOf(found) {
  const spots = [
    ...found.rules.map((one) => ({ ...one, kind: one.stops ? "stops" : "routes" })),
    ...found.findings.filter((one) => one.end > one.start && (!chosen || one.dimension === chosen)).map((one) => ({ ...one, kind: "cost" })),
    ...found.promises.map((one) => ({ ...one, kind: "promise" })),
  ];
  const taken = [];
  for (const spot of spots) {
    if (taken.every((one) => spot.end <= one.start || spot.start >= one.end)) taken.push(spot);
  }
  return taken.sort((one, other) => one.start - other.start);
}

function drawMarks(text, found) {
  const marks = find("#marks");
  if (!marks) return;
  const letters = [...text];
  const parts = [];
  let at = 0;
  for (const spot of spotsOf(found)) {
    parts.push(document.createTextNode(slice(letters, at, spot.start)));
    const mark = document.createElement("mark");
    mark.className = `mark-${spot.kind}`;
    mark.textContent = slice(letters, spot.start, spot.end);
    parts.push(mark);
    at = spot.end;
  }
  // A last empty line has no height of its own.
  parts.push(document.createTextNode(`${slice(letters, at, letters.length)}\u200b`));
  marks.replaceChildren(...parts);
  marks.scrollTop = area()?.scrollTop ?? 0;
}

function toneOf(value) {
  return value >= 70 ? "good" : value >= 45 ? "fair" : "poor";
}

function drawBars(values) {
  for (const bar of findAll(".care-bar")) {
    const value = values[bar.dataset.careOf];
    find("[data-figure]", bar).textContent = value;
    bar.dataset.tone = toneOf(value);
    find(".care-fill", bar).style.setProperty("inline-size", `${value}%`);
    bar.setAttribute("aria-pressed", String(chosen === bar.dataset.careOf));
  }
}

function line(className, ...parts) {
  const made = document.createElement("p");
  made.className = className;
  made.append(...parts);
  return made;
}

function strong(text) {
  const made = document.createElement("strong");
  made.textContent = text;
  return made;
}

function isolated(text) {
  const made = document.createElement("bdi");
  made.textContent = text;
  return made;
}

const short = (text) => { const bare = text.replace(/[.!?\s]+$/u, ""); return bare.length > 64 ? `${bare.slice(0, 63).trimEnd()}…` : bare; };

function suggestionOf(finding, letters) {
  const row = line("care-line");
  if (finding.end > finding.start) row.append("“", isolated(slice(letters, finding.start, finding.end)), "”: ");
  row.append(finding.why);
  if (finding.suggestion) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "care-take";
    button.append("Use: ", isolated(finding.suggestion));
    button.addEventListener("click", () => take(finding));
    row.append(" ", button);
  }
  return row;
}

function drawWords(text, found) {
  const letters = [...text];
  const lines = [];
  for (const one of found.rules) {
    const row = line(one.stops ? "care-line is-red" : "care-line is-amber", strong(one.why), ": “", isolated(one.phrase), "”. ");
    row.append(one.stops ? "It cannot leave so." : "An approver must agree.");
    lines.push(row);
  }
  for (const one of found.missing) lines.push(line("care-line is-red", strong("Your brand always says"), ": ", isolated(one)));
  const dear = found.findings.filter((one) => !chosen || one.dimension === chosen);
  for (const one of dear.slice(0, chosen ? 4 : 1)) lines.push(suggestionOf(one, letters));
  // One line for all promises: the one without a time is the one to mend.
  const promise = found.promises.find((one) => !one.due) ?? found.promises[0];
  if (promise) {
    const more = found.promises.length - 1;
    const row = line("care-line is-promise", strong("A promise"), ": “", isolated(short(promise.phrase)), "”. ");
    row.append(promise.due ? "It becomes a task with its date." : "It names no time; say by when.");
    if (more) row.append(` And ${more} more.`);
    lines.push(row);
  }
  find("#care-words")?.replaceChildren(...lines);
}

// What was put in leaves blanks for the person: {order}, [name]. Mark the next one to type over it.
function chooseBlank(field, put) {
  blanks = [...blanks, ...(put.match(/\{[^{}\n]{1,40}\}|\[[^[\]\n]{1,40}\]/gu) ?? [])];
  const open = blanks.find((one) => field.value.includes(one));
  field.focus();
  if (open) field.setSelectionRange(field.value.indexOf(open), field.value.indexOf(open) + open.length);
}

function drawBlock(text, found) {
  const open = blanks.find((one) => text.includes(one));
  const stop = found.rules.find((one) => one.stops);
  if (stop) block(`Change “${short(stop.phrase)}” first.`);
  else if (found.missing.length) block(`Add “${short(found.missing[0])}” first.`);
  else block(open ? `Fill in ${open} first.` : "");
}

function draw() {
  const field = area();
  const box = find("#care");
  if (!field || !box || !told) return;
  box.hidden = !field.value.trim();
  drawBars(told.found.values);
  drawBlock(told.text, told.found);
  drawMarks(told.text, told.found);
  drawWords(told.text, told.found);
}

function take(finding) {
  const field = area();
  if (!field) return;
  const letters = [...field.value];
  if (finding.end > finding.start) {
    field.value = slice(letters, 0, finding.start) + finding.suggestion + slice(letters, finding.end, letters.length);
  } else {
    // What is missing goes before the closing lines, where there are some.
    const [body, ...closing] = field.value.split("\n\n");
    field.value = [`${body.trimEnd()} ${finding.suggestion}`, ...closing].join("\n\n");
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
  chooseBlank(field, finding.suggestion);
}

async function ask(field, number) {
  const text = field.value;
  const body = new URLSearchParams({ text, is_private: isPrivate() ? "yes" : "" });
  const answer = await send(field.dataset.care, { method: "POST", body });
  if (!answer?.ok || number !== asked || area() !== field || field.value !== text) return;
  told = { text, found: await answer.json() };
  draw();
}

export function askCare(after = ASK_AFTER_MS) {
  const field = area();
  asked += 1;
  window.clearTimeout(timer);
  if (!field?.dataset.care) { block(""); return; }
  find("#marks")?.replaceChildren();
  if (!field.value.trim()) {
    const box = find("#care");
    if (box) box.hidden = true;
    block("");
    return;
  }
  const number = asked;
  timer = window.setTimeout(() => ask(field, number), after);
}

async function findSaved(input) {
  const answer = await send(`${input.dataset.savedFrom}?q=${encodeURIComponent(input.value)}`);
  if (!answer?.ok) return;
  find("#saved-found").innerHTML = await answer.text();
}

function useSaved(button) {
  const field = area();
  if (!field) return;
  const before = field.value.slice(0, field.selectionStart);
  field.value = field.value.trim() ? before + button.dataset.text + field.value.slice(field.selectionEnd) : button.dataset.text;
  find("#composer-form input[name=saved_id]").value = button.dataset.saved;
  button.closest("details").open = false;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  chooseBlank(field, button.dataset.text);
}

export function startCare() {
  document.addEventListener("input", (event) => {
    if (event.target.id === "reply-text") askCare();
    if (event.target.id === "saved-query") findSaved(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "is-private") askCare(0);
  });
  document.addEventListener("scroll", (event) => {
    const marks = event.target.id === "reply-text" && find("#marks");
    if (marks) marks.scrollTop = event.target.scrollTop;
  }, { capture: true, passive: true });
  document.addEventListener("click", (event) => {
    const bar = event.target.closest(".care-bar");
    if (bar) {
      chosen = chosen === bar.dataset.careOf ? "" : bar.dataset.careOf;
      draw();
    }
    const saved = event.target.closest("[data-saved]");
    if (saved) useSaved(saved);
    if (event.target.closest(".draft-tab")) askCare(0);
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".saved-menu") || !event.target.open) return;
    const input = find("#saved-query");
    input.value = "";
    input.focus();
    findSaved(input);
  }, { capture: true });
  document.addEventListener("htmx:afterSwap", () => askCare(0));
  askCare(0);
}
