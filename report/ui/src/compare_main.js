// SPDX-License-Identifier: Apache-2.0
// The page of a comparison of runs.
import { buildPage } from "./shell.js";
import { configurationTab, layersTab, overview } from "./compare_tabs.js";
import { comparison } from "./compare_data.js";

buildPage({
  title: comparison.runs.map((run) => run.name).join(" / "),
  about: `comparison of ${comparison.runs.length} runs; ratios are to ${comparison.runs[0].name}`,
  tabs: [
    { id: "overview", name: "Overview", draw: overview },
    comparison.layers.length > 0 && { id: "layers", name: "Layers", draw: layersTab },
    { id: "configuration", name: "Configuration", draw: configurationTab },
  ],
});
