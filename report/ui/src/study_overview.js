// SPDX-License-Identifier: Apache-2.0
// The verdict of a study, what each axis does, and all points as a table.
import * as Plot from "@observablehq/plot";
import { CAUSES, causeColor } from "./causes.js";
import { card, figure, h, table } from "./dom.js";
import { base, done, failed, metricName, metrics, objectives, points, pointTable, shown, study } from "./study_data.js";
import { percent } from "./units.js";

const settings = (p) => study.axes.flatMap(({ keys }) => keys).map((key) => `${key} ${p.settings[key].text}`).join(", ");
const bound = (p) => h("span", { class: "cause", style: `--cause: ${causeColor(p.bound)}` }, p.bound);

function verdict() {
  const lines = objectives.map(({ metric, maximize, best }) => h("p", { class: "headline" },
    best ? [maximize ? "Largest " : "Smallest ", metricName(metric), ": ", h("strong", {}, shown(metric, best.metrics[metric])), ` at ${settings(best)}`, ...(best.bound ? [", bound by ", bound(best)] : []),
      base && base !== best && base.metrics[metric] ? ` (${percent(best.metrics[metric] / base.metrics[metric])} of the base point's)` : ""]
      : ["No point satisfies all constraints for ", metricName(metric), "."]));
  if (lines.length === 0) lines.push(h("p", { class: "headline" }, h("strong", {}, `${done.length} points`), base && ["; the one nearest to the base scenario has ", metricName(metrics[0]), " ", shown(metrics[0], base.metrics[metrics[0]])]));
  return h("section", { class: "verdict" }, lines,
    [...study.constraints, ...study.metric_constraints].map((c) => h("p", { class: "note" }, "constraint: ", h("code", {}, c))));
}

function cards() {
  return h("dl", { class: "cards" }, card("Points done", done.length, `of ${points.length}`), card("Failed or missing", failed.length),
    card("Excluded", study.excluded, "by constraints on keys"), study.invalid > 0 && card("No scenario", study.invalid, "skipped as invalid"),
    card("Feasible", done.filter((p) => p.feasible).length), objectives.length > 1 && card("Pareto front", done.filter((p) => p.pareto).length, "no other point is better in all objectives"));
}

function sensitivity(width) {
  const wanted = objectives.length > 0 ? objectives.map((o) => o.metric) : metrics.slice(0, 2);
  const list = study.sensitivity.filter((s) => wanted.includes(s.metric)).map((s) => ({ ...s, axis: s.axis.join(", ") }));
  const data = () => ({ columns: ["axis", "metric", "elasticity", "effect"], rows: study.sensitivity.map((s) => [s.axis.join(", "), s.metric, s.elasticity, s.effect]) });
  const bars = list.filter((s) => s.elasticity !== null);
  const names = [...new Set(list.map((s) => s.axis))];
  const left = Math.min(width / 2, 40 + 7 * Math.max(...names.map((n) => n.length), 4));
  const chart = bars.length > 0 && Plot.plot({ width, height: 26 * names.length + 104, marginLeft: left, marginTop: 34, marginBottom: 50, style: { fontSize: "12px" }, ariaLabel: "Elasticities",
    fx: { domain: wanted, label: null, tickFormat: metricName, padding: 0.12 }, y: { domain: names, label: null, tickSize: 0 }, x: { label: "elasticity", grid: true, ticks: 4, nice: true },
    marks: [Plot.barX(bars, { fx: "metric", y: "axis", x: "elasticity", fill: "var(--accent)", insetTop: 3, insetBottom: 3, tip: true,
      title: (s) => `${s.axis}: ${metricName(s.metric)} changes by ${s.elasticity.toFixed(3)} % per %` }), Plot.ruleX([0])] });
  const effects = list.filter((s) => s.effect !== null).map((s) => [s.axis, metricName(s.metric), s.elasticity === null ? "–" : s.elasticity.toFixed(3), `x ${s.effect.toFixed(3)}`]);
  if (list.length === 0) return undefined;
  return figure({ title: "Sensitivity", name: "sensitivity", tabular: false, data,
    note: study.sampled ? "Elasticity: relative change of the metric per relative change of the axis, fitted over all points (least squares of logarithms)."
      : "Elasticity: relative change of the metric per relative change of the axis, between the neighbours of the base point. Effect: largest over smallest value while only this axis changes." },
  chart, table({ columns: ["axis", "metric", "elasticity", "effect"], rows: effects }, { numbers: [2, 3] }));
}

