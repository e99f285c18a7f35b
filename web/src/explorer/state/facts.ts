/** What the Scene holds, as the panels read it: unchanging. */

import type { Texts } from "../text/blob";

export type ColumnFacts =
  | { kind: "category"; name: string; codes: ArrayLike<number>; values: readonly string[] }
  | { kind: "number" | "date"; name: string; numbers: ArrayLike<number> }
  | { kind: "text"; name: string; at: (row: number) => string };

export interface Scores {
  recall: number;
  recall_50: number;
  trustworthiness: number;
  continuity: number;
  triplets: number;
  spearman: number;
}

export interface QualityFacts {
  scores: Scores;
  chance: Scores;
  pca: Scores | null;
  nNeighbors: number;
  nSampled: number;
  nVectors: number;
  /** Share of each text's true neighbours that the picture puts elsewhere; NaN where unknown. */
  lost: ArrayLike<number>;
  /** Share of the neighbours shown that are not true ones. */
  false: ArrayLike<number>;
}

export interface ProjectionFacts {
  /** As people call it, unique in the Scene: "t-SNE", "UMAP 3-D". */
  name: string;
  method: string;
  dim: 2 | 3;
  /** Titles of the axes where they mean something. */
  axes: readonly string[];
  notes: readonly string[];
  quality: QualityFacts | null;
}

export interface OverlayFacts {
  /** Unique in the Scene. */
  id: string;
  kind: "path" | "arrow" | "pin" | "pairs";
  name: string;
}

export interface Facts {
  title: string;
  n: number;
  texts: Texts;
  /** The text of a row. */
  textOf: (row: number) => string;
  columns: readonly ColumnFacts[];
  projections: readonly ProjectionFacts[];
  /** k neighbours of each row, −1 where there are none. */
  neighbors: { k: number; rows: ArrayLike<number>; distances: ArrayLike<number> | null } | null;
  metric: string;
  overlays: readonly OverlayFacts[];
  remarks: readonly string[];
  about: readonly (readonly [string, string])[];
  color: string | null;
}

export function columnNamed(facts: Facts, name: string): ColumnFacts | undefined {
  return facts.columns.find((column) => column.name === name);
}
