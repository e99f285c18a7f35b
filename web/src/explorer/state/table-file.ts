/** Rows as a CSV file: text, columns, place in the projection shown, faithfulness. */

import { type Projection, placeOf, type Scene, textAt } from "../../wire/types";
import { csvLine } from "./csv";
import { cellRaw, shareOf } from "./facts";

/** The file's parts, in order; a byte-order mark first, so that spreadsheets read it as UTF-8. */
export function csvParts(scene: Scene, projection: Projection, rows: ArrayLike<number>): string[] {
  const axes = ["x", "y", "z"].slice(0, projection.dim);
  const { quality } = projection;
  const heads = ["text", ...scene.columns.map(({ name }) => name), ...axes, ...(quality ? ["lost", "false"] : [])];
  const parts = ["\ufeff", csvLine(heads)];
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k] as number;
    const place = placeOf(projection, row).slice(0, projection.dim);
    const shares = quality ? [shareOf(quality.lost[row]), shareOf(quality.false[row])] : [];
    parts.push(
      csvLine([
        textAt(scene.texts, row),
        ...scene.columns.map((column) => cellRaw(column, row)),
        ...[...place, ...shares].map(numberText),
      ]),
    );
  }
  return parts;
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "";
}
