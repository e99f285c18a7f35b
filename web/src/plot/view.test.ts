import { describe, expect, it } from "vitest";
import { fitCamera } from "./framing";
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

describe("fitCamera", () => {
  const ROOM = { width: 1000, height: 700, insets: { top: 20, right: 60, bottom: 80, left: 300 }, hasNames: false };
  /** A lump and a thin arm that leads far down and to the back. */
  const rows = Float64Array.from({ length: 3 * 500 }, (_, at) => {
    const [i, axis] = [Math.floor(at / 3), at % 3];
    if (i < 480) return 0.3 * Math.sin(i * (1 + axis));
    return ([0, -1, 0.8][axis] as number) * ((i - 480) / 20);
  });
  const fitted = (camera: WorldCamera, drawn: number[] = []): WorldCamera =>
    fitCamera({ low: [-1, -1, -1], high: [1, 1, 1], volume: { rows, drawn: Float64Array.from(drawn) } }, camera, ROOM);
  const shown = (camera: WorldCamera): { x: number[]; y: number[] } => {
    const view = { ...viewOf(camera, ROOM.width, ROOM.height, ROOM.insets, true), eye: Number.POSITIVE_INFINITY };
    const out = new Float64Array(3);
    const [x, y]: [number[], number[]] = [[], []];
    for (let at = 0; at < rows.length; at += 3) {
      toScreen(view, rows.subarray(at, at + 3), out);
      x.push(out[0] as number);
      y.push(out[1] as number);
    }
    return { x, y };
  };

  it("puts what is seen in the middle of what no panel covers, from wherever it is looked at", () => {
    for (const from of [FLAT, SOLID, { ...SOLID, turn: 2.5, tilt: -0.9 }]) {
      const { x, y } = shown(fitted(from));
      expect((Math.min(...x) + Math.max(...x)) / 2).toBeCloseTo((300 + 940) / 2, -1);
      expect((Math.min(...y) + Math.max(...y)) / 2).toBeCloseTo((20 + 620) / 2, -1);
      expect(Math.min(...y)).toBeGreaterThan(20);
      expect(Math.max(...y)).toBeLessThan(620);
    }
  });

  it("keeps a direction, and begins from the side and from above", () => {
    expect(fitted(SOLID)).toMatchObject({ turn: SOLID.turn, tilt: SOLID.tilt });
    const first = fitted({ ...SOLID, turn: 0, tilt: 0 });
    expect(first.turn).not.toBe(0);
    expect(first.tilt).toBeGreaterThan(0);
  });

  it("makes room for what is drawn over the points", () => {
    expect(fitted(SOLID, [3, 0, 0]).scale).toBeLessThan(fitted(SOLID).scale / 1.5);
  });
});
