// SPDX-License-Identifier: Apache-2.0
// The page of a run.
import { configurationTab } from "./configuration.js";
import { configuration, isTraffic, operations, program, raw, result } from "./data.js";
import { energy, hasEnergy, io } from "./io.js";
import { hasLinkTraffic, linkTraffic } from "./link_traffic.js";
import { overview } from "./overview.js";
import { roofline } from "./roofline.js";
import { buildPage } from "./shell.js";
import { hasSramPlan, sram } from "./sram.js";
import { timeline } from "./timeline.js";
import { traffic } from "./traffic.js";
import { hasWafer, waferTab } from "./wafer.js";

const tabs = [
  { id: "overview", name: "Overview", draw: isTraffic ? traffic : overview },
  operations.length > 0 && { id: "time", name: "Time", draw: timeline },
  hasLinkTraffic && { id: "time", name: "Time", draw: linkTraffic },
  hasWafer && { id: "wafer", name: isTraffic ? "Links" : "Wafer", draw: waferTab },
  operations.length > 0 && { id: "roofline", name: "Roofline", draw: roofline },
  operations.length > 0 && { id: "io", name: "I/O", draw: io },
  hasSramPlan && { id: "sram", name: "SRAM", draw: sram },
  hasEnergy() && { id: "energy", name: "Energy", draw: energy },
  { id: "configuration", name: "Configuration", draw: configurationTab },
];

function about() {
  const trace = result.trace;
  return [trace && `${trace.model}, ${trace.strategy?.replaceAll("_", " ")}`, [program.columns > 0 && `${program.columns} x ${program.rows} tiles`,
      raw.wafer.width > 0 && `${program.columns > 0 ? "of " : ""}${raw.wafer.width} x ${raw.wafer.height}${program.columns > 0 ? "" : isTraffic ? " nodes" : " tiles"}`, configuration.hardware_name && `(${configuration.hardware_name})`].filter(Boolean).join(" "), result.fidelity && `fidelity ${result.fidelity}`].filter(Boolean).join(" · ");
}

buildPage({ tabs, title: result.scenario ?? "run", about: about() });
