/** What the overlay is drawn with: on the screen a canvas, in a file SVG. */

export interface Stroke {
  color: string;
  width: number;
  opacity?: number;
  dash?: readonly number[];
}

export interface Fill {
  fill?: string;
  stroke?: string;
  width?: number;
  opacity?: number;
}

export interface TextStyle {
  font: number;
  weight: number;
  color: string;
  /** Drawn around the letters, so that they can be read on points. */
  halo: string;
  align: "left" | "right" | "center";
  opacity?: number;
}

/** Coordinates are CSS pixels; points are x, y, x, y, … */
export interface Pen {
  line(points: readonly number[], stroke: Stroke): void;
  circle(x: number, y: number, radius: number, fill: Fill): void;
  shape(points: readonly number[], fill: Fill): void;
  /** One line, its middle at y. */
  text(text: string, x: number, y: number, style: TextStyle): void;
}

export const FAMILY =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, "PingFang SC", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Hebrew", sans-serif';

export class CanvasPen implements Pen {
  readonly #widths = new Map<string, number>();

  constructor(readonly context: CanvasRenderingContext2D) {}

  line(points: readonly number[], { color, width, opacity = 1, dash = [] }: Stroke): void {
    const { context } = this;
    context.globalAlpha = opacity;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.lineCap = dash.length ? "butt" : "round";
    context.lineJoin = "round";
    context.setLineDash([...dash]);
    this.#trace(points);
    context.stroke();
    context.setLineDash([]);
  }

  circle(x: number, y: number, radius: number, fill: Fill): void {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#ink(fill);
  }

  shape(points: readonly number[], fill: Fill): void {
    this.#trace(points);
    this.context.closePath();
    this.#ink(fill);
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const { context } = this;
    context.globalAlpha = style.opacity ?? 1;
    context.font = fontOf(style.font, style.weight);
    context.textAlign = style.align;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = style.font / 3.5;
    context.strokeStyle = style.halo;
    context.strokeText(text, x, y);
    context.fillStyle = style.color;
    context.fillText(text, x, y);
  }

  measure(text: string, font: number, weight: number): number {
    const key = `${font} ${weight} ${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      this.context.font = fontOf(font, weight);
      width = this.context.measureText(text).width;
      if (this.#widths.size > 20_000) this.#widths.clear();
      this.#widths.set(key, width);
    }
    return width;
  }

  #trace(points: readonly number[]): void {
    this.context.beginPath();
    for (let at = 0; at < points.length; at += 2) this.context.lineTo(points[at] as number, points[at + 1] as number);
  }

  #ink({ fill, stroke, width = 1, opacity = 1 }: Fill): void {
    const { context } = this;
    context.globalAlpha = opacity;
    context.lineJoin = "round";
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    if (stroke) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.stroke();
    }
  }
}

export function fontOf(font: number, weight: number): string {
  return `${weight} ${font}px ${FAMILY}`;
}

export class SvgPen implements Pen {
  readonly parts: string[] = [];

  line(points: readonly number[], { color, width, opacity = 1, dash = [] }: Stroke): void {
    const dashes = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    this.parts.push(
      `<polyline points="${pairs(points)}" fill="none" stroke="${escapeXml(color)}" stroke-width="${round(width)}" stroke-opacity="${round(opacity)}" stroke-linecap="round" stroke-linejoin="round"${dashes}/>`,
    );
  }

  circle(x: number, y: number, radius: number, fill: Fill): void {
    this.parts.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}"${inkOf(fill)}/>`);
  }

  shape(points: readonly number[], fill: Fill): void {
    this.parts.push(`<polygon points="${pairs(points)}"${inkOf(fill)}/>`);
  }

  text(text: string, x: number, y: number, style: TextStyle): void {
    const anchor = { left: "start", right: "end", center: "middle" }[style.align];
    this.parts.push(
      `<text x="${round(x)}" y="${round(y)}" dy="0.35em" text-anchor="${anchor}" font-size="${style.font}" font-weight="${style.weight}" fill="${escapeXml(style.color)}" stroke="${escapeXml(style.halo)}" stroke-width="${round(style.font / 3.5)}" stroke-linejoin="round" paint-order="stroke" opacity="${round(style.opacity ?? 1)}">${escapeXml(text)}</text>`,
    );
  }
}

function inkOf({ fill, stroke, width = 1, opacity = 1 }: Fill): string {
  const outline = stroke ? ` stroke="${escapeXml(stroke)}" stroke-width="${round(width)}" stroke-linejoin="round"` : "";
  return ` fill="${escapeXml(fill ?? "none")}"${outline}${opacity < 1 ? ` opacity="${round(opacity)}"` : ""}`;
}

function pairs(points: readonly number[]): string {
  const out: string[] = [];
  for (let at = 0; at < points.length; at += 2)
    out.push(`${round(points[at] as number)},${round(points[at + 1] as number)}`);
  return out.join(" ");
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** For text and attributes of XML; what XML cannot hold is left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
}
