/** The map: points on a stage, what is written over them, a camera, and gestures. Everything meets here. */

import type { Scene } from "../wire/types";
import type { Appearance, Camera, Mode, Overlays, Plot, PlotEvents, Rgb, Theme } from "./api";
import type { Box } from "./boxes";
import { type Cloud, createCloud, inSlots, placesBetween, setLooks, setStates } from "./cloud";
import { type GestureHandlers, listen } from "./controls";
import { createEvents } from "./events";
import { drawPicture, drawSvg, toBlob } from "./export";
import { rowsInPolygon } from "./lasso";
import { createMotion, type Motion } from "./motion";
import { captionsOf, css, drawOverlay, type OverlayState } from "./overlay";
import type { Frame } from "./painter";
import { CanvasPen } from "./pen";
import { createPicker, type Picker } from "./picker";
import { type Places, placesOf, worldOf } from "./places";
import { type Renderer, Stage } from "./stage";
import { type PointStyle, spreadOf, styleFor } from "./style";
import { type Insets, toScreen } from "./view";
import { type Subject, Viewport } from "./viewport";
import { Writer } from "./writer";

const MORPH_TIME = 1100;
const ZOOM_TIME = 160;
const ZOOM_IN_TIME = 240;
/** Texts are written beside their points while there are at most so many. */
const MAX_NAMED = 1000;
/** In larger maps, while at most so many are on the screen, and never in the whole view. */
const MAX_NAMED_IN_VIEW = 120;
const LEAST_NAMED_ZOOM = 1.5;
const REACH = 9;
/** Milliseconds without movement after which a hurried frame is drawn in full. */
const REST_TIME = 120;

/**
 * @param container Filled by the map; must have a position of its own.
 * @param renderer How points are drawn; null leaves it to the address (`?renderer=webgl`) or, without one, to the machine.
 */
export function createPlot(
  container: HTMLElement,
  scene: Scene,
  theme: Theme,
  renderer: Renderer | null = askedRenderer(),
): Plot {
  return new MapPlot(container, scene, theme, renderer);
}

function askedRenderer(): Renderer | null {
  const asked = new URLSearchParams(location.search).get("renderer");
  return asked === "webgl" || asked === "canvas" ? asked : null;
}

class MapPlot implements Plot {
  projection = 0;
  readonly #events = createEvents<PlotEvents>();
  readonly #stage: Stage;
  readonly #pen: CanvasPen;
  readonly #motion: Motion;
  readonly #viewport: Viewport;
  readonly #writer: Writer;
  readonly #cloud: Cloud;
  readonly #allPlaces: Places[];
  readonly #pickers: (Picker | null)[];
  readonly #spreads: number[] = [];
  readonly #stopListening: () => void;
  readonly #observer: ResizeObserver;
  #morph = 1;
  #covered: readonly Box[] = [];
  #style = { size: 1, opacity: 1 };
  #mode: Mode = "pan";
  #visible: Uint8Array | null = null;
  #emphasis: Uint8Array | null = null;
  #shownCount: number;
  #codes: ArrayLike<number> = [];
  #hovered = -1;
  /** Where the pointer found the hovered row; null where it did not. */
  #pointer: readonly [number, number] | null = null;
  #pinned = -1;
  #overlays: Overlays;
  #shape: readonly (readonly [number, number])[] | null = null;
  #request = 0;
  #completion = 0;
  #isCloudStale = true;
  #isWritingStale = true;
  #hasMoved = false;
  readonly #scene: Scene;
  #theme: Theme;

