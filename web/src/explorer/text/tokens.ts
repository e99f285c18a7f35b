/**
 * Words of a folded blob, without making a string of each: a word is a run of letters, digits and apostrophes; in
 * scripts without spaces (Han, kana) it is a pair of neighbouring characters. Words get ids as they are first met.
 */

import type { Sliced } from "../state/slices";
import type { Texts } from "./blob";

/** Called for each word: bytes[start, end). */
type Visit = (start: number, end: number) => void;

const isAsciiWord = new Uint8Array(256);
for (let byte = 0; byte < 128; byte++) isAsciiWord[byte] = /[0-9a-z_]/.test(String.fromCharCode(byte)) ? 1 : 0;

/** Visits the words of one row, in order. */
export function visitWords(bytes: Uint8Array, from: number, to: number, visit: Visit): void {
  let start = -1;
  let i = from;
  while (i < to) {
    const byte = bytes[i] as number;
    if (byte < 128) {
      const joins = isAsciiWord[byte] || (byte === 39 && start >= 0 && isAsciiWord[bytes[i + 1] ?? 0] && i + 1 < to);
      if (joins && start < 0) start = i;
      else if (!joins && start >= 0) {
        visit(start, i);
        start = -1;
      }
      i++;
      continue;
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    const kind = kindOf(bytes, i, byte);
    if (kind !== "letter" && start >= 0) {
      visit(start, i);
      start = -1;
    }
    if (kind === "letter" && start < 0) start = i;
    if (kind === "han") {
      const next = i + length;
      const pair = next < to && kindOf(bytes, next, bytes[next] as number) === "han";
      const single = !pair && !(i > from && isHanBefore(bytes, i, from));
      if (pair || single) visit(i, pair ? next + 3 : next);
    }
    i += length;
  }
  if (start >= 0) visit(start, to);
}

/** By the lead bytes: U+2000–2BFF, U+3000–3004 and U+FFxx punctuation and emoji part words, U+3041–9FFF stand alone. */
function kindOf(bytes: Uint8Array, i: number, lead: number): "letter" | "han" | "gap" {
  const second = bytes[i + 1] as number;
  if (lead === 0xc2)
    return second < 0xaa || second === 0xab || (second > 0xaa && second < 0xb5) || second === 0xbb ? "gap" : "letter";
  if (lead === 0xe2) return second >= 0xb0 && second < 0xb8 ? "letter" : "gap";
  if (lead === 0xe3) return second === 0x80 ? "gap" : "han";
  if (lead >= 0xe4 && lead <= 0xe9) return "han";
  if (lead === 0xef) return second >= 0xbc ? "gap" : "letter";
  return lead >= 0xf0 ? "gap" : "letter";
}

function isHanBefore(bytes: Uint8Array, i: number, from: number): boolean {
  return i - 3 >= from && (bytes[i - 3] as number) >= 0xe3 && kindOf(bytes, i - 3, bytes[i - 3] as number) === "han";
}

/** Word ids by an open-addressing table over the blob itself. */
export class Vocabulary {
  #slots = new Int32Array(1 << 16).fill(-1);
  #hashes = new Int32Array(1 << 15);
  #starts = new Uint32Array(1 << 15);
  #lengths = new Uint16Array(1 << 15);
  size = 0;

  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The id of bytes[start, end), new or known; words longer than 65 535 bytes are cut there. */
  idOf(start: number, end: number): number {
    const bytes = this.#bytes;
    const length = Math.min(65535, end - start);
    let hash = 0x811c9dc5;
    for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] as number;
      if (id < 0) return this.#add(slot, hash, start, length);
      if (this.#hashes[id] === hash && this.#lengths[id] === length && this.#same(id, start, length)) return id;
    }
  }

  wordOf(id: number): string {
    const start = this.#starts[id] as number;
    return new TextDecoder().decode(this.#bytes.subarray(start, start + (this.#lengths[id] as number)));
  }

  #same(id: number, start: number, length: number): boolean {
    const other = this.#starts[id] as number;
    for (let i = 0; i < length; i++) if (this.#bytes[other + i] !== this.#bytes[start + i]) return false;
    return true;
  }

  #add(slot: number, hash: number, start: number, length: number): number {
    const id = this.size++;
    if (id === this.#hashes.length) this.#growEntries();
    this.#hashes[id] = hash;
    this.#starts[id] = start;
    this.#lengths[id] = length;
    this.#slots[slot] = id;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #growEntries(): void {
    const double = 2 * this.#hashes.length;
    const hashes = new Int32Array(double);
    const starts = new Uint32Array(double);
    const lengths = new Uint16Array(double);
    hashes.set(this.#hashes);
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    this.#hashes = hashes;
    this.#starts = starts;
    this.#lengths = lengths;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = (this.#hashes[id] as number) & mask;
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

export interface WordCounts {
  vocabulary: Vocabulary;
  /** Occurrences of each id. */
  counts: Uint32Array;
  total: number;
}

/** Counts the words of all rows. */
export function* countAllWords(texts: Texts): Sliced<WordCounts> {
  const vocabulary = new Vocabulary(texts.bytes);
  let counts = new Uint32Array(1 << 15);
  let total = 0;
  const visit = (start: number, end: number): void => {
    const id = vocabulary.idOf(start, end);
    if (id >= counts.length) {
      const larger = new Uint32Array(2 * counts.length);
      larger.set(counts);
      counts = larger;
    }
    (counts[id] as number)++;
    total++;
  };
  for (let row = 0; row < texts.n; row++) {
    visitWords(texts.bytes, texts.offsets[row] as number, texts.offsets[row + 1] as number, visit);
    if ((row & 511) === 511) yield;
  }
  return { vocabulary, counts: counts.slice(0, vocabulary.size), total };
}
