// SPDX-License-Identifier: Apache-2.0
// Runs of synthetic traffic: latency and throughput over the offered load.
import * as Plot from "@observablehq/plot";
import { card, figure, h, table } from "./dom.js";
import { configuration, raw, result, rowsOf } from "./data.js";
import { integer, percent } from "./units.js";

const loads = rowsOf(raw.tables.loads);

const rate = (value) => value.toFixed(4).replace(/0+$/, "").replace(/\.$/, "");
const count = (value) => (value < 1000 ? String(Number(value.toFixed(1))) : integer(value));
const cyclesText = (value) => `${count(value)} cycles`;
const LATENCIES = { latency_mean: "mean", latency_p50: "median", latency_p95: "95th percentile", latency_p99: "99th percentile", latency_most: "largest" };

/** column: [heading, its text]. Latencies of a load that is not stable grow with the measurement, and are left out. */
const COLUMNS = {
  load: ["load (flits/node/cycle)", (l) => rate(l.load)], offered: ["offered", (l) => rate(l.offered)], accepted: ["accepted", (l) => rate(l.accepted)],
  unstable: ["stable", (l) => (l.unstable ? "no" : "yes")],
  ...Object.fromEntries(Object.entries(LATENCIES).map(([key, name]) => [key, [key === "latency_mean" ? "latency (cycles): mean" : name.replace("th percentile", " %"), (l) => (l.unstable || l[key] === null ? "–" : count(l[key]))]])),
  hops_mean: ["links passed, mean", (l) => (l.unstable || l.hops_mean === null ? "–" : l.hops_mean.toFixed(2))],
  packets: ["packets", (l) => integer(l.packets)], packets_not_arrived: ["not arrived", (l) => integer(l.packets_not_arrived)],
  flit_hops: ["flit hops", (l) => integer(l.flit_hops)], cycles: ["cycles", (l) => integer(l.cycles)],
};

function headline() {
  if (result.saturation) return [h("strong", {}, `${rate(result.saturation.value)} flits per node and cycle`), ` is the highest load that is stable: ${percent(result.saturation.value)} of the nodes' rate.`];
  const [load] = loads;
  if (load.unstable) return ["A load of ", h("strong", {}, `${rate(load.load)} flits per node and cycle`), ` is not stable: ${rate(load.accepted)} arrive.`];
  if (load.latency_mean === null) return ["No packet arrived at a load of ", h("strong", {}, `${rate(load.load)} flits per node and cycle`), "."];
  return [h("strong", {}, cyclesText(load.latency_mean)), ` mean latency at a load of ${rate(load.load)} flits per node and cycle.`];
}

/** Whether latencies of a load say something. */
const shown = (load) => !load.unstable && load.latency_mean !== null;

/** The figures of a run with one load. */
function cards([load]) {
  return h("dl", { class: "cards" }, card("Accepted", rate(load.accepted), `flits per node and cycle, of ${rate(load.offered)} offered`),
    shown(load) && [card("Mean latency", cyclesText(load.latency_mean), `median ${cyclesText(load.latency_p50)}`), ...["latency_p95", "latency_p99", "latency_most"].map((key) => card(`Latency, ${LATENCIES[key]}`, cyclesText(load[key])))],
    shown(load) && card("Links passed", load.hops_mean.toFixed(2), "by a packet, on the mean"),
    card("Packets measured", integer(load.packets), load.packets_not_arrived > 0 ? `${integer(load.packets_not_arrived)} did not arrive in time` : "all arrived"));
}

export function traffic(width) {
  const stable = loads.filter(shown);
  const columns = Object.keys(raw.tables.loads ?? {});
  const data = () => ({ columns, rows: loads.map((l) => columns.map((name) => l[name])) });
  const told = Object.keys(COLUMNS).filter((name) => columns.includes(name));
  // Near saturation latencies are many times those below the knee, which would lie on the axis.
  const values = (keys) => stable.flatMap((l) => keys.map((key) => l[key])).filter((value) => value > 0);
  const isWide = ({ keys, all }) => !all && Math.max(...values(keys)) > 20 * Math.min(...values(keys));
  const chart = (title, name, lines, note) => figure({ title, name, note, data, tabular: false },
    h("ul", { class: "legend" }, lines.keys.map((key, i) => h("li", {}, h("i", { style: `background: var(--cause-${["compute", "row-reduction", "io", "sram"][i]})` }), LATENCIES[key] ?? key))),
    Plot.plot({ width, height: 330, marginLeft: 60, marginTop: 30, marginBottom: 50, style: { fontSize: "12px" }, grid: true, ariaLabel: title,
      x: { label: "offered load (flits per node and cycle)", nice: true, ticks: 8 }, y: isWide(lines) ? { label: lines.label, type: "log", ticks: 5, tickFormat: (value) => (/^1|^2|^5/.test(String(value)) ? integer(value) : "") } : { label: lines.label, nice: true, zero: true },
      color: { domain: lines.keys, range: ["var(--cause-compute)", "var(--cause-row-reduction)", "var(--cause-io)", "var(--cause-sram)"] },
      marks: lines.keys.flatMap((key) => [Plot.line(stable, { x: "load", y: key, stroke: () => key, strokeWidth: 1.5 }), Plot.dot(lines.all ? loads : stable, { x: "load", y: key, fill: () => key, r: 3.5, tip: true,
        title: (l) => `load ${rate(l.load)}\n${LATENCIES[key] ? `${LATENCIES[key]}: ${cyclesText(l[key])}` : `accepted ${rate(l[key])}${l.unstable ? ", not stable" : ""}`}` })]) }));
  return [h("section", { class: "verdict" }, h("p", { class: "headline" }, headline()),
    h("p", { class: "note" }, `${configuration.traffic?.pattern} traffic on ${configuration.fabric?.width} x ${configuration.fabric?.height} nodes, router ${configuration.fabric?.router}.`)),
    loads.length === 1 && cards(loads),
    stable.length > 1 && chart("Latency", "latency", { label: "cycles", keys: ["latency_mean", "latency_p50", "latency_p95", "latency_p99"] }, "From a packet's generation to its last flit's arrival, at stable loads."),
    loads.length > 1 && chart("Throughput", "throughput", { label: "flits per node and cycle", keys: ["accepted"], all: true }, "Accepted over offered; a load that is not stable stands alone."),
    figure({ title: "Loads", name: "loads", data, tabular: false },
      table({ columns: told.map((name) => COLUMNS[name][0]), rows: loads.map((l) => told.map((name) => COLUMNS[name][1](l))) }, { numbers: told.flatMap((name, i) => (name === "unstable" ? [] : [i])) }))];
}