  constructor(container: HTMLElement, scene: Scene, theme: Theme, renderer: Renderer | null) {
    this.#scene = scene;
    this.#theme = theme;
    const all = (items: readonly unknown[]): number[] => items.map((_, i) => i);
    const { paths, arrows, pins, pairs } = scene;
    this.#overlays = {
      spokes: null,
      paths: all(paths),
      arrows: all(arrows),
      pins: all(pins),
      pairs: all(pairs),
      showLabels: true,
    };
    this.#allPlaces = scene.projections.map(placesOf);
    this.#pickers = this.#allPlaces.map(() => null);
    this.#shownCount = scene.n;
    this.#cloud = createCloud(scene.n, this.#places);
    this.#stage = new Stage(
      container,
      renderer,
      (message) => this.#events.emit("trouble", message),
      () => this.#invalidate(true),
    );
    this.#pen = new CanvasPen(this.#stage.overlay);
    this.#motion = createMotion(() => this.#invalidate());
    this.#viewport = new Viewport(
      scene,
      this.#hasNames(),
      this.#motion,
      () => this.#subject(),
      () => {
        this.#hasMoved = true;
        this.#invalidate(true);
      },
    );
    this.#writer = new Writer(scene, this.#pen.measure.bind(this.#pen));
    this.#stopListening = listen(this.#stage.element, this.#gestures());
    this.#observer = new ResizeObserver(() => this.resize());
    this.#observer.observe(this.#stage.element);
    this.#measure();
    void scene.whole.then(() => {
      this.#isWritingStale = true;
      this.#invalidate();
    });
  }

  get element(): HTMLElement {
    return this.#stage.element;
  }

  get renderer(): string {
    return this.#stage.renderer;
  }

  get isAtRest(): boolean {
    return this.#request === 0 && this.#completion === 0;
  }

  on<E extends keyof PlotEvents>(event: E, listener: PlotEvents[E]): () => void {
    return this.#events.on(event, listener);
  }

  async setProjection(index: number, options: { animate?: boolean } = {}): Promise<void> {
    const next = this.#allPlaces[index];
    if (!next || index === this.projection) return;
    const before = this.#places;
    this.projection = index;
    this.#writer.clear();
    const isInterrupted = this.#morph < 1;
    this.#cloud.from = isInterrupted ? placesBetween(this.#cloud.from, this.#cloud.to, this.#morph) : this.#cloud.to;
    this.#cloud.to = inSlots(next, this.#cloud.rows);
    this.#cloud.changes.places++;
    this.#morph = 0;
    const move = this.#viewport.leaveFor(before, isInterrupted);
    await this.#motion.start("morph", options.animate === false ? 0 : MORPH_TIME, (t) => {
      this.#morph = t;
      if (t >= 1) {
        this.#cloud.from = this.#cloud.to;
        this.#cloud.changes.places++;
      }
      move(t);
    });
  }

  setAppearance({ codes, table }: Appearance): void {
    this.#codes = codes;
    setLooks(this.#cloud, codes, table);
    this.#invalidate(true);
  }

  setVisible(mask: Uint8Array | null): void {
    this.#visible = mask;
    this.#shownCount = mask ? mask.reduce((sum, shown) => sum + (shown ? 1 : 0), 0) : this.#scene.n;
    setStates(this.#cloud, mask, this.#emphasis);
    this.#invalidate(true);
  }

  setEmphasis(mask: Uint8Array | null): void {
    this.#emphasis = mask;
    setStates(this.#cloud, this.#visible, mask);
    this.#invalidate(true);
  }

  setPinned(row: number): void {
    this.#pinned = row;
    this.#invalidate();
  }

  setHovered(row: number): void {
    if (row === this.#hovered) return;
    this.#hovered = row;
    this.#invalidate();
  }

  setOverlays(overlays: Partial<Overlays>): void {
    this.#overlays = { ...this.#overlays, ...overlays };
    this.#isWritingStale = true;
    this.#invalidate();
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#invalidate(true);
  }

  setPointStyle(style: { size?: number; opacity?: number }): void {
    this.#style = { ...this.#style, ...style };
    this.#invalidate(true);
  }

  setMode(mode: Mode): void {
    this.#mode = mode;
    this.#shape = null;
    this.element.style.cursor = mode === "pan" ? "" : "crosshair";
    this.#invalidate();
  }

  setCovered(insets: Insets, boxes: readonly Box[]): void {
    this.#covered = boxes;
    this.#viewport.cover(insets);
    this.#invalidate(true);
  }

  getCamera(): Camera {
    return this.#viewport.dataCamera();
  }

  setCamera(camera: Camera, options: { animate?: boolean } = {}): void {
    this.#viewport.goTo(camera, options.animate);
  }

  fit(options: { animate?: boolean } = {}): void {
    this.#viewport.fit(options.animate);
  }

  zoomTo(rows: ArrayLike<number>, options: { animate?: boolean } = {}): void {
    this.#viewport.zoomTo(rows, options.animate);
  }

  zoomBy(factor: number): void {
    this.#viewport.zoomBy(factor, ZOOM_TIME);
  }

  panBy(dx: number, dy: number): void {
    if (this.#places.dim === 3) this.#viewport.turn(dx, dy);
    else this.#viewport.drag(dx, dy);
  }

  toScreen(row: number): readonly [number, number] | null {
    const world = new Float64Array(3);
    const screen = new Float64Array(3);
    if (!worldOf(this.#places, row, world) || !toScreen(this.#viewport.view(), world, screen)) return null;
    return [screen[0] as number, screen[1] as number];
  }

  pick(x: number, y: number): number {
    if (this.#morph < 1) return -1;
    return this.#picker().pick(
      x,
      y,
      this.#viewport.view(),
      Math.max(REACH, this.#pointSize() / 2 + 3),
      this.#isVisible,
    );
  }

  toCanvas(scale: number): HTMLCanvasElement {
    return drawPicture(this.#cloud, this.#frame(), this.#overlayState(), scale);
  }

  toPng(scale: number): Promise<Blob> {
    return toBlob(this.toCanvas(scale));
  }

  toSvg(): string {
    return drawSvg(this.#cloud, this.#frame(), this.#overlayState(), this.#scene.title);
  }

  labelsShown() {
    return this.#writer.shown().map(({ label }) => label);
  }

  resize(): void {
    if (this.#measure()) this.#paintNow(performance.now());
  }

  destroy(): void {
    cancelAnimationFrame(this.#request);
    clearTimeout(this.#completion);
    this.#observer.disconnect();
    this.#stopListening();
    this.#stage.destroy();
  }

  /** True when the size is another. */
  #measure(): boolean {
    const { width, height } = this.element.getBoundingClientRect();
    if (!this.#viewport.resize(Math.max(1, width), Math.max(1, height))) return false;
    this.#invalidate(true);
    return true;
  }

  #subject(): Subject {
    const places = this.#places;
    const isSpace = places.dim === 3 || (this.#morph < 1 && this.#cloud.from.dim === 3);
    return { projection: this.projection, places, visible: this.#visible, isSpace };
  }

  get #places(): Places {
    return this.#allPlaces[this.projection] as Places;
  }

  readonly #isVisible = (row: number): boolean => this.#visible === null || this.#visible[row] !== 0;

  readonly #colorOf = (row: number): Rgb => this.#cloud.table[this.#codes[row] ?? 0] ?? this.#theme.muted;

  #gestures(): GestureHandlers {
    return {
      mode: () => this.#mode,
      is3d: () => this.#places.dim === 3,
      move: (dx, dy) => {
        this.#point(-1, 0, 0);
        this.#viewport.drag(dx, dy);
      },
      turn: (dx, dy) => {
        this.#point(-1, 0, 0);
        this.panBy(dx, dy);
      },
      twist: (angle) => this.#viewport.twist(angle),
      zoom: (factor, x, y) => {
        this.#viewport.zoomNow(factor, x, y);
      },
      hover: (x, y) => this.#pointAt(x, y),
      leave: () => this.#point(-1, 0, 0),
      click: (x, y, keys) => this.#events.emit("click", this.pick(x, y), x, y, keys),
      zoomIn: (x, y) => this.#viewport.zoomBy(2, ZOOM_IN_TIME, [x, y]),
      shape: (points) => {
        this.#shape = points;
        this.#invalidate();
      },
      shapeEnd: (points, keys) => {
        this.#shape = null;
        this.#events.emit(
          "select",
          rowsInPolygon(points, this.#places, this.#scene.n, this.#viewport.view(), this.#visible),
          keys,
        );
        this.#invalidate();
      },
    };
  }

  #pointAt(x: number, y: number): void {
    this.#point(this.#mode === "pan" ? this.pick(x, y) : -1, x, y);
  }

  #point(row: number, x: number, y: number): void {
    if (row < 0 && this.#hovered < 0) return;
    this.#pointer = row >= 0 ? [x, y] : null;
    this.setHovered(row);
    if (this.#mode === "pan") this.element.style.cursor = row >= 0 ? "pointer" : "";
    this.#events.emit("hover", row, x, y);
  }

  #suggested(): PointStyle {
    const spread = this.#spreads[this.projection] ?? spreadOf(this.#places, this.#scene.n);
    this.#spreads[this.projection] = spread;
    const { width, height, camera } = this.#viewport;
    const zoom = this.#viewport.zoom();
    return styleFor({ count: this.#shownCount, area: width * height, zoom, scale: camera.scale, spread });
  }

  #pointSize(): number {
    return this.#suggested().size * this.#style.size;
  }

  #hasNames(): boolean {
    return this.#scene.kind !== "documents" && this.#scene.n <= MAX_NAMED;
  }

  #invalidate(isCloudStale = false): void {
    this.#isCloudStale ||= isCloudStale;
    this.#isWritingStale ||= isCloudStale;
    if (this.#request === 0) this.#request = requestAnimationFrame((now) => this.#paintNow(now));
  }

  #paintNow(now: number): void {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    const isMoving = this.#motion.tick(now);
    if (this.#isCloudStale) {
      this.#isCloudStale = false;
      const share = this.#stage.share(this.#hasMoved);
      this.#stage.paint(this.#cloud, this.#frame(share));
      if (share < 1) this.#completeLater();
      // under a pointer that rests there may be something else now
      if (this.#pointer && isMoving) this.#point(-1, 0, 0);
      else if (this.#pointer) this.#pointAt(...this.#pointer);
    }
    if (this.#isWritingStale) {
      this.#isWritingStale = false;
      this.#write();
    }
    const isFading = this.#writer.fade(now);
    this.#paintOverlay();
    if (this.#hasMoved) {
      this.#hasMoved = false;
      this.#events.emit("camera", this.getCamera());
    }
    if (isMoving || isFading) this.#invalidate();
  }

  #write(): void {
    if (this.#morph < 1 || !this.#overlays.showLabels) {
      this.#writer.clear();
      return;
    }
    this.#writer.choose({
      projection: this.projection,
      places: this.#places,
      view: this.#viewport.view(),
      zoom: this.#viewport.zoom(),
      pointSize: this.#pointSize(),
      rows: this.#namedRows(),
      stateOf: (row) => (!this.#isVisible(row) ? 0 : this.#emphasis && !this.#emphasis[row] ? 1 : 2),
      captions: captionsOf(this.#overlayState()),
      covered: this.#covered,
    });
  }

  /** All rows of a small map, and in a large one those on the screen once few are left there. */
  #namedRows(): Iterable<number> | null {
    if (this.#hasNames()) return Array(this.#scene.n).keys();
    return this.#viewport.zoom() < LEAST_NAMED_ZOOM
      ? null
      : this.#picker().rowsIn(this.#viewport.view(), MAX_NAMED_IN_VIEW);
  }

  #picker(): Picker {
    const picker = this.#pickers[this.projection] ?? createPicker(this.#places, this.#scene.n);
    this.#pickers[this.projection] = picker;
    return picker;
  }

  /** Draws all points once the movement has ended. */
  #completeLater(): void {
    clearTimeout(this.#completion);
    this.#completion = window.setTimeout(() => {
      this.#completion = 0;
      this.#invalidate(true);
    }, REST_TIME);
  }

  #frame(share = 1): Frame {
    const opacity = Math.min(1, this.#suggested().opacity * this.#style.opacity);
    return {
      view: this.#viewport.view(),
      ratio: this.#ratio(),
      morph: this.#morph,
      size: this.#pointSize(),
      // Fewer points, each more opaque: where many lie over each other the shade stays the same.
      opacity: 1 - (1 - opacity) ** (1 / share),
      share,
      hasEmphasis: this.#emphasis !== null,
      background: this.#theme.background,
    };
  }

  #ratio(): number {
    return Math.min(3, Math.max(1, window.devicePixelRatio || 1));
  }

  #overlayState(): OverlayState {
    const isMorphing = this.#morph < 1;
    const { paths, arrows, pins, pairs, spokes } = this.#overlays;
    const lines = isMorphing
      ? { spokes: null, paths: [], arrows: [], pins: [], pairs: [] }
      : { spokes, paths, arrows, pins, pairs };
    return {
      scene: this.#scene,
      projection: this.projection,
      places: this.#places,
      theme: this.#theme,
      isVisible: this.#isVisible,
      colorOf: this.#colorOf,
      names: this.#writer.names,
      ...lines,
      view: this.#viewport.view(),
      pointSize: this.#pointSize(),
      hovered: isMorphing ? -1 : this.#hovered,
      pinned: isMorphing ? -1 : this.#pinned,
      labels: this.#writer.shown(),
    };
  }

  #paintOverlay(): void {
    const context = this.#stage.overlay;
    const ratio = this.#ratio();
    this.#stage.clearOverlay(this.#viewport.width, this.#viewport.height, ratio);
    drawOverlay(this.#pen, this.#overlayState());
    if (this.#shape) {
      const accent = css(this.#theme.accent);
      const points = this.#shape.flat();
      this.#pen.shape(points, { fill: accent, opacity: 0.1 });
      this.#pen.line([...points, ...points.slice(0, 2)], { color: accent, width: 1.5, dash: [5, 4] });
    }
    context.globalAlpha = 1;
  }
}
