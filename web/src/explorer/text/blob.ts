/**
 * All texts as one UTF-8 blob, and the same folded to lower case for searching. Folding keeps rows apart, so a match
 * found in the folded blob names its row; where lower case is longer or shorter only the folded offsets differ.
 */

import type { TextBlob } from "../../wire/types";
import type { Sliced } from "../state/slices";

export { textAt } from "../../wire/types";

export type Texts = TextBlob;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function textsOf(rows: readonly string[]): Texts {
  const parts = rows.map((row) => encoder.encode(row));
  const offsets = new Uint32Array(rows.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] as number) + part.length;
  const bytes = new Uint8Array(offsets[rows.length] as number);
  for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]);
  return { n: rows.length, bytes, offsets };
}

/** Lower case as searching means it; the same for texts and for what is typed. */
export function foldText(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** The folded blob; rows in plain ASCII are folded byte by byte, the others through `foldText`. */
export function* foldTexts(texts: Texts): Sliced<Texts> {
  const { n, bytes, offsets } = texts;
  let folded = new Uint8Array(bytes.length + 16);
  const ends = new Uint32Array(n + 1);
  let at = 0;
  for (let row = 0; row < n; row++) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    if (at + 3 * (end - start) > folded.length) folded = grow(folded, at + 3 * (end - start) + (bytes.length - end));
    const stop = foldAscii(bytes, start, end, folded, at);
    if (stop === end) at += end - start;
    else {
      const part = encoder.encode(foldText(decoder.decode(bytes.subarray(start, end))));
      if (at + part.length > folded.length) folded = grow(folded, at + part.length + (bytes.length - end));
      folded.set(part, at);
      at += part.length;
    }
    ends[row + 1] = at;
    if ((row & 4095) === 4095) yield;
  }
  return { n, bytes: folded.subarray(0, at), offsets: ends };
}

/** Folds until the first byte that is not ASCII; returns where it stopped. */
function foldAscii(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let out = at;
  for (let i = start; i < end; i++) {
    const byte = from[i] as number;
    if (byte >= 128) return i;
    to[out++] = byte >= 65 && byte <= 90 ? byte + 32 : byte;
  }
  return end;
}

function grow(bytes: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(least, Math.ceil(bytes.length * 1.1)));
  larger.set(bytes);
  return larger;
}
