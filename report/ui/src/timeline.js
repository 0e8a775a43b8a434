// SPDX-License-Identifier: Apache-2.0
// Operations over time by what bounds them, and what was busy when.
import * as Plot from "@observablehq/plot";
import { figure, h } from "./dom.js";
import { boundText, CAUSES, causeColor, cycles, linkShare, MEANING, operations, PHASES, phaseName, seconds, utilizationOverTime } from "./data.js";
import { integer, percent, si } from "./units.js";

const MOST_ROWS = 70;

export function timeUnit(most) {
  return most >= 1 ? ["s", 1] : most >= 1e-3 ? ["ms", 1e3] : most >= 1e-6 ? ["µs", 1e6] : ["ns", 1e9];
}

const legend = () => h("ul", { class: "legend" }, CAUSES.filter((cause) => operations.some((o) => o.bound === cause)).map((cause) => h("li", { title: MEANING[cause] }, h("i", { style: `background: ${causeColor(cause)}` }), cause)));

const title = (o) => `${o.label}\n${si(seconds(o.start_cycle), "s")} to ${si(seconds(o.end_cycle), "s")}: ${integer(o.cycles)} cycles\nbound by ${boundText(o.bound, o.ties)}\n` +
  `PE math ${percent((o.pe_arithmetic ?? 0) + (o.pe_sram ?? 0))}, link ${percent(linkShare(o))}, I/O in ${percent(o.busiest_input_channel)}, out ${percent(o.busiest_output_channel)}`;

/** Of cycles `from` to `to`: a row for each operation, or where these are many, for each kind of them. */
function operationBars(width, list, from, to) {
  const single = list.length <= MOST_ROWS;
  const row = single ? (o) => o.label : (o) => `${o.operation}, ${phaseName(o.phase)}`;
  const rows = [...new Set(list.map(row))];
  const [unit, factor] = timeUnit(seconds(to - from));
  const at = (cycle) => seconds(cycle) * factor;
  const least = (to - from) / 1000;
  return Plot.plot({ width, height: 18 * rows.length + 84, marginLeft: 260, marginRight: 24, marginTop: 30, marginBottom: 44, style: { fontSize: "12px" },
    color: { domain: CAUSES, range: CAUSES.map(causeColor) }, ariaLabel: "Operations over time",
    x: { label: `time (${unit})`, grid: true, domain: [at(from), at(to)], axis: "both" }, y: { domain: rows, label: null, tickSize: 0 },
    marks: [Plot.barX(list, { y: row, x1: (o) => at(Math.max(o.start_cycle, from)), x2: (o) => at(Math.min(to, Math.max(o.end_cycle, o.start_cycle + least))), fill: "bound",
      fillOpacity: single ? 1 : 0.8, insetTop: 2, insetBottom: 2, rx: 1.5, tip: true, title })] });
}

