// The page is a projection of the service's event stream; this joins its parts.
import { drawAttention, tick } from "./attention.js";
import { drawCluster } from "./cluster.js";
import { drawContent } from "./content.js";
import { byId, make } from "./dom.js";
import { closeEvents, openEvents, takeEvents } from "./events.js";
import { readFilter, startFilter } from "./filter.js";
import { startKeys } from "./keys.js";
import { drawNetwork } from "./network.js";
import { mayRead, startOperator } from "./operator.js";
import { drawRack, filterRack, tickRack } from "./rack.js";
import { onChange } from "./route.js";
import { drawSummary, sayConnection, show, startTheme } from "./shell.js";
import * as store from "./store.js";
import { closeStory, drawStory, openStory, tickStory } from "./story.js";
import { listen } from "./stream.js";

const ASKED_EVERY = 5000; // of what the stream does not tell

const PAGES = { cluster: drawCluster, network: drawNetwork, content: drawContent, events: openEvents };

let view = "rack";
let shownItem = "";
let hasStarted = false;

function go({ view: next, item }) {
  const isOther = next !== view || next === "machine" && item !== shownItem;
  shownItem = item;
  view = next;
  show(view);
  if (view === "machine") openStory(item);
  else closeStory();
  if (view !== "events") closeEvents();
  if (view === "rack") {
    readFilter();
    if (store.cluster) filterRack();
  }
  if (view in PAGES) ask(view);
  drawSummary();
  // Another page begins at its top, for eyes and for screen readers.
  if (isOther && hasStarted) {
    scrollTo(0, 0);
    byId("main").focus({ preventScroll: true });
  }
}

async function ask(which) {
  try {
    await PAGES[which]();
  } catch (problem) {
    const section = byId(`view-${which}`);
    if (!section.childElementCount) section.replaceChildren(make("h1", { id: `${which}-title` }, which), make("p.empty", {}, `This did not arrive: ${problem.message}`));
  }
}

store.watch(change => {
  drawRack(change);
  if (change.everything || change.cluster || change.macs.size) drawAttention();
  drawSummary();
  drawStory(change);
  takeEvents(change);
});

startTheme();
startKeys();
startFilter(filterRack);
onChange(go);
hasStarted = true;
listen(state => {
  if (state === "locked" && store.cluster) location.reload(); // what was shown is not for whoever sits there now
  else sayConnection(state);
}, mayRead);
startOperator(() => {
  if (store.cluster) drawAttention();
  drawStory({ everything: true, macs: new Set() });
});

setInterval(() => {
  if (document.hidden) return;
  if (view === "rack") {
    tickRack();
    tick(byId("attention"));
  }
  tickStory();
}, 1000);
setInterval(() => {
  if (!document.hidden && view in PAGES && view !== "events") ask(view);
}, ASKED_EVERY);
