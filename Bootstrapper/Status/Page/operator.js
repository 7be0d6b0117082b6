// What an operator may do here, once signed in. Over plain HTTP nobody signs in: the token would cross the wire in the clear.
import { getIfThere, post } from "./api.js";
import { byId, make } from "./dom.js";
import { macPath, nameOf } from "./words.js";

// Each verb: its name, when it makes sense, whether the machine's name has to be typed, and what it does in words.
const VERBS = {
  approve: { name: "Approve", when: node => node.awaiting_approval, what: "It may enrol: it gets its certificates for the present install." },
  release: { name: "Release", when: node => node.stage === "held", what: "It goes on: at its next boot it is treated as any other machine." },
  hold: { name: "Hold", when: node => node.stage !== "held", what: "It gets an address and a script that waits. Nothing is installed until it is released." },
  power: { name: "Power", when: node => node.planned, choices: { on: "Switch it on", off: "Switch it off, as its power button does", cycle: "Switch it off and on again", "network-boot": "Start it from the network once" } },
  reinstall: { name: "Reinstall", when: node => node.installed, typed: true, what: "It is installed anew at its next boot from the network. What is on its disk is lost." },
  wipe: { name: "Wipe", when: node => node.planned && node.stage !== "waiting", typed: true, what: "Its disks are erased at its next boot from the network. What is on them is lost." },
  forget: { name: "Forget", when: node => node.stage !== "waiting", typed: true, what: "Its record is removed. If it is still there, it begins anew as a machine that was never seen." },
};

let isOperator = false;
let isReader = true;
let hasSessions = false;
let httpsBase = null;
let changed = () => {};

export async function startOperator(onChange) {
  changed = onChange;
  byId("sign-in").addEventListener("click", () => isOperator ? explainSession() : signIn());
  await look();
}

// Whether whoever looks at the page may see what the service knows; true while the service says nothing.
export async function mayRead() {
  await look();
  return isReader;
}

async function look() {
  const session = await getIfThere("session").catch(() => null);
  hasSessions = session !== null;
  isOperator = session?.operator === true;
  isReader = session?.reader !== false;
  httpsBase = session?.https_base ?? httpsBase;
  actsOf.version = offerRemedy.version = isOperator ? 1 : 0;
  const button = byId("sign-in");
  button.hidden = !hasSessions;
  button.textContent = isOperator ? "Operator" : "Sign in";
  changed();
}

// The one button that settles what the machine needs; null where there is none.
export function offerRemedy(node) {
  const verb = node.attention?.remedy;
  return isOperator && verb in VERBS ? button(node, verb) : null;
}
offerRemedy.version = 0;

// Every verb that makes sense for the machine now.
export function actsOf(node) {
  return isOperator ? Object.keys(VERBS).filter(verb => VERBS[verb].when(node)).map(verb => button(node, verb)) : [];
}
actsOf.version = 0;

const button = (node, verb) => make("button", { type: "button", "aria-haspopup": "dialog", onclick: () => act(node, verb) }, `${VERBS[verb].name}${verb === "power" ? " …" : ""}`);

function act(node, verb) {
  const { name, what, typed, choices } = VERBS[verb];
  const reason = make("input", { name: "reason", autocomplete: "off", maxLength: 200 });
  const choice = choices && make("select", { name: "action" }, Object.entries(choices).map(([value, text]) => make("option", { value }, text)));
  const typedName = typed && make("input", { name: "typed", autocomplete: "off", spellcheck: false, required: true });
  const force = make("input", { name: "force", type: "checkbox" });
  const forced = make("label.inline", { hidden: true }, force, "Do it all the same");
  open(`${name} ${nameOf(node)}`, [
    what && make("p", {}, what),
    choices && make("label", {}, "What", choice),
    typed && make("label", {}, `To go on, type the machine's name: ${nameOf(node)}`, typedName),
    !choices && make("label", {}, "Reason, for the audit log (may be left out)", reason),
    forced,
  ], { text: name, danger: typed }, async () => {
    if (typed && typedName.value.trim() !== nameOf(node)) throw new Error(`That is not the machine's name; it is ${nameOf(node)}.`);
    try {
      await post(`nodes/${macPath(node.mac)}/${verb}`, choices ? { action: choice.value } : { force: force.checked, reason: reason.value.trim() });
    } catch (refusal) {
      if (refusal.status === 401) await look();
      forced.hidden = !refusal.forcible;
      throw refusal;
    }
  });
}

function signIn() {
  if (location.protocol !== "https:") {
    open("Sign in over HTTPS", [make("p", {}, "Operators sign in over an encrypted connection only, so that nobody on this network reads the token."),
      httpsBase && make("p", {}, make("a", { href: `${httpsBase}/` }, `${httpsBase}/`))]);
    return;
  }
  const token = make("input", { name: "token", type: "password", autocomplete: "current-password", required: true });
  open("Sign in as operator", [make("label", {}, "Operator token", token), make("p.quiet", {}, "On the bootstrapper, root finds it with 'sextant token show'.")], { text: "Sign in" }, async () => {
    const couldRead = isReader;
    await post("session", { token: token.value.trim() });
    await look();
    if (!isOperator) throw new Error("The service did not begin a session.");
    if (!couldRead) location.reload();
  });
}

function explainSession() {
  open("Signed in as operator", [make("p", {}, "The session ends by itself; closing the browser ends it here.")]);
}

// A dialog of some fields, and what its button does; without one it only tells.
export function open(title, fields, doing, run) {
  const dialog = byId("dialog");
  const failure = make("p.failure", { role: "alert", hidden: true });
  const close = make("button", { type: "button", onclick: () => dialog.close() }, doing ? "Cancel" : "Close");
  const go = doing && make(doing.danger ? "button.danger" : "button.primary", { type: "submit" }, doing.text);
  const form = make("form", { method: "dialog", noValidate: false }, make("h2", { id: "dialog-title" }, title), fields, failure, make("div.buttons", {}, close, go));
  form.addEventListener("submit", async event => {
    event.preventDefault();
    if (!run) return dialog.close();
    go.disabled = true;
    failure.hidden = true;
    try {
      await run();
      dialog.close();
    } catch (problem) {
      failure.textContent = problem.message;
      failure.hidden = false;
    } finally {
      go.disabled = false;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}
