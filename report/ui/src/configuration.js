// SPDX-License-Identifier: Apache-2.0
// The effective configuration, key by key, with a filter.
import { figure, h } from "./dom.js";
import { configuration, result } from "./data.js";

function flatten(value, path = "") {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, each]) => flatten(each, path ? `${path}.${key}` : key));
  }
  return [[path, Array.isArray(value) ? `[${value.join(", ")}]` : String(value)]];
}

export function configurationTab() {
  const rows = flatten(configuration);
  const body = h("tbody", {}, rows.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, key)), h("td", {}, value))));
  const filter = h("input", { type: "search", placeholder: "filter keys and values", "aria-label": "Filter the configuration", oninput: () => {
    const wanted = filter.value.toLowerCase();
    for (const row of body.children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  } });
  return [figure({ title: "Effective configuration", name: "configuration", tabular: false,
    note: [`Every key, of waferloom ${result.version}. `, h("code", {}, "waferloom run scenario.yaml"), " in the results' directory repeats the run."],
    data: () => ({ columns: ["key", "value"], rows }) }, filter, h("div", { class: "table keys" }, h("table", {}, body)))];
}