/** The chart with what chooses among its operations: a layer, a phase, a text, and the time that is shown. */
function gantt(width) {
  const chosen = { layer: "", phase: "", text: "", from: 0, to: cycles };
  const place = h("div", { class: "zoomed" });
  const told = h("p", { class: "note", "aria-live": "polite" });
  const matching = () => operations.filter((o) => (chosen.layer === "" || o.place === chosen.layer) && (chosen.phase === "" || o.phase === chosen.phase) &&
    (chosen.text === "" || `${o.label} ${o.bound}`.toLowerCase().includes(chosen.text)));
  const draw = () => {
    const all = matching();
    const list = all.filter((o) => o.end_cycle >= chosen.from && o.start_cycle <= chosen.to);
    told.textContent = `${integer(list.length)} of ${integer(operations.length)} operations, ${si(seconds(chosen.from), "s")} to ${si(seconds(chosen.to), "s")}` +
      (list.length > MOST_ROWS ? "; a row is a kind of operation in all its layers: zoom in or choose a layer for single ones" : "");
    if (list.length === 0) return place.replaceChildren(h("p", { class: "note" }, all.length > 0 ? "None of them is under way in this time." : "No operation is so."));
    const chart = operationBars(width, list, chosen.from, chosen.to);
    dragged(chart);
    return place.replaceChildren(chart);
  };
  const show = (from, to) => {
    const span = Math.min(cycles, Math.max(to - from, Math.min(cycles, 100)));
    chosen.from = Math.max(0, Math.min(from, cycles - span));
    chosen.to = chosen.from + span;
    draw();
  };
  /** Shows the time of what is chosen. */
  const fit = () => {
    const list = matching();
    if (list.length === 0 || (chosen.layer === "" && chosen.phase === "" && chosen.text === "")) return show(0, cycles);
    const from = list.reduce((least, o) => Math.min(least, o.start_cycle), cycles);
    const to = list.reduce((most, o) => Math.max(most, o.end_cycle), 0);
    return show(from - (to - from) / 50, to + (to - from) / 50);
  };
  const scaled = (factor) => {
    const middle = (chosen.from + chosen.to) / 2;
    const half = ((chosen.to - chosen.from) / 2) * factor;
    show(middle - half, middle + half);
  };
  const moved = (share) => show(chosen.from + share * (chosen.to - chosen.from), chosen.to + share * (chosen.to - chosen.from));
  /** A stretch drawn with the mouse is what is shown then. */
  const dragged = (chart) => {
    const svg = chart.matches?.("svg") ? chart : chart.querySelector("svg");
    const scale = chart.scale("x");
    const factor = timeUnit(seconds(chosen.to - chosen.from))[1];
    const cycleAt = (event) => (scale.invert(event.clientX - svg.getBoundingClientRect().left) / factor / seconds(1));
    let begin;
    let mark;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      begin = event.clientX;
      mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [key, value] of Object.entries({ y: 0, height: "100%", fill: "var(--accent)", opacity: 0.2, "pointer-events": "none" })) mark.setAttribute(key, value);
      svg.append(mark);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (begin === undefined) return;
      mark.setAttribute("x", Math.min(begin, event.clientX) - svg.getBoundingClientRect().left);
      mark.setAttribute("width", Math.abs(event.clientX - begin));
    });
    svg.addEventListener("pointerup", (event) => {
      if (begin === undefined) return;
      const [from, to] = [cycleAt({ clientX: Math.min(begin, event.clientX) }), cycleAt({ clientX: Math.max(begin, event.clientX) })];
      const wide = Math.abs(event.clientX - begin) > 4;
      begin = undefined;
      mark.remove();
      if (wide) show(Math.max(chosen.from, from), Math.min(chosen.to, to));
    });
    svg.addEventListener("dblclick", () => show(0, cycles));
  };
  const select = (label, all, list, key) => {
    const element = h("select", { "aria-label": label, onchange: () => { chosen[key] = element.value; fit(); } }, h("option", { value: "" }, all), list.map(([value, name]) => h("option", { value }, name)));
    return element;
  };
  const search = h("input", { type: "search", placeholder: "operation, phase or cause", "aria-label": "Search operations", oninput: () => { chosen.text = search.value.toLowerCase(); fit(); } });
  const button = (name, label, act) => h("button", { type: "button", class: "quiet", "aria-label": label, title: label, onclick: act }, name);
  draw();
  return figure({ title: "Operations over time", name: "operations",
    note: "From the first part that starts on some tile to the last that ends. Draw a stretch with the mouse to zoom into it; a double click shows the whole step again.",
    data: () => {
      const columns = Object.keys(operations[0]).filter((name) => !["index", "label", "place"].includes(name));
      return { columns, rows: operations.map((o) => columns.map((name) => o[name])) };
    } },
    h("div", { class: "bar" }, select("Layer", "all layers", [...new Set(operations.map((o) => o.place))].map((name) => [name, name]), "layer"),
      select("Phase", "all phases", PHASES.filter((phase) => operations.some((o) => o.phase === phase)).map((phase) => [phase, phaseName(phase)]), "phase"), search,
      button("+", "zoom in", () => scaled(1 / 3)), button("\u2212", "zoom out", () => scaled(3)), button("\u2190", "earlier", () => moved(-0.5)), button("\u2192", "later", () => moved(0.5)), button("whole", "show the whole step", () => show(0, cycles))),
    told, legend(), place);
}

const LINES = [["math", "PE arithmetic", "var(--cause-compute)"], ["moving", "PE moving wavelets", "var(--cause-sram)"], ["link", "busiest link", "var(--cause-row-reduction)"],
  ["input", "I/O in, busiest channel", "var(--cause-io)"], ["output", "I/O out, busiest channel", "var(--cause-out)"]];

function utilization(width) {
  const pieces = utilizationOverTime();
  const [unit, factor] = timeUnit(seconds(cycles));
  const rects = pieces.flatMap((p) => LINES.map(([key, name]) => ({ ...p, name, value: p[key] })));
  const chart = Plot.plot({ width, height: 74 * LINES.length + 60, marginLeft: 52, marginBottom: 44, marginTop: 28, marginRight: 24, style: { fontSize: "12px" }, ariaLabel: "Utilization over time",
    color: { domain: LINES.map(([, name]) => name), range: LINES.map(([, , color]) => color) },
    x: { label: `time (${unit})`, domain: [0, seconds(cycles) * factor] }, y: { domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: (v) => percent(v), grid: true, label: null },
    fy: { domain: LINES.map(([, name]) => name), axis: null, padding: 0.3 },
    marks: [Plot.rectY(rects, { fy: "name", x1: (r) => seconds(r.begin) * factor, x2: (r) => seconds(r.end) * factor, y: "value", y1: 0, fill: "name", inset: 0, tip: true,
      title: (r) => `${r.name}: ${percent(r.value)}\n${si(seconds(r.begin), "s")} to ${si(seconds(r.end), "s")}\n${r.operation}` }),
      Plot.text(LINES, { fy: ([, name]) => name, text: ([, name]) => name, frameAnchor: "top-left", dy: -14, fontWeight: 600 }), Plot.ruleY([0])] });
  return figure({ title: "What was busy when", name: "utilization-over-time",
    note: "At each moment the utilization during the shortest operation that was under way then.",
    data: () => ({ columns: ["begin_cycle", "end_cycle", "operation", ...LINES.map(([key]) => key)], rows: pieces.map((p) => [p.begin, p.end, p.operation, ...LINES.map(([key]) => p[key])]) }) }, chart);
}

export function timeline(width) {
  return [utilization(width), gantt(width)];
}
