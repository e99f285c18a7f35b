/** Which labels are written, and where: coarse ones first, none over another, more as one zooms in, none flickering. */

import type { Label } from "../wire/types";
import { type Box, PlacedBoxes } from "./boxes";
import { type Places, worldFromData } from "./places";
import { NARROW, toScreen, type View } from "./view";

export interface WrittenLabel {
  label: Label;
  lines: readonly string[];
  /** CSS pixels: the middle of the block of lines. */
  x: number;
  y: number;
  font: number;
  weight: number;
}

export type Measure = (text: string, font: number, weight: number) => number;

const LINE_HEIGHT = 1.18;
/** A line longer than this is broken at a space. */
const BREAK_AT = 22;
const MAX_LENGTH = 64;
/** The two coarsest levels are there at once; each further one appears after zooming by this factor. */
const ZOOM_A_LEVEL = 1.7;
/** A level is left behind when finer ones reach this far beyond it. */
const LEVELS_KEPT = 3.2;
/** CSS pixels between a label and the edge. */
const EDGE = 4;
/** CSS pixels of the map for each label. */
const AREA_A_LABEL = 20_000;
/** Of phones. */
const SMALL_TYPE = 0.85;
/** A group of fewer than one in so many of the texts in view is not named yet, however coarse its level … */
const LEAST_PART = 1000;
/** … if the largest group is more than so many times as large. */
const SMALL = 10;
/** Where a label may go when its own place is taken, in its widths and heights. */
const SHIFTS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, -0.75],
  [0, 0.75],
  [-0.4, 0],
  [0.4, 0],
  [-0.4, -0.75],
  [0.4, 0.75],
  [0.4, -0.75],
  [-0.4, 0.75],
];

export interface Sizes {
  font: number;
  weight: number;
}

/** Larger type for coarser levels. */
export function typeOf(label: Label, levels: number, factor = 1): Sizes {
  const coarse = levels <= 1 ? 0.5 : 1 - label.level / (levels - 1);
  return { font: Math.round((12 + 4 * coarse) * factor), weight: coarse > 0.6 ? 650 : 550 };
}

/** How far into the levels a zoom reaches: levels below this number are shown. */
export function reachOf(zoom: number): number {
  return 1.999 + Math.max(0, Math.log(Math.max(1, zoom)) / Math.log(ZOOM_A_LEVEL));
}

/**
 * @param shown Labels written in the last frame: they keep their place before newcomers of their level.
 * @param taken Boxes that labels must leave free.
 */
export function chooseLabels(
  labels: readonly Label[],
  projection: number,
  places: Places,
  view: View,
  zoom: number,
  shown: ReadonlySet<Label>,
  measure: Measure,
  taken: PlacedBoxes = new PlacedBoxes(),
): WrittenLabel[] {
  const levels = labels.reduce((most, label) => Math.max(most, label.level + 1), 0);
  const reach = reachOf(zoom);
  const largest = labels.reduce((most, label) => Math.max(most, label.size), 0);
  const inView = places.points.length / places.dim / Math.max(1, zoom) ** 2;
  const least = Math.min(inView / LEAST_PART, largest / SMALL);
  const coarsest = Math.min(levels - 1, Math.floor(reach - LEVELS_KEPT));
  const candidates = labels
    .filter(({ level, size }) => level < reach && level >= coarsest && size >= least)
    .sort((a, b) => a.level - b.level || Number(shown.has(b)) - Number(shown.has(a)) || b.size - a.size);
  const written: WrittenLabel[] = [];
  const most = Math.max(6, (view.width * view.height) / AREA_A_LABEL);
  const world = new Float64Array(3);
  const screen = new Float64Array(3);
  for (const label of candidates) {
    const place = label.places[projection];
    if (!place || !worldFromData(places, place, 0, world) || !toScreen(view, world, screen)) continue;
    const [x, y] = [screen[0] as number, screen[1] as number];
    if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
    const { font, weight } = typeOf(label, levels, view.width < NARROW ? SMALL_TYPE : 1);
    const lines = breakLines(label.text);
    const width = Math.max(...lines.map((line) => measure(line, font, weight)));
    const height = lines.length * font * LINE_HEIGHT;
    const room = shown.has(label) ? 2 : 7;
    for (const [across, down] of SHIFTS) {
      const cx = within(x + across * width, width / 2 + EDGE, view.width - width / 2 - EDGE);
      const cy = within(y + down * height, height / 2 + EDGE, view.height - height / 2 - EDGE);
      const box: Box = {
        x: cx - width / 2 - room,
        y: cy - height / 2 - room,
        width: width + 2 * room,
        height: height + 2 * room,
      };
      if (!taken.tryAdd(box)) continue;
      written.push({ label, lines, x: cx, y: cy, font, weight });
      break;
    }
    if (written.length >= most) break;
  }
  return written;
}

function within(value: number, low: number, high: number): number {
  return low > high ? (low + high) / 2 : Math.min(high, Math.max(low, value));
}

/** At most two lines, broken at the space nearest to the middle; longer texts end in an ellipsis. */
export function breakLines(text: string): readonly string[] {
  const whole = text.length > MAX_LENGTH ? `${[...text].slice(0, MAX_LENGTH - 1).join("")}…` : text;
  if (whole.length <= BREAK_AT) return [whole];
  const middle = whole.length / 2;
  let best = -1;
  for (let at = whole.indexOf(" "); at >= 0; at = whole.indexOf(" ", at + 1)) {
    if (best < 0 || Math.abs(at - middle) < Math.abs(best - middle)) best = at;
  }
  return best > 0 ? [whole.slice(0, best), whole.slice(best + 1)] : [whole];
}
