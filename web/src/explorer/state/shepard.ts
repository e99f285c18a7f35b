/** A Shepard diagram as numbers from 0 to 1: pairs of distances, and the line through their medians. */

export interface ShepardPlot {
  /** x, y in turn: distance of the vectors, distance on the map. */
  dots: Float64Array;
  /** x, y in turn, from left to right. */
  line: Float64Array;
}

/** Parts of equally many pairs, each with a median. */
const PARTS = 8;
/** More dots than these only make a blot. */
const MOST_DOTS = 600;

/** @param pairs Distance of the vectors and on the map in turn; null where no two pairs differ. */
export function shepardPlot(pairs: Float32Array): ShepardPlot | null {
  const count = pairs.length >> 1;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => side(pairs, a, 0) - side(pairs, b, 0));
  const [x, y] = [scaleOf(pairs, 0), scaleOf(pairs, 1)];
  if (!x || !y) return null;
  const every = Math.ceil(count / MOST_DOTS);
  const dots = order.filter((_, i) => i % every === 0).flatMap((i) => [x(side(pairs, i, 0)), y(side(pairs, i, 1))]);
  const parts = Math.min(PARTS, count);
  const line: number[] = [];
  for (let part = 0; part < parts; part++) {
    const members = order.slice(Math.round((part * count) / parts), Math.round(((part + 1) * count) / parts));
    line.push(x(median(pairs, members, 0)), y(median(pairs, members, 1)));
  }
  return { dots: Float64Array.from(dots), line: Float64Array.from(line) };
}

function side(pairs: Float32Array, i: number, which: 0 | 1): number {
  return pairs[2 * i + which] as number;
}

function scaleOf(pairs: Float32Array, which: 0 | 1): ((value: number) => number) | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = which; at < pairs.length; at += 2) {
    low = Math.min(low, pairs[at] as number);
    high = Math.max(high, pairs[at] as number);
  }
  return high > low ? (value) => (value - low) / (high - low) : null;
}

function median(pairs: Float32Array, members: readonly number[], which: 0 | 1): number {
  const sorted = members.map((i) => side(pairs, i, which)).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
