/** The two canvases and whoever paints the points; changes painters when the graphics card fails or is too slow. */

import type { Cloud } from "./cloud";
import { createPace } from "./pace";
import type { Frame, Painter } from "./painter";
import { RasterPainter } from "./raster";
import { createWebglPainter } from "./webgl";

export type Renderer = "webgl" | "canvas";

/** Emulated graphics that does not say so takes this long for a frame. */
const TOO_SLOW = 70;
const WORTH_TIMING = 20_000;

export class Stage {
  readonly element: HTMLElement;
  readonly overlay: CanvasRenderingContext2D;
  #painter: Painter;
  #timed = 0;
  /** Held, so that its return is heard of. */
  #lost: HTMLCanvasElement | null = null;
  readonly #pace = createPace();

  readonly #wanted: Renderer | null;
  readonly #trouble: (message: string) => void;
  readonly #repaint: () => void;

  /**
   * @param wanted Draw this way whatever the machine; null chooses.
   * @param trouble Told, in a sentence, when drawing changes.
   * @param repaint Asked for a new frame.
   */
  constructor(
    container: HTMLElement,
    wanted: Renderer | null,
    trouble: (message: string) => void,
    repaint: () => void,
  ) {
    this.#wanted = wanted;
    this.#trouble = trouble;
    this.#repaint = repaint;
    this.element = document.createElement("div");
    Object.assign(this.element.style, { position: "absolute", inset: "0", overflow: "hidden", userSelect: "none" });
    const canvas = document.createElement("canvas");
    const overlay = canvas.getContext("2d");
    if (!overlay) throw new Error("This browser cannot draw on a canvas.");
    this.overlay = overlay;
    this.element.append(fill(canvas));
    container.append(this.element);
    this.#painter = this.#adopt((wanted !== "canvas" && createWebglPainter(wanted === "webgl")) || new RasterPainter());
  }

  get renderer(): Renderer {
    return this.#painter.kind;
  }

  paint(cloud: Cloud, frame: Frame): void {
    const start = performance.now();
    this.#painter.paint(cloud, frame);
    // The graphics card works on after the call; the processor does not.
    if (this.#painter.kind === "canvas") this.#pace.saw(performance.now() - start, frame.share);
    if (this.#painter.kind === "webgl" && this.#wanted === null && cloud.n >= WORTH_TIMING && this.#timed < 3)
      this.#time(start);
  }

  /** Share of the points for a frame of a movement, so that it stays smooth; 1 when it rests. */
  share(isMoving: boolean): number {
    return isMoving && this.#painter.kind === "canvas" ? this.#pace.share() : 1;
  }

  /** A clean overlay of as many pixels as the screen has there. */
  clearOverlay(width: number, height: number, ratio: number): void {
    const { overlay } = this;
    const { canvas } = overlay;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across) canvas.width = across;
    if (canvas.height !== down) canvas.height = down;
    overlay.setTransform(ratio, 0, 0, ratio, 0, 0);
    overlay.clearRect(0, 0, width, height);
  }

  destroy(): void {
    this.#painter.destroy();
    this.element.remove();
  }

  /** The first frame compiles and uploads; the third tells. */
  #time(start: number): void {
    const gl = (this.#painter.canvas as HTMLCanvasElement).getContext("webgl2");
    gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    this.#timed++;
    if (this.#timed === 3 && performance.now() - start > TOO_SLOW) this.#change(new RasterPainter());
    else if (this.#timed < 3) this.#repaint();
  }

  #adopt(painter: Painter): Painter {
    this.element.prepend(fill(painter.canvas));
    if (painter.kind === "webgl") this.#watch(painter.canvas);
    return painter;
  }

  #change(painter: Painter): void {
    this.#painter.destroy();
    this.#painter = this.#adopt(painter);
    this.#repaint();
  }

  #watch(canvas: HTMLCanvasElement): void {
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      if (this.#painter.canvas !== canvas) return;
      this.#lost = canvas;
      this.#trouble("The graphics card was reset. The map is drawn without it for now.");
      this.#change(new RasterPainter());
    });
    canvas.addEventListener("webglcontextrestored", () => {
      const painter = this.#lost === canvas ? createWebglPainter(this.#wanted === "webgl") : null;
      if (!painter) return;
      this.#lost = null;
      this.#trouble("The graphics card is back.");
      this.#change(painter);
    });
  }
}

function fill(canvas: HTMLCanvasElement): HTMLCanvasElement {
  canvas.setAttribute("aria-hidden", "true");
  Object.assign(canvas.style, { position: "absolute", inset: "0", width: "100%", height: "100%", display: "block" });
  return canvas;
}
