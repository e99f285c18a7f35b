/** How large and how opaque points are, so that 32 and 1 000 000 of them both look right. */

import { NO_PLACE } from "../wire/types";
import type { Places } from "./places";

export interface PointStyle {
  /** Diameter in CSS pixels. */
  size: number;
  /** 0…1. */
  opacity: number;
}

export interface Crowd {
  /** Points shown. */
  count: number;
  /** CSS pixels of the map. */
  area: number;
  /** Scale relative to the one that shows everything. */
  zoom: number;
  /** CSS pixels a world unit; the world is two units wide. */
  scale: number;
  /** Share of the world's square that the points really use, from `spreadOf`. */
  spread: number;
}

/** Where points lie as close as usual, they shall cover so much of the paper: less shows no shape, more no difference. */
const COVERED = 0.85;
const CELLS = 128;
const SAMPLE = 200_000;

export function styleFor({ count, area, zoom, scale, spread }: Crowd): PointStyle {
  const crowd = Math.max(1, count) / clamp(area / 900_000, 0.2, 2);
  const grown = Math.max(1, zoom) ** 0.38;
  const size = Math.min(11, clamp(10 * (crowd / 250) ** -0.225, 1.5, 10) * grown);
  const overlap = (count * (Math.PI / 4) * size ** 2) / (spread * (2 * scale) ** 2);
  return { size, opacity: clamp(1 - (1 - COVERED) ** (1 / Math.max(overlap, 1e-3)), 0.08, 0.9) };
}

/** A cell counts as no more than so often as crowded as the usual one: stacks of equal texts must not fade the rest. */
const STACKED = 4;

/**
 * The share of the world's square in which the points would be as crowded if they were spread evenly: one over the
 * chance that two of them share a cell, in cells. 1 where none do.
 */
export function spreadOf(places: Places, n: number): number {
  const { points, dim, low, step } = places;
  const counts = new Uint32Array(CELLS * CELLS);
  const every = Math.max(1, Math.floor(n / SAMPLE));
  let total = 0;
  const cell = (axis: 0 | 1, value: number): number =>
    Math.min(CELLS - 1, Math.max(0, (((low[axis] + step[axis] * value + 1) / 2) * CELLS) | 0));
  for (let row = 0; row < n; row += every) {
    const x = points[row * dim] as number;
    if (x === NO_PLACE) continue;
    (counts[cell(0, x) + CELLS * cell(1, points[row * dim + 1] as number)] as number)++;
    total++;
  }
  const most = STACKED * usualCount(counts, total);
  const meetings = counts.reduce((sum, count) => sum + count * (Math.min(count, most) - 1), 0);
  return meetings === 0 ? 1 : clamp((total * (total - 1)) / meetings / counts.length, 1e-3, 1);
}

/** How many points share the cell of the median point. */
function usualCount(counts: Uint32Array, total: number): number {
  const sorted = counts.filter((count) => count > 0).sort();
  let passed = 0;
  for (const count of sorted) {
    passed += count;
    if (2 * passed >= total) return count;
  }
  return 1;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
