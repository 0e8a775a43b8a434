// SPDX-License-Identifier: Apache-2.0
// The effective configuration, key by key, with a filter, beside that of the hardware's preset.
import { figure, h } from "./dom.js";
import { configuration, raw, result } from "./data.js";

function flatten(value, path = "") {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, each]) => flatten(each, path ? `${path}.${key}` : key));
  }
  return [[path, Array.isArray(value) ? `[${value.join(", ")}]` : String(value)]];
}

/** Keys that say how a run was made and looked at, not what was simulated. */
const ASIDE = /^(name|description|hardware_name)$/;

/** Of each key: its value, the preset's where that is another, and what it differs from. */
function compared() {
  const before = raw.preset && new Map(flatten(raw.preset));
  return flatten(configuration).map(([key, value]) => {
    const other = before?.get(key);
    return { key, value, other: other !== undefined && other !== value && !ASIDE.test(key) ? other : undefined };
  });
}

export function configurationTab() {
  const rows = compared();
  const differing = rows.filter((row) => row.other !== undefined);
  const preset = configuration.hardware_name;
  const body = h("tbody", {}, rows.map(({ key, value, other }) => h("tr", { class: other === undefined ? undefined : "differs" }, h("th", { scope: "row" }, h("code", {}, key)), h("td", {}, value), raw.preset && h("td", { class: "note" }, other ?? ""))));
  const only = h("input", { type: "checkbox", id: "only-differing", onchange: () => narrow() });
  const filter = h("input", { type: "search", placeholder: "filter keys and values", "aria-label": "Filter the configuration", oninput: () => narrow() });
  const narrow = () => {
    const wanted = filter.value.toLowerCase();
    for (const row of body.children) row.hidden = !row.textContent.toLowerCase().includes(wanted) || (only.checked && !row.classList.contains("differs"));
  };
  const head = raw.preset && h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "key"), h("th", { scope: "col" }, "value"), h("th", { scope: "col" }, `as ${preset} and defaults have it`)));
  return [figure({ title: "Effective configuration", name: "configuration", tabular: false,
    note: [raw.preset ? `${differing.length} of ${rows.length} keys differ from the preset ${preset} and the defaults of waferloom ${result.version}. ` : `Every key, of waferloom ${result.version}; no preset that comes with it is called ${preset}. `, h("code", {}, "waferloom run scenario.yaml"), " in the results' directory repeats the run."],
    data: () => ({ columns: ["key", "value", "preset"], rows: rows.map(({ key, value, other }) => [key, value, raw.preset ? other ?? value : ""]) }) },
  h("div", { class: "bar" }, filter, raw.preset && h("label", { for: "only-differing" }, only, "only what differs")), h("div", { class: "table keys" }, h("table", {}, head, body)))];
}
