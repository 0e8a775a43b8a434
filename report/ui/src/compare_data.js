// SPDX-License-Identifier: Apache-2.0
// The comparison's data as the page carries them.
import { bytes, integer, percent, si } from "./units.js";

export const comparison = JSON.parse(document.getElementById("data").textContent);
export const names = comparison.runs.map((run) => run.name);
export const runColor = (name) => ["var(--cause-compute)", "var(--cause-io)", "var(--cause-row-reduction)", "var(--cause-column-multicast)", "var(--cause-sram)", "var(--cause-out)"][names.indexOf(name) % 6];

const COUNTED = new Set(["cycle", "wavelet", "MAC"]);

export function shown(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "1") return percent(value);
  if (unit === "B") return bytes(value);
  if (COUNTED.has(unit)) return `${si(value)} ${unit}s`;
  return si(value, unit === "1/s" ? "/s" : unit);
}

export const times = (factor, places) => (factor < 1000 ? factor.toFixed(places) : integer(factor));
export const ratio = (value, first) => (value === null || !first ? "–" : `x ${times(value / first, 3)}`);
