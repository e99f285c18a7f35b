/** Everything over the points: lines, stars, pins, rings, names and labels. */

import type { Scene } from "../wire/types";
import type { Rgb, Theme } from "./api";
import type { WrittenLabel } from "./labels";
import { NAME_FONT, NAME_WEIGHT, type WrittenName } from "./names";
import type { Pen } from "./pen";
import { type Places, worldFromData, worldOf } from "./places";
import { toScreen, type View } from "./view";

export interface OverlayState {
  scene: Scene;
  projection: number;
  places: Places;
  view: View;
  theme: Theme;
  pointSize: number;
  hovered: number;
  pinned: number;
  spokes: { row: number; neighbors: readonly { row: number; isFar: boolean }[] } | null;
  paths: readonly number[];
  arrows: readonly number[];
  pins: readonly number[];
  pairs: readonly number[];
  isVisible: (row: number) => boolean;
  colorOf: (row: number) => Rgb;
  labels: readonly (WrittenLabel & { opacity: number })[];
  names: readonly WrittenName[];
}

const LINE_HEIGHT = 1.18;
/** Beyond so many pairs, each line is fainter. */
const FEW_PAIRS = 200;

export function drawOverlay(pen: Pen, state: OverlayState): void {
  drawPairs(pen, state);
  drawSpokes(pen, state);
  for (const i of state.paths) drawPath(pen, state, i);
  for (const i of state.arrows) drawArrow(pen, state, i);
  drawNames(pen, state);
  drawLabels(pen, state);
  for (const i of state.pins) drawPin(pen, state, i);
  drawCaptions(pen, state);
  if (state.pinned >= 0) drawRing(pen, state, state.pinned, 3);
  if (state.hovered >= 0 && state.hovered !== state.pinned) drawRing(pen, state, state.hovered, 2);
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

const world = new Float64Array(3);
const screen = new Float64Array(3);

function spotOf(state: OverlayState, row: number): [number, number] | null {
  if (!worldOf(state.places, row, world) || !toScreen(state.view, world, screen)) return null;
  return [screen[0] as number, screen[1] as number];
}

function spotAt(state: OverlayState, place: ArrayLike<number> | undefined, offset = 0): [number, number] | null {
  if (!place || !worldFromData(state.places, place, offset, world) || !toScreen(state.view, world, screen)) return null;
  return [screen[0] as number, screen[1] as number];
}

function drawPairs(pen: Pen, state: OverlayState): void {
  for (const i of state.pairs) {
    const rows = state.scene.pairs[i]?.rows ?? [];
    const opacity = 0.5 * Math.min(1, Math.sqrt(FEW_PAIRS / Math.max(1, rows.length / 2)));
    for (let at = 0; at < rows.length; at += 2) {
      const [a, b] = [rows[at] as number, rows[at + 1] as number];
      if (!state.isVisible(a) || !state.isVisible(b)) continue;
      const [from, to] = [spotOf(state, a), spotOf(state, b)];
      if (from && to) pen.line([...from, ...to], { color: css(state.theme.muted), width: 1, opacity });
    }
  }
}

function drawSpokes(pen: Pen, state: OverlayState): void {
  const { spokes, theme, pointSize } = state;
  const hub = spokes && spotOf(state, spokes.row);
  if (!spokes || !hub) return;
  const radius = Math.max(4, pointSize / 2 + 1.5);
  for (const { row, isFar } of spokes.neighbors) {
    const end = spotOf(state, row);
    if (!end) continue;
    const color = css(isFar ? theme.muted : theme.accent);
    pen.line([...hub, ...end], { color: css(theme.background), width: 4, opacity: 0.6 });
    pen.line(
      [...hub, ...end],
      isFar ? { color, width: 1.25, opacity: 0.9, dash: [5, 4] } : { color, width: 1.75, opacity: 0.85 },
    );
    pen.circle(...end, radius, { fill: css(state.colorOf(row)), stroke: color, width: 1.75 });
  }
}

function drawRing(pen: Pen, state: OverlayState, row: number, width: number): void {
  const spot = spotOf(state, row);
  if (!spot) return;
  const radius = Math.max(5, state.pointSize / 2 + 3);
  pen.circle(...spot, radius + width / 2, {
    fill: css(state.colorOf(row)),
    stroke: css(state.theme.background),
    width: width + 3,
  });
  pen.circle(...spot, radius + width / 2, { stroke: css(state.theme.ink), width });
}

/** From the accent to a warm tone that both papers carry. */
const WARM: Rgb = [226, 106, 38];

function drawPath(pen: Pen, state: OverlayState, i: number): void {
  const path = state.scene.paths[i];
  const places = path?.places[state.projection];
  if (!path || !places) return;
  const spots: [number, number][] = [];
  for (let at = 0; at < places.length; at += state.places.dim) {
    const spot = spotAt(state, places, at);
    if (spot) spots.push(spot);
  }
  const colorAt = (t: number): Rgb => mixRgb(state.theme.accent, WARM, t);
  for (const [k, spot] of spots.slice(1).entries()) {
    pen.line([...(spots[k] as [number, number]), ...spot], {
      color: css(state.theme.background),
      width: 6,
      opacity: 0.7,
    });
  }
  for (const [k, spot] of spots.slice(1).entries()) {
    const t = (k + 0.5) / Math.max(1, spots.length - 1);
    pen.line([...(spots[k] as [number, number]), ...spot], { color: css(colorAt(t)), width: 2.5 });
  }
  for (const [k, [x, y]] of spots.entries()) {
    const color = css(colorAt(k / Math.max(1, spots.length - 1)));
    const isEnd = k === 0 || k === spots.length - 1;
    if (!isEnd) pen.circle(x, y, 3, { fill: color, stroke: css(state.theme.background), width: 1 });
    else pen.shape(star(x, y, 9), { fill: color, stroke: css(state.theme.background), width: 1.5 });
  }
}

function drawArrow(pen: Pen, state: OverlayState, i: number): void {
  const arrow = state.scene.arrows[i];
  const from = spotAt(state, arrow?.starts[state.projection]);
  const to = spotAt(state, arrow?.ends[state.projection]);
  if (!arrow || !from || !to) return;
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length < 2) return;
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const neck: [number, number] = [to[0] - 9 * ux, to[1] - 9 * uy];
  const color = css(state.theme.accent);
  pen.line([...from, ...neck], { color: css(state.theme.background), width: 5, opacity: 0.7 });
  pen.line([...from, ...neck], { color, width: 2 });
  pen.shape([...to, neck[0] - 4.5 * uy, neck[1] + 4.5 * ux, neck[0] + 4.5 * uy, neck[1] - 4.5 * ux], { fill: color });
}

