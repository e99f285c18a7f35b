/** Mouse, wheel, pen and touch on the map, as gestures. Keys are the page's. */

export interface GestureHandlers {
  /** What dragging does now. */
  mode(): "pan" | "lasso" | "rectangle";
  is3d(): boolean;
  move(dx: number, dy: number): void;
  turn(dx: number, dy: number): void;
  twist(angle: number): void;
  zoom(factor: number, x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  click(x: number, y: number, event: { shift: boolean; alt: boolean }): void;
  zoomIn(x: number, y: number): void;
  /** The shape so far, x, y, x, y, …; null when it is given up. */
  shape(points: readonly (readonly [number, number])[] | null): void;
  shapeEnd(points: readonly (readonly [number, number])[], event: { shift: boolean; alt: boolean }): void;
}

interface Finger {
  x: number;
  y: number;
}

/** A press that moves less than this is a click. */
const CLICK_SLOP = 5;
const TOUCH_SLOP = 12;

/** Listens until the answer is called. */
export function listen(element: HTMLElement, handlers: GestureHandlers): () => void {
  const gestures = new Gestures(element, handlers);
  const stop = new AbortController();
  const options = { signal: stop.signal };
  element.style.touchAction = "none";
  element.addEventListener("pointerdown", (event) => gestures.down(event), options);
  element.addEventListener("pointermove", (event) => gestures.moved(event), options);
  element.addEventListener("pointerup", (event) => gestures.up(event), options);
  element.addEventListener("pointercancel", (event) => gestures.cancel(event), options);
  element.addEventListener("pointerleave", () => handlers.leave(), options);
  element.addEventListener("dblclick", (event) => handlers.zoomIn(...gestures.at(event)), options);
  element.addEventListener("contextmenu", (event) => event.preventDefault(), options);
  element.addEventListener("wheel", (event) => gestures.wheel(event), { ...options, passive: false });
  return () => stop.abort();
}

class Gestures {
  readonly #fingers = new Map<number, Finger>();
  #start: Finger = { x: 0, y: 0 };
  #isDragging = false;
  #wasMany = false;
  #shape: [number, number][] | null = null;

  readonly #element: HTMLElement;
  readonly #handlers: GestureHandlers;

  constructor(element: HTMLElement, handlers: GestureHandlers) {
    this.#element = element;
    this.#handlers = handlers;
  }

  at(event: MouseEvent): [number, number] {
    const box = this.#element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button > 2) return;
    const [x, y] = this.at(event);
    this.#element.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, { x, y });
    if (this.#fingers.size > 1) {
      this.#wasMany = true;
      this.#dropShape();
      return;
    }
    this.#wasMany = false;
    this.#isDragging = false;
    this.#start = { x, y };
    if (this.#handlers.mode() !== "pan" && event.button === 0) this.#shape = [[x, y]];
  }

  moved(event: PointerEvent): void {
    const [x, y] = this.at(event);
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType !== "touch") this.#handlers.hover(x, y);
      return;
    }
    const [dx, dy] = [x - finger.x, y - finger.y];
    if (this.#fingers.size >= 2) this.#pinch(event.pointerId, finger, x, y);
    else if (this.#isDragging || Math.hypot(x - this.#start.x, y - this.#start.y) > slopOf(event)) {
      this.#isDragging = true;
      this.#drag(event, x, y, dx, dy);
    } else return;
    finger.x = x;
    finger.y = y;
  }

  up(event: PointerEvent): void {
    if (!this.#fingers.delete(event.pointerId) || this.#fingers.size > 0) return;
    const keys = { shift: event.shiftKey, alt: event.altKey };
    const shape = this.#shape;
    this.#shape = null;
    if (shape && this.#isDragging) this.#handlers.shapeEnd(shape, keys);
    else if (!this.#isDragging && !this.#wasMany && event.button === 0) {
      this.#handlers.shape(null);
      this.#handlers.click(...this.at(event), keys);
    }
  }

  cancel(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    this.#dropShape();
  }

  wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
    // Pinching a touchpad arrives as a wheel with the control key, in smaller steps.
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    const step = Math.max(-240, Math.min(240, event.deltaY * unit));
    this.#handlers.zoom(Math.exp(-step * speed), ...this.at(event));
  }

  #drag(event: PointerEvent, x: number, y: number, dx: number, dy: number): void {
    if (this.#shape) {
      if (this.#handlers.mode() === "lasso") this.#shape.push([x, y]);
      else this.#shape = rectangle(this.#start, { x, y });
      this.#handlers.shape(this.#shape);
      return;
    }
    const isTurn = this.#handlers.is3d() && !event.shiftKey && (event.buttons & 2) === 0;
    if (isTurn) this.#handlers.turn(dx, dy);
    else this.#handlers.move(dx, dy);
  }

  #pinch(id: number, finger: Finger, x: number, y: number): void {
    const other = [...this.#fingers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const [before, after] = [Math.hypot(finger.x - other.x, finger.y - other.y), Math.hypot(x - other.x, y - other.y)];
    const [middleX, middleY] = [(x + other.x) / 2, (y + other.y) / 2];
    this.#handlers.move((x - finger.x) / 2, (y - finger.y) / 2);
    if (before > 0 && after > 0) this.#handlers.zoom(after / before, middleX, middleY);
    const angle = Math.atan2(y - other.y, x - other.x) - Math.atan2(finger.y - other.y, finger.x - other.x);
    if (this.#handlers.is3d()) this.#handlers.twist(Math.atan2(Math.sin(angle), Math.cos(angle)));
  }

  #dropShape(): void {
    if (this.#shape) this.#handlers.shape(null);
    this.#shape = null;
  }
}

function slopOf(event: PointerEvent): number {
  return event.pointerType === "touch" ? TOUCH_SLOP : CLICK_SLOP;
}

function rectangle(a: Finger, b: Finger): [number, number][] {
  return [
    [a.x, a.y],
    [b.x, a.y],
    [b.x, b.y],
    [a.x, b.y],
  ];
}
