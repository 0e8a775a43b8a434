// SPDX-License-Identifier: Apache-2.0
// The frame of a page: head, tabs, color scheme. A tab is drawn when it is first shown, and again when the window's
// width changes. `document.documentElement.dataset.ready` is set once the first tab stands.
import { h } from "./dom.js";

window.waferloom = { errors: [] };
window.addEventListener("error", (event) => window.waferloom.errors.push(event.message));
window.addEventListener("unhandledrejection", (event) => window.waferloom.errors.push(String(event.reason?.stack ?? event.reason)));

// On a narrower screen a chart scrolls sideways in its frame, so that its labels stay apart.
const LEAST_CHART = 680;

let TABS = [];

function head(title, about) {
  const scheme = h("select", { "aria-label": "Color scheme", onchange: () => setScheme(scheme.value) }, ["auto", "light", "dark"].map((name) => h("option", { value: name }, name)));
  scheme.value = saved();
  return h("header", {}, h("div", {}, h("h1", {}, title), h("p", { class: "note" }, about)), h("span", { class: "grow" }), scheme);
}

function saved() {
  try {
    return localStorage.getItem("waferloom-scheme") ?? "auto";
  } catch {
    return "auto";
  }
}

function setScheme(scheme) {
  document.documentElement.dataset.scheme = scheme;
  try {
    localStorage.setItem("waferloom-scheme", scheme);
  } catch {
    // A page from a file may have no storage.
  }
  for (const tab of TABS) tab.parts?.redraw?.();
}

const app = document.getElementById("app");
const panels = new Map();
const buttons = new Map();
let current;

async function show(id, focus = false) {
  current = id;
  for (const tab of TABS) {
    const chosen = tab.id === id;
    buttons.get(tab.id).setAttribute("aria-selected", chosen);
    buttons.get(tab.id).tabIndex = chosen ? 0 : -1;
    panels.get(tab.id).hidden = !chosen;
  }
  if (focus) buttons.get(id).focus();
  const tab = TABS.find((each) => each.id === id);
  const panel = panels.get(id);
  const width = Math.floor(panel.clientWidth);
  if (tab.width === width) return;
  tab.width = width;
  const inside = width - 36;
  tab.parts = await tab.draw(Math.max(LEAST_CHART, inside), window.innerHeight - 330, inside);
  panel.replaceChildren(...tab.parts.filter(Boolean));
  window.waferloom.shown = id;
}

function build(title, about) {
  const list = h("div", { role: "tablist", "aria-label": "Parts of the report", onkeydown: (event) => {
    const at = TABS.findIndex((tab) => tab.id === current);
    const to = { ArrowRight: (at + 1) % TABS.length, ArrowLeft: (at + TABS.length - 1) % TABS.length, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(TABS[to].id, true);
  } });
  for (const { id, name } of TABS) {
    buttons.set(id, h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, onclick: () => choose(id) }, name));
    panels.set(id, h("section", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, hidden: true }));
  }
  list.append(...buttons.values());
  app.append(head(title, about), h("nav", {}, list), h("main", {}, ...panels.values()));
}

function choose(id, focus) {
  history.replaceState(null, "", `#${id}`);
  return show(id, focus);
}

/** Builds the page of `tabs` ({id, name, draw(width, height, inside)}: of charts, of what remains of the window, and of the frame); `title` and `about` head it. */
export async function buildPage({ tabs, title, about }) {
  TABS = tabs.filter(Boolean);
  setScheme(saved());
  build(title, about);
  const wanted = location.hash.slice(1);
  await show(TABS.some((tab) => tab.id === wanted) ? wanted : TABS[0].id);
  document.documentElement.dataset.ready = Math.round(performance.now());
}

let pending;
window.addEventListener("resize", () => {
  clearTimeout(pending);
  pending = setTimeout(() => show(current), 150);
});
window.addEventListener("hashchange", () => {
  const id = location.hash.slice(1);
  if (TABS.some((tab) => tab.id === id)) show(id);
});
