// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them, and quantities with units as the configuration writes them.

const SI = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]];

/** Three significant digits with a decimal prefix: 1.23 ms. */
export function si(value, unit = "") {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return `0 ${unit}`.trim();
  const size = Math.abs(value);
  const [factor, prefix] = SI.find(([f]) => size >= f * 0.9995) ?? SI.at(-1);
  return `${digits(value / factor)} ${prefix}${unit}`.trim();
}

function digits(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** Powers of 1024: 38.1 KiB. */
export function bytes(value) {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let index = 0;
  let rest = value;
  while (rest >= 1024 && index < names.length - 1) {
    rest /= 1024;
    ++index;
  }
  return `${index === 0 ? rest : digits(rest)} ${names[index]}`;
}

export const integer = (value) => Math.round(value).toLocaleString("en-US");

export function percent(share) {
  if (!Number.isFinite(share)) return "–";
  const value = 100 * share;
  if (value > 0 && value < 0.05) return "< 0.1 %";
  return `${value !== 0 && Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

const FACTORS = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, m: 1e-3, u: 1e-6, n: 1e-9, p: 1e-12, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };
const BASES = ["b/s", "B/s", "B/cycle", "params/s", "cycles", "cycle", "Hz", "s", "B"];

/** A configuration's quantity in its base unit ("48 KiB" is 49152), or undefined. */
export function quantity(text) {
  if (typeof text === "number") return text;
  const match = /^\s*([-+0-9.eE]+)\s*(\S*)\s*$/.exec(text ?? "");
  if (!match) return undefined;
  const base = BASES.find((name) => match[2].endsWith(name));
  if (base === undefined) return undefined;
  const prefix = match[2].slice(0, match[2].length - base.length);
  return Number(match[1]) * (prefix === "" ? 1 : FACTORS[prefix] ?? NaN);
}
