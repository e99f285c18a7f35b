/** Cameras that show something whole, and cameras as the page keeps them: in data coordinates. */

import type { Camera } from "./api";
import type { Extent, Volume } from "./extent";
import type { Places } from "./places";
import { axesOf, type Insets, type Vector, type WorldCamera } from "./view";

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
/** Share of a cloud that must fit while it turns: a few corners may leave the screen for part of it. */
const NEARLY_ALL = 0.95;
/** Share of it at each end that is not looked at when its middle is sought. */
const ENDS = 0.002;

/** Keeps the direction of a camera that already looks into space. */
export function fitCamera({ low, high, volume }: Extent, camera: WorldCamera, room: Room): WorldCamera {
  const free = (size: number, before: number, after: number, margin: number): number =>
    Math.max(size / 4, size - before - after - 2 * Math.min(margin, size / PARTS));
  const width = free(room.width, room.insets.left, room.insets.right, room.hasNames ? NAME_MARGIN : MARGIN);
  const height = free(room.height, room.insets.top, room.insets.bottom, MARGIN);
  if (!volume) {
    const scale = Math.min(width / Math.max(high[0] - low[0], 1e-3), height / Math.max(high[1] - low[1], 1e-3));
    return { x: (low[0] + high[0]) / 2, y: (low[1] + high[1]) / 2, z: 0, scale, turn: 0, tilt: 0 };
  }
  const isNew = camera.turn === 0 && camera.tilt === 0;
  const [turn, tilt] = isNew ? [TURN, TILT] : [camera.turn, camera.tilt];
  const { right, up, away } = axesOf(turn, tilt);
  const [x, y, z] = middleOf(volume, [right, up, away]);
  const scale = Math.min(width, height) / Math.max(2 * radiusOf(volume, [x, y, z]), 1e-3);
  return { x, y, z, scale, turn, tilt };
}

/** The middle of a cloud as it is looked at, so that it stands in the middle of the screen. */
function middleOf({ rows, drawn }: Volume, axes: readonly Vector[]): [number, number, number] {
  const middle: [number, number, number] = [0, 0, 0];
  for (const [x, y, z] of axes) {
    const along = (place: Vector): number => x * place[0] + y * place[1] + z * place[2];
    const values = ofPlaces(rows, along).sort();
    const others = ofPlaces(drawn, along);
    const last = values.length - 1;
    const low = Math.min(values[Math.floor(last * ENDS)] ?? 0, ...others);
    const high = Math.max(values[Math.ceil(last * (1 - ENDS))] ?? 0, ...others);
    const half = (low + high) / 2;
    middle[0] += half * x;
    middle[1] += half * y;
    middle[2] += half * z;
  }
  return middle;
}

function radiusOf({ rows, drawn }: Volume, middle: Vector): number {
  const away = (place: Vector): number => Math.hypot(place[0] - middle[0], place[1] - middle[1], place[2] - middle[2]);
  const distances = ofPlaces(rows, away).sort();
  return Math.max(distances[Math.ceil((distances.length - 1) * NEARLY_ALL)] ?? 1, ...ofPlaces(drawn, away));
}

function ofPlaces(places: Float64Array, value: (place: Vector) => number): Float64Array {
  return Float64Array.from({ length: places.length / 3 }, (_, i) =>
    value([places[3 * i] as number, places[3 * i + 1] as number, places[3 * i + 2] as number]),
  );
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
