// SPDX-License-Identifier: Apache-2.0
// A map of the wafer on a canvas: zoom and pan from the whole wafer to one tile, by mouse, touch or keyboard.
import { interpolateViridis, interpolateMagma } from "d3-scale-chromatic";
import { pyramid } from "./grids.js";

const SCHEMES = { viridis: interpolateViridis, magma: interpolateMagma };
const MOST_SCALE = 96; // pixels per tile

function lookup(scheme) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; ++i) {
    const text = SCHEMES[scheme](i / 255);
    const [r, g, b] = text.startsWith("#") ? [1, 3, 5].map((k) => parseInt(text.slice(k, k + 2), 16)) : text.match(/\d+/g).map(Number);
    table[i] = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  }
  return table;
}
const TABLES = Object.fromEntries(Object.keys(SCHEMES).map((scheme) => [scheme, lookup(scheme)]));

export function gradient(scheme) {
  return `linear-gradient(to right, ${Array.from({ length: 9 }, (_, i) => SCHEMES[scheme](i / 8)).join(", ")})`;
}

export const colorAt = (scheme, share) => SCHEMES[scheme](Math.max(0, Math.min(1, share)));

export class Heatmap {
  /** `options`: wafer {width, height}, reticle, program, onselect(tile), ondraw(view), glyph(context, tile, box). */
  constructor(canvas, options) {
    this.canvas = canvas;
    this.options = options;
    this.cursor = undefined;
    this.images = [];
    this.scheme = "viridis";
    this.listen();
  }

  show(layer, { mean = false, scheme = "viridis", most } = {}) {
    this.layer = layer;
    this.levels = pyramid(layer, mean);
    this.images = [];
    this.scheme = scheme;
    this.most = most;
    this.draw();
  }

  resize(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const before = this.view;
    this.width = width;
    this.height = height;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    if (!before) this.fit(this.options.start);
    else this.draw();
  }

  get leastScale() {
    const { width, height } = this.options.wafer;
    return Math.min(this.width / (width * 1.04), this.height / (height * 1.04));
  }

