/** The map: points on a stage, what is written over them, a camera, and gestures. Everything meets here. */

import type { Scene } from "../wire/types";
import type { Appearance, Camera, Mode, Overlays, Plot, PlotEvents, Rgb, Theme } from "./api";
import type { Box } from "./boxes";
import { type Cloud, createCloud, inSlots, placesBetween, setLooks, setStates } from "./cloud";
import { type GestureHandlers, listen } from "./controls";
import { createEvents } from "./events";
import { drawPicture, drawSvg, toBlob } from "./export";
import { type Extent, extentOf, withOverlays } from "./extent";
import { dataCamera, fitCamera, worldCamera } from "./framing";
import { rowsInPolygon } from "./lasso";
import { createMotion, type Motion } from "./motion";
import { captionsOf, css, drawOverlay, type OverlayState } from "./overlay";
import type { Frame } from "./painter";
import { CanvasPen } from "./pen";
import { createPicker, type Picker } from "./picker";
import { type Places, placesOf, worldOf } from "./places";
import { type Renderer, Stage } from "./stage";
import { type PointStyle, spreadOf, styleFor } from "./style";
import { between, dragged, type Insets, toScreen, turned, type View, viewOf, type WorldCamera, zoomed } from "./view";
import { Writer } from "./writer";

const MORPH_TIME = 1100;
const CAMERA_TIME = 420;
/** Texts are written beside their points while there are at most so many. */
const MAX_NAMED = 1000;
/** In larger maps, while at most so many are on the screen, and never in the whole view. */
const MAX_NAMED_IN_VIEW = 120;
const LEAST_NAMED_ZOOM = 1.5;
const LEAST_ZOOM = 0.25;
const MOST_ZOOM = 4000;
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
  private readonly events = createEvents<PlotEvents>();
  private readonly stage: Stage;
  private readonly pen: CanvasPen;
  private readonly motion: Motion;
  private readonly writer: Writer;
  private readonly cloud: Cloud;
  private readonly allPlaces: Places[];
  private readonly pickers: (Picker | null)[];
  private readonly spreads: number[] = [];
  private readonly stopListening: () => void;
  private readonly observer: ResizeObserver;
  private camera_: WorldCamera = { x: 0, y: 0, z: 0, scale: 1, turn: 0, tilt: 0 };
  private fitScale = 1;
  private isFitted = true;
  private morph = 1;
  private width = 1;
  private height = 1;
  private covered: readonly Box[] = [];
  private insets: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
  private style = { size: 1, opacity: 1 };
  private mode: Mode = "pan";
  private visible: Uint8Array | null = null;
  private emphasis: Uint8Array | null = null;
  private shownCount: number;
  private codes: ArrayLike<number> = [];
  private hovered = -1;
  private pinned = -1;
  private overlays: Overlays;
  private shape: readonly (readonly [number, number])[] | null = null;
  private request = 0;
  private completion = 0;
  private isCloudStale = true;
  private isWritingStale = true;
  private hasMoved = false;
  private known: { places: Places; visible: Uint8Array | null; extent: Extent | null } | null = null;

  constructor(
    container: HTMLElement,
    private readonly scene: Scene,
    private theme: Theme,
    renderer: Renderer | null,
  ) {
    const all = (items: readonly unknown[]): number[] => items.map((_, i) => i);
    const { paths, arrows, pins, pairs } = scene;
    this.overlays = {
      spokes: null,
      paths: all(paths),
      arrows: all(arrows),
      pins: all(pins),
      pairs: all(pairs),
      showLabels: true,
    };
    this.allPlaces = scene.projections.map(placesOf);
    this.pickers = this.allPlaces.map(() => null);
    this.shownCount = scene.n;
    this.cloud = createCloud(scene.n, this.places);
    this.stage = new Stage(
      container,
      renderer,
      (message) => this.events.emit("trouble", message),
      () => this.invalidate(true),
    );
    this.pen = new CanvasPen(this.stage.overlay);
    this.motion = createMotion(() => this.invalidate());
    this.writer = new Writer(scene, this.pen.measure.bind(this.pen));
    this.stopListening = listen(this.stage.element, this.gestures());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.stage.element);
    this.measure();
    void scene.whole.then(() => {
      this.isWritingStale = true;
      this.invalidate();
    });
  }

  get element(): HTMLElement {
    return this.stage.element;
  }

  get renderer(): string {
    return this.stage.renderer;
  }

  on<E extends keyof PlotEvents>(event: E, listener: PlotEvents[E]): () => void {
    return this.events.on(event, listener);
  }

  async setProjection(index: number, options: { animate?: boolean } = {}): Promise<void> {
    const next = this.allPlaces[index];
    if (!next || index === this.projection) return;
    const before = this.places;
    this.projection = index;
    this.writer.clear();
    const start = this.camera_;
    const goal = this.fitted(start);
    const isInterrupted = this.morph < 1;
    this.cloud.from = isInterrupted ? placesBetween(this.cloud.from, this.cloud.to, this.morph) : this.cloud.to;
    this.cloud.to = inSlots(next, this.cloud.rows);
    this.cloud.changes.places++;
    this.morph = 0;
    this.isFitted = true;
    if (before.dim === 2 && !isInterrupted) this.camera_ = { ...start, turn: 0, tilt: 0, z: 0 };
    const from = this.camera_;
    this.motion.stop("camera");
    await this.motion.start("morph", options.animate === false ? 0 : MORPH_TIME, (t) => {
      this.morph = t;
      this.moveTo(between(from, next.dim === 3 ? goal : { ...goal, turn: 0, tilt: 0 }, t));
      if (t >= 1) this.settle();
    });
  }

  setAppearance({ codes, table }: Appearance): void {
    this.codes = codes;
    setLooks(this.cloud, codes, table);
    this.invalidate(true);
  }

  setVisible(mask: Uint8Array | null): void {
    this.visible = mask;
    this.shownCount = mask ? mask.reduce((sum, shown) => sum + (shown ? 1 : 0), 0) : this.scene.n;
    setStates(this.cloud, mask, this.emphasis);
    this.invalidate(true);
  }

  setEmphasis(mask: Uint8Array | null): void {
    this.emphasis = mask;
    setStates(this.cloud, this.visible, mask);
    this.invalidate(true);
  }

  setPinned(row: number): void {
    this.pinned = row;
    this.invalidate();
  }

  setHovered(row: number): void {
    if (row === this.hovered) return;
    this.hovered = row;
    this.invalidate();
  }

  setOverlays(overlays: Partial<Overlays>): void {
    this.overlays = { ...this.overlays, ...overlays };
    this.isWritingStale = true;
    this.invalidate();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.invalidate(true);
  }

  setPointStyle(style: { size?: number; opacity?: number }): void {
    this.style = { ...this.style, ...style };
    this.invalidate(true);
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    this.shape = null;
    this.element.style.cursor = mode === "pan" ? "" : "crosshair";
    this.invalidate();
  }

  setCovered(insets: Insets, boxes: readonly Box[]): void {
    this.insets = insets;
    this.covered = boxes;
    this.fitScale = this.fitted(this.camera_).scale;
    if (this.isFitted) this.fit({ animate: false });
    this.invalidate(true);
  }

  getCamera(): Camera {
    return dataCamera(this.camera_, this.places);
  }

  setCamera(camera: Camera, options: { animate?: boolean } = {}): void {
    this.isFitted = false;
    this.glide(worldCamera(camera, this.places), options.animate);
  }

  fit(options: { animate?: boolean } = {}): void {
    const goal = this.fitted(this.camera_);
    this.fitScale = goal.scale;
    this.glide(goal, options.animate);
    this.isFitted = true;
  }

  zoomTo(rows: ArrayLike<number>, options: { animate?: boolean } = {}): void {
    const chosen = new Uint8Array(this.scene.n);
    for (let i = 0; i < rows.length; i++) chosen[rows[i] as number] = 1;
    const extent = extentOf(this.places, this.scene.n, (row) => chosen[row] === 1);
    if (!extent) return;
    const goal = fitCamera(extent, this.places.dim, this.camera_, this.room());
    // A lone point, or a few close ones, are shown among their surroundings.
    goal.scale = Math.max(this.camera_.scale * (rows.length === 1 ? 1 : 0), Math.min(goal.scale, this.fitScale * 6));
    this.isFitted = false;
    this.glide(goal, options.animate);
  }

  zoomBy(factor: number): void {
    const { originX, originY } = this.view();
    this.isFitted = false;
    this.glide(this.clamped(zoomed(this.camera_, this.view(), factor, originX, originY)), true, 160);
  }

  panBy(dx: number, dy: number): void {
    this.isFitted = false;
    this.motion.stop("camera");
    this.moveTo(this.places.dim === 3 ? turned(this.camera_, dx, dy) : dragged(this.camera_, this.view(), dx, dy));
  }

  toScreen(row: number): readonly [number, number] | null {
    const world = new Float64Array(3);
    const screen = new Float64Array(3);
    if (!worldOf(this.places, row, world) || !toScreen(this.view(), world, screen)) return null;
    return [screen[0] as number, screen[1] as number];
  }

  pick(x: number, y: number): number {
    if (this.morph < 1) return -1;
    return this.picker().pick(x, y, this.view(), Math.max(REACH, this.pointSize() / 2 + 3), this.isVisible);
  }

  toCanvas(scale: number): HTMLCanvasElement {
    return drawPicture(this.cloud, this.frame(), this.overlayState(), scale);
  }

  toPng(scale: number): Promise<Blob> {
    return toBlob(this.toCanvas(scale));
  }

  toSvg(): string {
    return drawSvg(this.cloud, this.frame(), this.overlayState(), this.scene.title);
  }

  labelsShown() {
    return this.writer.shown().map(({ label }) => label);
  }

  resize(): void {
    if (this.measure()) this.paintNow(performance.now());
  }

  destroy(): void {
    cancelAnimationFrame(this.request);
    clearTimeout(this.completion);
    this.observer.disconnect();
    this.stopListening();
    this.stage.destroy();
  }

  /** True when the size is another. */
  private measure(): boolean {
    const box = this.element.getBoundingClientRect();
    const [width, height] = [Math.max(1, box.width), Math.max(1, box.height)];
    if (width === this.width && height === this.height) return false;
    this.width = width;
    this.height = height;
    const fitted = this.fitted(this.camera_);
    this.fitScale = fitted.scale;
    if (this.isFitted) this.moveTo(fitted);
    this.invalidate(true);
    return true;
  }

  private get places(): Places {
    return this.allPlaces[this.projection] as Places;
  }

  private readonly isVisible = (row: number): boolean => this.visible === null || this.visible[row] !== 0;

  private readonly colorOf = (row: number): Rgb => this.cloud.table[this.codes[row] ?? 0] ?? this.theme.muted;

  private gestures(): GestureHandlers {
    const free = (): void => {
      this.isFitted = false;
      this.motion.stop("camera");
    };
    return {
      mode: () => this.mode,
      is3d: () => this.places.dim === 3,
      move: (dx, dy) => {
        free();
        this.point(-1, 0, 0);
        this.moveTo(dragged(this.camera_, this.view(), dx, dy));
      },
      turn: (dx, dy) => {
        this.point(-1, 0, 0);
        this.panBy(dx, dy);
      },
      twist: (angle) => {
        free();
        this.moveTo({ ...this.camera_, turn: this.camera_.turn + angle });
      },
      zoom: (factor, x, y) => {
        free();
        const { originX, originY } = this.view();
        const [px, py] = this.places.dim === 3 ? [originX, originY] : [x, y];
        this.moveTo(this.clamped(zoomed(this.camera_, this.view(), factor, px, py)));
        if (this.hovered >= 0) this.pointAt(x, y);
      },
      hover: (x, y) => this.pointAt(x, y),
      leave: () => this.point(-1, 0, 0),
      click: (x, y, keys) => this.events.emit("click", this.pick(x, y), x, y, keys),
      zoomIn: (x, y) => {
        this.isFitted = false;
        this.glide(this.clamped(zoomed(this.camera_, this.view(), 2, x, y)), true, 240);
      },
      shape: (points) => {
        this.shape = points;
        this.invalidate();
      },
      shapeEnd: (points, keys) => {
        this.shape = null;
        this.events.emit("select", rowsInPolygon(points, this.places, this.scene.n, this.view(), this.visible), keys);
        this.invalidate();
      },
    };
  }

  private pointAt(x: number, y: number): void {
    this.point(this.mode === "pan" ? this.pick(x, y) : -1, x, y);
  }

  private point(row: number, x: number, y: number): void {
    if (row < 0 && this.hovered < 0) return;
    this.setHovered(row);
    if (this.mode === "pan") this.element.style.cursor = row >= 0 ? "pointer" : "";
    this.events.emit("hover", row, x, y);
  }

  private view(): View {
    const is3d = this.places.dim === 3 || (this.morph < 1 && this.cloud.from.dim === 3);
    return viewOf(this.camera_, this.width, this.height, this.insets, is3d);
  }

  private room() {
    return { width: this.width, height: this.height, insets: this.insets, hasNames: this.hasNames() };
  }

  private fitted(camera: WorldCamera): WorldCamera {
    const extent = this.extent();
    return extent ? fitCamera(extent, this.places.dim, camera, this.room()) : camera;
  }

  /** Of what is shown, or of everything when nothing is; a pass over all rows, so it is kept. */
  private extent(): Extent | null {
    const { places, visible, known } = this;
    if (known?.places === places && known.visible === visible) return known.extent;
    const { n } = this.scene;
    const shown = (visible && extentOf(places, n, this.isVisible)) ?? extentOf(places, n);
    const extent = shown && withOverlays(shown, places, this.scene, this.projection);
    this.known = { places, visible, extent };
    return extent;
  }

  private clamped(camera: WorldCamera): WorldCamera {
    const scale = Math.min(this.fitScale * MOST_ZOOM, Math.max(this.fitScale * LEAST_ZOOM, camera.scale));
    return scale === camera.scale ? camera : { ...this.camera_, scale };
  }

  private glide(goal: WorldCamera, animate = true, time = CAMERA_TIME): void {
    const from = this.camera_;
    void this.motion.start("camera", animate ? time : 0, (t) => this.moveTo(between(from, goal, t)));
  }

  private moveTo(camera: WorldCamera): void {
    this.camera_ = camera;
    this.hasMoved = true;
    this.invalidate(true);
  }

  private settle(): void {
    this.cloud.from = this.cloud.to;
    this.cloud.changes.places++;
    this.fitScale = this.fitted(this.camera_).scale;
  }

  private zoom(): number {
    return this.camera_.scale / this.fitScale;
  }

  private suggested(): PointStyle {
    const spread = this.spreads[this.projection] ?? spreadOf(this.places, this.scene.n);
    this.spreads[this.projection] = spread;
    const { scale } = this.camera_;
    return styleFor({ count: this.shownCount, area: this.width * this.height, zoom: this.zoom(), scale, spread });
  }

  private pointSize(): number {
    return this.suggested().size * this.style.size;
  }

  private hasNames(): boolean {
    return this.scene.kind !== "documents" && this.scene.n <= MAX_NAMED;
  }

  private invalidate(isCloudStale = false): void {
    this.isCloudStale ||= isCloudStale;
    this.isWritingStale ||= isCloudStale;
    if (this.request === 0) this.request = requestAnimationFrame((now) => this.paintNow(now));
  }

  private paintNow(now: number): void {
    cancelAnimationFrame(this.request);
    this.request = 0;
    const isMoving = this.motion.tick(now);
    if (this.isCloudStale) {
      this.isCloudStale = false;
      const share = this.stage.share(this.hasMoved);
      this.stage.paint(this.cloud, this.frame(share));
      if (share < 1) this.completeLater();
    }
    if (this.isWritingStale) {
      this.isWritingStale = false;
      this.write();
    }
    const isFading = this.writer.fade(now);
    this.paintOverlay();
    if (this.hasMoved) {
      this.hasMoved = false;
      this.events.emit("camera", this.getCamera());
    }
    if (isMoving || isFading) this.invalidate();
  }

  private write(): void {
    if (this.morph < 1 || !this.overlays.showLabels) {
      this.writer.clear();
      return;
    }
    this.writer.choose({
      projection: this.projection,
      places: this.places,
      view: this.view(),
      zoom: this.zoom(),
      pointSize: this.pointSize(),
      rows: this.namedRows(),
      stateOf: (row) => (!this.isVisible(row) ? 0 : this.emphasis && !this.emphasis[row] ? 1 : 2),
      captions: captionsOf(this.overlayState()),
      covered: this.covered,
    });
  }

  /** All rows of a small map, and in a large one those on the screen once few are left there. */
  private namedRows(): Iterable<number> | null {
    if (this.hasNames()) return Array(this.scene.n).keys();
    return this.zoom() < LEAST_NAMED_ZOOM ? null : this.picker().rowsIn(this.view(), MAX_NAMED_IN_VIEW);
  }

  private picker(): Picker {
    const picker = this.pickers[this.projection] ?? createPicker(this.places, this.scene.n);
    this.pickers[this.projection] = picker;
    return picker;
  }

  /** Draws all points once the movement has ended. */
  private completeLater(): void {
    clearTimeout(this.completion);
    this.completion = window.setTimeout(() => this.invalidate(true), REST_TIME);
  }

  private frame(share = 1): Frame {
    const opacity = Math.min(1, this.suggested().opacity * this.style.opacity);
    return {
      view: this.view(),
      ratio: this.ratio(),
      morph: this.morph,
      size: this.pointSize(),
      // Fewer points, each more opaque: where many lie over each other the shade stays the same.
      opacity: 1 - (1 - opacity) ** (1 / share),
      share,
      hasEmphasis: this.emphasis !== null,
      background: this.theme.background,
    };
  }

  private ratio(): number {
    return Math.min(3, Math.max(1, window.devicePixelRatio || 1));
  }

  private overlayState(): OverlayState {
    const { scene, projection, places, theme, hovered, pinned, overlays, isVisible, colorOf } = this;
    const isMorphing = this.morph < 1;
    const { paths, arrows, pins, pairs, spokes } = overlays;
    const lines = isMorphing
      ? { spokes: null, paths: [], arrows: [], pins: [], pairs: [] }
      : { spokes, paths, arrows, pins, pairs };
    return {
      scene,
      projection,
      places,
      theme,
      isVisible,
      colorOf,
      names: this.writer.names,
      ...lines,
      view: this.view(),
      pointSize: this.pointSize(),
      hovered: isMorphing ? -1 : hovered,
      pinned: isMorphing ? -1 : pinned,
      labels: this.writer.shown(),
    };
  }

  private paintOverlay(): void {
    const context = this.stage.overlay;
    const ratio = this.ratio();
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (context.canvas.width !== width) context.canvas.width = width;
    if (context.canvas.height !== height) context.canvas.height = height;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    drawOverlay(this.pen, this.overlayState());
    if (this.shape) {
      const accent = css(this.theme.accent);
      const points = this.shape.flat();
      this.pen.shape(points, { fill: accent, opacity: 0.1 });
      this.pen.line([...points, ...points.slice(0, 2)], { color: accent, width: 1.5, dash: [5, 4] });
    }
    context.globalAlpha = 1;
  }
}
