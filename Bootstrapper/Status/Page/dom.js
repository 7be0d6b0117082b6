// Elements, and lists that are patched instead of drawn anew. All text goes through textContent: nothing that a machine says can become markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = id => document.getElementById(id);

// make("td.fixed", { title: "…" }, "text", child …)
export function make(what, properties, ...children) {
  const [name, ...classes] = what.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && !key.includes("-")) made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

export function icon(id) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${id}`);
  svg.append(use);
  return svg;
}

export function setIcon(svg, id) {
  const use = svg.firstElementChild;
  if (use.getAttribute("href") !== `#${id}`) use.setAttribute("href", `#${id}`);
}

export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function setHidden(target, hidden) {
  if (target.hidden !== hidden) target.hidden = hidden;
}

// Makes the children of a list those of the items, in their order: what stays keeps its element, and with it the focus and what is unfolded.
export function patchList(list, items, keyOf, draw) {
  const known = new Map([...list.children].map(child => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const before = known.get(key);
    known.delete(key);
    const element = draw(item, before);
    element.dataset.key = key;
    if (before && before !== element) {
      if (place === before) place = before.nextElementSibling;
      before.remove();
    }
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const gone of known.values()) gone.remove();
}

// A table of columns [heading, class, cell(row)], with a caption for those who do not see its heading.
export function table(caption, columns, rows) {
  return make("div.scroll", { tabIndex: 0, role: "group", "aria-label": caption },
    make("table", {},
      make("caption.sr", {}, caption),
      make("thead", {}, make("tr", {}, columns.map(([heading, kind]) => make(kind ? `th.${kind}` : "th", { scope: "col" }, heading)))),
      make("tbody", {}, rows.map(row => make("tr", {}, columns.map(([, kind, cell]) => make(kind ? `td.${kind}` : "td", {}, cell(row))))))));
}

export function pill(state, icon_, text) {
  return make(`span.pill.is-${state}`, {}, icon(icon_), text);
}

// What two things would draw alike have the same text; drawing is left out then.
export function drawnOnce(target, value, draw) {
  const text = JSON.stringify(value);
  if (target.drawn === text) return;
  target.drawn = text;
  draw();
}
