// SPDX-License-Identifier: Apache-2.0
// Runs of synthetic traffic: latency and throughput over the offered load.
import * as Plot from "@observablehq/plot";
import { figure, h, table } from "./dom.js";
import { configuration, raw, result, rowsOf } from "./data.js";
import { percent } from "./units.js";

const loads = rowsOf(raw.tables.loads);

export const isTraffic = result.format === "waferloom-traffic-result";

export function traffic(width) {
  const stable = loads.filter((l) => !l.unstable);
  const columns = Object.keys(raw.tables.loads ?? {});
  const data = () => ({ columns, rows: loads.map((l) => columns.map((name) => l[name])) });
  const headline = result.saturation
    ? [h("strong", {}, `${percent(result.saturation.value)} of the links' rate`), " is the highest load that is stable."]
    : [h("strong", {}, `${result.metrics?.latency_mean?.value.toFixed(1)} cycles`), ` mean latency at a load of ${result.metrics?.load?.value} flits per node and cycle.`];
  const chart = (title, name, lines, note) => figure({ title, name, note, data, tabular: false },
    Plot.plot({ width, height: 320, marginLeft: 60, style: { fontSize: "12px" }, grid: true, x: { label: "offered load (flits per node and cycle)" }, y: { label: lines.label, nice: true },
      color: { domain: lines.keys, range: ["var(--cause-compute)", "var(--cause-row-reduction)", "var(--cause-io)", "var(--cause-sram)"] },
      marks: lines.keys.flatMap((key) => [Plot.line(stable, { x: "load", y: key, stroke: () => key, strokeWidth: 1.5 }), Plot.dot(lines.all ? loads : stable, { x: "load", y: key, fill: () => key, r: 3.5, tip: true })]) }),
    h("ul", { class: "legend" }, lines.keys.map((key, i) => h("li", {}, h("i", { style: `background: var(--cause-${["compute", "row-reduction", "io", "sram"][i]})` }), key.replaceAll("_", " ")))));
  return [h("section", { class: "verdict" }, h("p", { class: "headline" }, headline),
    h("p", { class: "note" }, `${configuration.traffic?.pattern} traffic on ${configuration.fabric?.width} x ${configuration.fabric?.height} nodes, router ${configuration.fabric?.router}.`)),
    chart("Latency", "latency", { label: "cycles", keys: ["latency_mean", "latency_p50", "latency_p95", "latency_p99"] }, "Of stable loads."),
    chart("Throughput", "throughput", { label: "flits per node and cycle", keys: ["accepted"], all: true }, "Accepted over offered; a load that is not stable stands alone."),
    figure({ title: "Loads", name: "loads", data, tabular: false }, table(data()))];
}
