// Live updates by server-sent events. A lost connection shows at once and heals by itself.
import { refreshPage, refreshStormBar, refreshTroubles } from "./accounts.js";
import { find, send } from "./page.js";
import { refreshItems, reloadQueue } from "./queue.js";
import { noteLook, refreshThread, reloadThread } from "./thread.js";

const GATHER_MS = 60;
let changes = [];
let timer = 0;
let working = Promise.resolve();
let wasLost = false;
let pause = 1000;
let source = null;

function showLost(isLost) {
  const bar = find("#offline");
  if (bar) bar.hidden = !isLost;
}

function lose() {
  wasLost = true;
  showLost(true);
}

// One batch after the other: an older answer must never replace a newer one.
async function work() {
  const batch = changes.splice(0);
  const ids = [...new Set(batch.map((one) => one.message_id).filter(Boolean))];
  if (ids.length) await refreshItems(ids);
  await refreshThread(batch);
  if (batch.some((one) => one.kind === "storm")) await Promise.all([refreshPage(), refreshStormBar()]);
  if (batch.some((one) => one.kind === "promise")) await refreshPage();
  if (batch.some((one) => one.kind === "connection")) await Promise.all([refreshPage(), refreshTroubles()]);
}

function take(items) {
  changes.push(...items);
  if (timer) return;
  timer = window.setTimeout(() => { timer = 0; working = working.then(work); }, GATHER_MS);
}

const reload = () => Promise.all([reloadQueue(), reloadThread(), refreshPage(), refreshTroubles(), refreshStormBar()]);

function connect(url) {
  source?.close();
  const opened = new EventSource(url);
  source = opened;
  opened.addEventListener("hello", () => {
    showLost(false);
    pause = 1000;
    if (wasLost) reload();
    wasLost = false;
  });
  opened.addEventListener("items", (event) => take(JSON.parse(event.data).items));
  opened.addEventListener("viewing", (event) => noteLook(JSON.parse(event.data)));
  opened.addEventListener("refresh", reload);
  opened.addEventListener("error", () => {
    lose();
    if (opened.readyState !== EventSource.CLOSED || opened !== source) return;
    // The browser gives up after an answer that is no stream (a restart, an ended session).
    send("/inbox/items");
    window.setTimeout(() => connect(url), pause);
    pause = Math.min(pause * 2, 15_000);
  });
}

export function startLive() {
  const url = document.body.dataset.live;
  if (!url || !find("#items, [data-refresh], #storm-bar")) return;
  window.addEventListener("offline", lose);
  window.addEventListener("online", () => connect(url));
  window.addEventListener("pagehide", () => source?.close());
  // A page that comes back from the browser's own store has lost its stream.
  window.addEventListener("pageshow", (event) => { if (event.persisted) { wasLost = true; connect(url); } });
  connect(url);
}
