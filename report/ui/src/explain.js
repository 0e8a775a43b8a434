// SPDX-License-Identifier: Apache-2.0
// What would help: the changes of the hardware that `waferloom explain` measured, and where the machine's peak goes.
import * as Plot from "@observablehq/plot";
import { figure, h, table } from "./dom.js";
import { phaseName, raw } from "./data.js";
import { percent, si } from "./units.js";

const explanation = raw.explanation;
const signed = (change) => `${change > 0 ? "+" : change < 0 ? "−" : "±"}${percent(Math.abs(change))}`;
const named = (limit) => `${limit.resources.join(" with ")} (${signed(limit.change)})`;
const told = (limits) => (limits.length > 0 ? limits.map(named).join("; ") : "none of these, alone or in pairs");

/** How much of it buys how much, as a text; explanations of earlier versions have none. */
const curve = (each) => (each.curve?.length > 1 ? each.curve.map((at) => `x ${Number(at.factor.toPrecision(4))}: ${signed(at.change)}`).join(", ") : "");

/** What one change did, as a text. */
function effect(change) {
  if (change.change !== undefined) return signed(change.change);
  return change.failed ? "does not run" : "–";
}

function helps(width) {
  const { factor, resources, pairs, limits } = explanation;
  const ties = limits.step.filter((limit) => limit.resources.length > 1);
  const bars = [...resources.filter((r) => r.more.change !== undefined).map((r) => ({ name: r.resource, change: r.more.change })),
    ...ties.map((tie) => ({ name: tie.resources.join(" with "), change: tie.change }))];
  bars.sort((a, b) => a.change - b.change);
  const chart = Plot.plot({ width, height: 20 * bars.length + 60, marginLeft: 300, marginBottom: 40, style: { fontSize: "12px" },
    ariaLabel: `Change of the step's time with ${factor} times of each resource`,
    y: { domain: bars.map((b) => b.name), label: null, tickSize: 0 }, x: { label: "change of the step's time (%)", grid: true, ticks: 5 },
    marks: [Plot.barX(bars, { y: "name", x: (b) => 100 * b.change, fill: (b) => (b.change <= 0 ? "var(--accent)" : "var(--cause-bubble)"), insetTop: 2, insetBottom: 2,
      title: (b) => `${b.name} x ${factor}: ${signed(b.change)}`, tip: true }), Plot.ruleX([0])] });
  const rows = [...resources.map((r) => [r.resource, effect(r.more), effect(r.less), curve(r), [...r.more.kept, ...r.less.kept].join("; ") || r.less.failed || r.more.failed || ""]),
    ...pairs.map((p) => [p.resources.join(" with "), effect(p.more), "–", curve(p), ""])];
  const further = (each, name) => (each.curve ?? []).filter((at) => at.factor !== factor).map((at) => [name, at.factor, at.change]);
  const rounded = (value) => Number(value.toPrecision(3));
  return figure({ title: "What would help", name: "what-would-help", tabular: false,
    note: `Each resource of the hardware was changed and the step simulated again at fidelity burst. Of the step, ${factor} times of: ${told(limits.step)}.`,
    data: () => ({ columns: ["resource", "factor", "change"],
      rows: [...resources.flatMap((r) => [[r.resource, r.more.factor, r.more.change], [r.resource, r.less.factor, r.less.change], ...further(r, r.resource)]),
        ...pairs.flatMap((p) => [[p.resources.join(" with "), p.more.factor, p.more.change], ...further(p, p.resources.join(" with "))])] }) },
    chart,
    h("details", {}, h("summary", {}, "All changes"),
      table({ columns: ["resource", `x ${rounded(factor)}`, `x ${rounded(1 / factor)}`, "how much buys how much", "left as it is"], rows }, { numbers: [1, 2] })),
    h("details", {}, h("summary", {}, "By phase and operation"),
      table({ columns: ["of the time of", `${rounded(factor)} times of`], rows: [
        ...Object.entries(limits.phases).map(([phase, list]) => [phaseName(phase), told(list)]),
        ...Object.entries(limits.operations).map(([operation, list]) => [phaseName(operation), told(list)])] }, { limit: 400 })));
}

function waterfall(width) {
  const { waterfall: parts, peak_flops: peak } = explanation;
  if (parts.length === 0) return undefined;
  let before = 0;
  const steps = parts.map((each) => {
    const step = { name: each.part, from: before, to: before + each.time.value, flops: each.flops.value };
    before = step.to;
    return step;
  });
  const all = before;
  const chart = Plot.plot({ width, height: 26 * steps.length + 60, marginLeft: 370, marginRight: 130, marginBottom: 40, style: { fontSize: "12px" },
    ariaLabel: "From the machine's peak to what it sustains", y: { domain: steps.map((s) => s.name), label: null, tickSize: 0 },
    x: { label: "of the step's time (%)", grid: true, ticks: 5 },
    marks: [Plot.barX(steps, { y: "name", x1: (s) => 100 * s.from / all, x2: (s) => 100 * s.to / all, fill: (s, i) => (i === 0 ? "var(--cause-compute)" : "var(--cause-bubble)"), insetTop: 3, insetBottom: 3 }),
      Plot.text(steps, { y: "name", x: (s) => 100 * Math.max(s.from, s.to) / all, text: (s) => `${percent(s.flops / peak.value)} of peak`, textAnchor: "start", dx: 5 })] });
  return figure({ title: "From the machine's peak to what it sustains", name: "waterfall",
    note: "Each part is the time that goes when it limits nothing any more, after all parts below it. The order matters: what two limit together counts for the upper one.",
    data: () => ({ columns: ["part", "time_s", "flops", "of_peak"], rows: parts.map((p) => [p.part, p.time.value, p.flops.value, p.flops.value / peak.value]) }) },
    h("p", {}, `${si(peak.value, "FLOP/s")} at the peak, ${si(explanation.sustained_flops.value, "FLOP/s")} sustained.`), chart);
}

/** Nothing where the run has not been explained. */
export const explained = (width) => (explanation ? [helps(width), waterfall(width)] : []);
