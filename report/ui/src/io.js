// SPDX-License-Identifier: Apache-2.0
// Off-wafer I/O by operation, and energy where the run counted it.
import * as Plot from "@observablehq/plot";
import { card, figure, h } from "./dom.js";
import { hardware, metric, operations, PHASES, phaseName, result } from "./data.js";
import { bytes, integer, percent, si } from "./units.js";

function shares(width) {
  const list = operations.filter((o) => (o.busiest_input_channel ?? 0) > 0 || (o.busiest_output_channel ?? 0) > 0);
  if (list.length === 0) return undefined;
  // One bar per operation and phase over all layers, weighted by time.
  const kinds = new Map();
  for (const o of list) {
    const key = `${o.operation}, ${phaseName(o.phase)}`;
    const sum = kinds.get(key) ?? { key, phase: o.phase, cycles: 0, input: 0, output: 0, in: 0, out: 0 };
    sum.cycles += o.cycles;
    sum.input += o.cycles * (o.busiest_input_channel ?? 0);
    sum.output += o.cycles * (o.busiest_output_channel ?? 0);
    sum.in += o.bytes_in ?? 0;
    sum.out += o.bytes_out ?? 0;
    kinds.set(key, sum);
  }
  const rows = [...kinds.values()].sort((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
  const bars = rows.flatMap((r) => [{ r, way: "in", value: r.cycles ? r.input / r.cycles : 0, bytes: r.in }, { r, way: "out", value: r.cycles ? r.output / r.cycles : 0, bytes: r.out }]);
  const chart = Plot.plot({ width, height: 20 * rows.length + 80, marginLeft: 260, marginTop: 30, marginRight: 30, style: { fontSize: "12px" }, ariaLabel: "Shares of the busiest channels",
    fx: { domain: ["in", "out"], label: null, tickFormat: (way) => `I/O ${way}`, padding: 0.16 }, y: { domain: rows.map((r) => r.key), label: null, tickSize: 0 },
    x: { domain: [0, 1], tickFormat: (v) => percent(v), ticks: 5, grid: true, label: null }, color: { domain: ["in", "out"], range: ["var(--cause-io)", "var(--cause-out)"] },
    marks: [Plot.barX(bars, { fx: "way", y: (b) => b.r.key, x: "value", fill: "way", insetTop: 2.5, insetBottom: 2.5, tip: true,
      title: (b) => `${b.r.key}\nI/O ${b.way}: busy ${percent(b.value)} of the time\n${bytes(b.bytes)}` }), Plot.ruleX([0])] });
  return figure({ title: "I/O by operation", name: "io-shares", note: "How much of an operation's time the busiest channel of each direction was busy, over all layers and whichever operation it served.",
    data: () => ({ columns: ["operation_and_phase", "cycles", "busiest_input_channel", "busiest_output_channel", "bytes_in", "bytes_out"],
      rows: rows.map((r) => [r.key, r.cycles, r.input / r.cycles, r.output / r.cycles, r.in, r.out]) }) }, chart);
}

function totals() {
  if (metric("bytes_in") === undefined) return undefined;
  const rate = hardware.ioRate;
  const way = (name, count) => card(name, bytes(count), `${si(count / metric("time"), "B/s")}: ${percent(count / metric("time") / rate)} of the wafer's ${si(rate, "B/s")}`);
  return h("dl", { class: "cards" }, way("Weights and data in", metric("bytes_in")), way("Out to the host", metric("bytes_out")));
}

export function io(width) {
  const parts = [totals(), shares(width)].filter(Boolean);
  return parts.length > 0 ? parts : [h("p", { class: "note" }, "Nothing went between wafer and host in this run.")];
}

const COMPONENTS = { pe: "PE arithmetic and control", sram: "SRAM", fabric: "fabric", io: "off-wafer I/O", idle: "idle power of all tiles" };

export function hasEnergy() {
  return result.energy?.total?.value > 0;
}

function bars(width, list, left) {
  const total = result.energy.total.value;
  return Plot.plot({ width, height: 22 * list.length + 74, marginLeft: left, marginRight: 120, marginBottom: 46, style: { fontSize: "12px" }, ariaLabel: "Energy",
    x: { label: "energy", grid: true, tickFormat: (v) => si(v, "J"), ticks: Math.max(3, Math.min(8, (width - left - 120) / 90)) }, y: { domain: list.map((e) => e.name), label: null, tickSize: 0 },
    marks: [Plot.barX(list, { x: "value", y: "name", fill: "var(--accent)", insetTop: 2, insetBottom: 2 }),
      Plot.text(list, { x: "value", y: "name", text: (e) => `${si(e.value, "J")}, ${percent(e.value / total)}`, textAnchor: "start", dx: 6 }), Plot.ruleX([0])] });
}

const energyData = (list) => () => ({ columns: ["name", "energy_j", "share"], rows: list.map((e) => [e.name, e.value, e.value / result.energy.total.value]) });

export function energy(width) {
  const { total, components, average_power: power, peak_power: peak } = result.energy;
  const list = Object.entries(components ?? {}).map(([name, each]) => ({ name: COMPONENTS[name] ?? name.replaceAll("_", " "), value: each.value }));
  const kinds = new Map();
  for (const o of operations) {
    if (!(o.energy_j > 0)) continue;
    const name = `${o.operation}, ${phaseName(o.phase)}`;
    const sum = kinds.get(name) ?? { name, phase: o.phase, value: 0 };
    sum.value += o.energy_j;
    kinds.set(name, sum);
  }
  const work = [...kinds.values()].sort((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
  const tokens = result.trace?.tokens;
  return [h("dl", { class: "cards" }, card("Energy of the run", si(total.value, "J")), power && card("Average power", si(power.value, "W"), `over ${si(metric("time"), "s")}`), peak && card("Peak power", si(peak.value, "W"), "while the most is under way, each operation's energy spread evenly over its time"),
    tokens > 0 && card("Per token", si(total.value / tokens, "J"), `${integer(tokens)} tokens`)),
  list.length > 0 && figure({ title: "Energy by component", name: "energy", note: "With its share of the run's energy. Idle power flows all the time, whatever the tiles do.", data: energyData(list) }, bars(width, list, 190)),
  work.length > 0 && figure({ title: "Energy by operation", name: "energy-by-operation", note: "Of the operations' own work, without idle power: over all layers.", data: energyData(work) }, bars(width, work, 260))].filter(Boolean);
}
