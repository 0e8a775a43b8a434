// SPDX-License-Identifier: Apache-2.0
// Charts of a study: each metric over each axis, one metric over another with the Pareto front, and all at once.
import * as Plot from "@observablehq/plot";
import { CAUSES, causeColor } from "./causes.js";
import { figure, h } from "./dom.js";
import { axes, base, done, metricName, metrics, objectives, pointTable, pointTitle, shown, study, tick } from "./study_data.js";

const SHOWN_METRICS = 4;
const color = { domain: CAUSES, range: CAUSES.map(causeColor) };

const scaleOf = (axis) => (axis.numeric
  ? { type: axis.log ? "log" : "linear", label: axis.name, tickFormat: (v) => axis.text.get(v) ?? "", ticks: axis.numbers.length <= 8 ? axis.numbers : undefined }
  : { type: "point", domain: axis.order, label: axis.name });

const legend = () => h("ul", { class: "legend" }, CAUSES.filter((c) => done.some((p) => p.bound === c)).map((c) => h("li", {}, h("i", { style: `background: ${causeColor(c)}` }), `bound by ${c}`)));

/** Points that differ along one axis alone are joined by a line. */
function multiple(axis, metric, width) {
  const others = axes.filter((each) => each !== axis);
  const line = (p) => JSON.stringify(others.map((each) => each.keys.map((k) => p.settings[k].text)));
  const list = done.filter((p) => p.metrics[metric] !== null);
  const sorted = axis.numeric ? [...list].sort((a, b) => axis.value(a) - axis.value(b)) : list;
  const crowded = axis.numeric && axis.numbers.length > 8;
  return Plot.plot({ width, height: 230, marginLeft: 62, marginRight: 34, marginBottom: 44, style: { fontSize: "11px" }, color, ariaLabel: `${metricName(metric)} over ${axis.name}`,
    x: { ...scaleOf(axis), ...(crowded ? { ticks: 5, tickFormat: "~s" } : {}) }, y: { label: metricName(metric), grid: true, zero: false, tickFormat: tick(metric), ticks: 4 },
    marks: [study.sampled ? undefined : Plot.line(sorted, { x: axis.value, y: (p) => p.metrics[metric], z: line, stroke: "var(--soft)", strokeWidth: 0.8, strokeOpacity: 0.7 }),
      Plot.dot(sorted, { x: axis.value, y: (p) => p.metrics[metric], fill: "bound", r: done.length > 200 ? 1.8 : 3.2, title: pointTitle, tip: true }),
      base && base.metrics[metric] !== null && Plot.dot([base], { x: axis.value, y: (p) => p.metrics[metric], stroke: "var(--text)", r: 6 })].filter(Boolean) });
}

export function multiples(width) {
  const chosen = metrics.slice(0, SHOWN_METRICS);
  const columns = Math.max(1, Math.min(axes.length, Math.floor(width / 330)));
  const each = Math.floor(width / columns) - 12;
  return [figure({ title: "Each metric over each axis", name: "points", tabular: false, data: pointTable,
    note: study.sampled ? "One dot a point; a ring marks the one nearest to the base scenario." : "Lines join points that differ along this axis alone; a ring marks the one nearest to the base scenario." },
  legend(), h("div", { class: "multiples", style: `grid-template-columns: repeat(${columns}, 1fr)` }, chosen.flatMap((metric) => axes.map((axis) => multiple(axis, metric, each)))))];
}

const select = (label, value, onchange) => {
  const element = h("select", { "aria-label": label, onchange: () => onchange(element.value) }, metrics.map((m) => h("option", { value: m }, metricName(m))));
  element.value = value;
  return h("label", {}, `${label} `, element);
};

