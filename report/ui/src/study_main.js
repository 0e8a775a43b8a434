// SPDX-License-Identifier: Apache-2.0
// The page of a study.
import { buildPage } from "./shell.js";
import { axes, done, metrics, study } from "./study_data.js";
import { multiples, parallel, tradeOff } from "./study_charts.js";
import { overview, pointsTab } from "./study_overview.js";

buildPage({
  title: study.study,
  about: [study.description, `base scenario ${study.base}`, `waferloom ${study.version}`].filter(Boolean).join(" · "),
  tabs: [
    { id: "overview", name: "Overview", draw: overview },
    done.length > 1 && axes.length > 0 && { id: "axes", name: "Axes", draw: multiples },
    done.length > 1 && metrics.length > 1 && { id: "trade-off", name: "Trade-off", draw: tradeOff },
    done.length > 1 && axes.length > 0 && { id: "parallel", name: "Parallel coordinates", draw: parallel },
    { id: "points", name: "Points", draw: pointsTab },
  ],
});
