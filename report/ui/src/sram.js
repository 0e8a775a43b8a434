// SPDX-License-Identifier: Apache-2.0
// What lies in the fullest tile's SRAM when: the plan that the step was laid out with.
import * as Plot from "@observablehq/plot";
import { figure, h, table } from "./dom.js";
import { configuration, hardware, raw, rowsOf, seconds } from "./data.js";
import { bytes, integer, si } from "./units.js";

const tensors = rowsOf(raw.tables.sram_plan).map((t) => ({ ...t, last: t.last_record === "" ? Infinity : Number(t.last_record) }));
export const hasSramPlan = tensors.length > 0;

const KINDS = 9;

/** A tensor's kind: its name without lane, micro-batch, part and layer; buffers that blocks pass through are one. */
function kindOf(name) {
  const own = name.replace(/^((lane|batch|part)\d+\.)*/, "");
  const layer = own.match(/^layer\d+\.(\w+)$/);
  if (layer) return layer[1].replaceAll("_", " ");
  return own.includes(".") && !own.startsWith("weights.") ? "working buffers" : own.replaceAll(/[._]/g, " ");
}

/** In the order of the trace: what lives from each record on that takes something, at the time when it begins. */
function states() {
  const ordered = [...tensors].sort((a, b) => a.first_record - b.first_record);
  const live = new Map();
  const found = [];
  let now = 0;
  for (let i = 0; i < ordered.length;) {
    const record = ordered[i].first_record;
    for (const tensor of live.keys()) if (tensor.last < record) live.delete(tensor);
    now = Math.max(now, ordered[i].start_cycle);
    for (; i < ordered.length && ordered[i].first_record === record; ++i) live.set(ordered[i], true);
    const kinds = new Map();
    for (const tensor of live.keys()) kinds.set(kindOf(tensor.tensor), (kinds.get(kindOf(tensor.tensor)) ?? 0) + tensor.bytes);
    const sum = [...kinds.values()].reduce((a, b) => a + b, 0);
    // What begins in the same cycle is one state, the fullest.
    if (found.at(-1)?.now === now && found.at(-1).sum >= sum) continue;
    if (found.at(-1)?.now === now) found.pop();
    found.push({ now, kinds, sum, live: [...live.keys()] });
  }
  return found;
}

/** At most so many states, of each stretch of time the fullest. */
function thinned(list, most) {
  const step = Math.ceil(list.length / most);
  const found = [];
  for (let i = 0; i < list.length; i += step) found.push(list.slice(i, i + step).reduce((a, b) => (b.sum > a.sum ? b : a)));
  return found;
}

export function sram(width) {
  const all = states();
  const peak = all.reduce((a, b) => (b.sum > a.sum ? b : a));
  const shown = thinned(all, 1500);
  const largest = new Map();
  for (const { kinds } of shown) for (const [kind, size] of kinds) largest.set(kind, Math.max(size, largest.get(kind) ?? 0));
  const named = [...largest].sort((a, b) => b[1] - a[1]).slice(0, KINDS).map(([kind]) => kind);
  const domain = largest.size > KINDS ? [...named, "other"] : named;
  const areas = shown.flatMap(({ now, kinds }) => domain.map((kind) => ({ at: seconds(now), kind,
    size: kind === "other" ? [...kinds].reduce((sum, [k, v]) => (named.includes(k) ? sum : sum + v), 0) : kinds.get(kind) ?? 0 })));
  const tick = 8192;
  const room = hardware.sram - (hardware.reserved ?? 0);
  const chart = Plot.plot({ width, height: 380, marginLeft: 80, marginRight: 30, marginBottom: 42, style: { fontSize: "12px" }, ariaLabel: "SRAM of the fullest tile over time",
    x: { label: "time", tickFormat: (v) => si(v, "s"), grid: true }, y: { label: "bytes", tickFormat: (v) => bytes(v), grid: true, ticks: peak.sum > tick || room > tick ? Array.from({ length: Math.ceil(Math.max(peak.sum, room || 0) / tick) }, (_, i) => i * tick) : 5 },
    color: { domain, scheme: "tableau10", legend: true },
    marks: [Plot.areaY(areas, Plot.stackY({ order: domain }, { x: "at", y: "size", fill: "kind", curve: "step-after" })),
      Number.isFinite(room) && Plot.ruleY([room], { stroke: "currentColor", strokeDasharray: "4 3" }), Plot.ruleY([0])] });
  const over = figure({ title: "SRAM of the fullest tile over time", name: "sram-plan",
    note: `Planned in the order of the trace; where operations overlap, the run takes a little earlier and releases a little later. The dashed line is what a PE has${hardware.reserved ? " beside code and stack" : ""}.${configuration.workload?.micro_batch ? " Of the first two micro-batches." : ""}`,
    data: () => ({ columns: ["tensor", "bytes", "first_record", "last_record", "start_cycle", "end_cycle"],
      rows: tensors.map((t) => [t.tensor, t.bytes, t.first_record, t.last_record, t.start_cycle, t.end_cycle]) }) }, chart);
  const rows = [...peak.live].sort((a, b) => b.bytes - a.bytes);
  const at = figure({ title: "What lives at the peak", name: "sram-peak", tabular: false,
    note: `${bytes(peak.sum)} from ${si(seconds(peak.now), "s")} on.`,
    data: () => ({ columns: ["tensor", "bytes", "first_record", "last_record"], rows: rows.map((t) => [t.tensor, t.bytes, t.first_record, t.last_record]) }) },
    table({ columns: ["tensor", "bytes", "from record", "to record"],
      rows: rows.map((t) => [t.tensor, integer(t.bytes), integer(t.first_record), t.last === Infinity ? "the end" : integer(t.last)]) }, { limit: 50, numbers: [1, 2, 3] }));
  return [over, at];
}
