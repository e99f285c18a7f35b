/** Draws the points pixel by pixel on the processor: many times faster than WebGL where that is only emulated. */

import type { Rgb } from "./api";
import { type Cloud, FADED, SHOWN } from "./cloud";
import { DEPTH_KEPT, FADED_OPACITY, type Frame, type Painter } from "./painter";
import { emptyProjected, type Projected, projectSlots, sortByDepth } from "./project";
import { type Stamp, stampFor } from "./stamp";

/** Above this many points, no sorting by depth and no more pixels than the screen has points. */
const MANY = 250_000;
const SHADES = 16;

export class RasterPainter implements Painter {
  readonly kind = "canvas";
  readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private image: ImageData | null = null;
  private projected: Projected = emptyProjected();

  constructor() {
    this.canvas = document.createElement("canvas");
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("This browser can draw neither with WebGL nor on a canvas.");
    this.context = context;
  }

  paint(cloud: Cloud, frame: Frame, isExact = false): void {
    const ratio = cloud.n > MANY && !isExact ? Math.min(1, frame.ratio) : frame.ratio;
    const image = this.fit(
      Math.max(1, Math.round(frame.view.width * ratio)),
      Math.max(1, Math.round(frame.view.height * ratio)),
    );
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(pack(frame.background));
    this.projected = projectSlots(cloud, frame, ratio, this.projected);
    const is3d = frame.view.eye !== Number.POSITIVE_INFINITY;
    const order = is3d && (cloud.n <= MANY || isExact) ? sortByDepth(this.projected) : null;
    const target = { pixels, width: image.width, height: image.height };
    const colors = shadesOf(cloud.table, frame.background, is3d ? SHADES : 1);
    const draw = (state: number, opacity: number): void =>
      drawSlots(cloud, this.projected, order, {
        ...target,
        state,
        opacity,
        size: frame.size * ratio,
        colors,
        shades: is3d ? SHADES : 1,
      });
    if (frame.hasEmphasis) draw(FADED, frame.opacity * FADED_OPACITY);
    draw(SHOWN, frame.opacity);
    this.context.putImageData(image, 0, 0);
  }

  destroy(): void {
    this.canvas.remove();
  }

  private fit(width: number, height: number): ImageData {
    const { canvas } = this;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    if (this.image?.width !== width || this.image.height !== height)
      this.image = this.context.createImageData(width, height);
    return this.image;
  }
}

interface Ink {
  pixels: Uint32Array;
  width: number;
  height: number;
  state: number;
  opacity: number;
  /** Device pixels across. */
  size: number;
  /** Packed colours, `shades` for each look, nearest first. */
  colors: Uint32Array;
  shades: number;
}

function drawSlots(cloud: Cloud, projected: Projected, order: Uint32Array | null, ink: Ink): void {
  const { states, looks, n } = cloud;
  const { xs, ys, depths } = projected;
  const is3d = ink.shades > 1;
  let stamp = stampFor(ink.size, ink.opacity);
  for (let i = 0; i < n; i++) {
    const slot = order ? (order[i] as number) : i;
    if (states[slot] !== ink.state) continue;
    const x = xs[slot] as number;
    const y = ys[slot] as number;
    if (!(x > -40 && y > -40 && x < ink.width + 40 && y < ink.height + 40)) continue;
    let color = looks[slot] as number;
    if (is3d) {
      const depth = depths[slot] as number;
      color = color * ink.shades + Math.min(ink.shades - 1, Math.max(0, ((depth - 3.3) / 3.4) * ink.shades) | 0);
      stamp = stampFor((ink.size * 5) / depth, ink.opacity);
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
  const redBlue = color & 0xff00ff;
  const green = color & 0x00ff00;
  const [from, to] = [Math.max(0, -left), Math.min(side, width - left)];
  for (let j = Math.max(0, -top), end = Math.min(side, height - top); j < end; j++) {
    let at = (top + j) * width + left + from;
    for (let i = from; i < to; i++, at++) {
      const cover = covers[j * side + i] as number;
      if (cover === 0) continue;
      const below = pixels[at] as number;
      const rest = 256 - cover;
      const rb = (((below & 0xff00ff) * rest + redBlue * cover) >>> 8) & 0xff00ff;
      const g = (((below & 0x00ff00) * rest + green * cover) >>> 8) & 0x00ff00;
      pixels[at] = 0xff000000 | rb | g;
    }
  }
}

function pack([red, green, blue]: Rgb): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Every colour of the table, and on its way into the background for what is far. */
function shadesOf(table: readonly Rgb[], background: Rgb, shades: number): Uint32Array {
  const out = new Uint32Array(table.length * shades);
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
