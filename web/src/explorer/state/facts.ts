/** Small questions to a Scene that more than one panel asks. */

import type { CategoryColumn, Column, DateColumn, NumberColumn, Scene } from "../../wire/types";
import { textAt } from "../../wire/types";
import { formatDate, formatNumber } from "./format";

export type MeasureColumn = NumberColumn | DateColumn;

export function columnNamed(scene: Scene, name: string): Column | undefined {
  return scene.columns.find((column) => column.name === name);
}

export function isMeasure(column: Column | undefined): column is MeasureColumn {
  return column?.kind === "number" || column?.kind === "date";
}

/** What stands in a column for people: "" where the row has none. */
export function cellText(column: Column, row: number): string {
  if (column.kind === "text") return textAt(column.values, row);
  if (column.kind === "category") return column.values[column.codes[row] as number] ?? "";
  const value = column.values[row] as number;
  if (!Number.isFinite(value)) return "";
  return column.kind === "date" ? formatDate(value, 0) : formatNumber(value, 6);
}

/** The same for programs: numbers with every digit, moments in ISO 8601. */
export function cellRaw(column: Column, row: number): string {
  if (column.kind === "text" || column.kind === "category") return cellText(column, row);
  const value = column.values[row] as number;
  if (!Number.isFinite(value)) return "";
  return column.kind === "date" ? new Date(value).toISOString() : String(value);
}

/** Whether the column has a value in this row. */
export function hasValue(column: Column, row: number): boolean {
  return cellText(column, row) !== "";
}

/** Every code that a row of the column can have; −1 only where some row has no value. */
export function allCodes(column: CategoryColumn): number[] {
  const codes = column.values.map((_, code) => code);
  return column.codes.includes(-1) ? [...codes, -1] : codes;
}

/** A share of faithfulness out of its byte; NaN where unknown. */
export function shareOf(byte: number | undefined): number {
  return byte === undefined || byte === 255 ? Number.NaN : byte / 254;
}

/** One share per row, NaN where unknown. */
export function sharesOf(shares: Uint8Array): Float32Array {
  return Float32Array.from(shares, shareOf);
}

export interface OverlayName {
  /** "path:0", "pairs:1": the kind and the place in the Scene. */
  id: string;
  kind: "path" | "arrow" | "pin" | "pairs";
  index: number;
  name: string;
}

export function overlaysOf(scene: Scene): OverlayName[] {
  const list = (kind: OverlayName["kind"], names: readonly string[]): OverlayName[] =>
    names.map((name, index) => ({ id: `${kind}:${index}`, kind, index, name }));
  return [
    ...list(
      "path",
      scene.paths.map(({ name }) => name),
    ),
    ...list(
      "arrow",
      scene.arrows.map(({ name }) => name),
    ),
    ...list(
      "pin",
      scene.pins.map(({ text }) => text),
    ),
    ...list(
      "pairs",
      scene.pairs.map(({ name }) => name),
    ),
  ];
}
