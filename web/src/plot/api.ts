/**
 * What the drawing offers to the page around it. The page says what is to be seen; the drawing shows it and reports
 * where people point. It knows nothing of panels, stores or the URL.
 */

import type { Label } from "../wire/types";
import type { Box } from "./boxes";

export type Rgb = readonly [number, number, number];

/** How each row looks: an index into `table`, and whether it is drawn at all. */
export interface Appearance {
  /** n entries, index into `table`. */
  codes: Uint8Array | Uint16Array;
  /** Colours, 0…255 a channel. */
  table: readonly Rgb[];
}

export interface Theme {
  background: Rgb;
  ink: Rgb;
  muted: Rgb;
  accent: Rgb;
  isDark: boolean;
}

/** What of the map lies under panels, in CSS pixels: fitting and centring keep clear of it. */
export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

/** 2-D: centre and scale. 3-D: also where from. All in data coordinates; `scale` is CSS pixels a data unit. */
export interface Camera {
  x: number;
  y: number;
  z: number;
  scale: number;
  /** Radians around the vertical and above the horizon; 0 in 2-D. */
  turn: number;
  tilt: number;
}

export type Mode = "pan" | "lasso" | "rectangle";

/** Lines and stars over the points. Rows are looked up in the projection shown. */
export interface Overlays {
  /** From `row` to its true neighbours; far ones are dashed. */
  spokes: { row: number; neighbors: readonly { row: number; isFar: boolean }[] } | null;
  paths: readonly number[];
  arrows: readonly number[];
  pins: readonly number[];
  pairs: readonly number[];
  showLabels: boolean;
}

export interface PlotEvents {
  /** The row under the pointer, −1 for none; `x`, `y` in CSS pixels from the map's corner. */
  hover: (row: number, x: number, y: number) => void;
  /** A row was clicked or tapped, −1 for empty space. */
  click: (row: number, x: number, y: number, event: { shift: boolean; alt: boolean }) => void;
  /** A lasso or rectangle was drawn: one byte per row, 1 inside; only visible rows. */
  select: (rows: Uint8Array, event: { shift: boolean; alt: boolean }) => void;
  /** The camera moved; called at most once a frame. */
  camera: (camera: Camera) => void;
  /** Something failed and was made good, or not: one sentence for the page to show. */
  trouble: (message: string) => void;
}

export interface Plot {
  readonly element: HTMLElement;
  /** "webgl" or "canvas". */
  readonly renderer: string;
  /** Nothing moves, fades or waits to be drawn. */
  readonly isAtRest: boolean;
  on<E extends keyof PlotEvents>(event: E, listener: PlotEvents[E]): () => void;

  /** Index into the Scene's projections; the promise ends when the points have arrived. */
  setProjection(index: number, options?: { animate?: boolean }): Promise<void>;
  readonly projection: number;
  setAppearance(appearance: Appearance): void;
  /** One byte per row, 1 for shown; null shows all. */
  setVisible(mask: Uint8Array | null): void;
  /** One byte per row, 1 for what stands out; the others fade. null: nothing stands out and nothing fades. */
  setEmphasis(mask: Uint8Array | null): void;
  /** The pinned row, −1 for none. */
  setPinned(row: number): void;
  setHovered(row: number): void;
  setOverlays(overlays: Partial<Overlays>): void;
  setTheme(theme: Theme): void;
  /** Factor on the size and opacity that the density suggests; 1 at first. */
  setPointStyle(style: { size?: number; opacity?: number }): void;
  setMode(mode: Mode): void;
  /** What lies over the map: fitting keeps clear of the edges, turning is around the middle of the rest, and nothing is written under the boxes. */
  setCovered(insets: Insets, boxes: readonly Box[]): void;
  getCamera(): Camera;
  setCamera(camera: Camera, options?: { animate?: boolean }): void;
  /** Shows everything that is visible. */
  fit(options?: { animate?: boolean }): void;
  zoomTo(rows: ArrayLike<number>, options?: { animate?: boolean }): void;
  /** Factor on the scale around the middle. */
  zoomBy(factor: number): void;
  /** CSS pixels; in 3-D this turns. */
  panBy(dx: number, dy: number): void;

  /** CSS pixels from the map's corner; null where the row has no place. */
  toScreen(row: number): readonly [number, number] | null;
  /** The visible row nearest to a place on the screen, −1 if none is near. */
  pick(x: number, y: number): number;

  /** Of the present view, at `scale` times CSS pixels. */
  toCanvas(scale: number): HTMLCanvasElement;
  toPng(scale: number): Promise<Blob>;
  toSvg(): string;
  /** Says what is written where: labels shown now, for the table view and the tests. */
  labelsShown(): readonly Label[];
  /** Call when the container's size changed otherwise than by the window. */
  resize(): void;
  destroy(): void;
}
