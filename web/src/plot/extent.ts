/** What must be on the screen for everything to be seen. */

import { NO_PLACE, type Scene } from "../wire/types";
import { type Places, worldFromData, worldOf } from "./places";

export interface Extent {
  low: [number, number, number];
  high: [number, number, number];
  /** What turns in space; null in 2-D. */
  volume: Volume | null;
}

/** World coordinates, x, y and z one after the other. */
export interface Volume {
  /** Of rows, at most so many that looking at them takes no time. */
  rows: Float64Array;
  /** Of what is drawn over them. */
  drawn: Float64Array;
}

const BINS = 1024;
/** Share of the rows at each end that may lie outside, where they would make all others small. */
const STRAYS = 0.0005;
const SAMPLE = 20_000;
/** Leaving strays out must gain this much. */
const GAIN = 0.75;

type IsVisible = ((row: number) => boolean) | null;

/** In world coordinates; null when nothing is visible. */
export function extentOf(places: Places, n: number, isVisible: IsVisible = null): Extent | null {
  const low: Extent["low"] = [0, 0, 0];
  const high: Extent["high"] = [0, 0, 0];
  for (let axis = 0; axis < places.dim; axis++) {
    const span = spanOf(places, n, axis as 0 | 1 | 2, isVisible);
    if (!span) return null;
    const a = axis as 0 | 1 | 2;
    low[a] = places.low[a] + places.step[a] * span[0];
    high[a] = places.low[a] + places.step[a] * span[1];
  }
  return { low, high, volume: places.dim === 3 ? volumeOf(places, n, isVisible) : null };
}

/** The extent with the ways, arrows and pins that are drawn over a projection: they may lead beyond every point. */
export function withOverlays(extent: Extent, places: Places, scene: Scene, projection: number): Extent {
  const low: Extent["low"] = [...extent.low];
  const high: Extent["high"] = [...extent.high];
  const beside: number[] = [];
  const world = new Float64Array(3);
  for (const drawn of overlaid(scene, projection)) {
    for (let at = 0; at < drawn.length; at += places.dim) {
      if (!worldFromData(places, drawn, at, world)) continue;
      world.forEach((value, i) => {
        const axis = i as 0 | 1 | 2;
        low[axis] = Math.min(low[axis], value);
        high[axis] = Math.max(high[axis], value);
      });
      beside.push(...world);
    }
  }
  return { low, high, volume: extent.volume && { rows: extent.volume.rows, drawn: Float64Array.from(beside) } };
}

function overlaid({ paths, arrows, pins }: Scene, projection: number): ArrayLike<number>[] {
  const all = [...arrows.flatMap(({ starts, ends }) => [starts, ends]), ...[...paths, ...pins].map((it) => it.places)];
  return all.map((places) => places[projection] ?? []);
}

function volumeOf(places: Places, n: number, isVisible: IsVisible): Volume {
  const every = Math.max(1, Math.floor(n / SAMPLE));
  const world = new Float64Array(3);
  const rows: number[] = [];
  for (let row = 0; row < n; row += every)
    if ((!isVisible || isVisible(row)) && worldOf(places, row, world)) rows.push(...world);
  return { rows: Float64Array.from(rows), drawn: new Float64Array(0) };
}

function spanOf(places: Places, n: number, axis: 0 | 1 | 2, isVisible: IsVisible): [number, number] | null {
  const { points, dim } = places;
  const bins = new Uint32Array(BINS);
  let [least, most, count] = [NO_PLACE, -1, 0];
  for (let row = 0; row < n; row++) {
    if (points[row * dim] === NO_PLACE || (isVisible && !isVisible(row))) continue;
    const value = points[row * dim + axis] as number;
    if (value < least) least = value;
    if (value > most) most = value;
    (bins[value >>> 6] as number)++;
    count++;
  }
  if (count === 0) return null;
  const strays = Math.floor(count * STRAYS);
  let [from, to] = [0, BINS - 1];
  for (let gone = bins[0] as number; gone <= strays && from < BINS - 1; gone += bins[from] as number) from++;
  for (let gone = bins[BINS - 1] as number; gone <= strays && to > 0; gone += bins[to] as number) to--;
  const trimmed: [number, number] = [Math.max(least, from << 6), Math.min(most, (to << 6) + 63)];
  return strays > 0 && trimmed[1] - trimmed[0] < GAIN * (most - least) ? trimmed : [least, most];
}
