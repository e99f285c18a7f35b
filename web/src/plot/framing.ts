/** Cameras that show something whole, and cameras as the page keeps them: in data coordinates. */

import type { Camera } from "./api";
import type { Extent } from "./extent";
import type { Places } from "./places";
import type { Insets, WorldCamera } from "./view";

export interface Room {
  width: number;
  height: number;
  insets: Insets;
  /** Texts are written to the right of the points. */
  hasNames: boolean;
}

const MARGIN = 36;
const NAME_MARGIN = 72;
/** On small screens margins are at most this part of them. */
const PARTS = 24;
/** From where a cloud in space is first seen: a little from the side and from above. */
const TURN = -0.6;
const TILT = 0.35;

/** Keeps the direction of a camera that already looks into space. */
export function fitCamera(extent: Extent, dim: 2 | 3, camera: WorldCamera, room: Room): WorldCamera {
  const { low, high } = extent;
  const [x, y, z] = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
  const free = (size: number, before: number, after: number, margin: number): number =>
    Math.max(size / 4, size - before - after - 2 * Math.min(margin, size / PARTS));
  const width = free(room.width, room.insets.left, room.insets.right, room.hasNames ? NAME_MARGIN : MARGIN);
  const height = free(room.height, room.insets.top, room.insets.bottom, MARGIN);
  const [dx, dy] = [high[0] - low[0], high[1] - low[1]];
  if (dim === 2) {
    const scale = Math.min(width / Math.max(dx, 1e-3), height / Math.max(dy, 1e-3));
    return { x, y, z: 0, scale, turn: 0, tilt: 0 };
  }
  const scale = Math.min(width, height) / Math.max(2 * extent.radius, 1e-3);
  const isNew = camera.turn === 0 && camera.tilt === 0;
  return { x, y, z, scale, turn: isNew ? TURN : camera.turn, tilt: isNew ? TILT : camera.tilt };
}

export function dataCamera(camera: WorldCamera, { middle, half }: Places): Camera {
  return {
    ...camera,
    x: middle[0] + half * camera.x,
    y: middle[1] + half * camera.y,
    z: middle[2] + half * camera.z,
    scale: camera.scale / half,
  };
}

export function worldCamera(camera: Camera, { middle, half }: Places): WorldCamera {
  return {
    ...camera,
    x: (camera.x - middle[0]) / half,
    y: (camera.y - middle[1]) / half,
    z: (camera.z - middle[2]) / half,
    scale: camera.scale * half,
  };
}
