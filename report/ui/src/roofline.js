// SPDX-License-Identifier: Apache-2.0
// The roofline: each operation's rate of arithmetic over its intensity, under the machine's limits.
import * as Plot from "@observablehq/plot";
import { figure, h } from "./dom.js";
import { boundText, CAUSES, causeColor, hardware, MEANING, operations, seconds } from "./data.js";
import { integer, percent, si } from "./units.js";

/** Labels powers of ten only. */
const decade = (value) => (Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9 ? (value < 1 ? String(Number(value.toPrecision(1))) : si(value).replace(/\.0+(?=\D|$)/, "")) : "");

/** One roofline: arithmetic against the bytes that `bytesOf` an operation counts, at `rate` bytes per second. */
function roof(width, { title, note, name, rate, rateName, bytesOf }) {
  const points = operations.filter((o) => o.macs > 0 && o.cycles > 0 && bytesOf(o) > 0).map((o) => ({ o,
    intensity: (2 * o.macs) / bytesOf(o), flops: (2 * o.macs) / seconds(o.cycles) }));
  if (points.length === 0) return undefined;
  const peak = hardware.peakFlops;
  const ridge = peak / rate;
  const known = Number.isFinite(peak) && Number.isFinite(rate);
  const xs = [...points.map((p) => p.intensity), ...(known ? [ridge] : [])];
  const low = 10 ** Math.floor(Math.log10(Math.min(...xs) / 1.5));
  const high = Math.max(100 * low, 10 ** Math.ceil(Math.log10(Math.max(...xs) * 1.5)));
  const least = Math.min(...points.map((p) => p.flops), ...(known ? [rate * low * 4] : []));
  const limit = (intensity) => Math.min(peak, rate * intensity);
  const line = known ? [low, ridge, high].map((x) => [x, limit(x)]) : [];
  const chart = Plot.plot({ width, height: 430, marginLeft: 80, marginRight: 30, marginTop: 26, marginBottom: 42, style: { fontSize: "12px" }, ariaLabel: title,
    x: { type: "log", domain: [low, high], label: "FLOP per byte", grid: true, tickFormat: decade },
    y: { type: "log", domain: [10 ** Math.floor(Math.log10(least)), (known ? peak : Math.max(...points.map((p) => p.flops))) * 3], label: "FLOP/s", grid: true, tickFormat: decade },
    color: { domain: CAUSES, range: CAUSES.map(causeColor) },
    marks: [Plot.line(line, { stroke: "currentColor", strokeWidth: 2 }),
      known && Plot.text([[high, peak]], { text: [`peak ${si(peak, "FLOP/s")}`], textAnchor: "end", dy: -9, fontWeight: 600 }),
      known && Plot.text([[low, limit(low)]], { text: [`${rateName} ${si(rate, "B/s")}`], textAnchor: "start", dx: 8, dy: 14, fontWeight: 600 }),
      Plot.dot(points, { x: "intensity", y: "flops", fill: (p) => p.o.bound, r: 5, fillOpacity: 0.8, stroke: "var(--surface)", strokeWidth: 1, tip: true,
        title: (p) => `${p.o.label}\n${si(p.flops, "FLOP/s")}${known ? `, ${percent(p.flops / limit(p.intensity))} of the roof` : ""}\n${p.intensity < 1000 ? p.intensity.toPrecision(3) : integer(p.intensity)} FLOP per byte\nbound by ${boundText(p.o.bound, p.o.ties)}` })] });
  return figure({ title, note, name,
    data: () => ({ columns: ["layer", "phase", "operation", "bound", "flop_per_byte", "flop_per_s", "share_of_roof"],
      rows: points.map((p) => [p.o.layer, p.o.phase, p.o.operation, p.o.bound, p.intensity, p.flops, known ? p.flops / limit(p.intensity) : null]) }) },
    h("ul", { class: "legend" }, CAUSES.filter((cause) => points.some((p) => p.o.bound === cause)).map((cause) => h("li", { title: MEANING[cause] }, h("i", { style: `background: ${causeColor(cause)}` }), cause))), chart);
}

export function roofline(width) {
  const charts = [
    roof(width, { title: "Roofline of off-wafer I/O", name: "roofline-io", rate: hardware.ioRate, rateName: "I/O",
      note: "Bytes are what the host streams to and from the operation's tiles. The slope is the whole wafer's I/O in one direction, although a small program reaches only some of its channels.",
      bytesOf: (o) => (o.bytes_in ?? 0) + (o.bytes_out ?? 0) }),
    roof(width, { title: "Roofline of SRAM", name: "roofline-sram", rate: hardware.sramRate, rateName: "SRAM",
      note: "Bytes are what the PEs' datapaths read from and write to SRAM. The slope is the SRAM of all tiles of the program.", bytesOf: (o) => o.sram_bytes ?? 0 })].filter(Boolean);
  return charts.length > 0 ? charts : [h("p", { class: "note" }, "This run tells of no operation with both arithmetic and bytes.")];
}
