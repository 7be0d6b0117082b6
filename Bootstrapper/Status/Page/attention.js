// Who needs somebody, at the top: which machine, where, since when, why, what to do. The words are the service's.
import { byId, icon, make, patchList, setHidden, setText } from "./dom.js";
import { machineHref } from "./route.js";
import * as store from "./store.js";
import { offerRemedy } from "./operator.js";
import { STATES, ago, moment, nameOf, since } from "./words.js";

const GRADES = ["stuck", "warning", "decision"];
const FIRST = 6;

let showAll = false;
let announced = new Set();
let isFirst = true;

export const inNeed = () => [...store.nodes.values()].filter(node => node.attention)
  .sort((one, other) => GRADES.indexOf(one.attention.grade) - GRADES.indexOf(other.attention.grade) || Date.parse(one.attention.since) - Date.parse(other.attention.since));

export function drawAttention() {
  const machines = inNeed();
  const site = store.cluster?.site ?? [];
  const shown = showAll ? machines : machines.slice(0, FIRST);
  const items = [
    ...site.map(text => ({ key: `site ${text}`, text })),
    ...shown.map(node => ({ key: node.mac, node })),
    ...machines.length > FIRST ? [{ key: "more", hidden: machines.length - FIRST }] : [],
  ];
  patchList(byId("attention-list"), items, item => item.key, drawItem);
  setHidden(byId("attention"), items.length === 0);
  announce(machines);
}

function drawItem(item, before) {
  if (item.text) return before ?? siteNeed(item.text);
  if (!item.node) return more(item.hidden);
  const drawn = JSON.stringify([item.node.attention, nameOf(item.node), offerRemedy.version]);
  if (before?.drawn === drawn) {
    tick(before);
    return before;
  }
  const made = make("li", {}, need(item.node, true));
  made.drawn = drawn;
  const unfolded = before?.querySelector("details")?.open;
  if (unfolded) made.querySelector("details")?.setAttribute("open", "");
  tick(made);
  return made;
}

function siteNeed(text) {
  return make("li", {}, make("article.need.site.is-warning", {},
    make("div", {}, make("h3.who", {}, icon("i-warning"), "The site"), make("p.where", {}, "description and assets")),
    make("p.why", {}, text)));
}

function more(hidden) {
  return make("li.more", {}, make("button", { type: "button", onclick: () => { showAll = !showAll; drawAttention(); } }, showAll ? "Show the first ones only" : `Show ${hidden} more`));
}

// One machine's need; on its own page without a link to itself, and with all the advice there is.
export function need(node, isLinked) {
  const { grade, where, why, advice } = node.attention;
  const line = text => make("p.do", {}, icon("i-to"), make(text === advice[0] ? "strong" : "span", {}, text));
  const acts = isLinked ? offerRemedy(node) : null;
  return make(`article.need.is-${grade}`, {},
    make("div", {},
      make(isLinked ? "h3.who" : "h2.who", {}, icon(STATES[grade].icon), isLinked ? [make("a", { href: machineHref(node.mac) }, nameOf(node)), make("span.sr", {}, `: ${STATES[grade].word}`)] : STATES[grade].word),
      make("p.since", { "data-since": node.attention.since, title: moment(node.attention.since) })),
    make("div", {}, make("p.where", {}, where), make("p.why", {}, why)),
    make("div", {}, line(advice[0]), !isLinked ? advice.slice(1).map(line)
      : advice.length > 1 ? make("details", {}, make("summary", {}, advice.length === 2 ? "One more thing" : `${advice.length - 1} more things`), advice.slice(1).map(line)) : null),
    acts ? make("div.acts", {}, acts) : null);
}

export function tick(within) {
  for (const age of within.querySelectorAll("[data-since]")) setText(age, `for ${ago(age.dataset.since)}, since ${since(age.dataset.since)}`);
}

// Says aloud who came to need somebody, once, and not what was so when the page was opened.
function announce(machines) {
  const now = new Set(machines.map(node => `${node.mac} ${node.attention.code}`));
  const news = machines.filter(node => !announced.has(`${node.mac} ${node.attention.code}`));
  if (!isFirst && news.length)
    setText(byId("announcer"), news.slice(0, 3).map(node => `${nameOf(node)}: ${STATES[node.attention.grade].word}, ${node.attention.where}.`).join(" ") + (news.length > 3 ? ` And ${news.length - 3} more.` : ""));
  isFirst = isFirst && store.cluster === null;
  announced = now;
}
