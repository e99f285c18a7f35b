/** From the world to the screen and back. 2-D is the same as 3-D seen from above, without perspective. */

/** In world coordinates; `scale` is CSS pixels a unit. */
export interface WorldCamera {
  x: number;
  y: number;
  z: number;
  scale: number;
  turn: number;
  tilt: number;
}

export type Vector = readonly [number, number, number];

export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface View {
  width: number;
  height: number;
  /** Where on the screen the camera's centre is. */
  originX: number;
  originY: number;
  /** Rows of the rotation: to the right, up, away. */
  right: Vector;
  up: Vector;
  away: Vector;
  center: Vector;
  scale: number;
  /** Distance of the eye in world units; Infinity without perspective. */
  eye: number;
}

/** Far enough that the whole cloud stays in front of the eye, near enough to see depth. */
export const EYE = 5;
/** Narrower maps are those of phones. */
export const NARROW = 500;
/** Nearer to the eye than this, nothing is drawn. */
export const NEAREST = 0.4;

export function viewOf(camera: WorldCamera, width: number, height: number, insets: Insets, is3d: boolean): View {
  const { turn, tilt } = is3d ? camera : { turn: 0, tilt: 0 };
  return {
    width,
    height,
    originX: (insets.left + width - insets.right) / 2,
    originY: (insets.top + height - insets.bottom) / 2,
    ...axesOf(turn, tilt),
    center: [camera.x, camera.y, camera.z],
    scale: camera.scale,
    eye: is3d ? EYE : Number.POSITIVE_INFINITY,
  };
}

/** Where right, up and away from the eye lead in the world. */
export function axesOf(turn: number, tilt: number): { right: Vector; up: Vector; away: Vector } {
  const [ct, st, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  return { right: [ct, 0, st], up: [-st * sp, cp, ct * sp], away: [-st * cp, -sp, ct * cp] };
}

/** Screen x, y and nearness (1 at the centre's depth, more when nearer) into `out`; false behind the eye. */
export function toScreen(view: View, world: ArrayLike<number>, out: Float64Array): boolean {
  const { right, up, away, center } = view;
  const x = (world[0] as number) - center[0];
  const y = (world[1] as number) - center[1];
  const z = (world[2] as number) - center[2];
  let near = 1;
  if (view.eye !== Number.POSITIVE_INFINITY) {
    const depth = view.eye + away[0] * x + away[1] * y + away[2] * z;
    if (depth < NEAREST) return false;
    near = view.eye / depth;
  }
  out[0] = view.originX + near * view.scale * (right[0] * x + right[1] * y + right[2] * z);
  out[1] = view.originY - near * view.scale * (up[0] * x + up[1] * y + up[2] * z);
  out[2] = near;
  return true;
}

/** The world's point under a pixel, at the depth of the camera's centre. */
export function fromScreen(view: View, x: number, y: number): [number, number, number] {
  const u = (x - view.originX) / view.scale;
  const v = -(y - view.originY) / view.scale;
  const { right, up, center } = view;
  return [
    center[0] + right[0] * u + up[0] * v,
    center[1] + right[1] * u + up[1] * v,
    center[2] + right[2] * u + up[2] * v,
  ];
}

/** Moves the camera so that what was under one pixel is under another. */
export function dragged(camera: WorldCamera, view: View, dx: number, dy: number): WorldCamera {
  const { right, up, scale } = view;
  const u = -dx / scale;
  const v = dy / scale;
  return {
    ...camera,
    x: camera.x + right[0] * u + up[0] * v,
    y: camera.y + right[1] * u + up[1] * v,
    z: camera.z + right[2] * u + up[2] * v,
  };
}

/** Zooms by a factor, keeping what is under a pixel there. */
export function zoomed(camera: WorldCamera, view: View, factor: number, x: number, y: number): WorldCamera {
  const [wx, wy, wz] = fromScreen(view, x, y);
  const keep = 1 / factor;
  return {
    ...camera,
    scale: camera.scale * factor,
    x: wx + (camera.x - wx) * keep,
    y: wy + (camera.y - wy) * keep,
    z: wz + (camera.z - wz) * keep,
  };
}

const TILT_LIMIT = Math.PI / 2;

export function turned(camera: WorldCamera, dx: number, dy: number): WorldCamera {
  const tilt = Math.min(TILT_LIMIT, Math.max(-TILT_LIMIT, camera.tilt + dy * 0.008));
  return { ...camera, turn: camera.turn - dx * 0.008, tilt };
}

/** Between two cameras, t from 0 to 1; scale moves by factors, so that zooming looks steady. */
export function between(from: WorldCamera, to: WorldCamera, t: number): WorldCamera {
  const scale = from.scale * (to.scale / from.scale) ** t;
  // The centre follows the scale, else a long zoom swings past its goal.
  const span = 1 / to.scale - 1 / from.scale;
  const s = Math.abs(span) * from.scale > 1e-6 ? (1 / scale - 1 / from.scale) / span : t;
  const mix = (a: number, b: number): number => a + (b - a) * s;
  return {
    x: mix(from.x, to.x),
    y: mix(from.y, to.y),
    z: mix(from.z, to.z),
    scale,
    turn: from.turn + (to.turn - from.turn) * t,
    tilt: from.tilt + (to.tilt - from.tilt) * t,
  };
}
