/** Ranks of the rows by any column, made when first asked for: long lists of texts in slices, while the page answers. */

import { type Column, type Scene, textAt } from "../../wire/types";
import { isMeasure } from "./facts";
import { rankTexts } from "./order";
import { type Running, runSliced, runWhole } from "./slices";

/** Fewer texts are sorted at once. */
const FEW = 10_000;

export interface Sorter {
  /**
   * One number per row, NaN for none; null while they are being made.
   *
   * @param column Null for the texts themselves.
   * @param told Hears of the share that is done, and at last of 1, when `ranks` has the answer.
   */
  ranks(column: Column | null, told: (share: number) => void): ArrayLike<number> | null;
  /** Gives up what is being made. */
  cancel(): void;
}

export function createSorter(scene: Scene): Sorter {
  const made = new Map<Column | null, Float64Array>();
  let making: Column | null | undefined;
  let running: Running<Float64Array> | null = null;
  const cancel = (): void => {
    running?.cancel();
    making = undefined;
  };
  return {
    cancel,
    ranks(column, told) {
      if (column && isMeasure(column)) return column.values;
      const known = made.get(column);
      if (known || making === column) return known ?? null;
      cancel();
      if (column?.kind === "category") return keep(made, column, categoryRanks(column.codes, column.values));
      const blob = column ? column.values : scene.texts;
      const work = rankTexts(
        scene.n,
        (row) => textAt(blob, row),
        (share) => told(0.99 * share),
      );
      if (scene.n <= FEW) return keep(made, column, runWhole(work));
      making = column;
      running = runSliced(work);
      void running.done.then((ranks) => {
        if (!ranks) return;
        making = undefined;
        keep(made, column, ranks);
        told(1);
      });
      return null;
    },
  };
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value);
  return value;
}

function categoryRanks(codes: ArrayLike<number>, values: readonly string[]): Float64Array {
  const ranks = runWhole(
    rankTexts(
      values.length,
      (code) => values[code] as string,
      () => undefined,
    ),
  );
  return Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : (ranks[code] as number)));
}
