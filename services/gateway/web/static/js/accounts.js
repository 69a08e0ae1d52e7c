// Pages that renew by themselves (accounts, a request under way) and the banner above the queue.
import { find, findAll, fragment } from "./page.js";
import { drawTimes } from "./times.js";

let isStale = false;

// What somebody is filling in is never swapped away; it is renewed when they have closed it.
const isFilled = (part) => findAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea", part).some((one) => one.value !== one.defaultValue);
const isBusy = (part) => find("details.menu[open], .missing[open]", part) !== null || isFilled(part)
  || (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

function swap(part, content) {
  const fresh = content && find(`#${part.id}`, content);
  if (!fresh || fresh.innerHTML === part.innerHTML) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : null;
  part.replaceWith(fresh);
  drawTimes(fresh);
  if (focused) find("a, button, summary", document.getElementById(focused) ?? fresh)?.focus({ preventScroll: true });
}

export async function refreshPage() {
  const part = find("[data-refresh]");
  if (!part) return;
  if (isBusy(part)) { isStale = true; return; }
  isStale = false;
  const content = await fragment(window.location.pathname + window.location.search);
  if (part.isConnected && !isBusy(part)) swap(part, content);
}

export async function refreshTroubles() {
  const banner = find("#troubles");
  if (!banner) return;
  swap(banner, await fragment("/inbox/trouble"));
}

export async function refreshStormBar() {
  const bar = find("#storm-bar");
  if (!bar || bar.contains(document.activeElement)) return;
  swap(bar, await fragment("/storms/bar"));
}

export function startAccounts() {
  document.addEventListener("toggle", (event) => {
    if (isStale && event.target.matches?.("details") && !event.target.open) refreshPage();
  }, true);
}
