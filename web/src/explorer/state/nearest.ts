/** The true neighbours of a point, and where the picture puts them. */

import { type Neighbors, NO_PLACE, type Projection } from "../../wire/types";

export interface Neighbor {
  row: number;
  /** In the original space; NaN where the Scene left distances out. */
  distance: number;
  /** How many texts the picture draws nearer than this one; −1 when either is not on the map. */
  drawnNearer: number;
  /**
   * The picture puts it far away: more than `FAR` times as many texts are drawn nearer as there are neighbours listed, or
   * more than half of all.
   */
  isFar: boolean;
}

const FAR = 3;

/** The rows that the Scene lists as neighbours of `row`, nearest first. */
export function neighborsOf({ k, rows }: Neighbors, row: number): number[] {
  return Array.from(rows.subarray(row * k, (row + 1) * k)).filter((neighbor) => neighbor >= 0);
}

/** The neighbours of `row` and where they are drawn, nearest first. Cost: one pass over the points for all of them. */
export function describeNeighbors(neighbors: Neighbors, projection: Projection, row: number): Neighbor[] {
  const { k, distances } = neighbors;
  const listed = neighborsOf(neighbors, row);
  const nearer = countDrawnNearer(projection, row, listed);
  const limit = Math.min(FAR * listed.length, projection.points.length / projection.dim / 2);
  return listed.map((neighbor, i) => {
    const drawnNearer = nearer[i] as number;
    const distance = distances ? (distances[row * k + i] as number) : Number.NaN;
    return { row: neighbor, distance, drawnNearer, isFar: drawnNearer > limit };
  });
}

/** Per listed row, how many points lie nearer to `row` than it does; −1 where there is no place. */
function countDrawnNearer({ points, dim }: Projection, row: number, listed: readonly number[]): Int32Array {
  const at = row * dim;
  const x = points[at] as number;
  const y = points[at + 1] as number;
  const z = dim === 3 ? (points[at + 2] as number) : 0;
  const squared = (other: number): number => {
    const from = other * dim;
    if (points[from] === NO_PLACE) return Number.POSITIVE_INFINITY;
    const dz = dim === 3 ? (points[from + 2] as number) - z : 0;
    return ((points[from] as number) - x) ** 2 + ((points[from + 1] as number) - y) ** 2 + dz * dz;
  };
  const limits = Float64Array.from(listed, squared);
  const nearer = new Int32Array(listed.length);
  const farthest = limits.reduce((most, limit) => (limit > most && Number.isFinite(limit) ? limit : most), 0);
  for (let other = 0; x !== NO_PLACE && other * dim < points.length; other++) {
    const here = squared(other);
    if (other === row || here >= farthest) continue;
    for (let i = 0; i < limits.length; i++) if (here < (limits[i] as number)) (nearer[i] as number)++;
  }
  return nearer.map((count, i) => (x === NO_PLACE || !Number.isFinite(limits[i] as number) ? -1 : count));
}
