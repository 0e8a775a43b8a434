// SPDX-License-Identifier: Apache-2.0
// Runs without operations, such as collectives: the wavelets on the links over time, and where they were when.
import * as Plot from "@observablehq/plot";
import { figure, h } from "./dom.js";
import { cycles, operations, raw, seconds } from "./data.js";
import { grid } from "./grids.js";
import { si } from "./units.js";
import { timeUnit } from "./timeline.js";

const { samples } = raw;
export const hasLinkTraffic = operations.length === 0 && samples?.samples > 0 && cycles > 0;

const SIDES = { north: "var(--cause-compute)", south: "var(--cause-row-reduction)", west: "var(--cause-io)", east: "var(--cause-sram)" };
const beginOf = (sample) => sample * samples.cycles;
const endOf = (sample) => Math.min(cycles, (sample + 1) * samples.cycles);

/** [{sample, side, column, row, wavelets}] of all cells. */
async function sentByCell() {
  const found = [];
  for (const side of Object.keys(SIDES)) {
    const { values } = await grid(`samples_${side}`);
    values.forEach((wavelets, i) => {
      if (!(wavelets > 0)) return;
      const row = Math.floor(i / samples.columns);
      found.push({ side, column: i % samples.columns, row: row % samples.rows, sample: Math.floor(row / samples.rows), wavelets });
    });
  }
  return found;
}

function rates(width, sent) {
  const [unit, factor] = timeUnit(seconds(cycles));
  const rows = [];
  for (let sample = 0; sample < samples.samples; ++sample) {
    for (const side of Object.keys(SIDES)) {
      const wavelets = sent.filter((s) => s.sample === sample && s.side === side).reduce((sum, s) => sum + s.wavelets, 0);
      rows.push({ sample, side, wavelets, rate: wavelets / Math.max(1, endOf(sample) - beginOf(sample)) });
    }
  }
  const chart = Plot.plot({ width, height: 300, marginLeft: 60, marginTop: 30, marginBottom: 46, style: { fontSize: "12px" }, ariaLabel: "Wavelets on the links over time",
    x: { label: `time (${unit})`, domain: [0, seconds(cycles) * factor] }, y: { label: "wavelets passing links per cycle", grid: true, nice: true },
    color: { domain: Object.keys(SIDES), range: Object.values(SIDES) },
    marks: [Plot.rectY(rows, Plot.stackY({ x1: (r) => seconds(beginOf(r.sample)) * factor, x2: (r) => seconds(endOf(r.sample)) * factor, y: "rate", fill: "side", inset: 0, shapeRendering: "crispEdges", tip: true,
      title: (r) => `${r.side}wards: ${r.rate.toPrecision(3)} wavelets a cycle\n${si(seconds(beginOf(r.sample)), "s")} to ${si(seconds(endOf(r.sample)), "s")}` })), Plot.ruleY([0])] });
  return figure({ title: "Wavelets on the links over time", name: "link-traffic",
    note: `All links between tiles together, by direction, in samples of ${samples.cycles} cycles.`,
    data: () => ({ columns: ["begin_cycle", "end_cycle", "direction", "wavelets"], rows: rows.map((r) => [beginOf(r.sample), endOf(r.sample), r.side, r.wavelets]) }) },
    h("ul", { class: "legend" }, Object.entries(SIDES).map(([side, color]) => h("li", {}, h("i", { style: `background: ${color}` }), `${side}wards`))), chart);
}

/** Where along one axis of the rectangle wavelets were sent, over time. */
function places(width, sent, { axis, cell, first, count, tiles, across, name }) {
  const [unit, factor] = timeUnit(seconds(cycles));
  const sums = new Map();
  for (const s of sent) {
    const key = s.sample * count + s[axis];
    sums.set(key, (sums.get(key) ?? 0) + s.wavelets);
  }
  const rows = [...sums].map(([key, wavelets]) => {
    const sample = Math.floor(key / count);
    const begin = first + (key % count) * cell;
    const end = Math.min(first + tiles, begin + cell);
    return { sample, begin, end, wavelets, rate: wavelets / ((end - begin) * across * Math.max(1, endOf(sample) - beginOf(sample))) };
  });
  const most = Math.max(...rows.map((r) => r.rate));
  const chart = Plot.plot({ width, height: 300, marginLeft: 60, marginTop: 30, marginBottom: 46, style: { fontSize: "12px" }, ariaLabel: `Where along the ${name}s, and when`,
    x: { label: `time (${unit})`, domain: [0, seconds(cycles) * factor] }, y: { label: name, reverse: true, domain: [first, first + tiles], tickFormat: (v) => (Number.isInteger(v) ? String(v) : "") },
    color: { type: "linear", scheme: "viridis", domain: [0, most], label: "wavelets sent per tile and cycle", legend: true, marginLeft: 14, marginRight: 14, width: 300 },
    marks: [Plot.rect(rows, { x1: (r) => seconds(beginOf(r.sample)) * factor, x2: (r) => seconds(endOf(r.sample)) * factor, y1: "begin", y2: "end", fill: "rate", inset: 0, shapeRendering: "crispEdges", tip: true,
      title: (r) => `${name}${r.end - r.begin > 1 ? `s ${r.begin} to ${r.end - 1}` : ` ${r.begin}`}: ${r.rate.toPrecision(3)} wavelets a tile and cycle\n${si(seconds(beginOf(r.sample)), "s")} to ${si(seconds(endOf(r.sample)), "s")}` })] });
  return figure({ title: `Where along the ${name}s, and when`, name: `traffic-by-${name}`,
    note: `What the tiles of each ${name}${cell > 1 ? ` (${cell} together)` : ""} sent to their neighbours, on the mean. Nothing is shown where nothing was sent.`,
    data: () => ({ columns: ["begin_cycle", "end_cycle", `first_${name}`, `last_${name}`, "wavelets"], rows: rows.map((r) => [beginOf(r.sample), endOf(r.sample), r.begin, r.end - 1, r.wavelets]) }) }, chart);
}

export async function linkTraffic(width) {
  const sent = await sentByCell();
  const { columns, rows } = raw.result.collective ?? raw.result.kernel ?? {};
  const all = sent.reduce((sum, s) => sum + s.wavelets, 0);
  if (all === 0) return [h("p", { class: "note" }, "No wavelet passed a link between tiles.")];
  const alongX = { axis: "column", cell: samples.block_width, first: samples.x, count: samples.columns, tiles: samples.width, across: rows ?? samples.height, name: "column" };
  const alongY = { axis: "row", cell: samples.block_height, first: samples.y, count: samples.rows, tiles: samples.height, across: columns ?? samples.width, name: "row" };
  return [rates(width, sent), (columns ?? 2) > 1 && places(width, sent, alongX), (rows ?? 2) > 1 && places(width, sent, alongY)];
}