/** Most points that have a row with their settings; more are columns, whose settings the tip tells. */
const MOST_NAMED = 40;

/** What the settings of a point are, without those that all points share. */
const varied = () => {
  const keys = study.axes.flatMap(({ keys }) => keys).filter((key) => new Set(points.map((p) => p.settings[key].text)).size > 1);
  return (p) => (keys.length === 1 ? `${keys[0]} ${p.settings[keys[0]].text}` : keys.map((key) => p.settings[key].text).join(", ")) || `point ${p.point}`;
};

/** What bounds the points, along their order. */
function bounds(width) {
  const parts = done.flatMap((p) => CAUSES.filter((c) => p.shares[c] > 0).map((cause) => ({ p, point: p.point, cause, share: p.shares[cause] })));
  if (parts.length === 0) return undefined;
  const name = varied();
  const names = new Map(done.map((p) => [p.point, name(p)]));
  const title = (d) => `${settings(d.p)}\n${d.cause} ${percent(d.share)}`;
  const color = { domain: CAUSES, range: CAUSES.map(causeColor) };
  const left = Math.min(width / 2, 20 + 7 * Math.max(...[...names.values()].map((text) => text.length)));
  const chart = done.length <= MOST_NAMED
    ? Plot.plot({ width, height: 20 * done.length + 70, marginLeft: left, marginTop: 28, marginBottom: 40, marginRight: 24, style: { fontSize: "12px" }, ariaLabel: "What bounds each point", color,
      y: { type: "band", domain: done.map((p) => p.point), label: null, tickSize: 0, tickFormat: (point) => names.get(point), padding: 0.15 }, x: { domain: [0, 1], label: "share of the time", tickFormat: percent, grid: true },
      marks: [Plot.barX(parts, { y: "point", x: "share", fill: "cause", title, tip: true }), Plot.ruleX([0])] })
    : Plot.plot({ width, height: 240, marginLeft: 50, marginTop: 28, marginBottom: 44, style: { fontSize: "12px" }, ariaLabel: "What bounds each point", color,
      x: { type: "band", domain: done.map((p) => p.point), label: "points in the order of their settings", axis: null, padding: done.length > 200 ? 0 : 0.1 }, y: { domain: [0, 1], label: "share of the time", tickFormat: percent, grid: true },
      marks: [Plot.barY(parts, { x: "point", y: "share", fill: "cause", title, tip: done.length < 2000 }), Plot.ruleY([0])] });
  return figure({ title: "What binds at each point", name: "bounds", tabular: false,
    note: `The time of the run, by what bounds it; where operations overlap, shared evenly among them.${done.length > MOST_NAMED ? " A column is a point, in the order of the table of points." : ""}`,
    data: () => ({ columns: ["point", "settings", "cause", "share"], rows: parts.map((d) => [d.point, names.get(d.point), d.cause, d.share]) }) },
  h("ul", { class: "legend" }, CAUSES.filter((c) => parts.some((d) => d.cause === c)).map((c) => h("li", {}, h("i", { style: `background: ${causeColor(c)}` }), c))), chart);
}

export function overview(width) {
  return [verdict(), cards(), sensitivity(width), bounds(width)];
}

/** The points as people read them; the CSV has the numbers. */
function readable() {
  const keys = Object.keys(points[0].settings);
  const said = points.some((p) => p.message);
  const objective = objectives.length > 1 ? ["Pareto front"] : [];
  const yes = (flag) => (flag ? "yes" : "–");
  return { numbers: study.metrics.map((_, i) => 2 + keys.length + i), table: { columns: ["point", "status", ...keys, ...study.metrics.map(metricName), "bound by", "feasible", ...objective, ...(said ? ["message"] : [])],
    rows: points.map((p) => [p.point, p.status, ...keys.map((key) => p.settings[key].text), ...study.metrics.map((m) => shown(m, p.metrics[m])), p.bound && p.status === "done" ? bound(p) : "–", yes(p.feasible),
      ...objective.map(() => yes(p.pareto)), ...(said ? [p.message ?? ""] : [])]) } };
}

export function pointsTab() {
  const { table: rows, numbers } = readable();
  return [figure({ title: "Points", name: "points", data: pointTable, tabular: false }, table(rows, { limit: 1000, numbers }))];
}
