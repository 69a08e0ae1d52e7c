// Small things every module needs: finding elements, our own requests, toasts, the announcer.

export const find = (selector, root = document) => root.querySelector(selector);
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];
export const view = () => find("#view[data-message]");
export const focusId = () => view()?.dataset.message ?? null;

export function queueQuery() {
  return find("#queue")?.dataset.query ?? "";
}

// An ended session must not cost what is being typed: the page says so and stays.
function showEnded(isEnded) {
  const bar = find("#offline");
  if (!bar) return;
  find("[data-ended]", bar).hidden = !isEnded;
  find("[data-lost]", bar).hidden = isEnded;
  if (isEnded) bar.hidden = false;
}

// After signing in again the old token is worth nothing: take over the new one.
export function adoptToken(token) {
  if (!token || token === document.body.dataset.csrf) return;
  document.body.dataset.csrf = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": token }));
  for (const input of findAll("input[name=csrf_token]")) input.value = token;
}

// A request of our own: carries the CSRF token, returns null when the network is away.
export async function send(url, options = {}) {
  const headers = { "X-CSRF-Token": document.body.dataset.csrf ?? "", "HX-Request": "true" };
  try {
    const answer = await fetch(url, { ...options, headers, credentials: "same-origin" });
    showEnded(answer.status === 401);
    return answer;
  } catch {
    return null;
  }
}

export async function fragment(url) {
  const answer = await send(url);
  if (!answer?.ok) return null;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
}

// An answer of the server is on its way into this part: leave it alone.
export const isAwaited = (part) => part.matches(".htmx-request") || find(".htmx-request", part) !== null;

export function announce(sentence) {
  const announcer = find("#announcer");
  if (announcer) announcer.textContent = sentence;
}

export function toast(sentence, action) {
  const shelf = find("#toasts");
  if (!shelf) return;
  const box = document.createElement("div");
  box.className = "toast arrives";
  const words = document.createElement("span");
  words.textContent = sentence;
  box.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { box.remove(); action.run(); });
    box.append(button);
  }
  shelf.replaceChildren(box);
  window.setTimeout(() => box.remove(), action ? 9000 : 6000);
}

export function isTyping(element = document.activeElement) {
  return !!element?.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}
