/** Sets of rows as one byte each: 1 in, 0 out. No function changes its arguments. */

export type Mask = Uint8Array;

export type Combine = "replace" | "add" | "subtract" | "intersect";

export function countRows(mask: Mask): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i] as number;
  return count;
}

export function maskOf(rows: ArrayLike<number>, n: number): Mask {
  const mask = new Uint8Array(n);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (row >= 0 && row < n) mask[row] = 1;
  }
  return mask;
}

/** The rows of a mask, ascending. */
export function rowsOf(mask: Mask): Uint32Array {
  const rows = new Uint32Array(countRows(mask));
  let next = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]) rows[next++] = i;
  return rows;
}

export function invertMask(mask: Mask): Mask {
  return mask.map((inside) => 1 - inside);
}

/** Joins a gesture to what was selected before. */
export function combineMasks(before: Mask, gesture: Mask, how: Combine): Mask {
  if (how === "replace") return gesture.slice();
  if (how === "add") return before.map((inside, i) => inside | (gesture[i] as number));
  if (how === "subtract") return before.map((inside, i) => inside & (1 - (gesture[i] as number)));
  return before.map((inside, i) => inside & (gesture[i] as number));
}
