// SPDX-License-Identifier: Apache-2.0
// Operations over time by what bounds them, and what was busy when.
import * as Plot from "@observablehq/plot";
import { figure, h } from "./dom.js";
import { boundText, CAUSES, causeColor, cycles, linkShare, MEANING, operations, phaseName, seconds, utilizationOverTime } from "./data.js";
import { integer, percent, si } from "./units.js";

const MOST_ROWS = 70;

export function timeUnit(most) {
  return most >= 1 ? ["s", 1] : most >= 1e-3 ? ["ms", 1e3] : ["µs", 1e6];
}

function gantt(width) {
  const [unit, factor] = timeUnit(seconds(cycles));
  const single = operations.length <= MOST_ROWS;
  const row = single ? (o) => o.label : (o) => `${o.place}, ${phaseName(o.phase)}`;
  const rows = [...new Set(operations.map(row))];
  const step = rows.length > 120 ? 9 : single ? 18 : 14;
  const labels = new Set(rows.length > 120 ? rows.filter((_, i) => i % 2 === 0) : rows);
  const end = seconds(cycles) * factor;
  const chart = Plot.plot({ width, height: step * rows.length + 84, marginLeft: single ? 260 : 220, marginRight: 24, marginTop: 30, marginBottom: 44, style: { fontSize: "12px" },
    color: { domain: CAUSES, range: CAUSES.map(causeColor) }, ariaLabel: "Operations over time",
    x: { label: `time (${unit})`, grid: true, domain: [0, end], axis: "both" }, y: { domain: rows, label: null, tickSize: 0, tickFormat: (r) => (labels.has(r) ? r : "") },
    marks: [Plot.barX(operations, { y: row, x1: (o) => seconds(o.start_cycle) * factor,
      x2: (o) => Math.max(seconds(o.end_cycle) * factor, seconds(o.start_cycle) * factor + end / 1000), fill: "bound",
      fillOpacity: single ? 1 : 0.8, insetTop: 2, insetBottom: 2, rx: 1.5, tip: true,
      title: (o) => `${o.label}\n${si(seconds(o.start_cycle), "s")} to ${si(seconds(o.end_cycle), "s")}: ${integer(o.cycles)} cycles\nbound by ${boundText(o.bound, o.ties)}\n` +
        `PE math ${percent((o.pe_arithmetic ?? 0) + (o.pe_sram ?? 0))}, link ${percent(linkShare(o))}, I/O in ${percent(o.busiest_input_channel)}, out ${percent(o.busiest_output_channel)}` })] });
  return figure({ title: "Operations over time", name: "operations",
    note: single ? "From the first part that starts on some tile to the last that ends." : "One row per layer and phase; its operations lie over one another.",
    data: () => {
      const columns = Object.keys(operations[0]).filter((name) => !["index", "label", "place"].includes(name));
      return { columns, rows: operations.map((o) => columns.map((name) => o[name])) };
    } },
    h("ul", { class: "legend" }, CAUSES.filter((cause) => operations.some((o) => o.bound === cause)).map((cause) => h("li", { title: MEANING[cause] }, h("i", { style: `background: ${causeColor(cause)}` }), cause))),
    chart);
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
