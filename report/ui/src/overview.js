// SPDX-License-Identifier: Apache-2.0
// The first tab: the verdict, the step in figures, time by phase, layer and cause.
import * as Plot from "@observablehq/plot";
import { card, figure, h, table } from "./dom.js";
import { attribute, boundText, CAUSES, causeColor, clock, configuration, cycles, hardware, MEANING, metric, operations, PHASES, phaseName, raw, result, rowsOf, seconds } from "./data.js";
import { explained } from "./explain.js";
import { bytes, integer, percent, si } from "./units.js";

const shares = attribute(operations);

/** What a collective's lower bound comes from. */
const BOUNDS = { distance: "for the wavelets of the farthest tile to leave and arrive", ramp: "for all that one PE has to take or send", cut: "for all that has to pass between two halves" };

function verdict() {
  const time = metric("time");
  if (operations.length === 0) {
    const bound = result.collective?.lower_bound;
    const what = result.collective ? `${result.collective.kind} (${result.collective.algorithm})`.replaceAll("_", " ") : result.kernel ? `kernel ${result.kernel.name}` : "run";
    return h("section", { class: "verdict" },
      h("p", { class: "headline" }, h("strong", {}, si(time, "s")), ` for the ${what}: ${integer(cycles)} cycles.`),
      bound?.cycles.value > 0 && h("p", {}, h("strong", {}, `${(cycles / bound.cycles.value).toFixed(2)} times its lower bound`), ` of ${integer(bound.cycles.value)} cycles, ${BOUNDS[bound.term] ?? bound.term}: ${bound.formula}.`),
      h("p", { class: "note" }, `The busiest link carried wavelets in ${percent(metric("busiest_link"))} of the cycles.${bound?.cycles.value > 0 ? ` No program for it, by whatever routes, takes less than the bound (${bound.source}).` : ""}`));
  }
  const order = CAUSES.filter((cause) => shares[cause] > 0).sort((a, b) => shares[b] - shares[a]);
  const first = order[0];
  // A second cause that weighs almost as much belongs to the verdict.
  const second = order[1] && shares[order[1]] > shares[first] / 2 ? order[1] : undefined;
  const named = (cause) => h("strong", { class: "cause", style: `--cause: ${causeColor(cause)}` }, cause);
  // What weighs about as much as the cause in at least a twentieth of its operations' time.
  const tied = (cause) => {
    const own = operations.filter((o) => o.bound === cause);
    const time = (list) => list.reduce((sum, o) => sum + o.cycles, 0);
    return CAUSES.map((tie) => [tie, time(own.filter((o) => (o.ties ?? "").split("; ").includes(tie))) / time(own)]).filter(([, share]) => share >= 0.05);
  };
  const told = (cause) => [named(cause), ` for ${percent(shares[cause] / cycles)}`,
    tied(cause).map(([tie, share]) => [" (", named(tie), ` weighs as much in ${percent(share)} of that)`])];
  const { layers = "all", phases = "all" } = configuration.workload ?? {};
  const partial = layers !== "all" || phases !== "all";
  const tokens = metric("tokens_per_second");
  const idle = Math.max(0, cycles - shares.covered);
  const segments = [...order.map((cause) => [cause, shares[cause]]), ...(idle > cycles / 1000 ? [["idle", idle]] : [])];
  return h("section", { class: "verdict" },
    h("p", { class: "headline" },
      h("strong", {}, si(time, "s")), partial ? " for the simulated part of a training step" : " per training step",
      tokens > 0 && [": ", h("strong", {}, `${tokens < 100 ? tokens.toPrecision(3) : tokens < 1e6 ? integer(tokens) : si(tokens)} tokens/s`)], ". ",
      first && ["Bound by ", told(first), second && [" and by ", told(second)], " of it."]),
    [first, second].filter(Boolean).map((cause) => h("p", { class: "note" }, `${cause}: ${MEANING[cause]}.`)),
    h("div", { class: "causes", role: "img", "aria-label": `Time by cause: ${segments.map(([cause, c]) => `${cause} ${percent(c / cycles)}`).join(", ")}` },
      segments.map(([cause, count]) => h("div", { style: `flex: ${count} 1 0; background: ${cause === "idle" ? "var(--line)" : causeColor(cause)}`,
        title: `${cause}, ${percent(count / cycles)}: ${MEANING[cause]}` }))),
    h("ul", { class: "legend" }, segments.map(([cause, count]) => h("li", { title: MEANING[cause] },
      h("i", { style: `background: ${cause === "idle" ? "var(--line)" : causeColor(cause)}` }), `${cause} `, h("b", {}, percent(count / cycles)), ` ${si(seconds(count), "s")}`))));
}

