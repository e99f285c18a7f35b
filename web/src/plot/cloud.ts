/**
 * The points as the painters want them. Rows are kept in scattered slots, so that no part of a sorted file lies on top
 * of the rest; counters say what changed since a painter last looked.
 */

import { NO_PLACE } from "../wire/types";
import type { Rgb } from "./api";
import type { Places } from "./places";

export const HIDDEN = 0;
export const FADED = 1;
export const SHOWN = 2;

export interface SlotPlaces {
  dim: 2 | 3;
  /** As in `Places`, by slot. */
  points: Uint16Array;
  low: Places["low"];
  step: Places["step"];
}

export interface Cloud {
  n: number;
  /** Row of each slot. */
  rows: Uint32Array;
  from: SlotPlaces;
  to: SlotPlaces;
  /** By slot, index into `table`. */
  looks: Uint16Array;
  /** By slot: HIDDEN, FADED or SHOWN. */
  states: Uint8Array;
  table: readonly Rgb[];
  /** Counters, raised by every change. */
  changes: { places: number; looks: number; states: number; table: number };
}

export function createCloud(n: number, places: Places): Cloud {
  const rows = scatter(n);
  const first = inSlots(places, rows);
  return {
    n,
    rows,
    from: first,
    to: first,
    looks: new Uint16Array(n),
    states: new Uint8Array(n).fill(SHOWN),
    table: [[120, 130, 150]],
    changes: { places: 1, looks: 1, states: 1, table: 1 },
  };
}

export function inSlots(places: Places, rows: Uint32Array): SlotPlaces {
  const { dim, low, step } = places;
  const points = new Uint16Array(places.points.length);
  for (let slot = 0; slot < rows.length; slot++) {
    const at = (rows[slot] as number) * dim;
    for (let axis = 0; axis < dim; axis++) points[slot * dim + axis] = places.points[at + axis] as number;
  }
  return { dim, points, low, step };
}

/** Where a morph stands at t: the places from which an interrupted one goes on, so that nothing jumps. */
export function placesBetween(from: SlotPlaces, to: SlotPlaces, t: number): SlotPlaces {
  const dim = from.dim === 3 || to.dim === 3 ? 3 : 2;
  const n = to.points.length / to.dim;
  const points = new Uint16Array(n * dim);
  const low = [0, 1, 2].map((axis) => Math.min(from.low[axis] as number, to.low[axis] as number, 0));
  const step = [0, 1, 2].map((axis) => (Math.max(topOf(from, axis), topOf(to, axis), 0) - (low[axis] as number)) / TOP);
  for (let slot = 0; slot < n; slot++) {
    const hasFrom = from.points[slot * from.dim] !== NO_PLACE;
    const hasTo = to.points[slot * to.dim] !== NO_PLACE;
    const share = hasFrom ? (hasTo ? t : 0) : 1;
    for (let axis = 0; axis < dim; axis++) {
      const place = (1 - share) * axisOf(from, slot, axis) + share * axisOf(to, slot, axis);
      points[slot * dim + axis] = Math.round((place - (low[axis] as number)) / (step[axis] || 1));
    }
    if (!hasFrom && !hasTo) points[slot * dim] = NO_PLACE;
  }
  return { dim, points, low: low as unknown as Places["low"], step: step as unknown as Places["step"] };
}

/** The greatest number that is a place. */
const TOP = NO_PLACE - 1;

function topOf({ low, step }: SlotPlaces, axis: number): number {
  return (low[axis] as number) + TOP * (step[axis] as number);
}

function axisOf({ dim, points, low, step }: SlotPlaces, slot: number, axis: number): number {
  return axis < dim ? (low[axis] as number) + (step[axis] as number) * (points[slot * dim + axis] as number) : 0;
}

export function setLooks(cloud: Cloud, codes: Uint8Array | Uint16Array, table: readonly Rgb[]): void {
  const { rows, looks } = cloud;
  const top = table.length - 1;
  for (let slot = 0; slot < rows.length; slot++) looks[slot] = Math.min(codes[rows[slot] as number] as number, top);
  cloud.table = table;
  cloud.changes.looks++;
  cloud.changes.table++;
}

export function setStates(cloud: Cloud, visible: Uint8Array | null, emphasis: Uint8Array | null): void {
  const { rows, states } = cloud;
  for (let slot = 0; slot < rows.length; slot++) {
    const row = rows[slot] as number;
    const isShown = visible === null || visible[row] !== 0;
    states[slot] = !isShown ? HIDDEN : emphasis === null || emphasis[row] !== 0 ? SHOWN : FADED;
  }
  cloud.changes.states++;
}

/** A fixed shuffle: steps through the rows by a stride without a common factor with n, near the golden section. */
export function scatter(n: number): Uint32Array {
  const rows = new Uint32Array(n);
  let stride = Math.max(1, Math.round(n * 0.6180339887));
  while (commonFactor(stride, n) !== 1) stride++;
  for (let slot = 0, row = 0; slot < n; slot++) {
    rows[slot] = row;
    row = (row + stride) % n;
  }
  return rows;
}

function commonFactor(a: number, b: number): number {
  return b === 0 ? a : commonFactor(b, a % b);
}
