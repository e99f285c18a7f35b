/** A Scene as the page sees it. Written by `asterism.scene.wire`, described to the byte in docs/formats-scene.md. */

/** All strings of a column as one UTF-8 blob, decoded row by row when they are shown. */
export interface TextBlob {
  /** How many rows. */
  n: number;
  /** UTF-8, rows without separators. */
  bytes: Uint8Array;
  /** n + 1 offsets into `bytes`; none, and every text is empty, until the Scene is whole. */
  offsets: Uint32Array;
}

export interface Scores {
  recall: number;
  recall_50: number;
  trustworthiness: number;
  continuity: number;
  triplets: number;
  spearman: number;
}

export interface Quality {
  scores: Scores;
  chance: Scores;
  /** Of the PCA of as many dimensions; null where the projection is that PCA. */
  pca: Scores | null;
  /** k of trustworthiness, continuity, lost and false. */
  nNeighbors: number;
  /** How many vectors the scores were measured on, of `nVectors`. */
  nSampled: number;
  nVectors: number;
  /** Per row, 0…254 for a share of 0…1, 255 for unknown. */
  lost: Uint8Array;
  false: Uint8Array;
  /** One standard error of each score; null where nobody estimated them. */
  errors: Scores | null;
  /** Sentences, the plainest first. */
  verdict: readonly string[];
  /** Pairs of a distance of vectors and that on the map. */
  shepard: Float32Array | null;
  labels: LabelQuality | null;
  stability: Stability | null;
}

/** How far a column of categories can be read off. */
export interface LabelScores {
  /** Share of the texts whose category most of their neighbours have. */
  accuracy: number;
  /** Share of the neighbours that have the category of their text. */
  purity: number;
  silhouette: number;
}

export interface LabelQuality {
  column: string;
  /** Among the vectors, on the map, with categories dealt at random, on the PCA. */
  space: LabelScores;
  map: LabelScores;
  shuffled: LabelScores;
  pca: LabelScores | null;
  /** Standard errors of `map`. */
  errors: LabelScores;
  nNeighbors: number;
  nLabels: number;
  nSampled: number;
  nLabelled: number;
}

/** What of the neighbours shown came back when the map was laid out again. */
export interface Stability {
  overlap: number;
  chance: number;
  runs: readonly number[];
  nNeighbors: number;
  /** Per row, as `lost`. */
  kept: Uint8Array;
}

export interface Projection {
  /** What the switcher calls it, unique in the Scene. */
  name: string;
  method: string;
  params: Readonly<Record<string, unknown>>;
  seed: number;
  dim: 2 | 3;
  /** n × dim, quantised; 65535 in the first coordinate of a row that has no place. */
  points: Uint16Array;
  /** Data coordinate = low[axis] + step × quantised; one step for all axes, so that shapes keep their proportions. */
  low: readonly number[];
  step: number;
  /** A title per axis where axes mean something, else empty. */
  axes: readonly string[];
  notes: readonly string[];
  quality: Quality | null;
}

export interface CategoryColumn {
  kind: "category";
  name: string;
  /** Index into `values`, largest category first; −1 for none. */
  codes: Int32Array;
  values: readonly string[];
}

export interface NumberColumn {
  kind: "number";
  name: string;
  /** NaN for none. */
  values: Float32Array | Float64Array;
}

export interface DateColumn {
  kind: "date";
  name: string;
  /** Milliseconds since 1970-01-01 UTC, NaN for none. */
  values: Float64Array;
}

export interface TextColumn {
  kind: "text";
  name: string;
  values: TextBlob;
}

export type Column = CategoryColumn | NumberColumn | DateColumn | TextColumn;

/** Worked out when first asked for, once the Scene is whole. */
export interface Neighbors {
  readonly k: number;
  /** n × k, nearest first, −1 where there are not enough. */
  readonly rows: Int32Array;
  /** n × k beside `rows`, in the unit of the metric; null where the Scene left them out. */
  readonly distances: Float32Array | null;
}

export interface Label {
  text: string;
  /** 0 is the coarsest; finer ones appear as one zooms in. */
  level: number;
  /** How many rows it names. */
  size: number;
  /** Per projection, where it stands, in data coordinates; NaN where it has no place. */
  places: readonly (readonly number[])[];
}

/** Places are per projection, in data coordinates, `dim` numbers a step. */
export interface Path {
  name: string;
  captions: readonly string[];
  places: readonly Float32Array[];
}

export interface Arrow {
  name: string;
  starts: readonly (readonly number[])[];
  ends: readonly (readonly number[])[];
}

export interface Pin {
  text: string;
  places: readonly (readonly number[])[];
}

export interface Pairs {
  name: string;
  /** m × 2 rows. */
  rows: Int32Array;
}

/** Colours as #rrggbb, chosen by Python so that figures and page agree. */
export interface Palette {
  light: ThemeColors;
  dark: ThemeColors;
}

export interface ThemeColors {
  categories: readonly string[];
  /** For rows without a value, and for the categories beyond those that have a colour. */
  none: string;
  other: string;
  background: string;
  ink: string;
  muted: string;
  faint: string;
  /** From low to high. */
  sequential: readonly string[];
  diverging: readonly string[];
}

export interface Scene {
  title: string;
  kind: "words" | "sentences" | "documents";
  n: number;
  texts: TextBlob;
  projections: readonly Projection[];
  columns: readonly Column[];
  /** Name of the column that colours the points at first. */
  color: string | null;
  neighbors: Neighbors | null;
  metric: string;
  labels: readonly Label[];
  paths: readonly Path[];
  arrows: readonly Arrow[];
  pins: readonly Pin[];
  pairs: readonly Pairs[];
  remarks: readonly string[];
  about: Readonly<Record<string, string>>;
  palette: Palette;
  /** Ends when texts and neighbours are there too, with what went wrong, if anything did; of a large file the map is drawn before. */
  whole: Promise<string>;
}

export const NO_PLACE = 65535;

/** Data coordinates of a row, z = 0 in 2-D; NaN where it has no place. */
export function placeOf(projection: Projection, row: number): [number, number, number] {
  const { points, dim, low, step } = projection;
  const at = row * dim;
  const first = points[at] as number;
  if (first === NO_PLACE) return [Number.NaN, Number.NaN, Number.NaN];
  const x = (low[0] as number) + step * first;
  const y = (low[1] as number) + step * (points[at + 1] as number);
  return [x, y, dim === 3 ? (low[2] as number) + step * (points[at + 2] as number) : 0];
}

const decoder = new TextDecoder();

export function textAt(blob: TextBlob, row: number): string {
  return decoder.decode(blob.bytes.subarray(blob.offsets[row], blob.offsets[row + 1]));
}