  /** Shows the rectangle, with a margin. */
  fit(area) {
    const scale = Math.max(this.leastScale, Math.min(MOST_SCALE, this.width / (area.width * 1.06), this.height / (area.height * 1.06)));
    this.view = { scale, x: area.x + area.width / 2 - this.width / 2 / scale, y: area.y + area.height / 2 - this.height / 2 / scale };
    this.draw();
  }

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const { scale, x, y } = this.view;
    const next = Math.max(this.leastScale, Math.min(MOST_SCALE, scale * factor));
    this.view = { scale: next, x: x + px / scale - px / next, y: y + py / scale - py / next };
    this.clamp();
    this.draw();
  }

  pan(dx, dy) {
    this.view.x -= dx / this.view.scale;
    this.view.y -= dy / this.view.scale;
    this.clamp();
    this.draw();
  }

  clamp() {
    const { wafer } = this.options;
    for (const [axis, extent, pixels] of [["x", wafer.width, this.width], ["y", wafer.height, this.height]]) {
      const span = pixels / this.view.scale;
      const margin = 0.5 * span;
      this.view[axis] = span > extent ? (extent - span) / 2 : Math.max(-margin, Math.min(extent - span + margin, this.view[axis]));
    }
  }

  tileAt(px, py) {
    const { wafer } = this.options;
    const x = Math.floor(this.view.x + px / this.view.scale);
    const y = Math.floor(this.view.y + py / this.view.scale);
    return x >= 0 && y >= 0 && x < wafer.width && y < wafer.height ? { x, y } : undefined;
  }

  select(tile) {
    this.cursor = tile;
    this.draw();
    this.options.onselect?.(tile);
  }

  image(level) {
    if (this.images[level]) return this.images[level];
    const { width, height, values } = this.levels[level];
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const table = TABLES[this.scheme];
    const factor = this.most > 0 ? 255 / this.most : 0;
    for (let i = 0; i < values.length; ++i) {
      const value = values[i];
      if (value === value) pixels[i] = table[Math.min(255, Math.max(0, Math.round(value * factor)))];
    }
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").putImageData(image, 0, 0);
    return (this.images[level] = canvas);
  }

  draw() {
    if (!this.view || !this.layer) return;
    const ratio = window.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    const line = style.getPropertyValue("--map-line");
    const { scale, x, y } = this.view;
    const { wafer, reticle, program } = this.options;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const px = (tx) => (tx - x) * scale;
    const py = (ty) => (ty - y) * scale;

    context.fillStyle = style.getPropertyValue("--map-empty");
    context.fillRect(px(0), py(0), wafer.width * scale, wafer.height * scale);

    // The coarsest level whose cells are still no larger than a pixel of the screen.
    const { cellWidth = 1, cellHeight = 1 } = this.layer;
    let level = 0;
    while (level + 1 < this.levels.length && scale * Math.min(cellWidth, cellHeight) * ratio * 2 ** (level + 1) <= 1.5) ++level;
    const cells = 2 ** level;
    context.imageSmoothingEnabled = false;
    const image = this.image(level);
    context.save();
    // Cells of several tiles reach beyond the area at its right and lower edge.
    context.beginPath();
    context.rect(px(this.layer.x), py(this.layer.y), (this.layer.tilesWide ?? this.layer.width) * scale, (this.layer.tilesHigh ?? this.layer.height) * scale);
    context.clip();
    context.drawImage(image, px(this.layer.x), py(this.layer.y), image.width * cells * scale * cellWidth, image.height * cells * scale * cellHeight);
    context.restore();

    if (scale >= 20 && this.options.glyph && !this.layer.cellWidth) this.glyphs(context, px, py);
    else if (scale >= 8 && !this.layer.cellWidth) this.lines(context, px, py, 1, style.getPropertyValue("--map-grid"), scale, this.layer);
    if (reticle && scale * Math.min(reticle.width, reticle.height) >= 8) {
      this.lines(context, px, py, reticle, line, scale, { x: 0, y: 0, ...wafer });
    }
    context.lineWidth = 1;
    context.strokeStyle = line;
    context.strokeRect(px(0), py(0), wafer.width * scale, wafer.height * scale);
    if (program) {
      context.lineWidth = 2;
      context.strokeStyle = style.getPropertyValue("--accent");
      context.strokeRect(px(program.x) - 1, py(program.y) - 1, program.width * scale + 2, program.height * scale + 2);
    }
    if (this.cursor) {
      const size = Math.max(scale, 9);
      const cx = px(this.cursor.x + 0.5) - size / 2;
      const cy = py(this.cursor.y + 0.5) - size / 2;
      context.lineWidth = 4;
      context.strokeStyle = "#000";
      context.strokeRect(cx, cy, size, size);
      context.lineWidth = 2;
      context.strokeStyle = "#fff";
      context.strokeRect(cx, cy, size, size);
    }
    this.options.ondraw?.(this.view, level, this.layer);
  }

  lines(context, px, py, step, color, scale, area) {
    const [sx, sy] = typeof step === "number" ? [step, step] : [step.width, step.height];
    context.beginPath();
    context.lineWidth = 1;
    context.strokeStyle = color;
    const left = Math.max(0, px(area.x));
    const right = Math.min(this.width, px(area.x + area.width));
    const top = Math.max(0, py(area.y));
    const bottom = Math.min(this.height, py(area.y + area.height));
    for (let tx = area.x + sx; tx < area.x + area.width; tx += sx) {
      if (px(tx) < left || px(tx) > right) continue;
      context.moveTo(px(tx), top);
      context.lineTo(px(tx), bottom);
    }
    for (let ty = area.y + sy; ty < area.y + area.height; ty += sy) {
      if (py(ty) < top || py(ty) > bottom) continue;
      context.moveTo(left, py(ty));
      context.lineTo(right, py(ty));
    }
    context.stroke();
  }

  glyphs(context, px, py) {
    const { scale } = this.view;
    const first = { x: Math.max(this.layer.x, Math.floor(this.view.x)), y: Math.max(this.layer.y, Math.floor(this.view.y)) };
    const last = { x: Math.min(this.layer.x + this.layer.width, Math.ceil(this.view.x + this.width / scale)),
                   y: Math.min(this.layer.y + this.layer.height, Math.ceil(this.view.y + this.height / scale)) };
    for (let y = first.y; y < last.y; ++y) {
      for (let x = first.x; x < last.x; ++x) this.options.glyph(context, { x, y }, { x: px(x), y: py(y), size: scale });
    }
  }

  listen() {
    const { canvas } = this;
    const pointers = new Map();
    let moved = 0;
    let spread = 0;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = place(event);
      this.zoom(2 ** (-event.deltaY / (event.deltaMode === 1 ? 12 : 300)), at.x, at.y);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      moved = 0;
      spread = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const at = place(event);
      const before = pointers.get(event.pointerId);
      if (before) {
        pointers.set(event.pointerId, at);
        moved += Math.abs(at.x - before.x) + Math.abs(at.y - before.y);
        if (pointers.size === 2) {
          const [a, b] = [...pointers.values()];
          const distance = Math.hypot(a.x - b.x, a.y - b.y);
          if (spread > 0) this.zoom(distance / spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
          spread = distance;
        } else {
          this.pan(at.x - before.x, at.y - before.y);
        }
      }
      this.options.onhover?.(this.tileAt(at.x, at.y), at);
    });
    canvas.addEventListener("pointerleave", () => this.options.onhover?.(undefined));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => {
        const at = place(event);
        pointers.delete(event.pointerId);
        if (end === "pointerup" && moved < 4) {
          const tile = this.tileAt(at.x, at.y);
          if (tile) this.select(tile);
        }
      });
    }
    canvas.addEventListener("dblclick", (event) => {
      const at = place(event);
      this.zoom(4, at.x, at.y);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const { wafer, start } = this.options;
    const step = event.shiftKey ? 10 : 1;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const onCursor = () => (this.cursor ? [(this.cursor.x + 0.5 - this.view.x) * this.view.scale, (this.cursor.y + 0.5 - this.view.y) * this.view.scale] : []);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) {
      const from = this.cursor ?? { x: Math.floor(start.x + start.width / 2), y: Math.floor(start.y + start.height / 2) };
      const [dx, dy] = moves[event.key];
      const to = { x: Math.max(0, Math.min(wafer.width - 1, from.x + dx * step)), y: Math.max(0, Math.min(wafer.height - 1, from.y + dy * step)) };
      this.reveal(to);
      this.select(to);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.6, ...onCursor());
    else if (event.key === "-") this.zoom(1 / 1.6, ...onCursor());
    else if (event.key === "0" || event.key === "Home") this.fit({ x: 0, y: 0, ...wafer });
    else if (event.key === "Enter" && this.cursor) this.close(this.cursor);
    else return;
    event.preventDefault();
  }

  /** Pans so that the tile is in view. */
  reveal(tile) {
    for (const [axis, pixels] of [["x", this.width], ["y", this.height]]) {
      const span = pixels / this.view.scale;
      if (tile[axis] < this.view[axis]) this.view[axis] = tile[axis] - span * 0.1;
      if (tile[axis] + 1 > this.view[axis] + span) this.view[axis] = tile[axis] + 1 - span * 0.9;
    }
  }

  /** Zooms to one tile and its neighbours. */
  close(tile) {
    this.fit({ x: tile.x - 3, y: tile.y - 3, width: 7, height: 7 });
  }
}
