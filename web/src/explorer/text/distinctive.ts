/**
 * The words that set some texts apart from all: log-odds with an informative Dirichlet prior.
 *
 * Source: Monroe, Colaresi & Quinn 2008, "Fightin' Words", Political Analysis 16(4), equations 16, 22 and 23: the prior of a
 * word is its share of all texts, times `PRIOR` pseudo-words; the score is the log-odds ratio in standard deviations.
 * We differ in one thing: the selection is compared with all texts, itself included, instead of with the rest. Against the
 * rest, a word that only the selection has would rank low, for the variance of a count of zero is that of the prior
 * alone; with the overlap the variance is overstated, so that scores err on the side of caution.
 */

import type { Sliced } from "../state/slices";
import type { Texts } from "./blob";
import { visitWords, type WordCounts } from "./tokens";

export interface DistinctiveWord {
  word: string;
  /** Log-odds ratio of the selection against all texts, in standard deviations. */
  z: number;
  /** Occurrences in the selection. */
  count: number;
  /** Occurrences in all texts. */
  total: number;
}

const PRIOR = 1000;
const LEAST_Z = 1.96;

/** z of a word with `inside` of `insideTotal` words in the selection, `all` of `allTotal` in all texts. */
export function logOddsZ(inside: number, insideTotal: number, all: number, allTotal: number): number {
  const prior = (PRIOR * all) / allTotal;
  const odds = (count: number, total: number): number => Math.log((count + prior) / (total + PRIOR - count - prior));
  const variance = 1 / (inside + prior) + 1 / (all + prior);
  return (odds(inside, insideTotal) - odds(all, allTotal)) / Math.sqrt(variance);
}

/**
 * The `most` most distinctive words of `rows`, best first; only words that occur twice there, longer than one ASCII
 * letter, and with z at least 1.96. `all` counts every text, `rows` included.
 */
export function* distinctiveWords(
  texts: Texts,
  all: WordCounts,
  rows: Uint32Array,
  most = 24,
): Sliced<DistinctiveWord[]> {
  const inside = new Map<number, number>();
  let insideTotal = 0;
  const { vocabulary, counts } = all;
  const visit = (start: number, end: number): void => {
    const id = vocabulary.idOf(start, end);
    inside.set(id, (inside.get(id) ?? 0) + 1);
    insideTotal++;
  };
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k] as number;
    visitWords(texts.bytes, texts.offsets[row] as number, texts.offsets[row + 1] as number, visit);
    if ((k & 511) === 511) yield;
  }
  if (insideTotal >= all.total) return [];
  const words: DistinctiveWord[] = [];
  for (const [id, count] of inside) {
    if (count < 2) continue;
    const total = Math.max(count, counts[id] ?? count);
    const z = logOddsZ(count, insideTotal, total, all.total);
    if (z < LEAST_Z) continue;
    const word = vocabulary.wordOf(id);
    if (word.length > 1 || word.charCodeAt(0) > 127) words.push({ word, z, count, total });
  }
  return words.sort((a, b) => b.z - a.z || (a.word < b.word ? -1 : 1)).slice(0, most);
}
