// SPDX-License-Identifier: Apache-2.0
// The roofline: each operation's rate of arithmetic over its intensity, under the machine's limits.
import * as Plot from "@observablehq/plot";
import { figure, h } from "./dom.js";
import { attribute, boundText, CAUSES, causeColor, hardware, MEANING, operations, PHASES, phaseName, seconds } from "./data.js";
import { integer, percent, si } from "./units.js";

/** Labels powers of ten only. */
const decade = (value) => (Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9 ? (value < 1 ? String(Number(value.toPrecision(1))) : si(value).replace(/\.0+(?=\D|$)/, "")) : "");

/** A symbol for each phase, as Plot draws them. */
const SYMBOLS = { forward: "circle", backward_input: "square", backward_weight: "triangle", update: "diamond" };
const SIGNS = { forward: "\u25cf", backward_input: "\u25a0", backward_weight: "\u25b2", update: "\u25c6" };
const symbolOf = (phase) => SYMBOLS[phase] ?? "circle";

const intensityText = (value) => `${value < 1000 ? value.toPrecision(3) : integer(value)} FLOP per byte`;

/** The point of work: {label, phase, bound, macs, bytes, cycles}. */
const pointOf = (work) => ({ ...work, intensity: (2 * work.macs) / work.bytes, flops: (2 * work.macs) / seconds(work.cycles) });

/**
 * One roofline: the arithmetic of `works` against their bytes, at `rate` bytes per second. `more`: a second roof of a
 * higher rate, {rate, name}, that only some work can reach.
 */
function roof(width, { title, note, name, rate, rateName, more, works, columns, row }) {
  const points = works.filter((w) => w.macs > 0 && w.cycles > 0 && w.bytes > 0).map(pointOf);
  if (points.length === 0) return undefined;
  const peak = hardware.peakFlops;
  const ridge = peak / rate;
  const known = Number.isFinite(peak) && Number.isFinite(rate);
  const xs = [...points.map((p) => p.intensity), ...(known ? [ridge] : [])];
  const low = 10 ** Math.floor(Math.log10(Math.min(...xs) / 1.5));
  const high = Math.max(100 * low, 10 ** Math.ceil(Math.log10(Math.max(...xs) * 1.5)));
  const least = Math.min(...points.map((p) => p.flops), ...(known ? [0.9 * rate * low] : []));
  const limit = (intensity, slope = rate) => Math.min(peak, slope * intensity);
  const roofOf = (slope) => (known ? [low, peak / slope, high].map((x) => [x, limit(x, slope)]) : []);
  const phases = PHASES.filter((phase) => points.some((p) => p.phase === phase));
  const chart = Plot.plot({ width, height: 430, marginLeft: 80, marginRight: 30, marginTop: 26, marginBottom: 46, style: { fontSize: "12px" }, ariaLabel: title,
    x: { type: "log", domain: [low, high], label: "FLOP per byte", grid: true, tickFormat: decade },
    y: { type: "log", domain: [10 ** Math.floor(Math.log10(least)), (known ? peak : Math.max(...points.map((p) => p.flops))) * 3], label: "FLOP/s", grid: true, tickFormat: decade },
    color: { domain: CAUSES, range: CAUSES.map(causeColor) }, symbol: { type: "identity" },
    marks: [Plot.line(roofOf(rate), { stroke: "currentColor", strokeWidth: 2 }),
      known && more && Plot.line(roofOf(more.rate), { stroke: "currentColor", strokeWidth: 1, strokeDasharray: "5 4" }),
      known && Plot.text([[high, peak]], { text: [`peak ${si(peak, "FLOP/s")}`], textAnchor: "end", dy: -9, fontWeight: 600 }),
      known && Plot.text([[low, limit(low)]], { text: [`${rateName} ${si(rate, "B/s")}`], textAnchor: "start", dx: 8, dy: 14, fontWeight: 600 }),
      Plot.dot(points, { x: "intensity", y: "flops", fill: (p) => p.bound, symbol: (p) => symbolOf(p.phase), r: 5, fillOpacity: 0.8, stroke: "var(--surface)", strokeWidth: 1, tip: true,
        title: (p) => `${p.label}\n${si(p.flops, "FLOP/s")}${known ? `, ${percent(p.flops / limit(p.intensity))} of the roof` : ""}\n${intensityText(p.intensity)}\nbound by ${boundText(p.bound, p.ties)}` })].filter(Boolean) });
  return figure({ title, note, name,
    data: () => ({ columns: [...columns, "bound", "flop_per_byte", "flop_per_s", "share_of_roof"],
      rows: points.map((p) => [...row(p), p.bound, p.intensity, p.flops, known ? p.flops / limit(p.intensity) : null]) }) },
    h("ul", { class: "legend" }, CAUSES.filter((cause) => points.some((p) => p.bound === cause)).map((cause) => h("li", { title: MEANING[cause] }, h("i", { style: `background: ${causeColor(cause)}` }), cause)),
      phases.map((phase) => h("li", {}, `${SIGNS[phase]} ${phaseName(phase)}`)),
      known && more && h("li", {}, `\u2504 ${more.name} ${si(more.rate, "B/s")}`)), chart);
}

