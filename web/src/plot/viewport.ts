/** Where the camera stands: its movements, what it must show, and how far it may go. */

import type { Scene } from "../wire/types";
import type { Camera } from "./api";
import { type Extent, extentOf, withOverlays } from "./extent";
import { dataCamera, fitCamera, type Room, worldCamera } from "./framing";
import type { Motion } from "./motion";
import type { Places } from "./places";
import { between, dragged, type Insets, turned, type View, viewOf, type WorldCamera, zoomed } from "./view";

/** What is looked at now. */
export interface Subject {
  projection: number;
  places: Places;
  visible: Uint8Array | null;
  /** Points have depth, or come from where they had. */
  isSpace: boolean;
}

const CAMERA_TIME = 420;
const LEAST_ZOOM = 0.25;
const MOST_ZOOM = 4000;
/** A few close points are shown at most so much larger than in the whole view. */
const MOST_CLOSE = 6;

export class Viewport {
  camera: WorldCamera = { x: 0, y: 0, z: 0, scale: 1, turn: 0, tilt: 0 };
  width = 1;
  height = 1;
  readonly #scene: Scene;
  readonly #motion: Motion;
  readonly #subject: () => Subject;
  readonly #moved: () => void;
  readonly #hasNames: boolean;
  #insets: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
  #fitScale = 1;
  /** The whole is shown, and shall be when the window changes. */
  #isFitted = true;
  #known: { places: Places; visible: Uint8Array | null; extent: Extent | null } | null = null;

  /** @param hasNames Texts are written beside all points. @param moved Told of every movement. */
  constructor(scene: Scene, hasNames: boolean, motion: Motion, subject: () => Subject, moved: () => void) {
    this.#scene = scene;
    this.#hasNames = hasNames;
    this.#motion = motion;
    this.#subject = subject;
    this.#moved = moved;
  }

  view(): View {
    return viewOf(this.camera, this.width, this.height, this.#insets, this.#subject().isSpace);
  }

  /** Scale relative to the one that shows everything. */
  zoom(): number {
    return this.camera.scale / this.#fitScale;
  }

  /** True when the size is another. */
  resize(width: number, height: number): boolean {
    if (width === this.width && height === this.height) return false;
    this.width = width;
    this.height = height;
    this.#refit();
    return true;
  }

  /** Says how far panels reach into the map. */
  cover(insets: Insets): void {
    this.#insets = insets;
    this.#refit();
  }

  /** The camera that shows the projection chosen; the present one becomes a start for the way there. */
  leaveFor(before: Places, isInterrupted: boolean): (t: number) => void {
    const goal = this.#fitted(this.camera);
    const { places } = this.#subject();
    this.#isFitted = true;
    if (before.dim === 2 && !isInterrupted) this.camera = { ...this.camera, turn: 0, tilt: 0, z: 0 };
    const from = this.camera;
    this.#motion.stop("camera");
    return (t) => {
      this.moveTo(between(from, places.dim === 3 ? goal : { ...goal, turn: 0, tilt: 0 }, t));
      if (t >= 1) this.#fitScale = this.#fitted(this.camera).scale;
    };
  }

  dataCamera(): Camera {
    return dataCamera(this.camera, this.#subject().places);
  }

  goTo(camera: Camera, isAnimated?: boolean): void {
    this.#isFitted = false;
    this.#glide(worldCamera(camera, this.#subject().places), isAnimated);
  }

  fit(isAnimated?: boolean): void {
    const goal = this.#fitted(this.camera);
    this.#fitScale = goal.scale;
    this.#glide(goal, isAnimated);
    this.#isFitted = true;
  }

  zoomTo(rows: ArrayLike<number>, isAnimated?: boolean): void {
    const { places } = this.#subject();
    const chosen = new Uint8Array(this.#scene.n);
    for (let i = 0; i < rows.length; i++) chosen[rows[i] as number] = 1;
    const extent = extentOf(places, this.#scene.n, (row) => chosen[row] === 1);
    if (!extent) return;
    const goal = fitCamera(extent, this.camera, this.#room());
    // A lone point, or a few close ones, are shown among their surroundings.
    const least = rows.length === 1 ? this.camera.scale : 0;
    goal.scale = Math.max(least, Math.min(goal.scale, this.#fitScale * MOST_CLOSE));
    this.#isFitted = false;
    this.#glide(goal, isAnimated);
  }

  /** Around a place on the screen, or the middle. */
  zoomBy(factor: number, time: number, place?: readonly [number, number]): void {
    this.#isFitted = false;
    this.#glide(this.#zoomed(factor, place), true, time);
  }

  /** At once, under the fingers; in space always around the middle. */
  zoomNow(factor: number, x: number, y: number): void {
    this.#free();
    this.moveTo(this.#zoomed(factor, this.#subject().places.dim === 3 ? undefined : [x, y]));
  }

  drag(dx: number, dy: number): void {
    this.#free();
    this.moveTo(dragged(this.camera, this.view(), dx, dy));
  }

  turn(dx: number, dy: number): void {
    this.#free();
    this.moveTo(turned(this.camera, dx, dy));
  }

  twist(angle: number): void {
    this.#free();
    this.moveTo({ ...this.camera, turn: this.camera.turn + angle });
  }

  moveTo(camera: WorldCamera): void {
    this.camera = camera;
    this.#moved();
  }

  #free(): void {
    this.#isFitted = false;
    this.#motion.stop("camera");
  }

  #glide(goal: WorldCamera, isAnimated = true, time = CAMERA_TIME): void {
    const from = this.camera;
    void this.#motion.start("camera", isAnimated ? time : 0, (t) => this.moveTo(between(from, goal, t)));
  }

  #zoomed(factor: number, place?: readonly [number, number]): WorldCamera {
    const view = this.view();
    const [x, y] = place ?? [view.originX, view.originY];
    const goal = zoomed(this.camera, view, factor, x, y);
    const scale = Math.min(this.#fitScale * MOST_ZOOM, Math.max(this.#fitScale * LEAST_ZOOM, goal.scale));
    return scale === goal.scale ? goal : { ...this.camera, scale };
  }

  #refit(): void {
    const fitted = this.#fitted(this.camera);
    this.#fitScale = fitted.scale;
    if (this.#isFitted) this.#glide(fitted, false);
  }

  #room(): Room {
    return { width: this.width, height: this.height, insets: this.#insets, hasNames: this.#hasNames };
  }

  #fitted(camera: WorldCamera): WorldCamera {
    const extent = this.#extent();
    return extent ? fitCamera(extent, camera, this.#room()) : camera;
  }

  /** Of what is shown, or of everything when nothing is; a pass over all rows, so it is kept. */
  #extent(): Extent | null {
    const { places, visible, projection } = this.#subject();
    const known = this.#known;
    if (known?.places === places && known.visible === visible) return known.extent;
    const { n } = this.#scene;
    const shown = (visible && extentOf(places, n, (row) => visible[row] !== 0)) ?? extentOf(places, n);
    const extent = shown && withOverlays(shown, places, this.#scene, projection);
    this.#known = { places, visible, extent };
    return extent;
  }
}
