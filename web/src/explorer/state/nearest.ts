/** The true neighbours of a point, and where the picture puts them. */

export interface Neighbor {
  row: number;
  /** In the original space; NaN where the Scene left distances out. */
  distance: number;
  /** How many texts the picture draws nearer than this one; −1 when either is not on the map. */
  drawnNearer: number;
  /** The picture puts it far away: more than `FAR` times as many texts are drawn nearer as there are neighbours listed. */
  isFar: boolean;
}

const FAR = 3;

/**
 * @param rows True neighbours of `row`, nearest first; −1 ends the list.
 * @param distances Beside `rows`, or null.
 * @param place The coordinates of a row in the projection shown, NaN where it has none.
 */
export function describeNeighbors(
  row: number,
  rows: ArrayLike<number>,
  distances: ArrayLike<number> | null,
  n: number,
  place: (row: number) => readonly [number, number, number],
): Neighbor[] {
  const listed: number[] = [];
  for (let k = 0; k < rows.length && (rows[k] as number) >= 0; k++) listed.push(rows[k] as number);
  const [x, y, z] = place(row);
  const squared = (other: number): number => {
    const [ox, oy, oz] = place(other);
    return (ox - x) ** 2 + (oy - y) ** 2 + (oz - z) ** 2;
  };
  const limits = listed.map(squared);
  const nearer = new Uint32Array(listed.length);
  for (let other = 0; other < n; other++) {
    if (other === row) continue;
    const here = squared(other);
    for (let k = 0; k < limits.length; k++) if (here < (limits[k] as number)) (nearer[k] as number)++;
  }
  return listed.map((neighbor, k) => {
    const known = Number.isFinite(limits[k] as number);
    const drawnNearer = known ? (nearer[k] as number) : -1;
    return { row: neighbor, distance: distances ? (distances[k] as number) : Number.NaN, drawnNearer, isFar: drawnNearer > FAR * listed.length };
  });
}
