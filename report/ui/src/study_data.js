// SPDX-License-Identifier: Apache-2.0
// The study's data as the page carries them.
import { bytes, percent, si } from "./units.js";

export const study = JSON.parse(document.getElementById("data").textContent);
export const points = study.points;
export const done = points.filter((p) => p.status === "done");
export const failed = points.filter((p) => p.status !== "done");
export const base = points.find((p) => p.point === study.base_point);
export const objectives = Object.entries(study.objectives).map(([metric, way]) => ({ metric, maximize: way === "maximize", best: points.find((p) => p.point === study.best[metric]) }));
export const metrics = [...new Set([...objectives.map((o) => o.metric), ...study.metrics])].filter((m) => done.some((p) => p.metrics[m] !== null));
export const metricName = (metric) => metric.replaceAll("_", " ");

/** A metric's value as people read it. */
export function shown(metric, value) {
  const unit = study.units[metric];
  if (value === null || value === undefined) return "–";
  if (unit === "1") return percent(value);
  if (unit === "B" && metric.startsWith("sram")) return bytes(value);
  return si(value, unit === "1/s" ? "/s" : unit);
}

/** The same beside a chart's ticks, which may be less than a percent apart. */
export const tick = (metric) => (value) => (study.units[metric] === "1" ? `${Number((100 * value).toFixed(2))} %` : shown(metric, value));

/** What an axis is drawn by: its first key whose numbers differ, else its first key as text. */
export const axes = study.axes.map(({ keys }) => {
  const key = keys.find((k) => new Set(points.map((p) => p.settings[k].number)).size > 1 && points.every((p) => p.settings[k].number !== null)) ?? keys[0];
  const numeric = points.every((p) => p.settings[key].number !== null);
  const numbers = points.map((p) => p.settings[key].number);
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const order = [...new Set(points.map((p) => p.settings[key].text))];
  const text = new Map(points.map((p) => [p.settings[key].number, p.settings[key].text]));
  return { key, keys, numeric, log: numeric && least > 0 && most / least >= 8, order, numbers: [...text.keys()].sort((a, b) => a - b), text, name: keys.join(", "),
    value: (p) => (numeric ? p.settings[key].number : p.settings[key].text), label: (p) => p.settings[key].text };
});

/** The settings of a point in words. */
export const settingsText = (p) => Object.entries(p.settings).map(([key, { text }]) => `${key} = ${text}`).join("\n");
export const pointTitle = (p) => `point ${p.point}\n${settingsText(p)}\n${metrics.slice(0, 6).map((m) => `${metricName(m)}: ${shown(m, p.metrics[m])}`).join("\n")}${p.bound ? `\nbound by ${p.bound}` : ""}`;

export function pointTable() {
  const columns = Object.keys(points[0].settings);
  return { columns: ["point", "status", ...columns, ...study.metrics, "bound", "feasible", "pareto", "message"],
    rows: points.map((p) => [p.point, p.status, ...columns.map((c) => p.settings[c].text), ...study.metrics.map((m) => p.metrics[m]), p.bound, p.feasible, p.pareto, p.message ?? ""]) };
}
