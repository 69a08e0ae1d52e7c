// Starts the parts. Pages work without scripts; scripts make them live and fast.
import { startAccounts } from "./accounts.js";
import { startCare } from "./care.js";
import { startComposer } from "./composer.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startQueue } from "./queue.js";
import { startThread } from "./thread.js";
import { startTimes } from "./times.js";

startTimes();
startAccounts();
startQueue();
startComposer();
startCare();
startThread();
startKeys();
startLive();
