/** Where every slot is on the screen. */

import { NO_PLACE } from "../wire/types";
import type { Cloud, SlotPlaces } from "./cloud";
import type { Frame } from "./painter";
import { NEAREST, type View } from "./view";

export interface Projected {
  /** Device pixels; NaN for what is not drawn. */
  xs: Float32Array;
  ys: Float32Array;
  /** World units from the eye; 0 in 2-D. */
  depths: Float32Array;
}

export function emptyProjected(): Projected {
  return { xs: new Float32Array(0), ys: new Float32Array(0), depths: new Float32Array(0) };
}

/** The first `count` slots; reuses the arrays of the last frame where they have the right length. */
export function projectSlots(cloud: Cloud, frame: Frame, ratio: number, count: number, last: Projected): Projected {
  const { n } = cloud;
  const is3d = frame.view.eye !== Number.POSITIVE_INFINITY;
  const out =
    last.xs.length === n && (!is3d || last.depths.length === n)
      ? last
      : { xs: new Float32Array(n), ys: new Float32Array(n), depths: new Float32Array(is3d ? n : 0) };
  const isStill = frame.morph >= 1 || cloud.from === cloud.to;
  if (isStill && !is3d) projectPlane(cloud.to, frame.view, ratio, 0, count, out.xs, out.ys);
  else projectSpace(cloud, frame, ratio, count, out);
  return out;
}

/** Seen from above, an axis is one scale and one shift. The places from `from` to `to` go to the beginning of `xs`, `ys`. */
export function projectPlane(
  { points, dim, low, step }: SlotPlaces,
  view: View,
  ratio: number,
  from: number,
  to: number,
  xs: Float32Array,
  ys: Float32Array,
): void {
  const scale = view.scale * ratio;
  const ax = scale * step[0];
  const bx = view.originX * ratio + scale * (low[0] - view.center[0]);
  const ay = -scale * step[1];
  const by = view.originY * ratio - scale * (low[1] - view.center[1]);
  for (let i = 0, at = from * dim; i < to - from; i++, at += dim) {
    const x = points[at] as number;
    xs[i] = x === NO_PLACE ? Number.NaN : ax * x + bx;
    ys[i] = ay * (points[at + 1] as number) + by;
  }
}

function projectSpace(cloud: Cloud, frame: Frame, ratio: number, count: number, out: Projected): void {
  const { view } = frame;
  const { right, up, away, center } = view;
  const { from, to } = cloud;
  const { xs, ys, depths } = out;
  const scale = view.scale * ratio;
  const [ox, oy] = [view.originX * ratio, view.originY * ratio];
  const hasDepth = view.eye !== Number.POSITIVE_INFINITY;
  const t = frame.morph >= 1 || from === to ? 1 : frame.morph;
  for (let slot = 0; slot < count; slot++) {
    const a = slot * from.dim;
    const b = slot * to.dim;
    const hasFrom = t < 1 && from.points[a] !== NO_PLACE;
    const hasTo = to.points[b] !== NO_PLACE;
    if (!hasTo && !hasFrom) {
      xs[slot] = Number.NaN;
      continue;
    }
    const s = hasFrom ? (hasTo ? t : 0) : 1;
    const x = mixAxis(from, a, to, b, s, 0) - center[0];
    const y = mixAxis(from, a, to, b, s, 1) - center[1];
    const z = mixAxis(from, a, to, b, s, 2) - center[2];
    let near = 1;
    if (hasDepth) {
      const depth = view.eye + away[0] * x + away[1] * y + away[2] * z;
      if (depth < NEAREST) {
        xs[slot] = Number.NaN;
        continue;
      }
      near = view.eye / depth;
      depths[slot] = depth;
    }
    xs[slot] = ox + near * scale * (right[0] * x + right[1] * y + right[2] * z);
    ys[slot] = oy - near * scale * (up[0] * x + up[1] * y + up[2] * z);
  }
}

function mixAxis(from: SlotPlaces, a: number, to: SlotPlaces, b: number, t: number, axis: 0 | 1 | 2): number {
  const end = axis < to.dim ? to.low[axis] + to.step[axis] * (to.points[b + axis] as number) : 0;
  if (t === 1) return end;
  const start = axis < from.dim ? from.low[axis] + from.step[axis] * (from.points[a + axis] as number) : 0;
  return start + (end - start) * t;
}

const BUCKETS = 1024;

/** The first `count` slots from the farthest to the nearest, by buckets of depth. */
export function sortByDepth(projected: Projected, count: number): Uint32Array {
  const { depths } = projected;
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < count; i++) {
    const depth = depths[i] as number;
    if (depth < least) least = depth;
    if (depth > most) most = depth;
  }
  const factor = (BUCKETS - 1) / Math.max(1e-9, most - least);
  const starts = new Uint32Array(BUCKETS + 1);
  const bucketOf = (slot: number): number => ((most - (depths[slot] as number)) * factor) | 0;
  for (let i = 0; i < count; i++) (starts[bucketOf(i) + 1] as number)++;
  for (let i = 0; i < BUCKETS; i++) (starts[i + 1] as number) += starts[i] as number;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const bucket = bucketOf(i);
    order[starts[bucket] as number] = i;
    (starts[bucket] as number)++;
  }
  return order;
}
