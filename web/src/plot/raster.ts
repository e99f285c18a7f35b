/** Draws the points pixel by pixel on the processor: many times faster than WebGL where that is only emulated. */

import type { Rgb } from "./api";
import { type Cloud, FADED, SHOWN } from "./cloud";
import { DEPTH_KEPT, FADED_OPACITY, type Frame, type Painter } from "./painter";
import { emptyProjected, type Projected, projectSlots, sortByDepth } from "./project";
import { FULL, type Stamp, stampFor } from "./stamp";
import { EYE } from "./view";

/** Above this many points, no sorting by depth and no more pixels than CSS has. */
const MANY = 250_000;
const SHADES = 16;
const NEAR_SIDE = 3.3;
const DEPTH_SPAN = 3.4;
const ODD = 0xff00ff;
const EVEN = 0x00ff00;
/** Half a step in each channel: blending rounds, or faint points would darken the paper. */
const ODD_HALF = 0x400040;
const EVEN_HALF = 0x004000;
const OPAQUE = 0xff000000 | 0;

export class RasterPainter implements Painter {
  readonly kind = "canvas";
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #image: ImageData | null = null;
  #projected: Projected = emptyProjected();

  constructor() {
    this.canvas = document.createElement("canvas");
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("This browser can draw neither with WebGL nor on a canvas.");
    this.#context = context;
  }

  /** @param isExact For pictures: every pixel asked for, and sorted by depth, however long it takes. */
  paint(cloud: Cloud, frame: Frame, isExact = false): void {
    const ratio = cloud.n > MANY && !isExact ? Math.min(1, frame.ratio) : frame.ratio;
    const { width, height } = frame.view;
    const image = this.#fit(Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio)));
    const pixels = new Int32Array(image.data.buffer);
    pixels.fill(pack(frame.background));
    const count = Math.ceil(cloud.n * frame.share);
    this.#projected = projectSlots(cloud, frame, ratio, count, this.#projected);
    const is3d = frame.view.eye !== Number.POSITIVE_INFINITY;
    const order = is3d && (cloud.n <= MANY || isExact) ? sortByDepth(this.#projected, count) : null;
    const shades = is3d ? SHADES : 1;
    const ink = {
      pixels,
      width: image.width,
      height: image.height,
      size: frame.size * ratio,
      colors: shadesOf(cloud.table, frame.background, shades),
      shades,
    };
    const draw = (state: number, opacity: number): void =>
      drawSlots(cloud, this.#projected, order, count, { ...ink, state, opacity });
    if (frame.hasEmphasis) draw(FADED, frame.opacity * FADED_OPACITY);
    draw(SHOWN, frame.opacity);
    this.#context.putImageData(image, 0, 0);
  }

  destroy(): void {
    this.canvas.remove();
  }

  #fit(width: number, height: number): ImageData {
    const { canvas } = this;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = this.#context.createImageData(width, height);
    }
    return this.#image;
  }
}

interface Ink {
  pixels: Int32Array;
  width: number;
  height: number;
  state: number;
  opacity: number;
  /** Device pixels across. */
  size: number;
  /** Packed colours, `shades` for each look, nearest first. */
  colors: Int32Array;
  shades: number;
}

function drawSlots(cloud: Cloud, projected: Projected, order: Uint32Array | null, count: number, ink: Ink): void {
  const stamp = stampFor(ink.size, ink.opacity);
  if (ink.shades === 1 && stamp.side <= 2) drawDots(cloud, projected, count, stamp, ink);
  else drawDiscs(cloud, projected, order, count, ink);
}

