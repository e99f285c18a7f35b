/** Texts written beside their points, where they are short and few: to the right, else left, above or below, else not at all. */

import type { PlacedBoxes } from "./boxes";
import { type Places, worldOf } from "./places";
import { NARROW, toScreen, type View } from "./view";

export interface WrittenName {
  row: number;
  text: string;
  x: number;
  y: number;
  align: "left" | "right" | "center";
  /** 1 near, less far away. */
  strength: number;
}

export const NAME_FONT = 12;
export const NAME_WEIGHT = 450;
const HEIGHT = 15;
/** Signs of a name; few texts have room for longer ones. */
const MAX_LENGTH = 36;
const MAX_LENGTH_OF_FEW = 64;
const FEW = 40;

export interface NameSource {
  rows: Iterable<number>;
  textOf: (row: number) => string;
  /** 0 hidden, 1 receding, 2 as usual. */
  stateOf: (row: number) => number;
}

export function chooseNames(
  source: NameSource,
  places: Places,
  view: View,
  pointSize: number,
  sides: Map<number, number>,
  measure: (text: string, font: number, weight: number) => number,
  taken: PlacedBoxes,
): WrittenName[] {
  const world = new Float64Array(3);
  const screen = new Float64Array(3);
  const places2d: { row: number; x: number; y: number; near: number }[] = [];
  for (const row of source.rows) {
    if (source.stateOf(row) !== 2 || !worldOf(places, row, world) || !toScreen(view, world, screen)) continue;
    const [x, y] = [screen[0] as number, screen[1] as number];
    if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    places2d.push({ row, x, y, near: screen[2] as number });
  }
  const gap = pointSize / 2;
  for (const { x, y } of places2d)
    taken.add({ x: x - gap * 0.6, y: y - gap * 0.6, width: gap * 1.2, height: gap * 1.2 });
  // In 3-D the nearest are named first; names that stood in the last frame come before the others.
  const order = places2d.sort(
    (a, b) =>
      Math.round((b.near - a.near) * 20) || Number(sides.has(b.row)) - Number(sides.has(a.row)) || a.row - b.row,
  );
  const most = places2d.length > FEW || view.width < NARROW ? MAX_LENGTH : MAX_LENGTH_OF_FEW;
  const written: WrittenName[] = [];
  const kept = new Map<number, number>();
  for (const point of order) {
    const text = shorten(source.textOf(point.row), most);
    if (text === "") continue;
    const width = measure(text, NAME_FONT, NAME_WEIGHT);
    const first = sides.get(point.row) ?? 0;
    for (let turn = 0; turn < SIDES; turn++) {
      const side = (first + turn) % SIDES;
      const { align, x, y, box } = beside(side, point.x, point.y, gap + 3, width);
      if (box.x < 2 || box.x + box.width > view.width - 2 || !taken.tryAdd(box)) continue;
      kept.set(point.row, side);
      written.push({
        row: point.row,
        text,
        x,
        y,
        align,
        strength: Math.min(1, Math.max(0.35, (point.near - 0.72) / 0.28)),
      });
      break;
    }
  }
  sides.clear();
  for (const [row, side] of kept) sides.set(row, side);
  return written;
}

const SIDES = 4;

function beside(side: number, x: number, y: number, gap: number, width: number) {
  const half = HEIGHT / 2;
  if (side === 0)
    return { align: "left" as const, x: x + gap, y, box: { x: x + gap, y: y - half, width, height: HEIGHT } };
  if (side === 1)
    return { align: "right" as const, x: x - gap, y, box: { x: x - gap - width, y: y - half, width, height: HEIGHT } };
  const middle = side === 2 ? y - gap - half : y + gap + half;
  return { align: "center" as const, x, y: middle, box: { x: x - width / 2, y: middle - half, width, height: HEIGHT } };
}

/** Cut between words, if one ends in the last third. */
function shorten(text: string, most: number): string {
  const line = text.trim().split(/\s+/u).join(" ");
  const signs = [...line];
  if (signs.length <= most) return line;
  const cut = signs.slice(0, most - 1).join("");
  const space = cut.lastIndexOf(" ");
  return `${(space > (cut.length * 2) / 3 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
