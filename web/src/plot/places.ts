/** Projections in one common world: the middle of each at 0, its longer side from −1 to 1, so that one camera serves all. */

import { NO_PLACE, type Projection } from "../wire/types";

export interface Places {
  dim: 2 | 3;
  /** n × dim, quantised; NO_PLACE in the first coordinate of a row that has no place. */
  points: Uint16Array;
  /** World coordinate = low + step × quantised, per axis; 0 throughout on the third axis of a plane. */
  low: readonly [number, number, number];
  step: readonly [number, number, number];
  /** World = (data − middle) / half. */
  middle: readonly [number, number, number];
  half: number;
}

export function placesOf(projection: Projection): Places {
  const { dim, points, step } = projection;
  const [low, high] = bounds(points, dim);
  const middle = [0, 0, 0];
  let half = 0;
  for (let axis = 0; axis < dim; axis++) {
    const from = (projection.low[axis] ?? 0) + step * (low[axis] as number);
    const to = (projection.low[axis] ?? 0) + step * (high[axis] as number);
    middle[axis] = (from + to) / 2;
    half = Math.max(half, (to - from) / 2);
  }
  if (!(half > 0)) half = 1;
  const worldLow = [0, 0, 0];
  for (let axis = 0; axis < dim; axis++)
    worldLow[axis] = ((projection.low[axis] ?? 0) - (middle[axis] as number)) / half;
  const worldStep = step / half;
  return {
    dim,
    points,
    low: worldLow as unknown as Places["low"],
    step: [worldStep, worldStep, dim === 3 ? worldStep : 0],
    middle: middle as unknown as Places["middle"],
    half,
  };
}

function bounds(points: Uint16Array, dim: number): [number[], number[]] {
  const low = [NO_PLACE, NO_PLACE, NO_PLACE];
  const high = [0, 0, 0];
  let placed = 0;
  for (let at = 0; at < points.length; at += dim) {
    if (points[at] === NO_PLACE) continue;
    placed++;
    for (let axis = 0; axis < dim; axis++) {
      const value = points[at + axis] as number;
      if (value < (low[axis] as number)) low[axis] = value;
      if (value > (high[axis] as number)) high[axis] = value;
    }
  }
  return placed
    ? [low, high]
    : [
        [0, 0, 0],
        [0, 0, 0],
      ];
}

/** World coordinates of a row into `out`; false where it has no place. */
export function worldOf(places: Places, row: number, out: Float64Array): boolean {
  const { points, dim, low, step } = places;
  const at = row * dim;
  const first = points[at] as number;
  if (first === undefined || first === NO_PLACE) return false;
  out[0] = low[0] + step[0] * first;
  out[1] = low[1] + step[1] * (points[at + 1] as number);
  out[2] = dim === 3 ? low[2] + step[2] * (points[at + 2] as number) : 0;
  return true;
}

/** World coordinates of a place in data coordinates; false where one is not a number. */
export function worldFromData(places: Places, place: ArrayLike<number>, offset: number, out: Float64Array): boolean {
  for (let axis = 0; axis < 3; axis++) {
    const value = axis < places.dim ? (place[offset + axis] ?? Number.NaN) : 0;
    out[axis] = axis < places.dim ? (value - (places.middle[axis] as number)) / places.half : 0;
  }
  return Number.isFinite((out[0] as number) + (out[1] as number) + (out[2] as number));
}
