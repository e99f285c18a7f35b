import { describe, expect, it } from "vitest";
import { between, dragged, fromScreen, toScreen, turned, viewOf, type WorldCamera, zoomed } from "./view";

const NO_INSETS = { top: 0, right: 0, bottom: 0, left: 0 };
const FLAT: WorldCamera = { x: 0.2, y: -0.1, z: 0, scale: 300, turn: 0, tilt: 0 };
const SOLID: WorldCamera = { x: 0, y: 0, z: 0, scale: 300, turn: 0.7, tilt: 0.4 };

function project(camera: WorldCamera, is3d: boolean, place: number[]): number[] {
  const out = new Float64Array(3);
  toScreen(viewOf(camera, 800, 600, NO_INSETS, is3d), place, out);
  return [...out];
}

describe("viewOf", () => {
  it("shows the camera's centre in the middle of what no panel covers", () => {
    const view = viewOf(FLAT, 800, 600, { top: 0, right: 0, bottom: 100, left: 300 }, false);
    expect([view.originX, view.originY]).toEqual([550, 250]);
  });

  it("draws y upwards", () => {
    expect(project(FLAT, false, [0.2, 0.9, 0])[1]).toBeLessThan(300);
  });

  it("has axes of length one at right angles", () => {
    const { right, up, away } = viewOf(SOLID, 800, 600, NO_INSETS, true);
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
    for (const axis of [right, up, away]) expect(dot(axis, axis)).toBeCloseTo(1, 12);
    for (const [a, b] of [
      [right, up],
      [up, away],
      [right, away],
    ] as const)
      expect(dot(a, b)).toBeCloseTo(0, 12);
  });

  it("shows what is near larger", () => {
    const front = project({ ...SOLID, turn: 0, tilt: 0 }, true, [0, 0, -0.5]);
    const back = project({ ...SOLID, turn: 0, tilt: 0 }, true, [0, 0, 0.5]);
    expect(front[2]).toBeGreaterThan(back[2] as number);
  });

  it("looks down from above when tilted up", () => {
    const camera = { ...SOLID, turn: 0, tilt: 0.5 };
    const front = project(camera, true, [0, 0, -0.5]);
    const back = project(camera, true, [0, 0, 0.5]);
    expect(back[1]).toBeLessThan(front[1] as number);
  });
});

describe("moving", () => {
  it("finds the place under a pixel again", () => {
    const view = viewOf(FLAT, 800, 600, NO_INSETS, false);
    const [x, y] = project(FLAT, false, fromScreen(view, 123, 456));
    expect(x).toBeCloseTo(123, 9);
    expect(y).toBeCloseTo(456, 9);
  });

  it("keeps the place under the pointer while zooming", () => {
    const view = viewOf(FLAT, 800, 600, NO_INSETS, false);
    const place = fromScreen(view, 100, 200);
    const after = project(zoomed(FLAT, view, 3, 100, 200), false, place);
    expect(after[0]).toBeCloseTo(100, 9);
    expect(after[1]).toBeCloseTo(200, 9);
  });

  it("moves points with the pointer, in 2-D and 3-D", () => {
    for (const [camera, is3d] of [
      [FLAT, false],
      [SOLID, true],
    ] as const) {
      const view = viewOf(camera, 800, 600, NO_INSETS, is3d);
      const place = fromScreen(view, 300, 300);
      const after = project(dragged(camera, view, 40, -25), is3d, place);
      expect(after[0]).toBeCloseTo(340, 9);
      expect(after[1]).toBeCloseTo(275, 9);
    }
  });

  it("turns the front of a cloud with the pointer", () => {
    const before = project({ ...SOLID, turn: 0, tilt: 0 }, true, [0, 0, -0.5]);
    const after = project(turned({ ...SOLID, turn: 0, tilt: 0 }, 50, 30), true, [0, 0, -0.5]);
    expect(after[0]).toBeGreaterThan(before[0] as number);
    expect(after[1]).toBeGreaterThan(before[1] as number);
  });

  it("never tilts over the pole", () => {
    expect(turned(SOLID, 0, 1e6).tilt).toBeCloseTo(Math.PI / 2, 12);
  });

  it("ends at both ends of a glide", () => {
    const goal = { ...FLAT, x: 0.9, scale: 5000 };
    expect(between(FLAT, goal, 0)).toEqual(FLAT);
    const end = between(FLAT, goal, 1);
    expect(end.x).toBeCloseTo(0.9, 9);
    expect(end.scale).toBeCloseTo(5000, 6);
  });
});