/** The work of each layer and phase: its operations together, those without bytes of their own as well. */
function layerWorks() {
  const groups = new Map();
  for (const o of operations) {
    const key = `${o.place}, ${phaseName(o.phase)}`;
    groups.set(key, [...(groups.get(key) ?? []), o]);
  }
  return [...groups].map(([label, list]) => {
    const { covered, ...causes } = attribute(list);
    const sum = (of) => list.reduce((total, o) => total + (of(o) ?? 0), 0);
    return { label, phase: list[0].phase, layer: list[0].layer, cycles: covered, macs: sum((o) => o.macs), bytes: sum((o) => (o.bytes_in ?? 0) + (o.bytes_out ?? 0)),
      bound: CAUSES.reduce((a, b) => ((causes[b] ?? 0) > (causes[a] ?? 0) ? b : a)) };
  });
}

const leftOut = (works, what) => {
  const without = works.filter((w) => w.macs > 0 && !(w.bytes > 0)).length;
  return without > 0 ? ` ${integer(without)} with arithmetic and without ${what} ${without === 1 ? "is" : "are"} not in it.` : "";
};

export function roofline(width) {
  const layers = layerWorks();
  const singles = operations.map((o) => ({ label: o.label, phase: o.phase, bound: o.bound, ties: o.ties, macs: o.macs, bytes: o.sram_bytes ?? 0, cycles: o.cycles, o }));
  const charts = [
    roof(width, { title: "Roofline of off-wafer I/O", name: "roofline-io", rate: hardware.ioRate, rateName: "I/O", works: layers,
      note: `A point is a layer in a phase with all of its operations: those whose operands are on the wafer have no bytes of their own. Bytes are what the host streams to and from their tiles. The slope is the whole wafer's I/O in one direction, although a small program reaches only some of its channels.${leftOut(layers, "bytes")}`,
      columns: ["layer", "phase"], row: (p) => [p.layer, p.phase] }),
    roof(width, { title: "Roofline of SRAM", name: "roofline-sram", rate: hardware.sramReadRate, rateName: "reads", more: { rate: hardware.sramReadRate + hardware.sramWriteRate, name: "reads and writes at once" }, works: singles,
      note: `A point is an operation. Bytes are what the PEs' datapaths read from and write to SRAM. The roof is what the read ports of all tiles of the program give; an operation that writes as well can pass it, up to the dashed line.${leftOut(singles, "SRAM")}`,
      columns: ["layer", "phase", "operation"], row: (p) => [p.o.layer, p.phase, p.o.operation] })].filter(Boolean);
  return charts.length > 0 ? charts : [h("p", { class: "note" }, "This run tells of no operation with both arithmetic and bytes.")];
}