function drawPin(pen: Pen, state: OverlayState, i: number): void {
  const pin = state.scene.pins[i];
  const spot = spotAt(state, pin?.places[state.projection]);
  if (!pin || !spot) return;
  const [x, y] = spot;
  const paper = css(state.theme.background);
  const outline = Array.from({ length: 17 }, (_, k) => {
    const angle = Math.PI * (0.85 + (1.3 * k) / 16);
    return [x + 8 * Math.cos(angle), y - 18 + 8 * Math.sin(angle)];
  }).flat();
  pen.shape([x, y, ...outline], { fill: css(WARM), stroke: paper, width: 1.5 });
  pen.circle(x, y - 18, 3, { fill: paper });
}

export const CAPTION_FONT = 12;
export const CAPTION_WEIGHT = 600;

export interface Caption {
  text: string;
  x: number;
  y: number;
}

/** What is written beside ways, arrows and pins; names and labels keep clear of it. */
export function captionsOf(state: OverlayState): Caption[] {
  const { scene, projection } = state;
  const captions: Caption[] = [];
  const add = (text: string | undefined, x: number, y: number): void => {
    const signs = [...(text ?? "").trim()];
    if (signs.length)
      captions.push({ text: signs.length > 40 ? `${signs.slice(0, 39).join("")}…` : signs.join(""), x, y });
  };
  for (const i of state.paths) {
    const path = scene.paths[i];
    const last = (path?.captions.length ?? 1) - 1;
    for (const k of new Set([0, last])) {
      const spot = spotAt(state, path?.places[projection], k * state.places.dim);
      if (spot) add(path?.captions[k], spot[0], spot[1] + 18);
    }
  }
  for (const i of state.arrows) {
    const from = spotAt(state, scene.arrows[i]?.starts[projection]);
    const to = spotAt(state, scene.arrows[i]?.ends[projection]);
    const length = from && to ? Math.hypot(to[0] - from[0], to[1] - from[1]) : 0;
    if (!from || !to || length < 2) continue;
    const [aside, along] = [(-12 * (to[1] - from[1])) / length, (12 * (to[0] - from[0])) / length];
    add(scene.arrows[i]?.name, (from[0] + to[0]) / 2 + aside, (from[1] + to[1]) / 2 + along);
  }
  for (const i of state.pins) {
    const spot = spotAt(state, scene.pins[i]?.places[projection]);
    if (spot) add(scene.pins[i]?.text, spot[0], spot[1] - 36);
  }
  return captions;
}

function drawCaptions(pen: Pen, state: OverlayState): void {
  const color = css(state.theme.ink);
  const halo = css(state.theme.background);
  for (const { text, x, y } of captionsOf(state)) {
    pen.text(text, x, y, { font: CAPTION_FONT, weight: CAPTION_WEIGHT, color, halo, align: "center" });
  }
}

function drawNames(pen: Pen, state: OverlayState): void {
  const halo = css(state.theme.background);
  const color = css(state.theme.ink);
  for (const { text, x, y, align, strength } of state.names) {
    pen.text(text, x, y, { font: NAME_FONT, weight: NAME_WEIGHT, color, halo, align, opacity: strength });
  }
}

function drawLabels(pen: Pen, state: OverlayState): void {
  const halo = css(state.theme.background);
  const color = css(state.theme.ink);
  for (const { lines, x, y, font, weight, opacity } of state.labels) {
    for (const [k, line] of lines.entries()) {
      const at = y + (k - (lines.length - 1) / 2) * font * LINE_HEIGHT;
      pen.text(line, x, at, { font, weight, color, halo, align: "center", opacity });
    }
  }
}

function star(x: number, y: number, radius: number): number[] {
  return Array.from({ length: 10 }, (_, k) => {
    const r = k % 2 ? radius * 0.45 : radius;
    const angle = (k * Math.PI) / 5 - Math.PI / 2;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  }).flat();
}

function mixRgb(a: Rgb, b: Rgb, t: number): Rgb {
  const mix = (i: 0 | 1 | 2): number => Math.round(a[i] + (b[i] - a[i]) * t);
  return [mix(0), mix(1), mix(2)];
}
