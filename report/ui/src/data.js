// SPDX-License-Identifier: Apache-2.0
// The run's data as the page carries them, and what follows from them.
import { CAUSES } from "./causes.js";
import { quantity } from "./units.js";

export { boundText, CAUSES, causeColor, MEANING } from "./causes.js";

export const PHASES = ["forward", "backward_input", "backward_weight", "update"];
export const phaseName = (phase) => phase.replaceAll("_", " ");
export const raw = JSON.parse(document.getElementById("data").textContent);
export const result = raw.result;
export const isTraffic = result.format === "waferloom-traffic-result";
export const configuration = result.configuration ?? {};
export const metric = (name) => result.metrics?.[name]?.value;
export const cycles = metric("cycles") ?? 0;
export const clock = quantity(configuration.pe?.clock) ?? (metric("time") > 0 ? cycles / metric("time") : 1);
export const seconds = (count) => count / clock;

/** [{column: value}] of a table of columns. */
export function rowsOf(table) {
  const names = Object.keys(table ?? {});
  return (table?.[names[0]] ?? []).map((_, i) => Object.fromEntries(names.map((name) => [name, table[name][i]])));
}

const severalBatches = (raw.tables.layers?.micro_batch ?? []).some((batch) => batch > 0);
export const operations = rowsOf(raw.tables.layers).map((row, index) => ({ ...row, index,
  label: `${row.layer === "" ? "" : `layer ${row.layer}, `}${row.operation}, ${phaseName(row.phase)}${severalBatches ? `, micro-batch ${row.micro_batch}` : ""}`,
  place: row.layer === "" ? "outside layers" : `layer ${row.layer}` }));

/** Pieces of time between which operations begin or end: [{begin, end, active: [operations]}]. */
function pieces(list) {
  const events = list.flatMap((o) => o.end_cycle > o.start_cycle ? [[o.start_cycle, 1, o], [o.end_cycle, 0, o]] : []);
  events.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const active = new Set();
  const found = [];
  let last = events[0]?.[0] ?? 0;
  for (const [at, begins, operation] of events) {
    if (at > last && active.size > 0) found.push({ begin: last, end: at, active: [...active] });
    last = at;
    if (begins) active.add(operation);
    else active.delete(operation);
  }
  return found;
}

/** Cycles by cause; where operations overlap, the time is shared evenly among them. */
export function attribute(list) {
  const sum = Object.fromEntries(CAUSES.map((cause) => [cause, 0]));
  let covered = 0;
  for (const { begin, end, active } of pieces(list)) {
    covered += end - begin;
    for (const operation of active) sum[operation.bound] = (sum[operation.bound] ?? 0) + (end - begin) / active.length;
  }
  return { ...sum, covered };
}

export const linkShare = (o) => Math.max(o.busiest_row_link ?? 0, o.busiest_column_link ?? 0);

/** What was busy when: of the operations under way the shortest tells it, as its figures are of the least time. */
export function utilizationOverTime() {
  return pieces(operations).map(({ begin, end, active }) => {
    const o = active.reduce((a, b) => (b.cycles < a.cycles ? b : a));
    return { begin, end, operation: o.label, math: Math.min(1, (o.pe_arithmetic ?? 0) + (o.pe_sram ?? 0)), moving: o.pe_streaming ?? 0,
      link: linkShare(o), input: o.busiest_input_channel ?? 0, output: o.busiest_output_channel ?? 0 };
  });
}

const precision = configuration.workload?.precision ?? "mixed";
const laid = result.trace ?? result.collective ?? result.kernel;
export const program = { columns: laid?.columns ?? 0, rows: laid?.rows ?? 0 };
export const programArea = (() => {
  const own = (result.collective ? configuration.collective : configuration.workload)?.rectangle;
  const all = configuration.fabric?.program;
  const origin = own?.width > 0 ? own : all;
  return origin && program.columns > 0 ? { x: origin.x, y: origin.y, width: program.columns, height: program.rows } : undefined;
})();
const tiles = program.columns * program.rows;
export const hardware = {
  peakFlops: 2 * tiles * clock * (configuration.pe?.[`${precision}_macs_per_cycle`] ?? NaN),
  sram: quantity(configuration.pe?.sram), reserved: quantity(configuration.pe?.reserved) ?? 0,
  sramReadRate: tiles * clock * (quantity(configuration.pe?.sram_read) ?? NaN), sramWriteRate: tiles * clock * (quantity(configuration.pe?.sram_write) ?? NaN),
  ioRate: (quantity(configuration.io?.bandwidth) ?? NaN) / 8, channels: configuration.io?.channels,
};
