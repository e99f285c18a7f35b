/** What colours the points, and the legend that says so. */

import type { Column, Quality, Scene, ThemeColors } from "../../wire/types";
import { columnNamed, isMeasure, type MeasureColumn, sharesOf } from "./facts";
import { extentOf } from "./histogram";
import type { ColorBy } from "./session";
import { assignColors, MOST_COLORS, rampCodes, rampEnds } from "./swatches";

export type LegendFacts =
  | { kind: "categories"; column: string; colors: Int32Array; colorOf: (code: number) => string; hasMissing: boolean }
  | {
      kind: "ramp";
      title: string;
      colors: readonly string[];
      ends: readonly [number, number];
      isDate: boolean;
      isShare: boolean;
      note: string;
    }
  | { kind: "plain"; note: string };

export interface Coloring {
  /** Per row, index into `table`. */
  codes: Uint16Array;
  table: readonly string[];
  legend: LegendFacts;
}

export interface ColorChoice {
  by: ColorBy;
  name: string;
  group: "Columns" | "How far to believe it" | "";
}

/** What of a quality the points can be coloured by: the name in the menu, and what it means. */
const SHARES: Readonly<Record<string, readonly [string, string, (quality: Quality) => Uint8Array | undefined]>> = {
  ":lost": [
    "True neighbours lost",
    "Share of a text’s true neighbours that the picture puts elsewhere. High: do not trust where it lies.",
    ({ lost }) => lost,
  ],
  ":false": [
    "False neighbours shown",
    "Share of the texts drawn next to it that are not truly near. High: its surroundings mislead.",
    (quality) => quality.false,
  ],
  ":kept": [
    "Neighbours that come back",
    "Share of the texts drawn next to it that are there again in other layouts. Low: its place is an accident.",
    ({ stability }) => stability?.kept,
  ],
};

/** What the points can be coloured by, in the order of the menu; `chosen` also where it was not measured. */
export function colorChoices(scene: Scene, projection: number, chosen: ColorBy = ":none"): ColorChoice[] {
  const columns = scene.columns.filter((column) => column.kind !== "text");
  const choices: ColorChoice[] = columns.map(({ name }) => ({ by: `=${name}`, name, group: "Columns" }));
  const quality = scene.projections[projection]?.quality;
  for (const [by, [name, , sharesIn]] of Object.entries(SHARES))
    if (by === chosen || (quality && sharesIn(quality))) choices.push({ by, name, group: "How far to believe it" });
  return [...choices, { by: ":none", name: "One colour", group: "" }];
}

/** Whether points can be coloured by it in some projection. */
export function canColor(scene: Scene, by: ColorBy): boolean {
  return scene.projections.some((_, projection) => colorChoices(scene, projection).some((choice) => choice.by === by));
}

/** Resolves the colours of all rows; a choice that the Scene does not know colours nothing. */
export function colorRows(
  scene: Scene,
  by: ColorBy,
  projection: number,
  hidden: ReadonlyMap<string, ReadonlySet<number>>,
  colors: ThemeColors,
): Coloring {
  const share = SHARES[by];
  if (share) return colorByShare(scene, share, projection, colors);
  const column = by.startsWith("=") ? columnNamed(scene, by.slice(1)) : undefined;
  if (column?.kind === "category") return colorByCategory(scene.n, column, hidden.get(column.name), colors);
  if (isMeasure(column)) return colorByMeasure(column, colors);
  return plain(scene.n, colors, "All points have one colour.");
}

function colorByCategory(
  n: number,
  column: Extract<Column, { kind: "category" }>,
  hidden: ReadonlySet<number> | undefined,
  colors: ThemeColors,
): Coloring {
  const assigned = assignColors(column.values.length, shareOfLargest(column.codes), hidden);
  const table = [...colors.categories, colors.other, colors.none];
  const none = table.length - 1;
  const slots = Uint16Array.from(assigned, (slot) => (slot < 0 ? none - 1 : slot % colors.categories.length));
  const codes = new Uint16Array(n);
  let hasMissing = false;
  for (let i = 0; i < n; i++) {
    const code = column.codes[i] as number;
    if (code < 0) hasMissing = true;
    codes[i] = code < 0 ? none : (slots[code] as number);
  }
  const colorOf = (code: number): string => (code < 0 ? colors.none : (table[slots[code] as number] as string));
  return { codes, table, legend: { kind: "categories", column: column.name, colors: assigned, colorOf, hasMissing } };
}

/** Of the rows with a value, in the categories that come first. */
function shareOfLargest(codes: Int32Array): number {
  let inside = 0;
  let all = 0;
  for (let i = 0; i < codes.length; i++) {
    if ((codes[i] as number) < 0) continue;
    all++;
    if ((codes[i] as number) < MOST_COLORS) inside++;
  }
  return all ? inside / all : 1;
}

function colorByMeasure(column: MeasureColumn, colors: ThemeColors): Coloring {
  const ends = rampEnds(column.values);
  if (!ends) return plain(column.values.length, colors, `“${column.name}” holds no value.`);
  const legend = {
    kind: "ramp",
    title: column.name,
    colors: colors.sequential,
    ends,
    isDate: column.kind === "date",
    isShare: false,
    note: isClipped(column.values, ends)
      ? "Colours span the middle 96 % of the values; what lies beyond has the colour of the end."
      : "",
  } as const;
  return {
    codes: rampCodes(column.values, ends, colors.sequential.length),
    table: [...colors.sequential, colors.none],
    legend,
  };
}

function isClipped(values: ArrayLike<number>, [low, high]: readonly [number, number]): boolean {
  const extent = extentOf(values);
  return extent !== null && (extent[0] < low || extent[1] > high);
}

function colorByShare(
  scene: Scene,
  [title, note, sharesIn]: (typeof SHARES)[string],
  projection: number,
  colors: ThemeColors,
): Coloring {
  const quality = scene.projections[projection]?.quality;
  const shares = quality && sharesIn(quality);
  if (!shares) return plain(scene.n, colors, "This was not measured for this projection.");
  const ends = [0, 1] as const;
  const codes = rampCodes(sharesOf(shares), ends, colors.sequential.length);
  const legend = {
    kind: "ramp",
    title,
    colors: colors.sequential,
    ends,
    isDate: false,
    isShare: true,
    note,
  } as const;
  return { codes, table: [...colors.sequential, colors.none], legend };
}

function plain(n: number, colors: ThemeColors, note: string): Coloring {
  return { codes: new Uint16Array(n), table: [colors.categories[0] ?? colors.none], legend: { kind: "plain", note } };
}
