/** How far a picture can be believed, in plain words. */

import type { LabelQuality, LabelScores, Projection, Quality, Scores, Stability } from "../../wire/types";
import { shareOf } from "./facts";
import { countOf, formatCount, formatShare } from "./format";

export interface ScoreLine {
  name: string;
  meaning: string;
  value: number;
  /** One standard error; NaN where nobody estimated it. */
  error: number;
  /** What the value is to be read beside, in the order of telling. */
  marks: readonly Mark[];
}

export interface Mark {
  kind: "space" | "pca" | "chance";
  name: string;
  value: number;
}

const LINES: readonly [keyof Scores, string, (quality: Quality) => string][] = [
  [
    "recall",
    "Nearest 10 kept",
    () => "Of each text’s 10 true nearest neighbours, this share is among the 10 nearest on the map.",
  ],
  ["recall_50", "Nearest 50 kept", () => "The same for the nearest 50: the wider neighbourhood."],
  [
    "trustworthiness",
    "Trustworthiness",
    (quality) => `1 when what is drawn near is near: few strangers among the ${quality.nNeighbors} nearest on the map.`,
  ],
  [
    "continuity",
    "Continuity",
    (quality) => `1 when what is near is drawn near: few of the ${quality.nNeighbors} true neighbours torn away.`,
  ],
  [
    "triplets",
    "Triplets kept",
    () =>
      "Of three random texts, how often the map agrees which two are closer. The overall arrangement; chance is one half.",
  ],
  [
    "spearman",
    "Distances ranked",
    () => "Whether far pairs are drawn far and near pairs near, over random pairs; chance is 0.",
  ],
];

export function scoreLines(quality: Quality): ScoreLine[] {
  return LINES.map(([key, name, meaning]) => ({
    name,
    meaning: meaning(quality),
    value: quality.scores[key],
    error: quality.errors?.[key] ?? Number.NaN,
    marks: marksOf([
      ["pca", "PCA", quality.pca?.[key]],
      ["chance", "chance", quality.chance[key]],
    ]),
  }));
}

function marksOf(marks: readonly [Mark["kind"], string, number | undefined][]): Mark[] {
  return marks.flatMap(([kind, name, value]) => (value === undefined ? [] : [{ kind, name, value }]));
}

const LABEL_LINES: readonly [keyof LabelScores, string, (told: LabelQuality) => string][] = [
  [
    "accuracy",
    "Told by its neighbours",
    ({ column, nNeighbors }) =>
      `The share of texts whose “${column}” is the commonest among their ${nNeighbors} nearest on the map.`,
  ],
  [
    "purity",
    "Neighbours alike",
    ({ column, nNeighbors }) => `The share of the ${nNeighbors} nearest on the map that have the same “${column}”.`,
  ],
  ["silhouette", "Silhouette", () => "1 when groups lie far apart, 0 when they touch, below 0 when they are mixed."],
];

/** How far the categories of a column can be read off the map. */
export function labelLines(told: LabelQuality): ScoreLine[] {
  return LABEL_LINES.map(([key, name, meaning]) => ({
    name,
    meaning: meaning(told),
    value: told.map[key],
    error: told.errors[key],
    marks: marksOf([
      ["space", "vectors", told.space[key]],
      ["pca", "PCA", told.pca?.[key]],
      ["chance", "shuffled", told.shuffled[key]],
    ]),
  }));
}

/** What comes back when the map is laid out again. */
export function stabilityLine({ overlap, chance, runs, nNeighbors }: Stability): ScoreLine {
  const each = runs.length > 1 ? ` In each: ${runs.map((run) => formatShare(run)).join(", ")}.` : "";
  return {
    name: "Neighbours that come back",
    meaning: `Laid out ${countOf(runs.length, "more time")} from other starts: the share of the ${nNeighbors} nearest on the map that were among the nearest again.${each}`,
    value: overlap,
    error: Number.NaN,
    marks: [{ kind: "chance", name: "chance", value: chance }],
  };
}

/** Sentences for people who read nothing else, the plainest first. */
export function verdictsOf(projection: Projection): readonly string[] {
  const told = projection.quality?.verdict ?? [];
  return told.length ? told : [verdictOf(projection)];
}

/** Of a map whose file carries no verdict. */
function verdictOf(projection: Projection): string {
  const { quality } = projection;
  if (!quality) return "Nobody has measured how far this picture can be believed. Read it with care.";
  const { recall, triplets } = quality.scores;
  const near =
    recall >= 0.6
      ? "Neighbours on the map are mostly true neighbours"
      : recall >= 0.25
        ? "Many neighbours on the map are true neighbours, many are not"
        : recall >= 0.08
          ? "Only some neighbours on the map are true neighbours"
          : "Neighbours on the map are rarely true neighbours";
  const far =
    triplets >= 0.8
      ? "and the overall arrangement can be trusted"
      : triplets >= 0.65
        ? "and the overall arrangement is a rough guide"
        : "and how far apart things lie says little";
  return `${near} (${formatShare(recall)} of the nearest 10 kept), ${far}.`;
}

/** What must not be read from the picture. */
export function cautionsOf(projection: Projection): string[] {
  const cautions: string[] = [];
  if (projection.method === "tsne" || projection.method === "umap") {
    cautions.push(
      "The size and density of a group on the map say nothing about how tight it is: dense groups are spread out, sparse ones pulled together.",
    );
    cautions.push(
      "The width of a gap between groups says little about how different they are. Look at the true neighbours instead.",
    );
    cautions.push("The axes have no meaning; the map could be turned or mirrored and say the same.");
  }
  if (projection.method === "pca") {
    cautions.push(
      "Texts that differ only in directions left out are drawn on top of each other: overlap does not mean alike.",
    );
  }
  if (projection.dim === 3)
    cautions.push("A turn of the view hides and reveals: two points that overlap may be far apart in depth.");
  return cautions;
}

/** Who was measured: all of them, or how many of how many. */
export function sampleOf(quality: Quality): string {
  return quality.nSampled < quality.nVectors
    ? `Measured on ${formatCount(quality.nSampled)} of ${formatCount(quality.nVectors)} distinct texts, with neighbours searched among all of them.`
    : `Measured on all ${formatCount(quality.nVectors)} distinct texts.`;
}

/** The faithfulness of one point; null where it was not measured. */
export function pointVerdict(quality: Quality | null, row: number): string | null {
  if (!quality) return null;
  const lost = shareOf(quality.lost[row]);
  const wrong = shareOf(quality.false[row]);
  if (Number.isNaN(lost) || Number.isNaN(wrong)) return null;
  const kept = `${formatShare(1 - lost)} of its ${quality.nNeighbors} nearest texts are drawn next to it`;
  const strangers = `${formatShare(wrong)} of those drawn next to it are not truly near`;
  const advice =
    lost > 0.8
      ? "Do not read much into where it lies."
      : lost < 0.3
        ? "Its place can be believed."
        : "Its place is partly right.";
  return `${advice} ${kept}; ${strangers}.`;
}
