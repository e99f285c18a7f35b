/** Where a phrase occurs in a blob: Horspool's search over all rows at once (R. N. Horspool 1980). */

import type { Sliced } from "../state/slices";
import type { Texts } from "./blob";

const STRIDE = 1 << 18;

/** Rows that contain `needle` (folded UTF-8, at least one byte), ascending. */
export function* findPhrase(texts: Texts, needle: Uint8Array): Sliced<Uint32Array> {
  const { bytes, offsets, n } = texts;
  const skip = skipTable(needle);
  const rows = new RowList();
  let at = 0;
  let row = 0;
  while (row < n) {
    const limit = Math.min(bytes.length, at + STRIDE + needle.length);
    const hit = indexOfBytes(bytes, needle, skip, at, limit);
    if (hit < 0) {
      at = limit - needle.length + 1;
      if (limit === bytes.length) break;
      yield;
      continue;
    }
    row = rowAt(offsets, hit, row);
    const end = offsets[row + 1] as number;
    if (hit + needle.length <= end) {
      rows.push(row);
      at = end;
    } else at = hit + 1; // it straddles two rows
  }
  return rows.toArray();
}

/** Those of `rows` whose text contains `needle`. */
export function* keepPhrase(texts: Texts, needle: Uint8Array, rows: Uint32Array): Sliced<Uint32Array> {
  const skip = skipTable(needle);
  const kept = new RowList();
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k] as number;
    const end = texts.offsets[row + 1] as number;
    if (indexOfBytes(texts.bytes, needle, skip, texts.offsets[row] as number, end) >= 0) kept.push(row);
    if ((k & 4095) === 4095) yield;
  }
  return kept.toArray();
}

function skipTable(needle: Uint8Array): Int32Array {
  const skip = new Int32Array(256).fill(needle.length);
  for (let i = 0; i < needle.length - 1; i++) skip[needle[i] as number] = needle.length - 1 - i;
  return skip;
}

/** First place of `needle` that lies in [start, end), −1 if none. */
function indexOfBytes(bytes: Uint8Array, needle: Uint8Array, skip: Int32Array, start: number, end: number): number {
  const last = needle.length - 1;
  const final = needle[last] as number;
  let at = start + last;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === final) {
      let back = 1;
      while (back <= last && bytes[at - back] === needle[last - back]) back++;
      if (back > last) return at - last;
    }
    at += skip[byte] as number;
  }
  return -1;
}

/** The row that holds byte `at`; rows before `from` are known to end earlier. */
function rowAt(offsets: Uint32Array, at: number, from: number): number {
  let low = from;
  let step = 1;
  while (low + step < offsets.length && (offsets[low + step] as number) <= at) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, offsets.length - 1);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** A list of rows that grows. */
export class RowList {
  #rows = new Uint32Array(1024);
  #size = 0;

  push(row: number): void {
    if (this.#size === this.#rows.length) {
      const larger = new Uint32Array(2 * this.#size);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.#size++] = row;
  }

  toArray(): Uint32Array {
    return this.#rows.slice(0, this.#size);
  }
}
