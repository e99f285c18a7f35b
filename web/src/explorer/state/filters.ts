/**
 * Filters that cross each other. Each filter keeps one byte per row (1: refused) and `refusals` counts them, so that a
 * change costs one pass, and the histogram of a filter's own column can ignore that filter alone.
 */

import type { Mask } from "./mask";

export class CrossFilter {
  /** How many filters refuse each row. */
  readonly refusals: Uint8Array;
  readonly #refused = new Map<string, Uint8Array>();

  constructor(readonly n: number) {
    this.refusals = new Uint8Array(n);
  }

  get keys(): string[] {
    return [...this.#refused.keys()];
  }

  has(key: string): boolean {
    return this.#refused.has(key);
  }

  /** Sets, replaces or (with null) lifts the filter `key`; `accepts` is a mask of the rows it lets through. */
  set(key: string, accepts: Mask | null): void {
    const { refusals } = this;
    const old = this.#refused.get(key);
    if (old) for (let i = 0; i < this.n; i++) (refusals[i] as number) -= old[i] as number;
    this.#refused.delete(key);
    if (!accepts) return;
    if (this.#refused.size === 255) throw new RangeError("255 filters are set; lift one before adding another.");
    const refuses = accepts.map((inside) => 1 - inside);
    for (let i = 0; i < this.n; i++) (refusals[i] as number) += refuses[i] as number;
    this.#refused.set(key, refuses);
  }

  clear(): void {
    this.#refused.clear();
    this.refusals.fill(0);
  }

  /** Rows that every filter lets through; with `except`, every filter but that one. */
  visible(except?: string): Mask {
    const own = except === undefined ? undefined : this.#refused.get(except);
    if (!own) return this.refusals.map((count) => (count === 0 ? 1 : 0));
    return this.refusals.map((count, i) => (count === own[i] ? 1 : 0));
  }
}

/** Rows whose code is not hidden; code −1 (no value) is hidden by −1. */
export function acceptCategories(codes: ArrayLike<number>, hidden: ReadonlySet<number>, n: number): Mask {
  const mask = new Uint8Array(n);
  let top = 0;
  for (let i = 0; i < n; i++) if ((codes[i] as number) > top) top = codes[i] as number;
  const shown = new Uint8Array(top + 2).fill(1);
  for (const code of hidden) if (code >= -1 && code <= top) shown[code + 1] = 0;
  for (let i = 0; i < n; i++) mask[i] = shown[(codes[i] as number) + 1] as number;
  return mask;
}

/** Rows with `low <= value <= high`; a row without a value (NaN) is out. */
export function acceptRange(values: ArrayLike<number>, low: number, high: number): Mask {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i++) {
    const value = values[i] as number;
    mask[i] = value >= low && value <= high ? 1 : 0;
  }
  return mask;
}

/** Rows per category among `rows`; the last entry counts those without a value. */
export function countCategories(codes: ArrayLike<number>, size: number, rows: Mask): Uint32Array {
  const counts = new Uint32Array(size + 1);
  for (let i = 0; i < rows.length; i++) {
    if (!rows[i]) continue;
    const code = codes[i] as number;
    (counts[code < 0 ? size : code] as number) += 1;
  }
  return counts;
}