/** Dots of one or two pixels a side: the whole cost of a million points, so nothing here that need not be. */
function drawDots(cloud: Cloud, { xs, ys }: Projected, count: number, { side, covers }: Stamp, ink: Ink): void {
  const { states, looks } = cloud;
  const { pixels, width, height, state, colors } = ink;
  const cover = covers[0] as number;
  const rest = FULL - cover;
  const [odd, even] = [new Int32Array(colors.length), new Int32Array(colors.length)];
  for (let look = 0; look < colors.length; look++) {
    odd[look] = Math.imul((colors[look] as number) & ODD, cover) + ODD_HALF;
    even[look] = Math.imul((colors[look] as number) & EVEN, cover) + EVEN_HALF;
  }
  const right = width - side;
  const bottom = height - side;
  const half = (side - 1) / 2;
  for (let slot = 0; slot < count; slot++) {
    if (states[slot] !== state) continue;
    const x = (xs[slot] as number) - half;
    const y = (ys[slot] as number) - half;
    if (!(x >= 0 && y >= 0 && x <= right && y <= bottom)) continue;
    const look = looks[slot] as number;
    const ownOdd = odd[look] as number;
    const ownEven = even[look] as number;
    let at = (y | 0) * width + (x | 0);
    for (let line = 0; line < side; line++, at += width - side) {
      for (let i = 0; i < side; i++, at++) {
        const below = pixels[at] as number;
        const o = ((Math.imul(below & ODD, rest) + ownOdd) >>> 7) & ODD;
        const e = ((Math.imul(below & EVEN, rest) + ownEven) >>> 7) & EVEN;
        pixels[at] = OPAQUE | o | e;
      }
    }
  }
}

function drawDiscs(cloud: Cloud, projected: Projected, order: Uint32Array | null, count: number, ink: Ink): void {
  const { states, looks } = cloud;
  const { xs, ys, depths } = projected;
  const is3d = ink.shades > 1;
  const reach = ink.size * 8;
  let stamp = stampFor(ink.size, ink.opacity);
  for (let i = 0; i < count; i++) {
    const slot = order ? (order[i] as number) : i;
    if (states[slot] !== ink.state) continue;
    const x = xs[slot] as number;
    const y = ys[slot] as number;
    if (!(x > -reach && y > -reach && x < ink.width + reach && y < ink.height + reach)) continue;
    let color = looks[slot] as number;
    if (is3d) {
      const depth = depths[slot] as number;
      const shade = (((depth - NEAR_SIDE) / DEPTH_SPAN) * ink.shades) | 0;
      color = color * ink.shades + Math.min(ink.shades - 1, Math.max(0, shade));
      stamp = stampFor((ink.size * EYE) / depth, ink.opacity);
    }
    press(ink, stamp, x, y, ink.colors[color] as number);
  }
}

/** Blends one disc in, two channels at a time. */
function press(ink: Ink, stamp: Stamp, x: number, y: number, color: number): void {
  const { pixels, width, height } = ink;
  const { side, covers } = stamp;
  const left = Math.round(x - side / 2);
  const top = Math.round(y - side / 2);
  const ownOdd = color & ODD;
  const ownEven = color & EVEN;
  const from = Math.max(0, -left);
  const to = Math.min(side, width - left);
  const end = Math.min(side, height - top);
  for (let j = Math.max(0, -top); j < end; j++) {
    let at = (top + j) * width + left + from;
    for (let i = from; i < to; i++, at++) {
      const cover = covers[j * side + i] as number;
      if (cover === 0) continue;
      const below = pixels[at] as number;
      const rest = FULL - cover;
      const o = ((Math.imul(below & ODD, rest) + Math.imul(ownOdd, cover) + ODD_HALF) >>> 7) & ODD;
      const e = ((Math.imul(below & EVEN, rest) + Math.imul(ownEven, cover) + EVEN_HALF) >>> 7) & EVEN;
      pixels[at] = OPAQUE | o | e;
    }
  }
}

function pack([red, green, blue]: Rgb): number {
  return OPAQUE | (blue << 16) | (green << 8) | red;
}

/** Every colour of the table, and on its way into the background for what is far. */
function shadesOf(table: readonly Rgb[], background: Rgb, shades: number): Int32Array {
  const out = new Int32Array(table.length * shades);
  for (const [look, color] of table.entries()) {
    for (let shade = 0; shade < shades; shade++) {
      const kept = shades === 1 ? 1 : 1 - (1 - DEPTH_KEPT) * (shade / (shades - 1));
      const mix = (channel: 0 | 1 | 2): number =>
        Math.round(background[channel] + (color[channel] - background[channel]) * kept);
      out[look * shades + shade] = pack([mix(0), mix(1), mix(2)]);
    }
  }
  return out;
}
