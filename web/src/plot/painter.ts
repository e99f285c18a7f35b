/** What both ways of drawing points have in common. */

import type { Rgb } from "./api";
import type { Cloud } from "./cloud";
import type { View } from "./view";

export interface Frame {
  view: View;
  /** Device pixels a CSS pixel. */
  ratio: number;
  /** 0 at the places that the points come from, 1 where they go. */
  morph: number;
  /** Share of the points that is drawn, for frames that must be quick; slots are scattered, so any first part is a fair sample. */
  share: number;
  /** CSS pixels. */
  size: number;
  opacity: number;
  /** Some points stand out, the others fade. */
  hasEmphasis: boolean;
  background: Rgb;
}

export interface Painter {
  readonly kind: "webgl" | "canvas";
  readonly canvas: HTMLCanvasElement;
  paint(cloud: Cloud, frame: Frame): void;
  destroy(): void;
}

/** How opaque faded points are beside the others. */
export const FADED_OPACITY = 0.13;
/** How much of its colour the farthest point keeps. */
export const DEPTH_KEPT = 0.45;
