/** Which points lie inside a drawn shape. */

import { NO_PLACE } from "../wire/types";
import { type Places, worldOf } from "./places";
import { toScreen, type View } from "./view";

export type Polygon = readonly (readonly [number, number])[];

/** One byte per row, 1 inside the polygon (even-odd) in CSS pixels; rows that are not visible are left out. */
export function rowsInPolygon(
  polygon: Polygon,
  places: Places,
  n: number,
  view: View,
  isVisible: (row: number) => boolean,
): Uint8Array {
  const inside = new Uint8Array(n);
  if (polygon.length < 3) return inside;
  const test = insideTest(polygon);
  if (places.dim === 2 && view.eye === Number.POSITIVE_INFINITY) {
    markPlane(inside, places, view, test, isVisible);
    return inside;
  }
  const world = new Float64Array(3);
  const screen = new Float64Array(3);
  for (let row = 0; row < n; row++) {
    if (!isVisible(row) || !worldOf(places, row, world) || !toScreen(view, world, screen)) continue;
    if (test(screen[0] as number, screen[1] as number)) inside[row] = 1;
  }
  return inside;
}

/** A plane seen from above is one scale and one shift an axis: what a million rows need to be quick. */
function markPlane(
  inside: Uint8Array,
  { points, low, step }: Places,
  view: View,
  test: (x: number, y: number) => boolean,
  isVisible: (row: number) => boolean,
): void {
  const ax = view.scale * step[0];
  const bx = view.originX + view.scale * (low[0] - view.center[0]);
  const ay = -view.scale * step[1];
  const by = view.originY - view.scale * (low[1] - view.center[1]);
  for (let row = 0; row < inside.length; row++) {
    const x = points[2 * row] as number;
    if (x === NO_PLACE || !test(ax * x + bx, ay * (points[2 * row + 1] as number) + by)) continue;
    if (isVisible(row)) inside[row] = 1;
  }
}

/** Edges are filed by the pixel rows that they cross, so that a point is tested against the few beside it. */
export function insideTest(polygon: Polygon): (x: number, y: number) => boolean {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of polygon) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  const first = Math.floor(top);
  const lines: [number, number, number, number][][] = Array.from({ length: Math.floor(bottom) - first + 1 }, () => []);
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = polygon[(i + 1) % polygon.length] as readonly [number, number];
    if (y0 === y1) return;
    const [from, to] = [Math.floor(Math.min(y0, y1)), Math.floor(Math.max(y0, y1))];
    for (let line = from; line <= to; line++) lines[line - first]?.push([x0, y0, x1, y1]);
  });
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false;
    let isInside = false;
    for (const [x0, y0, x1, y1] of lines[Math.floor(y) - first] ?? []) {
      if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) isInside = !isInside;
    }
    return isInside;
  };
}
