/** Finds the point under the pointer: in 2-D by a grid over the map, in 3-D by one over the screen, made when the view rests. */

import { NO_PLACE } from "../wire/types";
import { buildGrid, countNear, type Grid, rowsNear } from "./grid";
import { type Places, worldOf } from "./places";
import { fromScreen, toScreen, type View } from "./view";

const PLANE_SIDE = 512;
const SCREEN_CELL = 12;
/** In space every row moves with every turn; of more rows, none are looked for. */
const MOST_SEARCHED = 100_000;

export interface Picker {
  /** The visible row nearest to a pixel within `reach`, −1 if none is. */
  pick(x: number, y: number, view: View, reach: number, isVisible: (row: number) => boolean): number;
  /**
   * The rows on the screen if they are at most so many; null if they are more, or were too slow to find. In 3-D always
   * some are behind others: of more, those nearest to the eye.
   */
  rowsIn(view: View, most: number): number[] | null;
}

export function createPicker(places: Places, n: number): Picker {
  return places.dim === 2 ? new PlanePicker(places, n) : new SpacePicker(places, n);
}

class PlanePicker implements Picker {
  #grid: Grid | null = null;

  readonly #places: Places;
  readonly #n: number;

  constructor(places: Places, n: number) {
    this.#places = places;
    this.#n = n;
  }

  pick(x: number, y: number, view: View, reach: number, isVisible: (row: number) => boolean): number {
    const { points, low, step } = this.#places;
    this.#grid ??= this.#build();
    const [wx, wy] = fromScreen(view, x, y);
    const across = (step[0] ?? 1) * view.scale;
    const qx = (wx - low[0]) / step[0];
    const qy = (wy - low[1]) / step[1];
    const radius = reach / across;
    let best = -1;
    let nearest = radius * radius;
    rowsNear(this.#grid, qx - radius, qy - radius, qx + radius, qy + radius, (row) => {
      const dx = (points[2 * row] as number) - qx;
      const dy = (points[2 * row + 1] as number) - qy;
      const away = dx * dx + dy * dy;
      if (away > nearest || (away === nearest && best >= 0) || !isVisible(row)) return;
      nearest = away;
      best = row;
    });
    return best;
  }

  rowsIn(view: View, most: number): number[] | null {
    const { points, low, step } = this.#places;
    this.#grid ??= this.#build();
    const corners = [fromScreen(view, 0, view.height), fromScreen(view, view.width, 0)] as const;
    const [x0, x1] = corners.map(([x]) => (x - low[0]) / step[0]) as [number, number];
    const [y0, y1] = corners.map(([, y]) => (y - low[1]) / step[1]) as [number, number];
    // Cells at the edge hold rows that are not on the screen: a few more than asked for are looked at.
    if (countNear(this.#grid, x0, y0, x1, y1) > 4 * most + 200) return null;
    const rows: number[] = [];
    rowsNear(this.#grid, x0, y0, x1, y1, (row) => {
      const [x, y] = [points[2 * row] as number, points[2 * row + 1] as number];
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) rows.push(row);
    });
    return rows.length <= most ? rows : null;
  }

  #build(): Grid {
    const { points } = this.#places;
    const xs = new Float32Array(this.#n);
    const ys = new Float32Array(this.#n);
    for (let row = 0; row < this.#n; row++) {
      const x = points[2 * row] as number;
      xs[row] = x === NO_PLACE ? Number.NaN : x;
      ys[row] = points[2 * row + 1] as number;
    }
    return buildGrid(xs, ys, [0, 0, NO_PLACE, NO_PLACE], PLANE_SIDE);
  }
}

class SpacePicker implements Picker {
  #grid: Grid | null = null;
  #seen = "";
  readonly #xs: Float32Array;
  readonly #ys: Float32Array;
  readonly #nears: Float32Array;

  readonly #places: Places;
  readonly #n: number;

  constructor(places: Places, n: number) {
    this.#places = places;
    this.#n = n;
    this.#xs = new Float32Array(n);
    this.#ys = new Float32Array(n);
    this.#nears = new Float32Array(n);
  }

  pick(x: number, y: number, view: View, reach: number, isVisible: (row: number) => boolean): number {
    const grid = this.#gridFor(view);
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    rowsNear(grid, x - reach, y - reach, x + reach, y + reach, (row) => {
      const away = Math.hypot((this.#xs[row] as number) - x, (this.#ys[row] as number) - y);
      if (away > reach) return;
      // Of two discs under the pointer the one in front is meant.
      const cost = away - 12 * (this.#nears[row] as number);
      if (cost < least && isVisible(row)) {
        least = cost;
        best = row;
      }
    });
    return best;
  }

  rowsIn(view: View, most: number): number[] | null {
    if (this.#n > MOST_SEARCHED) return null;
    this.#gridFor(view);
    const xs = this.#xs;
    const ys = this.#ys;
    const nears = this.#nears;
    const rows: number[] = [];
    for (let row = 0; row < this.#n; row++) {
      const [x, y] = [xs[row] as number, ys[row] as number];
      if (x >= 0 && y >= 0 && x <= view.width && y <= view.height) rows.push(row);
    }
    if (rows.length <= most) return rows;
    const least = Float32Array.from(rows, (row) => nears[row] as number).sort()[rows.length - most] as number;
    return rows.filter((row) => (nears[row] as number) >= least).slice(0, most);
  }

  #gridFor(view: View): Grid {
    const key = [
      view.width,
      view.height,
      view.originX,
      view.originY,
      view.scale,
      ...view.center,
      ...view.right,
      ...view.up,
    ].join();
    if (this.#grid && key === this.#seen) return this.#grid;
    const world = new Float64Array(3);
    const screen = new Float64Array(3);
    for (let row = 0; row < this.#n; row++) {
      const isShown = worldOf(this.#places, row, world) && toScreen(view, world, screen);
      this.#xs[row] = isShown ? (screen[0] as number) : Number.NaN;
      this.#ys[row] = screen[1] as number;
      this.#nears[row] = screen[2] as number;
    }
    const extent = Math.max(view.width, view.height);
    this.#grid = buildGrid(this.#xs, this.#ys, [0, 0, extent, extent], Math.max(1, Math.ceil(extent / SCREEN_CELL)));
    this.#seen = key;
    return this.#grid;
  }
}
