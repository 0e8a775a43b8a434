// SPDX-License-Identifier: Apache-2.0
// Numbers per tile: unpacked when first asked for (report/tile_grid.hpp says how they are packed), and their
// pyramids: each level holds the largest or the mean of 2 x 2 cells of the one below.
import { raw } from "./data.js";

const unpacked = new Map();

/** {x, y, width, height, values: Float32Array with NaN for tiles without a number}. */
export async function grid(name) {
  if (!unpacked.has(name)) unpacked.set(name, unpack(name));
  return unpacked.get(name);
}

async function unpack(name) {
  const info = [...raw.grids, ...(raw.sample_grids ?? [])].find((each) => each.name === name);
  const text = document.getElementById(`grid-${name}`).textContent;
  const packed = await (await fetch(`data:application/octet-stream;base64,${text}`)).blob();
  const bytes = new Uint8Array(await new Response(packed.stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
  const tiles = info.width * info.height;
  const values = new Float64Array(tiles);
  for (let b = info.bytes - 1; b >= 0; --b) {
    const plane = b * tiles;
    for (let i = 0; i < tiles; ++i) values[i] = values[i] * 256 + bytes[plane + i];
  }
  for (let i = 0; i < tiles; ++i) values[i] = values[i] === 0 ? NaN : (values[i] - 1) * info.step;
  return { ...info, values };
}

/** A grid of the same area whose values are `combine(values of the grids at a tile)`. */
export function combined(grids, combine) {
  const values = new Float64Array(grids[0].values.length);
  for (let i = 0; i < values.length; ++i) values[i] = combine(grids.map((g) => g.values[i]));
  return { ...grids[0], values };
}

/** [{width, height, values}], the finest first. */
export function pyramid(base, mean) {
  const levels = [{ width: base.width, height: base.height, values: base.values }];
  while (Math.max(levels.at(-1).width, levels.at(-1).height) > 64) {
    const below = levels.at(-1);
    const width = Math.ceil(below.width / 2);
    const height = Math.ceil(below.height / 2);
    const values = new Float64Array(width * height);
    for (let y = 0; y < height; ++y) {
      for (let x = 0; x < width; ++x) {
        let sum = 0;
        let most = -Infinity;
        let count = 0;
        for (let dy = 0; dy < 2; ++dy) {
          for (let dx = 0; dx < 2; ++dx) {
            const cx = 2 * x + dx;
            const cy = 2 * y + dy;
            if (cx >= below.width || cy >= below.height) continue;
            const value = below.values[cy * below.width + cx];
            if (Number.isNaN(value)) continue;
            sum += value;
            most = Math.max(most, value);
            ++count;
          }
        }
        values[y * width + x] = count === 0 ? NaN : mean ? sum / count : most;
      }
    }
    levels.push({ width, height, values });
  }
  return levels;
}