function cards() {
  const has = (name) => metric(name) !== undefined;
  const whole = result.collective;
  const laid = whole ?? result.kernel;
  const used = metric("sram_high_water") ?? 0;
  const free = hardware.sram - hardware.reserved;
  return h("dl", { class: "cards" },
    has("sustained_flops") && card("Sustained", si(metric("sustained_flops"), "FLOP/s"), `${percent(metric("share_of_peak"))} of the tiles' peak`),
    has("tokens_per_second") && card("Tokens per step", integer(result.trace?.tokens ?? 0), `batch ${result.trace?.batch}, sequence ${result.trace?.sequence}`),
    laid && card("Tiles", integer(laid.columns * laid.rows), `${laid.columns} x ${laid.rows}`),
    has("pe_busy") && card("PEs busy", percent(metric("pe_busy")), "of the cycles, on the mean"),
    whole && card("Vector", bytes(4 * whole.wavelets), `${integer(whole.wavelets)} wavelets`),
    whole && cycles > 0 && card("Vector / time", si((4 * whole.wavelets) / metric("time"), "B/s"), `${(whole.wavelets / cycles).toPrecision(3)} wavelets a cycle`),
    whole?.lower_bound?.cycles.value > 0 && card("Lower bound", `${integer(whole.lower_bound.cycles.value)} cycles`, `this run takes ${(cycles / whole.lower_bound.cycles.value).toFixed(2)} times as long`),
    card("Cycles", si(cycles), `${integer(cycles)} at ${si(clock, "Hz")}`),
    has("sram_high_water") && card("SRAM high water", bytes(used), hardware.sram ? `${percent(used / free)} of the ${bytes(free)} per PE that are not reserved` : ""),
    has("bytes_in") && card("From the host", bytes(metric("bytes_in")), `${si(metric("bytes_in") / metric("time"), "B/s")} on average`),
    has("bytes_out") && card("To the host", bytes(metric("bytes_out")), `${si(metric("bytes_out") / metric("time"), "B/s")} on average`),
    has("wavelet_hops") && card("Wavelet hops", si(metric("wavelet_hops")), `${si(metric("wavelets_delivered"))} delivered`));
}

const CHANNELS = [["pe_arithmetic", "PE arithmetic"], ["pe_sram", "PE at SRAM rate"], ["pe_streaming", "PE moving"], ["busiest_row_link", "row links"],
  ["busiest_column_link", "column links"],   ["busiest_input_channel", "I/O in"], ["busiest_output_channel", "I/O out"]];

const meter = (share) => h("span", { class: "meter" }, h("span", { style: `width: ${100 * Math.min(1, share)}%` }), h("b", {}, percent(share)));

function phases() {
  if (!result.phases) return undefined;
  const columns = ["phase", "time", "bound by", ...CHANNELS.map(([, name]) => name)];
  const cells = result.phases.map((p) => [phaseName(p.phase), si(p.time.value, "s"),
    h("span", { class: "cause", style: `--cause: ${causeColor(p.bound)}` }, boundText(p.bound, p.ties)), ...CHANNELS.map(([key]) => meter(p.utilization[key] ?? 0))]);
  return figure({ title: "Phases", name: "phases",
    note: "Phases overlap. A phase's time is that in which some operation of it was under way; utilizations count all that happens meanwhile.",
    tabular: false,
    data: () => ({ columns: ["phase", "time_s", "cycles", "bound", "ties", ...CHANNELS.map(([key]) => key)],
      rows: result.phases.map((p) => [p.phase, p.time.value, p.cycles.value, p.bound, (p.ties ?? []).join("; "), ...CHANNELS.map(([key]) => p.utilization[key])]) }) },
    table({ columns, rows: cells }));
}

