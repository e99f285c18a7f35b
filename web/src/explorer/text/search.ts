/** What a query means, and the rows that answer it. */

import type { Sliced } from "../state/slices";
import { foldText, type Texts } from "./blob";
import { findPhrase, keepPhrase, RowList } from "./find";
import { MATCH, Pattern } from "./pattern";

/** words: every word, anywhere in the text, "quoted parts" as phrases; phrase: exactly so; pattern: a regular expression. */
export type SearchMode = "words" | "phrase" | "pattern";

export interface Found {
  /** Rows that answer, ascending. */
  rows: Uint32Array;
  /** How many texts were read; fewer than all when a pattern took longer than 8 s. */
  read: number;
}

const LIMIT_MS = 8000;
const STRIDE = 1 << 16;
const encoder = new TextEncoder();

/**
 * Rows of `folded` that answer `query`; none for an empty query. Letter case never matters.
 *
 * Throws PatternError for a regular expression that cannot be read. Cost: linear in the length of the texts, for every
 * pattern: they run on an automaton, never by backtracking. A pattern stops after 8 s and says how far it came.
 */
export function* searchTexts(folded: Texts, query: string, mode: SearchMode): Sliced<Found> {
  if (query.trim() === "") return { rows: new Uint32Array(0), read: folded.n };
  if (mode === "pattern") return yield* findPattern(folded, new Pattern(query));
  const parts = mode === "phrase" ? [query] : splitWords(query);
  const needles = parts.map((part) => encoder.encode(foldText(part))).filter((needle) => needle.length > 0);
  needles.sort((a, b) => b.length - a.length); // the longest part leaves the fewest rows
  const [first, ...rest] = needles;
  if (!first) return { rows: new Uint32Array(0), read: folded.n };
  let rows = yield* findPhrase(folded, first);
  for (const needle of rest) rows = yield* keepPhrase(folded, needle, rows);
  return { rows, read: folded.n };
}

/** The parts of a query: words, and "quoted phrases" as one. */
export function splitWords(query: string): string[] {
  return [...query.matchAll(/"([^"]*)"|(\S+)/g)]
    .map((match) => match[1] ?? match[2] ?? "")
    .filter((part) => part !== "");
}

function* findPattern(texts: Texts, pattern: Pattern): Sliced<Found> {
  const rows = new RowList();
  const deadline = performance.now() + LIMIT_MS;
  let read = 0;
  for (let row = 0; row < texts.n; row++) {
    const start = texts.offsets[row] as number;
    const end = texts.offsets[row + 1] as number;
    let state = pattern.start();
    for (let at = start; at < end && state !== MATCH; at = pattern.at) {
      state = pattern.run(state, texts.bytes, at, Math.min(end, at + STRIDE));
      if (end - start > STRIDE) yield;
    }
    if (state === MATCH || pattern.ends(state)) rows.push(row);
    read += end - start + 64;
    if (read < STRIDE) continue;
    read = 0;
    if (performance.now() > deadline) return { rows: rows.toArray(), read: row + 1 };
    yield;
  }
  return { rows: rows.toArray(), read: texts.n };
}
