/** Which points lie inside a drawn shape: pixels are sorted into inside, outside and edge once; only at edges is a point itself tested. */

import { NO_PLACE } from "../wire/types";
import type { Places } from "./places";
import { projectPlane } from "./project";
import { NEAREST, type View } from "./view";

export type Polygon = readonly (readonly [number, number])[];

const INSIDE = 1;
const EDGE = 2;
/** Coordinates of three dimensions are taken to the screen in blocks that stay in the processor's cache. */
const BLOCK = 4096;

/** One byte per row, 1 inside the polygon (even-odd) in CSS pixels; rows that are not visible are left out. */
export function rowsInPolygon(
  polygon: Polygon,
  places: Places,
  n: number,
  view: View,
  visible: Uint8Array | null,
): Uint8Array {
  const inside = new Uint8Array(n);
  if (polygon.length < 3) return inside;
  const shape = shapeOf(polygon);
  const xs = new Float32Array(BLOCK);
  const ys = new Float32Array(BLOCK);
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    if (view.eye === Number.POSITIVE_INFINITY) projectPlane(places, view, 1, from, to, xs, ys);
    else projectSpace(places, view, from, to, xs, ys);
    markInside(shape, xs, ys, inside.subarray(from, to));
  }
  if (visible) for (let row = 0; row < n; row++) (inside[row] as number) &= visible[row] as number;
  return inside;
}

function projectSpace(
  { points, dim, low, step }: Places,
  { right, up, away, center, eye, scale, originX, originY }: View,
  from: number,
  to: number,
  xs: Float32Array,
  ys: Float32Array,
): void {
  for (let row = from, i = 0; row < to; row++, i++) {
    const at = row * dim;
    const x = low[0] + step[0] * (points[at] as number) - center[0];
    const y = low[1] + step[1] * (points[at + 1] as number) - center[1];
    const z = (dim === 3 ? low[2] + step[2] * (points[at + 2] as number) : 0) - center[2];
    const depth = eye + away[0] * x + away[1] * y + away[2] * z;
    const near = (scale * eye) / depth;
    const isShown = depth >= NEAREST && points[at] !== NO_PLACE;
    xs[i] = isShown ? originX + near * (right[0] * x + right[1] * y + right[2] * z) : Number.NaN;
    ys[i] = originY - near * (up[0] * x + up[1] * y + up[2] * z);
  }
}

interface Shape {
  polygon: Polygon;
  left: number;
  top: number;
  width: number;
  height: number;
  /** width × height pixels: 0, INSIDE or EDGE. */
  cells: Uint8Array;
}

function markInside(
  { polygon, left, top, width, height, cells }: Shape,
  xs: Float32Array,
  ys: Float32Array,
  inside: Uint8Array,
): void {
  for (let i = 0; i < inside.length; i++) {
    const x = (xs[i] as number) - left;
    const y = (ys[i] as number) - top;
    if (!(x >= 0 && y >= 0 && x < width && y < height)) continue;
    const cell = cells[(y | 0) * width + (x | 0)] as number;
    inside[i] = cell === EDGE ? Number(isInside(polygon, x + left, y + top)) : cell;
  }
}

/** Even-odd. */
export function isInside(polygon: Polygon, x: number, y: number): boolean {
  let isOdd = false;
  let [x0, y0] = polygon[polygon.length - 1] as readonly [number, number];
  for (const [x1, y1] of polygon) {
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) isOdd = !isOdd;
    [x0, y0] = [x1, y1];
  }
  return isOdd;
}

function shapeOf(polygon: Polygon): Shape {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of polygon) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  [left, top] = [Math.floor(left), Math.floor(top)];
  const width = Math.floor(right) - left + 1;
  const height = Math.floor(bottom) - top + 1;
  const cells = new Uint8Array(width * height);
  const shape = { polygon, left, top, width, height, cells };
  let last = polygon[polygon.length - 1] as readonly [number, number];
  for (const corner of polygon) {
    markEdge(shape, last, corner);
    last = corner;
  }
  for (let line = 0; line < height; line++) fillLine(shape, line);
  return shape;
}

/** Every pixel that an edge touches, and one beside it against rounding. */
function markEdge(
  { left, top, width, height, cells }: Shape,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): void {
  const [low, high] = [Math.min(y0, y1), Math.max(y0, y1)];
  const slope = y1 === y0 ? 0 : (x1 - x0) / (y1 - y0);
  for (let y = Math.floor(low); y <= high; y++) {
    const a = y1 === y0 ? x0 : x0 + slope * (Math.max(low, y) - y0);
    const b = y1 === y0 ? x1 : x0 + slope * (Math.min(high, y + 1) - y0);
    const line = Math.min(height - 1, y - top) * width;
    const from = Math.max(0, Math.floor(Math.min(a, b)) - left - 1);
    const to = Math.min(width - 1, Math.floor(Math.max(a, b)) - left + 1);
    cells.fill(EDGE, line + from, line + to + 1);
  }
}

/** Between edges a line of pixels is all inside or all outside: its first pixel tells. */
function fillLine({ polygon, left, top, width, cells }: Shape, line: number): void {
  let [isKnown, isIn] = [false, false];
  for (let x = 0, at = line * width; x < width; x++, at++) {
    if (cells[at] === EDGE) {
      isKnown = false;
      continue;
    }
    if (!isKnown) isIn = isInside(polygon, left + x + 0.5, top + line + 0.5);
    isKnown = true;
    if (isIn) cells[at] = INSIDE;
  }
}
