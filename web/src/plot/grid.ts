/** Which point lies nearest to a place, by cells: a few microseconds among a million. */

export interface Grid {
  /** Cells along each axis. */
  side: number;
  /** Cell = floor((coordinate − low) × factor). */
  lowX: number;
  lowY: number;
  factorX: number;
  factorY: number;
  /** side² + 1 offsets into `rows`. */
  starts: Uint32Array;
  rows: Uint32Array;
}

/** Coordinates that are NaN are left out. */
export function buildGrid(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  box: readonly [number, number, number, number],
  side: number,
): Grid {
  const n = xs.length;
  const [lowX, lowY, highX, highY] = box;
  const factorX = side / Math.max(1e-9, highX - lowX);
  const factorY = side / Math.max(1e-9, highY - lowY);
  const cells = new Int32Array(n);
  const starts = new Uint32Array(side * side + 1);
  for (let row = 0; row < n; row++) {
    const x = ((xs[row] as number) - lowX) * factorX;
    const y = ((ys[row] as number) - lowY) * factorY;
    const isInside = x >= 0 && y >= 0 && x <= side && y <= side;
    const cell = isInside ? Math.min(side - 1, x | 0) + side * Math.min(side - 1, y | 0) : -1;
    cells[row] = cell;
    if (cell >= 0) (starts[cell + 1] as number)++;
  }
  for (let cell = 0; cell < side * side; cell++) (starts[cell + 1] as number) += starts[cell] as number;
  const rows = new Uint32Array(starts[side * side] as number);
  const next = starts.slice();
  for (let row = 0; row < n; row++) {
    const cell = cells[row] as number;
    if (cell < 0) continue;
    rows[next[cell] as number] = row;
    (next[cell] as number)++;
  }
  return { side, lowX, lowY, factorX, factorY, starts, rows };
}

/** Calls back with every row whose cell touches a box. */
export function rowsNear(
  grid: Grid,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  visit: (row: number) => void,
): void {
  const [left, right, top, bottom] = cellsOf(grid, x0, y0, x1, y1);
  for (let cy = top; cy <= bottom; cy++) {
    const line = cy * grid.side;
    const end = grid.starts[line + right + 1] as number;
    for (let at = grid.starts[line + left] as number; at < end; at++) visit(grid.rows[at] as number);
  }
}

/** How many rows lie in the cells that a box touches. */
export function countNear(grid: Grid, x0: number, y0: number, x1: number, y1: number): number {
  const [left, right, top, bottom] = cellsOf(grid, x0, y0, x1, y1);
  let count = 0;
  for (let cy = top; cy <= bottom; cy++) {
    const line = cy * grid.side;
    count += (grid.starts[line + right + 1] as number) - (grid.starts[line + left] as number);
  }
  return count;
}

function cellsOf(grid: Grid, x0: number, y0: number, x1: number, y1: number): [number, number, number, number] {
  const cell = (value: number): number => Math.min(grid.side - 1, Math.max(0, Math.floor(value)));
  const across = (x: number): number => cell((x - grid.lowX) * grid.factorX);
  const down = (y: number): number => cell((y - grid.lowY) * grid.factorY);
  return [across(x0), across(x1), down(y0), down(y1)];
}
