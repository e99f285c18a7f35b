/** The view as a picture: PNG at any scale, SVG with the points as shapes while they are few. */

import type { Cloud } from "./cloud";
import { SHOWN } from "./cloud";
import { css, drawOverlay, type OverlayState } from "./overlay";
import { FADED_OPACITY, type Frame } from "./painter";
import { CanvasPen, escapeXml, FAMILY, round, SvgPen } from "./pen";
import { emptyProjected, projectSlots, sortByDepth } from "./project";
import { RasterPainter } from "./raster";

/** More points than these make a file that no drawing program opens; they are carried as an image. */
const MAX_SHAPES = 20_000;

export function drawPicture(cloud: Cloud, frame: Frame, overlay: OverlayState, scale: number): HTMLCanvasElement {
  const canvas = drawPoints(cloud, frame, scale);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw on a canvas.");
  context.scale(scale, scale);
  drawOverlay(new CanvasPen(context), overlay);
  return canvas;
}

export function toBlob(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large for this browser."))),
      "image/png",
    );
  });
}

export function drawSvg(cloud: Cloud, frame: Frame, overlay: OverlayState, title: string): string {
  const { width, height } = frame.view;
  const points = countShown(cloud) <= MAX_SHAPES ? pointShapes(cloud, frame) : pointImage(cloud, frame);
  const pen = new SvgPen();
  drawOverlay(pen, overlay);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" font-family="${escapeXml(FAMILY)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" fill="${css(frame.background)}"/>`,
    points,
    ...pen.parts,
    "</svg>",
  ].join("\n");
}

function drawPoints(cloud: Cloud, frame: Frame, ratio: number): HTMLCanvasElement {
  const painter = new RasterPainter();
  painter.paint(cloud, { ...frame, ratio }, true);
  return painter.canvas;
}

function pointImage(cloud: Cloud, frame: Frame): string {
  const { width, height } = frame.view;
  const data = drawPoints(cloud, frame, 2).toDataURL("image/png");
  return `<image width="${round(width)}" height="${round(height)}" href="${data}"/>`;
}

function pointShapes(cloud: Cloud, frame: Frame): string {
  const { xs, ys, depths } = projectSlots(cloud, frame, 1, cloud.n, emptyProjected());
  const order = depths.length ? sortByDepth({ xs, ys, depths }, cloud.n) : cloud.rows.keys();
  const parts: string[] = [];
  for (const slot of order) {
    const [x, y] = [xs[slot] as number, ys[slot] as number];
    const state = cloud.states[slot] as number;
    if (state === 0 || !(x > -20 && y > -20 && x < frame.view.width + 20 && y < frame.view.height + 20)) continue;
    const near = depths.length ? frame.view.eye / (depths[slot] as number) : 1;
    const color = cloud.table[cloud.looks[slot] as number] ?? frame.background;
    const opacity = frame.opacity * (state === SHOWN ? 1 : FADED_OPACITY);
    parts.push(
      `<circle cx="${round(x)}" cy="${round(y)}" r="${round((frame.size * near) / 2)}" fill="${css(color)}" fill-opacity="${round(opacity)}"/>`,
    );
  }
  return `<g>${parts.join("")}</g>`;
}

function countShown(cloud: Cloud): number {
  let count = 0;
  for (const state of cloud.states) if (state !== 0) count++;
  return count;
}
