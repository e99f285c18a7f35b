/** What searching and counting words need of the texts, made once, when first asked for. */

import { foldTexts, type Texts } from "../text/blob";
import { countAllWords, type WordCounts } from "../text/tokens";
import { runSliced } from "./slices";

export interface Corpus {
  folded(): Promise<Texts>;
  words(): Promise<WordCounts>;
}

export function createCorpus(texts: Texts, whole: Promise<unknown>): Corpus {
  let folded: Promise<Texts> | null = null;
  let words: Promise<WordCounts> | null = null;
  const fold = (): Promise<Texts> => {
    folded ??= whole.then(() => finish(runSliced(foldTexts(texts)).done));
    return folded;
  };
  return {
    folded: fold,
    words() {
      words ??= fold().then((lower) => finish(runSliced(countAllWords(lower)).done));
      return words;
    },
  };
}

async function finish<T>(done: Promise<T | null>): Promise<T> {
  const value = await done;
  if (value === null) throw new Error("The texts were being prepared, and this was stopped. Reload the page.");
  return value;
}
