// SPDX-License-Identifier: Apache-2.0
// What may bound a part of a step, and its color.
export const CAUSES = ["compute", "SRAM", "row reduction", "column multicast", "I/O", "bubble"];
export const causeColor = (cause) => `var(--cause-${cause.replace("/", "").replace(" ", "-").toLowerCase()})`;

/** What bounds something and what weighs about as much, as a text; `ties`: a list, or as layers.csv has it. */
export const boundText = (bound, ties) => [bound, ...(Array.isArray(ties) ? ties : (ties ?? "").split("; "))].filter(Boolean).join(" = ");

export const MEANING = {
  compute: "the PEs' datapaths, with arithmetic",
  SRAM: "the PEs' datapaths, at the rate of their SRAM",
  "row reduction": "the busiest link of a row, or datapaths that move wavelets along rows",
  "column multicast": "the busiest link of a column, or datapaths that move wavelets along columns: weights in, gradients out",
  "I/O": "the busiest channel between wafer and host",
  bubble: "nothing for half of the time: parts wait for one another along chains and for round trips to the host",
  idle: "no operation was under way",
};
