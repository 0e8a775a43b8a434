// SPDX-License-Identifier: Apache-2.0
// What differs between runs: metrics and bounds, layer by layer, configuration.
import * as Plot from "@observablehq/plot";
import { CAUSES, causeColor } from "./causes.js";
import { comparison, names, ratio, runColor, shown, times } from "./compare_data.js";
import { figure, h, table } from "./dom.js";
import { percent, si } from "./units.js";

const cause = (bound) => (bound === null ? "–" : h("span", { class: "cause", style: `--cause: ${causeColor(bound)}` }, bound));

function verdict() {
  const time = comparison.metrics.find((m) => m.name === "time");
  const lines = time ? time.values.slice(1).map((value, i) => {
    const faster = value <= time.values[0];
    return h("p", { class: "headline" }, `${names[i + 1]} takes `, h("strong", {}, shown(value, "s")), ", ", h("strong", {}, `${times(faster ? time.values[0] / value : value / time.values[0], 2)} times`),
      faster ? " as fast as " : " as long as ", `${names[0]} (${shown(time.values[0], "s")}).`);
  }) : [];
  const keys = comparison.configuration.length;
  return h("section", { class: "verdict" }, lines, h("p", { class: "note" }, `${keys} ${keys === 1 ? "key of the configuration differs" : "keys of the configuration differ"}.`));
}

function metrics() {
  const columns = ["metric", ...names.flatMap((name, i) => (i === 0 ? [name] : [name, `ratio to ${names[0]}`]))];
  const rows = comparison.metrics.map((m) => [m.name.replaceAll("_", " "), ...m.values.flatMap((v, i) => (i === 0 ? [shown(v, m.unit)] : [shown(v, m.unit), ratio(v, m.values[0])]))]);
  return figure({ title: "Metrics", name: "metrics", tabular: false, data: () => ({ columns: ["metric", "unit", ...names], rows: comparison.metrics.map((m) => [m.name, m.unit, ...m.values]) }) }, table({ columns, rows }, { numbers: columns.map((_, i) => i).slice(1) }));
}

function bounds(width) {
  if (comparison.bounds.length === 0) return undefined;
  const parts = comparison.bounds.flatMap((b) => b.shares.map((share, i) => ({ run: names[i], bound: b.bound, share })));
  const chart = Plot.plot({ width, height: 46 * names.length + 60, marginLeft: 190, style: { fontSize: "12px" }, color: { domain: CAUSES, range: CAUSES.map(causeColor) }, ariaLabel: "Time by what bounds it",
    x: { domain: [0, 1], tickFormat: percent, label: null, grid: true }, y: { domain: names, label: null, tickSize: 0 },
    marks: [Plot.barX(parts, { x: "share", y: "run", fill: "bound", insetTop: 4, insetBottom: 4, order: CAUSES, tip: true, title: (d) => `${d.run}\n${d.bound}: ${percent(d.share)}` })] });
  return figure({ title: "Where the bounds moved", name: "bounds", note: "Time of all operations, by what bounds them.",
    data: () => ({ columns: ["bound", ...names], rows: comparison.bounds.map((b) => [b.bound, ...b.shares]) }) },
  h("ul", { class: "legend" }, comparison.bounds.map((b) => h("li", {}, h("i", { style: `background: ${causeColor(b.bound)}` }), b.bound))), chart);
}

function phases() {
  if (comparison.phases.length === 0) return undefined;
  const columns = ["phase", ...names.flatMap((name, i) => (i === 0 ? [name, "bound by"] : [name, "ratio", "bound by"]))];
  const rows = comparison.phases.map((p) => [p.phase.replaceAll("_", " "), ...p.time.flatMap((t, i) => (i === 0 ? [shown(t, "s"), cause(p.bound[i])] : [shown(t, "s"), ratio(t, p.time[0]), cause(p.bound[i])]))]);
  return figure({ title: "Phases", name: "phases", tabular: false,
    data: () => ({ columns: ["phase", ...names.flatMap((n) => [`${n} time_s`, `${n} bound`])], rows: comparison.phases.map((p) => [p.phase, ...p.time.flatMap((t, i) => [t, p.bound[i]])]) }) }, table({ columns, rows }));
}

export function overview(width) {
  return [verdict(), metrics(), bounds(width), phases()];
}

export function layersTab(width) {
  const list = comparison.layers.flatMap((l) => l.time.map((time, i) => ({ layer: l.layer, phase: l.phase, run: names[i], time, bound: l.bound[i] }))).filter((d) => d.time !== null);
  const phaseNames = [...new Set(list.map((d) => d.phase))];
  const places = [...new Set(comparison.layers.map((l) => l.layer))].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  list.sort((a, b) => places.indexOf(a.layer) - places.indexOf(b.layer));
  const chart = Plot.plot({ width, height: 150 * phaseNames.length + 76, marginLeft: 70, marginRight: 120, marginBottom: 46, style: { fontSize: "12px" }, ariaLabel: "Time by layer and phase", color: { domain: names, range: names.map(runColor) },
    fy: { domain: phaseNames, label: null, tickFormat: (p) => p.replaceAll("_", " ") }, x: { type: "point", domain: places, label: "layer", tickRotate: places.length > 30 ? -60 : 0 }, y: { label: "time", grid: true, ticks: 4, tickFormat: (v) => si(v, "s"), zero: true },
    marks: [Plot.line(list, { fy: "phase", x: "layer", y: "time", stroke: "run" }), Plot.dot(list, { fy: "phase", x: "layer", y: "time", fill: "run", r: 3, tip: true, title: (d) => `${d.run}, layer ${d.layer}, ${d.phase}\n${si(d.time, "s")}, bound by ${d.bound}` })] });
  const data = () => ({ columns: ["layer", "phase", ...names.flatMap((n) => [`${n} time_s`, `${n} bound`])], rows: comparison.layers.map((l) => [l.layer, l.phase, ...l.time.flatMap((t, i) => [t, l.bound[i]])]) });
  return [figure({ title: "Time per layer and phase", name: "layers", data, note: "The time in which some operation of the layer's phase was under way. - is what lies outside the layers." },
    h("ul", { class: "legend" }, names.map((n) => h("li", {}, h("i", { style: `background: ${runColor(n)}` }), n))), chart)];
}

export function configurationTab() {
  const data = () => ({ columns: ["key", ...names], rows: comparison.configuration.map((c) => [c.key, ...c.values.map((v) => v ?? "")]) });
  if (comparison.configuration.length === 0) return [h("p", { class: "note" }, "The runs have the same configuration.")];
  return [figure({ title: "Keys that differ", name: "configuration", data, tabular: false }, table(data(), { limit: 1000 }))];
}
