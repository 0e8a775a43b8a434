// SPDX-License-Identifier: Apache-2.0
// The wafer tab: maps of links, PEs and SRAM, the tile under the cursor, the busiest links.
import { figure, h, table } from "./dom.js";
import { configuration, hardware, isTraffic, programArea, raw, result, seconds } from "./data.js";
import { grid } from "./grids.js";
import { colorAt, gradient, Heatmap } from "./heatmap.js";
import { bytes, integer, percent, si } from "./units.js";

const SIDES = ["north", "east", "south", "west"];
const ARROWS = { north: "↑", east: "→", south: "↓", west: "←", ramp: "⤓" };
/** Cycles for which a wavelet, or a flit of a packet network, takes up a link between tiles. */
const linkCycles = raw.link_cycles ?? 1;
/** Of the run that single tiles and links are told of: of a search for the saturation, the one at the load found. */
const cycles = raw.map_cycles ?? 0;
const node = isTraffic ? "node" : "tile";
const carried = isTraffic ? "flits" : "wavelets";
const asShare = (value) => percent(value / cycles);
const asLinkShare = (value) => percent((value * linkCycles) / cycles);

/** Those whose grids the page has. name: the grid's, or what makes it of others; format: of a value. Shares are of the run's cycles. */
const LAYERS = [
  { id: "links", name: `Links: busiest of the ${node}`, of: ["link_north", "link_east", "link_south", "link_west"], format: asLinkShare, scheme: "viridis", glyphs: true },
  ...SIDES.map((side) => ({ id: `link_${side}`, name: `Links: ${side} ${ARROWS[side]}`, of: [`link_${side}`], format: asLinkShare, scheme: "viridis" })),
  { id: "link_ramp", name: "Links: ramp into the PE", of: ["link_ramp"], format: asShare, scheme: "viridis" },
  { id: "busy_cycles", name: "PE: busy", of: ["busy_cycles"], format: asShare, scheme: "magma" },
  { id: "received_wavelets", name: "PE: wavelets received", of: ["received_wavelets"], format: integer, scheme: "magma" },
  { id: "injected_wavelets", name: "PE: wavelets sent", of: ["injected_wavelets"], format: integer, scheme: "magma" },
  { id: "sram_high_water_bytes", name: "SRAM: high water", of: ["sram_high_water_bytes"], format: bytes, scheme: "magma" },
].filter((layer) => layer.of.every((name) => raw.grids.some((g) => g.name === name)));

async function load(layer) {
  const grids = await Promise.all(layer.of.map(grid));
  if (grids.length === 1) return grids[0];
  const values = grids[0].values.slice();
  for (const { values: more } of grids.slice(1)) for (let i = 0; i < values.length; ++i) if (more[i] > values[i] || Number.isNaN(values[i])) values[i] = more[i];
  return { ...grids[0], values };
}

function valueAt(g, tile) {
  const x = Math.floor((tile.x - g.x) / (g.cellWidth ?? 1));
  const y = Math.floor((tile.y - g.y) / (g.cellHeight ?? 1));
  return x >= 0 && y >= 0 && x < g.width && y < g.height ? g.values[y * g.width + x] : NaN;
}

const { samples } = raw;

/** All samples of a layer of links: shares of the time that the blocks' links were busy, on the mean. */
async function loadSamples(layer) {
  const grids = await Promise.all(layer.of.map((name) => grid(name.replace("link_", "samples_"))));
  const { columns, rows } = samples;
  const values = new Float64Array(grids[0].values.length);
  for (let row = 0; row < rows * samples.samples; ++row) {
    const sample = Math.floor(row / rows);
    const tall = Math.min(samples.block_height, samples.height - (row % rows) * samples.block_height);
    const time = Math.max(1, Math.min(cycles, (sample + 1) * samples.cycles) - sample * samples.cycles);
    for (let column = 0; column < columns; ++column) {
      const broad = Math.min(samples.block_width, samples.width - column * samples.block_width);
      const i = row * columns + column;
      let most = 0;
      for (const g of grids) if (g.values[i] > most) most = g.values[i];
      values[i] = (most * linkCycles) / (broad * tall * time);
    }
  }
  const top = largest(values);
  return (sample) => ({ x: samples.x, y: samples.y, width: columns, height: rows, tilesWide: samples.width, tilesHigh: samples.height, cellWidth: samples.block_width, cellHeight: samples.block_height,
    values: values.subarray(sample * columns * rows, (sample + 1) * columns * rows), top, sample });
}

const largest = (values) => {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
};

export const hasWafer = raw.grids.length > 0;

