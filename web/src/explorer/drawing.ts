/** What the explorer asks of the drawing layer. Rows are indices; pixels are CSS pixels of the map's box. */

import type { Mask } from "./state/mask";

export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface PointerOnPoint {
  row: number;
  x: number;
  y: number;
}

export interface Gesture {
  /** The rows inside the lasso or the rectangle, hidden ones left out. */
  rows: Mask;
  shift: boolean;
  alt: boolean;
}

export interface NeighborLine {
  row: number;
  isFar: boolean;
}

export interface Drawing {
  /** "webgl" or "canvas": which of the two draws. */
  readonly renderer: string;
  setProjection(index: number, isAnimated: boolean): void;
  /** Per row an index into `palette` ("#rrggbb"). */
  setColors(codes: Uint16Array, palette: readonly string[]): void;
  setVisible(mask: Mask): void;
  /** Rows that stand out while the others recede; null ends it. */
  setEmphasis(mask: Mask | null): void;
  /** The pinned row (−1: none), with lines to its neighbours. */
  setPinned(row: number, lines: readonly NeighborLine[]): void;
  setHovered(row: number): void;
  setTheme(theme: "light" | "dark"): void;
  setTool(tool: "pan" | "lasso" | "rect"): void;
  /** Overlays that are not drawn. */
  setOverlaysOff(ids: ReadonlySet<string>): void;
  /** What of the map lies under panels: fitting keeps clear of it. */
  setInsets(insets: Insets): void;
  fit(isAnimated: boolean): void;
  /** Brings a row into the middle, without zooming out. */
  centerOn(row: number, isAnimated: boolean): void;
  panBy(dx: number, dy: number): void;
  rotateBy(dx: number, dy: number): void;
  zoomBy(factor: number): void;
  camera(): readonly number[];
  setCamera(values: readonly number[]): void;
  /** Coordinates of a row in the projection shown, NaN where it has none; z is 0 in two dimensions. */
  place(row: number): readonly [number, number, number];
  /** Where a row is on the screen; null when it is not shown. */
  toScreen(row: number): readonly [number, number] | null;
  toPng(scale: number): Promise<Blob>;
  toSvg(): string;
  onHover(listener: (point: PointerOnPoint | null) => void): void;
  onClick(listener: (point: PointerOnPoint | null) => void): void;
  onGesture(listener: (gesture: Gesture) => void): void;
  onCamera(listener: () => void): void;
  /** Something went wrong or recovered (a lost context, no WebGL): to be said to people. */
  onNotice(listener: (text: string) => void): void;
}