export function tradeOff(width, height) {
  const chosen = { x: objectives[0]?.metric ?? metrics[0], y: objectives[1]?.metric ?? metrics.find((m) => m !== (objectives[0]?.metric ?? metrics[0])) };
  const place = h("div");
  const draw = () => {
    const list = done.filter((p) => p.metrics[chosen.x] !== null && p.metrics[chosen.y] !== null);
    const both = objectives.some((o) => o.metric === chosen.x) && objectives.some((o) => o.metric === chosen.y);
    const front = both ? list.filter((p) => p.pareto).sort((a, b) => a.metrics[chosen.x] - b.metrics[chosen.x]) : [];
    const at = { x: (p) => p.metrics[chosen.x], y: (p) => p.metrics[chosen.y] };
    place.replaceChildren(Plot.plot({ width, height: Math.max(360, Math.min(620, height)), marginLeft: 80, marginTop: 28, marginBottom: 48, inset: 8, style: { fontSize: "12px" }, color, ariaLabel: `${metricName(chosen.y)} over ${metricName(chosen.x)}`,
      x: { label: metricName(chosen.x), grid: true, tickFormat: tick(chosen.x), ticks: 7 }, y: { label: metricName(chosen.y), grid: true, tickFormat: tick(chosen.y) },
      marks: [Plot.line(front, { ...at, stroke: "var(--accent)", strokeWidth: 1.5, curve: "linear" }),
        Plot.dot(list, { ...at, fill: "bound", fillOpacity: (p) => (p.feasible ? 0.9 : 0.25), r: list.length > 300 ? 2.2 : 4, title: (p) => pointTitle(p) + (p.feasible ? "" : "\nconstraints do not hold"), tip: true }),
        Plot.dot(front, { ...at, stroke: "var(--accent)", r: 6 })] }));
  };
  draw();
  return [figure({ title: "One metric against another", name: "points", data: pointTable, tabular: false,
    note: objectives.length > 1 ? "Ringed and joined: the Pareto front of all objectives. Pale: constraints do not hold." : "Pale: constraints do not hold." },
  h("div", { class: "bar" }, select("across", chosen.x, (m) => { chosen.x = m; draw(); }), select("up", chosen.y, (m) => { chosen.y = m; draw(); })), legend(), place)];
}

export function parallel(least) {
  const chosen = { metric: objectives[0]?.metric ?? metrics[0] };
  const dimensions = [...axes.map((axis) => ({ name: axis.name, value: axis.value, text: axis.label, numeric: axis.numeric, log: axis.log, order: axis.order })),
    ...metrics.slice(0, SHOWN_METRICS).map((m) => ({ name: metricName(m), value: (p) => p.metrics[m], text: (p) => shown(m, p.metrics[m]), numeric: true }))];
  const width = Math.max(least, 150 * dimensions.length);
  const place = (d) => {
    if (!d.numeric) return (p) => (d.order.length > 1 ? d.order.indexOf(d.value(p)) / (d.order.length - 1) : 0.5);
    const map = d.log ? Math.log : (v) => v;
    const all = done.map((p) => map(d.value(p)));
    const least = Math.min(...all);
    const span = Math.max(...all) - least;
    return (p) => (span > 0 ? (map(d.value(p)) - least) / span : 0.5);
  };
  const places = dimensions.map(place);
  const box = h("div");
  const draw = () => {
    const dots = done.flatMap((p) => dimensions.map((d, i) => ({ p, name: d.name, at: places[i](p), text: d.text(p) })));
    const ends = dimensions.flatMap((d, i) => {
      const sorted = [...done].sort((a, b) => places[i](a) - places[i](b));
      return [{ name: d.name, at: 0, text: d.text(sorted[0]), dy: 14 }, { name: d.name, at: 1, text: d.text(sorted.at(-1)), dy: -10 }];
    });
    box.replaceChildren(Plot.plot({ width, height: 460, marginTop: 52, marginBottom: 34, marginLeft: 70, marginRight: 70, style: { fontSize: "12px" }, ariaLabel: "Parallel coordinates",
      x: { type: "point", domain: dimensions.map((d) => d.name), label: null, axis: "top", tickSize: 0, tickPadding: 24 }, y: { domain: [0, 1], axis: null },
      // Its ends would vanish on a dark and on a light ground.
      color: { scheme: "viridis", range: [0.3, 0.82], label: metricName(chosen.metric), legend: true, tickFormat: tick(chosen.metric) },
      marks: [Plot.ruleX(dimensions.map((d) => d.name), { stroke: "var(--line)" }),
        Plot.line(dots, { x: "name", y: "at", z: (d) => d.p.point, stroke: (d) => d.p.metrics[chosen.metric], strokeWidth: (d) => (d.p.pareto ? 2.4 : 1), strokeOpacity: done.length > 200 ? 0.35 : 0.75 }),
        Plot.dot(dots, { x: "name", y: "at", r: 2, fill: "var(--soft)", title: (d) => pointTitle(d.p), tip: done.length < 400 }),
        ...ends.map((e) => Plot.text([e], { x: "name", y: "at", text: "text", dy: e.dy, fill: "var(--soft)" }))] }));
  };
  draw();
  return [figure({ title: "All axes and metrics at once", name: "points", data: pointTable, tabular: false, note: `A line is a point; each scale runs from its least value (below) to its largest.${["", " Thick: the best point.", " Thick: the Pareto front."][Math.min(2, objectives.length)]}` },
    h("div", { class: "bar" }, select("color", chosen.metric, (m) => { chosen.metric = m; draw(); })), box)];
}