export async function waferTab(_, height, width) {
  const { wafer } = raw;
  const first = raw.grids[0];
  const data = { x: first.x, y: first.y, width: first.width, height: first.height };
  const program = programArea ?? data;
  const fabric = configuration.fabric ?? {};
  const reticle = fabric.reticle_width > 0 && (fabric.reticle_width < wafer.width || fabric.reticle_height < wafer.height)
    ? { width: fabric.reticle_width, height: fabric.reticle_height } : undefined;

  const canvas = h("canvas", { tabindex: "0", role: "application",
    "aria-label": `Map of the ${isTraffic ? "links" : "wafer"}. Arrow keys choose a ${node}, with shift ten ${node}s on; plus and minus zoom, enter zooms to the ${node}, 0 shows all.`, class: "map" });
  const tip = h("div", { class: "tip", hidden: true });
  const said = h("p", { class: "sr", "aria-live": "polite" });
  const scaleLabel = h("span", { class: "note" });
  const details = h("div", { class: "tile" });
  const choice = h("select", { "aria-label": "What the map shows", onchange: () => apply() }, LAYERS.map((l) => h("option", { value: l.id }, l.name)));
  const mean = h("input", { type: "checkbox", onchange: () => apply() });
  const fixed = h("input", { type: "checkbox", onchange: () => apply() });
  const legend = h("div", { class: "scale" });
  // Position 0 is the whole run, k the k-th sample.
  const slider = h("input", { type: "range", min: "0", max: String(samples?.samples ?? 0), value: "0", step: "1", "aria-label": "Time that the map shows", oninput: () => apply() });
  const when = h("output", {}, "whole run");
  let playing;
  const play = h("button", { type: "button", class: "quiet", "aria-label": "Play through the samples", onclick: () => {
    if (playing) return stop();
    play.textContent = "❚❚";
    playing = setInterval(() => {
      if (!canvas.isConnected) return stop();
      slider.value = String(1 + (Number(slider.value) % samples.samples));
      apply();
    }, 200);
  } }, "▶");
  function stop() {
    clearInterval(playing);
    playing = undefined;
    play.textContent = "▶";
  }
  const times = samples && h("div", { class: "bar times" }, h("span", {}, "Time"), play, slider, when);
  const sampled = new Map();
  let layer = LAYERS[0];
  let shown;
  let sides = [];
  let ramp;

  const full = () => (shown.sample !== undefined ? 1 : layer.format === asShare ? cycles : layer.format === asLinkShare ? cycles / linkCycles : layer.id === "sram_high_water_bytes" && hardware.sram ? hardware.sram - hardware.reserved : shown.top);
  const map = new Heatmap(canvas, { wafer, reticle, program, start: { ...data },
    onhover: (tile, at) => {
      const value = tile && shown ? valueAt(shown, tile) : NaN;
      tip.hidden = !tile;
      if (!tile) return;
      tip.textContent = `(${tile.x}, ${tile.y})  ${Number.isNaN(value) ? "nothing here" : format(value)}`;
      tip.style.left = `${Math.min(at.x + 14, map.width - 170)}px`;
      tip.style.top = `${Math.max(0, at.y - 30)}px`;
    },
    onselect: (tile) => describe(tile),
    ondraw: (view, level, drawn) => {
      const one = 2 ** level;
      if (drawn.cellWidth) {
        const tiles = drawn.cellWidth * drawn.cellHeight === 1 ? "a tile" : `${drawn.cellWidth} x ${drawn.cellHeight} tiles, the mean of their links`;
        scaleLabel.textContent = `a cell is ${tiles}${layer.glyphs ? " in the direction that carried most" : ""}`;
        return;
      }
      scaleLabel.textContent = one > 1 ? `a point is ${one} x ${one} ${node}s (${mean.checked ? "mean" : "largest"})` : view.scale >= 2 ? `${Math.round(view.scale)} px a ${node}` : `a point is a ${node}`;
    },
    glyph: (context, tile, box) => glyph(context, tile, box) });

  /** Zoomed in on links, a tile is its four outgoing links around its PE's ramp. */
  function glyph(context, tile, box) {
    if (!layer.glyphs || sides.length === 0 || sides.every((g) => Number.isNaN(valueAt(g, tile)))) return;
    const { x, y, size } = box;
    const middle = [x + size / 2, y + size / 2];
    const corners = [[x, y], [x + size, y], [x + size, y + size], [x, y + size]];
    sides.forEach((g, k) => {
      if (Number.isNaN(valueAt(g, tile))) return;
      context.beginPath();
      context.moveTo(...middle);
      context.lineTo(...corners[k]);
      context.lineTo(...corners[(k + 1) % 4]);
      context.closePath();
      context.fillStyle = colorAt(layer.scheme, valueAt(g, tile) / shown.most);
      context.fill();
      context.strokeStyle = "rgba(0, 0, 0, 0.35)";
      context.lineWidth = 0.5;
      context.stroke();
    });
    if (ramp) {
      const inner = size * 0.34;
      context.fillStyle = colorAt(layer.scheme, valueAt(ramp, tile) / linkCycles / shown.most);
      context.fillRect(middle[0] - inner / 2, middle[1] - inner / 2, inner, inner);
      context.strokeRect(middle[0] - inner / 2, middle[1] - inner / 2, inner, inner);
    }
    context.strokeStyle = "rgba(0, 0, 0, 0.6)";
    context.lineWidth = 1;
    context.strokeRect(x, y, size, size);
  }

  async function describe(tile) {
    const names = raw.grids.map((g) => g.name);
    const all = Object.fromEntries(await Promise.all(names.map(async (name) => [name, valueAt(await grid(name), tile)])));
    if (map.cursor !== tile) return;
    if (Object.values(all).every(Number.isNaN)) {
      details.replaceChildren(h("h4", {}, `Tile (${tile.x}, ${tile.y})`), h("p", { class: "note" }, "Outside the program, and no wavelet passed."));
      said.textContent = `Tile ${tile.x}, ${tile.y}: nothing`;
      return;
    }
    const row = (name, value, share) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number", colspan: share ? undefined : 2 }, value), share && h("td", { class: "number" }, share));
    const link = (side) => !Number.isNaN(all[`link_${side}`] ?? NaN) && row(`${ARROWS[side]} ${side === "ramp" ? "into the PE" : side}`, integer(all[`link_${side}`]), (side === "ramp" ? asShare : asLinkShare)(all[`link_${side}`]));
    const pe = !Number.isNaN(all.busy_cycles ?? NaN) && [row("PE busy", asShare(all.busy_cycles)), row("wavelets received", integer(all.received_wavelets)),
      row("wavelets sent", integer(all.injected_wavelets)), row("SRAM high water", bytes(all.sram_high_water_bytes))];
    const where = reticle ? `, reticle ${Math.floor(tile.x / reticle.width)}_${Math.floor(tile.y / reticle.height)}` : "";
    details.replaceChildren(h("h4", {}, `${isTraffic ? "Node" : "Tile"} (${tile.x}, ${tile.y})${where}`), h("p", { class: "note" }, isTraffic ? "Its links, over the run at the load that is shown." : "Over the whole run."), h("table", {}, h("thead", {}, h("tr", {}, ["", carried, "busy"].map((name) => h("th", { scope: "col", class: "number" }, name)))),
      h("tbody", {}, ...[...SIDES, "ramp"].map(link), ...(pe || []))),
      h("button", { type: "button", class: "quiet", onclick: () => map.close(tile) }, "Zoom to it"));
    said.textContent = `Tile ${tile.x}, ${tile.y}: ${layer.name} ${format(valueAt(shown, tile))}`;
  }

  const format = (value) => (shown.sample !== undefined ? percent(value) : layer.format(value));

  async function apply() {
    layer = LAYERS.find((l) => l.id === choice.value);
    const inTime = samples !== undefined && layer.scheme === "viridis" && layer.id !== "link_ramp";
    if (times) times.hidden = !inTime;
    if (!inTime) stop();
    const sample = inTime ? Number(slider.value) - 1 : -1;
    let loaded;
    if (sample >= 0) {
      if (!sampled.has(layer.id)) sampled.set(layer.id, await loadSamples(layer));
      loaded = sampled.get(layer.id)(sample);
    } else {
      loaded = await load(layer);
    }
    when.textContent = sample < 0 ? "whole run" : `${si(seconds(sample * samples.cycles), "s")} to ${si(seconds(Math.min(cycles, (sample + 1) * samples.cycles)), "s")}`;
    if (layer.glyphs && sides.length === 0) {
      sides = await Promise.all(SIDES.map((side) => grid(`link_${side}`)));
      if (!isTraffic) ramp = await grid("link_ramp");
    }
    loaded.top ??= largest(loaded.values);
    // Zoomed in, the ramps' colors are of the same scale.
    if (ramp && layer.glyphs && sample < 0) loaded.top = Math.max(loaded.top, largest(ramp.values) / linkCycles);
    shown = loaded;
    shown.most = (fixed.checked ? full() : shown.top) || 1;
    map.show(shown, { mean: mean.checked, scheme: layer.scheme, most: shown.most });
    legend.replaceChildren(h("span", {}, format(0)), h("span", { class: "ramp", style: `background: ${gradient(layer.scheme)}` }), h("span", {}, format(shown.most)));
  }

  const mapNote = () => `${wafer.width} x ${wafer.height} nodes. Shares are of the ${integer(cycles)} cycles of the run${result.saturation ? ` at the highest stable load, ${Number(result.saturation.value.toFixed(4))} ${result.saturation.unit === "1" ? "of the table's rates" : "flits per node and cycle"}` : ""}; a link carries a flit a cycle.`;
  const button = (name, act, label) => h("button", { type: "button", class: "quiet", onclick: act, "aria-label": label }, name);
  const bar = h("div", { class: "bar" }, choice,
    h("label", { title: "When several of them fall on one point: their mean instead of their largest value" }, mean, ` mean of ${node}s`),
    h("label", { title: "Colors from 0 to 100 %, not to the largest value" }, fixed, " full scale"),
    legend, h("span", { class: "grow" }),
    button(isTraffic ? "Mesh" : "Wafer", () => map.fit({ x: 0, y: 0, ...wafer }), isTraffic ? "Show the whole mesh" : "Show the whole wafer"), !isTraffic && button("Program", () => map.fit(program), "Show the program's tiles"),
    button("+", () => map.zoom(1.8), "Zoom in"), button("−", () => map.zoom(1 / 1.8), "Zoom out"));

  const links = raw.links.map(([x, y, direction, wavelets]) => ({ x, y, direction, wavelets }));
  const goTo = (l) => h("button", { type: "button", class: "link", onclick: () => {
    map.close(l);
    map.select({ x: l.x, y: l.y });
  } }, `(${l.x}, ${l.y}) ${ARROWS[l.direction]}`);
  const top = figure({ title: "Busiest links", name: "busiest-links", tabular: false, wide: false, note: isTraffic ? "Between routers, over the run at the load that is shown." : "Between tiles, over the whole run.",
    data: () => ({ columns: ["x", "y", "direction", carried, "utilization"], rows: links.map((l) => [l.x, l.y, l.direction, l.wavelets, (l.wavelets * linkCycles) / cycles]) }) },
    table({ columns: ["link", carried, "share"], rows: links.slice(0, 50).map((l) => [goTo(l), integer(l.wavelets), asLinkShare(l.wavelets)]) }, { limit: 50, numbers: [1, 2] }));

  const side = h("aside", {}, h("section", { class: "panel", "aria-label": "Chosen tile" }, details), top);
  details.append(h("h4", {}, `No ${node} chosen`), h("p", { class: "note" }, "Click one, or use the arrow keys on the map. Wheel, + and − zoom; drag pans; double click zooms in."));
  const rounded = raw.grids.some((g) => g.step !== 1);
  const body = h("div", { class: "mapbox" }, canvas, tip);
  const mapFigure = figure({ title: isTraffic ? "Map of the links" : "Map of the wafer", name: "wafer-map", tabular: false,
    note: isTraffic ? mapNote() : `${wafer.width} x ${wafer.height} tiles; data of ${data.width} x ${data.height} at (${data.x}, ${data.y}). The frame is the program${reticle ? ", thin lines are reticles" : ""}. Shares are of the run's ${integer(cycles)} cycles.` +
      (rounded ? " Numbers of more than 16 bits are rounded to 1/65,534 of the largest; links.csv and tiles.csv have them exactly." : ""),
    data: () => ({ columns: ["x", "y", layer.id], rows: (function* () {
      for (let y = 0; y < shown.height; ++y) for (let x = 0; x < shown.width; ++x) {
        const value = shown.values[y * shown.width + x];
        if (!Number.isNaN(value)) yield shown.sample === undefined ? [x + shown.x, y + shown.y, Math.round(value)] : [x * shown.cellWidth + shown.x, y * shown.cellHeight + shown.y, value];
      }
    })() }) }, bar, times, body, h("div", { class: "under" }, scaleLabel), said);
  await load(layer);
  const sideWidth = width >= 1000 ? 340 : 0;
  map.resize(Math.max(300, width - sideWidth - (sideWidth ? 20 : 0) - 2), Math.max(330, height - (samples ? 46 : 0)));
  await apply();
  // For tests, and for whoever scripts the page.
  window.waferloom.map = map;
  const parts = [h("div", { class: "split" }, h("div", {}, mapFigure), side)];
  parts.redraw = () => map.draw();
  return parts;
}
