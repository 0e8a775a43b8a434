// SPDX-License-Identifier: Apache-2.0
// Elements, and the frame that every chart stands in: title, what it shows, its numbers as CSV and as a table.

/** An element; attributes that start with "on" are listeners, children are nodes or texts. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** One figure of a list with the class "cards". */
export const card = (name, value, note) => h("div", { class: "card" }, h("dt", {}, name), h("dd", {}, value), note && h("dd", { class: "note" }, note));

const field = (value) => {
  const text = value === undefined || value === null ? "" : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** {columns: [...], rows: iterable of arrays} as text. */
export function csvText({ columns, rows }) {
  const lines = [columns.map(field).join(",")];
  for (const row of rows) lines.push(row.map(field).join(","));
  return lines.join("\n") + "\n";
}

export function download(name, text, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const TABLE_ROWS = 200;

/** `numbers`: columns (by place) whose texts are numbers with units, besides those that hold numbers. */
export function table({ columns, rows }, { limit = TABLE_ROWS, format = (value) => value ?? "", numbers = [] } = {}) {
  const all = [...rows];
  const shown = all.slice(0, limit);
  const numeric = columns.map((_, c) => numbers.includes(c) || shown.every((row) => typeof row[c] === "number" || row[c] === null || row[c] === undefined));
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "table" },
    h("table", {},
      h("thead", {}, h("tr", {}, columns.map((name, c) => h("th", { scope: "col", class: numeric[c] ? "number" : undefined }, name)))),
      h("tbody", {}, shown.map((row) => h("tr", {}, row.map((value, c) => {
        const cell = format(value, c);
        return h("td", { class: numeric[c] ? "number" : undefined }, cell instanceof Node ? cell : String(cell));
      }))))),
    all.length > limit && h("p", { class: "note" }, `The first ${limit} of ${all.length} rows; the CSV has all.`));
}

/**
 * A chart with its caption. `data()` gives {columns, rows}, made only when asked for; `name` is the CSV file's.
 * `tabular: false` leaves out the table, for data too large to be read.
 */
export function figure({ title, note, name, data, tabular = true, wide = true }, ...content) {
  const details = tabular && data && h("details", { ontoggle: (event) => {
    if (event.target.open && event.target.childElementCount === 1) event.target.append(table(data()));
  } }, h("summary", {}, "Numbers as a table"));
  return h("figure", { class: wide ? "wide" : undefined },
    h("figcaption", {},
      h("div", {}, h("h3", {}, title), note && h("p", { class: "note" }, note)),
      data && h("button", { type: "button", class: "quiet", "data-csv": name, "aria-label": `${title}: download CSV`,
        onclick: () => download(`${name}.csv`, csvText(data())) }, "CSV")),
    content, details);
}
