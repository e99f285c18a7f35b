/** Bins of numbers and moments, with edges that people would choose. */

import type { Mask } from "./mask";

const DAY = 86_400_000;

export interface Bins {
  /** n_bins + 1 ascending edges; a bin holds low <= value < high, the last one its upper edge too. */
  edges: Float64Array;
  /** Bin of each row, −1 where it has no value. */
  bins: Int16Array;
}

/** Least and greatest finite value; null when there is none. */
export function extentOf(values: ArrayLike<number>): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/** The upper median of at least one value, which are put in another order; by Hoare's selection, in linear time. */
export function medianOf(values: Float64Array): number {
  const middle = values.length >> 1;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let [i, j] = [low, high];
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const held = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = held;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break;
  }
  return values[middle] as number;
}

/** The least of 1, 2, 2.5, 5 × 10^k that is at least `step`. */
export function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  for (const factor of [1, 2, 2.5, 5, 10]) if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/** About `target` bins that cover the values; one bin when all are equal, null when there is no value. */
export function binValues(values: ArrayLike<number>, target = 40, isDate = false): Bins | null {
  const extent = extentOf(values);
  if (!extent) return null;
  const [low, high] = extent;
  const whole = !isDate && allWhole(values);
  let step =
    high > low ? niceStep((high - low) / target) : whole ? 1 : isDate ? DAY : Math.max(Math.abs(low) / 10, 1e-9);
  if (whole) step = Math.max(1, Math.round(step));
  if (isDate) step = niceSpan((high - low) / target);
  const start = Math.floor(low / step) * step;
  const size = Math.max(1, Math.floor((high - start) / step + 1e-9) + (high > start ? 1 : 0));
  const edges = Float64Array.from({ length: size + 1 }, (_, k) => start + k * step);
  const bins = new Int16Array(values.length);
  for (let i = 0; i < bins.length; i++) {
    const value = values[i] as number;
    bins[i] = Number.isFinite(value) ? Math.min(size - 1, Math.floor((value - start) / step + 1e-9)) : -1;
  }
  return { edges, bins };
}

/** Rows per bin among `rows`. */
export function countBins(bins: Int16Array, size: number, rows: Mask): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < bins.length; i++) {
    const bin = bins[i] as number;
    if (bin >= 0 && rows[i]) (counts[bin] as number) += 1;
  }
  return counts;
}

function allWhole(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value) && !Number.isInteger(value)) return false;
  }
  return true;
}

/** A span of time that clocks and calendars know, at least `span` ms (a year is 365.25 days here). */
function niceSpan(span: number): number {
  const spans = [
    1000,
    15_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
    10_800_000,
    21_600_000,
    DAY,
    7 * DAY,
    14 * DAY,
    30.4375 * DAY,
    91.3125 * DAY,
    365.25 * DAY,
  ];
  const found = spans.find((candidate) => candidate >= span);
  return found ?? niceStep(span / (365.25 * DAY)) * 365.25 * DAY;
}