function layers(width) {
  if (operations.length === 0) return undefined;
  const bars = [];
  const places = [...new Set(operations.map((o) => o.place))];
  for (const place of places) {
    for (const phase of PHASES) {
      const list = operations.filter((o) => o.place === place && o.phase === phase);
      if (list.length === 0) continue;
      const sum = attribute(list);
      for (const cause of CAUSES) if (sum[cause] > 0) bars.push({ place, phase, cause, time: seconds(sum[cause]), share: sum[cause] / sum.covered });
    }
  }
  const present = PHASES.filter((phase) => bars.some((b) => b.phase === phase));
  const tall = places.length > 14;
  const most = Math.max(...places.flatMap((place) => present.map((phase) =>
    bars.filter((b) => b.place === place && b.phase === phase).reduce((sum, b) => sum + b.time, 0))));
  const unit = most >= 1 ? ["s", 1] : most >= 1e-3 ? ["ms", 1e3] : ["µs", 1e6];
  const title = (b) => `${b.place}, ${phaseName(b.phase)}\n${b.cause}: ${si(b.time, "s")} (${percent(b.share)})`;
  const color = { domain: CAUSES, range: CAUSES.map(causeColor) };
  const common = { width, color, style: { fontSize: "12px" }, ariaLabel: "Time by layer, phase and cause" };
  const time = (b) => b.time * unit[1];
  const short = (place) => place.replace("layer ", "").replace("outside layers", "–");
  const chart = tall
    ? Plot.plot({ ...common, height: 90 * present.length + 76, marginLeft: 60, marginRight: 124, marginBottom: 44, fy: { domain: present, label: null, tickFormat: phaseName, padding: 0.2 },
        x: { domain: places, label: "layer", tickFormat: (p) => short(p), interval: undefined, tickSize: 0, tickRotate: places.length > 60 ? -60 : 0 },
        y: { label: unit[0], grid: true, ticks: 4 },
        marks: [Plot.barY(bars, { fy: "phase", x: "place", y: time, fill: "cause", insetLeft: 0.5, insetRight: 0.5, title, tip: true }), Plot.ruleY([0])] })
    : Plot.plot({ ...common, height: 24 * places.length + 86, marginLeft: 100, marginTop: 34, marginBottom: 44, fx: { domain: present, label: null, tickFormat: phaseName, padding: 0.08 },
        y: { domain: places, label: null, tickSize: 0 }, x: { label: `time (${unit[0]})`, grid: true, ticks: 4, nice: true },
        marks: [Plot.barX(bars, { fx: "phase", y: "place", x: time, fill: "cause", insetTop: 2, insetBottom: 2, title, tip: true }), Plot.ruleX([0])] });
  return figure({ title: "Time per layer and phase, by what bounds it", name: "layers-by-cause",
    note: `The time in which operations of the layer's phase were under way. Where they overlap, it is shared evenly among them.${tall ? " – is what lies outside the layers." : ""}`,
    data: () => ({ columns: ["place", "phase", "cause", "time_s", "share"], rows: bars.map((b) => [b.place, b.phase, b.cause, b.time, b.share]) }) },
    h("ul", { class: "legend" }, CAUSES.filter((cause) => bars.some((b) => b.cause === cause)).map((cause) => h("li", { title: MEANING[cause] }, h("i", { style: `background: ${causeColor(cause)}` }), cause))),
    chart);
}

/** The tasks of a kernel: how often each ran, and when. */
function tasks() {
  const rows = rowsOf(raw.tables.tasks);
  if (rows.length === 0) return undefined;
  const told = (value) => (value === null ? "–" : integer(value));
  const parameters = Object.entries(result.kernel?.parameters ?? {}).map(([name, value]) => `${name} ${value}`);
  return figure({ title: "Tasks", name: "tasks", tabular: false, note: `On all tiles together; cycle 1 is the first.${parameters.length > 0 ? ` Parameters: ${parameters.join(", ")}.` : ""}`,
    data: () => ({ columns: Object.keys(rows[0]), rows: rows.map((r) => Object.values(r)) }) },
    table({ columns: ["task", "line of the kernel", "runs", "begins first in cycle", "ends last in cycle"], rows: rows.map((r) => [r.task, r.line, told(r.runs), told(r.first_begin_cycle), told(r.last_end_cycle)]) }, { numbers: [1, 2, 3, 4] }));
}

function remarks() {
  const lists = [["Simulated once and counted", result.folded], ["Approximations", result.approximations]].filter(([, list]) => list?.length > 0);
  const host = raw.host;
  return h("section", { class: "remarks" },
    lists.map(([name, list]) => h("div", {}, h("h3", {}, name), h("ul", {}, list.map((each) => h("li", {}, typeof each === "string" ? each : JSON.stringify(each)))))),
    host?.simulation && h("div", {}, h("h3", {}, "Simulation"), h("p", {}, `waferloom ${result.version}: ${si(host.simulation.value, "s")} of simulation`,
      host.elaboration && `, ${si(host.elaboration.value, "s")} of elaboration`, host.wavelet_hops_per_second && `; ${si(host.wavelet_hops_per_second.value)} hops/s`)));
}

export function overview(width) {
  return [verdict(), cards(), ...explained(width), layers(width), phases(), tasks(), remarks()];
}
