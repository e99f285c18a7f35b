/** Rows in the order of a column. */

/** `rows` sorted by number; rows without one last, ties in row order. */
export function orderByNumber(rows: Uint32Array, values: ArrayLike<number>, descending: boolean): Uint32Array {
  const sign = descending ? -1 : 1;
  return rows.slice().sort((a, b) => {
    const x = values[a] as number;
    const y = values[b] as number;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? (Number.isNaN(y) ? a - b : 1) : -1;
    return x === y ? a - b : sign * (x < y ? -1 : 1);
  });
}

/** `rows` sorted by text, as a reader of any language expects; empty ones last. */
export function orderByText(rows: Uint32Array, textOf: (row: number) => string, descending: boolean): Uint32Array {
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const sign = descending ? -1 : 1;
  const keyed = Array.from(rows, (row) => ({ row, text: textOf(row) }));
  keyed.sort((a, b) => {
    if (!a.text || !b.text) return a.text ? -1 : b.text ? 1 : a.row - b.row;
    return sign * collator.compare(a.text, b.text) || a.row - b.row;
  });
  return Uint32Array.from(keyed, ({ row }) => row);
}
