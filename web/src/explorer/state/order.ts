/** Rows in the order of a column. */

import type { Sliced } from "./slices";

/** `rows` sorted by number; rows without one last, ties in row order. */
export function orderByNumber(rows: Uint32Array, values: ArrayLike<number>, descending: boolean): Uint32Array {
  const sign = descending ? -1 : 1;
  return rows.slice().sort((a, b) => {
    const x = values[a] as number;
    const y = values[b] as number;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? (Number.isNaN(y) ? a - b : 1) : -1;
    return x === y ? a - b : sign * (x < y ? -1 : 1);
  });
}

/** So many texts are sorted or merged before the page may answer. */
const RUN = 1024;

/**
 * The rank of each text, as a reader of any language expects; equal ones share one, empty ones have none (NaN).
 *
 * @param progress Hears of the share that is done.
 */
export function* rankTexts(
  size: number,
  read: (row: number) => string,
  progress: (share: number) => void,
): Sliced<Float64Array> {
  const texts: string[] = [];
  for (let row = 0; row < size; row++) {
    texts.push(read(row));
    if (row % RUN === 0) yield;
  }
  const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const textOf = (row: number | undefined): string => texts[row as number] as string;
  let order = Uint32Array.from(texts.keys()).filter((row) => texts[row] !== "");
  let spare = new Uint32Array(order.length);
  const n = order.length;
  const passes = 2 + Math.ceil(Math.log2(Math.max(1, n / RUN)));
  let done = 0;
  const told = (steps: number): void => {
    done += steps;
    progress(Math.min(1, done / (passes * n)));
  };
  for (let from = 0; from < n; from += RUN) {
    order.subarray(from, from + RUN).sort((a, b) => compare(textOf(a), textOf(b)) || a - b);
    told(RUN);
    yield;
  }
  for (let run = RUN; run < n; run *= 2) {
    for (let at = 0, i = 0, j = 0, end = 0; at < n; at++) {
      if (at === end) {
        [i, j, end] = [at, Math.min(n, at + run), Math.min(n, at + 2 * run)];
      }
      const middle = at - (at % (2 * run)) + run;
      const isLeft = i < Math.min(n, middle) && (j >= end || compare(textOf(order[i]), textOf(order[j])) <= 0);
      spare[at] = order[isLeft ? i++ : j++] as number;
      if (at % RUN !== 0) continue;
      told(RUN);
      yield;
    }
    [order, spare] = [spare, order];
  }
  const ranks = new Float64Array(texts.length).fill(Number.NaN);
  for (let k = 0, rank = 0; k < n; k++) {
    if (k && compare(textOf(order[k - 1]), textOf(order[k])) !== 0) rank++;
    ranks[order[k] as number] = rank;
    if (k % RUN !== 0) continue;
    told(RUN);
    yield;
  }
  return ranks;
}
