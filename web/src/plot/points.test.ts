import { describe, expect, it } from "vitest";
import { NO_PLACE, type Projection, placeOf } from "../wire/types";
import { createCloud, FADED, HIDDEN, inSlots, placesBetween, SHOWN, scatter, setLooks, setStates } from "./cloud";
import { extentOf, withOverlays } from "./extent";
import { type Polygon, rowsInPolygon } from "./lasso";
import { createPace } from "./pace";
import { createPicker } from "./picker";
import { placesOf, worldOf } from "./places";
import { emptyProjected, projectSlots, sortByDepth } from "./project";
import { FULL, stampFor } from "./stamp";
import { spreadOf, styleFor } from "./style";
import { toScreen, viewOf } from "./view";

const NO_INSETS = { top: 0, right: 0, bottom: 0, left: 0 };

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function projectionOf(n: number, dim: 2 | 3, seed = 1): Projection {
  const next = random(seed);
  const points = Uint16Array.from({ length: n * dim }, () => Math.floor(next() * 65535));
  return {
    name: "A",
    method: "given",
    params: {},
    seed: 0,
    dim,
    points,
    low: [-3, 4, 5].slice(0, dim),
    step: 0.001,
    axes: [],
    notes: [],
    quality: null,
  };
}

const all = (): boolean => true;

describe("placesOf", () => {
  it("puts the middle at zero and the longer side from −1 to 1", () => {
    const projection = { ...projectionOf(2, 2), points: Uint16Array.from([0, 0, 60000, 20000]) };
    const places = placesOf(projection);
    const world = new Float64Array(3);
    worldOf(places, 0, world);
    expect(world[0]).toBeCloseTo(-1, 12);
    worldOf(places, 1, world);
    expect([world[0], world[1]]).toEqual([expect.closeTo(1, 12), expect.closeTo(1 / 3, 12)]);
  });

  it("leads back to data coordinates", () => {
    const projection = projectionOf(50, 3);
    const places = placesOf(projection);
    const world = new Float64Array(3);
    worldOf(places, 7, world);
    const back = [0, 1, 2].map((axis) => (places.middle[axis] as number) + places.half * (world[axis] as number));
    for (const [axis, value] of placeOf(projection, 7).entries()) expect(back[axis]).toBeCloseTo(value, 9);
  });

  it("survives one point, and none with a place", () => {
    const one = placesOf({ ...projectionOf(1, 2), points: Uint16Array.from([5, 9]) });
    const world = new Float64Array(3);
    expect(worldOf(one, 0, world)).toBe(true);
    expect(Math.hypot(...world)).toBeLessThan(1e-12);
    const none = placesOf({ ...projectionOf(1, 2), points: Uint16Array.from([NO_PLACE, NO_PLACE]) });
    expect(worldOf(none, 0, world)).toBe(false);
    expect(extentOf(none, 1, all)).toBeNull();
  });
});

describe("scatter", () => {
  it.each([0, 1, 2, 3, 10, 97, 1000, 65536])("is a permutation of %i rows", (n) => {
    expect([...scatter(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it("makes any first tenth a fair sample", () => {
    const rows = scatter(100_000);
    let low = 0;
    for (let slot = 0; slot < 10_000; slot++) if ((rows[slot] as number) < 50_000) low++;
    expect(Math.abs(low - 5000)).toBeLessThan(20);
  });
});

describe("cloud", () => {
  it("keeps looks and states with their rows", () => {
    const cloud = createCloud(5, placesOf(projectionOf(5, 2)));
    setLooks(cloud, Uint8Array.from([0, 1, 2, 3, 9]), [
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ]);
    setStates(cloud, Uint8Array.from([1, 0, 1, 1, 1]), Uint8Array.from([0, 0, 1, 0, 1]));
    const slotOf = (row: number): number => cloud.rows.indexOf(row);
    expect([0, 1, 2, 3, 4].map((row) => cloud.looks[slotOf(row)])).toEqual([0, 1, 2, 3, 3]);
    expect([0, 1, 2, 3, 4].map((row) => cloud.states[slotOf(row)])).toEqual([FADED, HIDDEN, SHOWN, FADED, SHOWN]);
  });

  it("projects slots to where single rows are, on the way between two projections too", () => {
    const [a, b] = [placesOf(projectionOf(40, 2, 3)), placesOf(projectionOf(40, 3, 4))];
    const cloud = createCloud(40, a);
    const to = createCloud(40, b).to;
    cloud.to = to;
    const view = viewOf({ x: 0, y: 0, z: 0, scale: 200, turn: 0.3, tilt: 0.2 }, 800, 600, NO_INSETS, true);
    const frame = {
      view,
      ratio: 1,
      morph: 0.25,
      share: 1,
      size: 4,
      opacity: 1,
      hasEmphasis: false,
      background: [255, 255, 255] as const,
    };
    const { xs, ys } = projectSlots(cloud, frame, 2, 40, emptyProjected());
    const [start, end, out] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
    worldOf(a, cloud.rows[11] as number, start);
    worldOf(b, cloud.rows[11] as number, end);
    toScreen(
      view,
      start.map((from, axis) => from + ((end[axis] as number) - from) * 0.25),
      out,
    );
    expect(xs[11]).toBeCloseTo(2 * (out[0] as number), 2);
    expect(ys[11]).toBeCloseTo(2 * (out[1] as number), 2);
  });

  it("sorts from far to near", () => {
    const next = random(9);
    const depths = Float32Array.from({ length: 500 }, () => 3 + 4 * next());
    const order = sortByDepth({ xs: depths, ys: depths, depths }, 500);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    for (let i = 1; i < 500; i++) {
      expect(depths[order[i] as number] as number).toBeLessThan((depths[order[i - 1] as number] as number) + 0.01);
    }
  });
});

describe("picking", () => {
  it.each([2, 3] as const)("finds what a look at every point finds, in %i-D", (dim) => {
    const n = 3000;
    const places = placesOf(projectionOf(n, dim, 5));
    const view = viewOf({ x: 0, y: 0, z: 0, scale: 280, turn: 0.4, tilt: 0.2 }, 800, 600, NO_INSETS, dim === 3);
    const picker = createPicker(places, n);
    const next = random(6);
    const [world, screen] = [new Float64Array(3), new Float64Array(3)];
    for (let turn = 0; turn < 60; turn++) {
      const [x, y] = [next() * 800, next() * 600];
      let [best, least] = [-1, Number.POSITIVE_INFINITY];
      for (let row = 0; row < n; row++) {
        if (row % 3 === 0 || !worldOf(places, row, world) || !toScreen(view, world, screen)) continue;
        const away = Math.hypot((screen[0] as number) - x, (screen[1] as number) - y);
        const cost = dim === 3 ? away - 12 * (screen[2] as number) : away;
        if (away <= 9 && cost < least) [best, least] = [row, cost];
      }
      expect(picker.pick(x, y, view, 9, (row) => row % 3 !== 0)).toBe(best);
    }
  });
});

describe("rowsIn", () => {
  it("lists what is on the screen when that is little", () => {
    const n = 5000;
    const places = placesOf(projectionOf(n, 2, 7));
    const view = viewOf({ x: 0.1, y: 0.2, z: 0, scale: 4000, turn: 0, tilt: 0 }, 800, 600, NO_INSETS, false);
    const picker = createPicker(places, n);
    const [world, screen] = [new Float64Array(3), new Float64Array(3)];
    const expected = Array.from({ length: n }, (_, row) => row).filter((row) => {
      worldOf(places, row, world);
      toScreen(view, world, screen);
      const [x, y] = [screen[0] as number, screen[1] as number];
      return x >= 0 && x <= 800 && y >= 0 && y <= 600;
    });
    expect(expected.length).toBeGreaterThan(5);
    expect(picker.rowsIn(view, 200)?.sort((a, b) => a - b)).toEqual(expected);
    expect(picker.rowsIn(view, 3)).toBeNull();
  });
});

describe("lasso", () => {
  const star: Polygon = Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 ? 90 : 240;
    return [400 + radius * Math.cos((i * Math.PI) / 5), 300 + radius * Math.sin((i * Math.PI) / 5)] as const;
  });

  /** Even-odd rule, every edge for every point. */
  function isInsideSlowly(polygon: Polygon, x: number, y: number): boolean {
    return polygon.reduce((inside, [x0, y0], i) => {
      const [x1, y1] = polygon[(i + 1) % polygon.length] as readonly [number, number];
      return y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0 ? !inside : inside;
    }, false);
  }

  const next = random(2);
  const crossed: Polygon = Array.from({ length: 60 }, () => [next() * 900 - 50, next() * 700 - 50] as const);
  const box: Polygon = [
    [100, 100],
    [500, 100],
    [500, 400],
    [100, 400],
  ];
  it.each([
    ["a star", star, 2],
    ["a star in space", star, 3],
    ["a line that crosses itself", crossed, 2],
    ["a rectangle", box, 2],
  ] as const)("takes what is visible inside %s and nothing else", (_, polygon, dim) => {
    const n = 20_000;
    const places = placesOf(projectionOf(n, dim, 8));
    const camera = { x: 0, y: 0, z: 0, scale: 280, turn: 0.4, tilt: 0.3 };
    const view = viewOf(camera, 800, 600, NO_INSETS, dim === 3);
    const rows = rowsInPolygon(
      polygon,
      places,
      n,
      view,
      Uint8Array.from({ length: n }, (_, row) => row & 1),
    );
    const [world, screen] = [new Float64Array(3), new Float64Array(3)];
    for (let row = 0; row < n; row++) {
      const isShown = worldOf(places, row, world) && toScreen(view, world, screen) && row % 2 === 1;
      const expected = isShown && isInsideSlowly(polygon, screen[0] as number, screen[1] as number);
      if (rows[row] !== Number(expected)) expect([row, rows[row]]).toEqual([row, Number(expected)]);
    }
    expect(rows.includes(1)).toBe(true);
  });

  it("takes nothing with less than three corners", () => {
    const places = placesOf(projectionOf(9, 2));
    const view = viewOf({ x: 0, y: 0, z: 0, scale: 280, turn: 0, tilt: 0 }, 800, 600, NO_INSETS, false);
    expect(
      rowsInPolygon(
        [
          [1, 1],
          [2, 2],
        ],
        places,
        9,
        view,
        null,
      ).includes(1),
    ).toBe(false);
  });
});

describe("placesBetween", () => {
  it.each([
    [2, 2],
    [2, 3],
    [3, 2],
  ] as const)("goes on from where a morph from %d to %d dimensions was", (before, after) => {
    const n = 500;
    const cloud = createCloud(n, placesOf(projectionOf(n, before, 3)));
    cloud.to = inSlots(placesOf(projectionOf(n, after, 5)), cloud.rows);
    cloud.to.points[10 * after] = NO_PLACE;
    const view = viewOf({ x: 0, y: 0, z: 0, scale: 280, turn: 0.5, tilt: 0.2 }, 800, 600, NO_INSETS, true);
    const frame = { view, ratio: 1, morph: 0.4, size: 3, opacity: 1, share: 1, hasEmphasis: false };
    const paint = { ...frame, background: [0, 0, 0] as const };
    const halfway = projectSlots(cloud, paint, 1, n, emptyProjected());
    cloud.from = placesBetween(cloud.from, cloud.to, 0.4);
    const started = projectSlots(cloud, { ...paint, morph: 1e-9 }, 1, n, emptyProjected());
    for (let slot = 0; slot < n; slot++) {
      expect(started.xs[slot]).toBeCloseTo(halfway.xs[slot] as number, 1);
      expect(started.ys[slot]).toBeCloseTo(halfway.ys[slot] as number, 1);
    }
  });
});

describe("withOverlays", () => {
  it("makes room for ways, arrows and pins that lead beyond the points", () => {
    const places = placesOf({ ...projectionOf(2, 2), points: Uint16Array.from([0, 0, 60000, 20000]) });
    const extent = extentOf(places, 2, all);
    if (!extent) throw new Error("nothing is placed");
    const far = places.middle[0] + 3 * places.half;
    const near = [places.middle[0], places.middle[1]];
    const drawn = {
      arrows: [{ name: "to the result", starts: [near], ends: [[far, places.middle[1]]] }],
      paths: [{ name: "way", captions: [], places: [Float32Array.from([...near, places.middle[0], Number.NaN])] }],
      pins: [],
    };
    const whole = withOverlays(extent, places, drawn as never, 0);
    expect(whole.high[0]).toBeCloseTo(3);
    expect(whole.low).toEqual(extent.low);
    expect(whole.high[1]).toBe(extent.high[1]);
  });
});

describe("extentOf", () => {
  it("holds every row while they are few", () => {
    const places = placesOf({ ...projectionOf(3, 2), points: Uint16Array.from([0, 0, 100, 100, 60000, 100]) });
    const extent = extentOf(places, 3, all);
    expect(extent?.high[0]).toBeCloseTo(1, 9);
    expect(extent?.low[0]).toBeCloseTo(-1, 9);
  });

  it("leaves a few strays out where they would make all others small", () => {
    const n = 10_000;
    const next = random(4);
    const points = Uint16Array.from({ length: 2 * n }, () => Math.floor(next() * 6000));
    points[0] = 65_000;
    const extent = extentOf(placesOf({ ...projectionOf(n, 2), points }), n, all);
    expect((extent?.high[0] ?? 0) - (extent?.low[0] ?? 0)).toBeLessThan(0.3);
  });
});

describe("what points look like", () => {
  it("shrinks and fades with the crowd and grows with the zoom", () => {
    const crowd = { area: 1e6, zoom: 1, scale: 400, spread: 0.3 };
    const few = styleFor({ ...crowd, count: 32 });
    const many = styleFor({ ...crowd, count: 1_000_000 });
    const near = styleFor({ ...crowd, count: 1_000_000, zoom: 50, scale: 20_000 });
    expect(few.size).toBeGreaterThan(3 * many.size);
    expect(few.opacity).toBe(0.9);
    expect(many.opacity).toBeLessThan(0.2);
    expect(near.size).toBeGreaterThan(many.size);
    expect(near.opacity).toBe(0.9);
    expect(many.size).toBeGreaterThanOrEqual(1.5);
  });

  it("measures how much of the map the points use", () => {
    expect(spreadOf(placesOf(projectionOf(50_000, 2)), 50_000)).toBeGreaterThan(0.95);
    const half = projectionOf(50_000, 2);
    const points = half.points.map((value, i) => (i % 2 && i > 1 ? value >> 1 : value));
    points[1] = 65_000;
    expect(spreadOf(placesOf({ ...half, points }), 50_000)).toBeCloseTo(0.5, 1);
    expect(spreadOf(placesOf(projectionOf(3, 2)), 3)).toBe(1);
  });

  it("does not fade a map for a few stacks of equal texts", () => {
    const scattered = projectionOf(8_000, 2);
    const points = scattered.points.map((value, i) => (i < 2_000 && i > 1 ? (i % 20) * 3_000 : value));
    expect(spreadOf(placesOf({ ...scattered, points }), 8_000)).toBeGreaterThan(0.6);
  });

  it("covers the area of a disc", () => {
    for (const size of [1, 1.75, 3, 5.5, 10]) {
      const covered = stampFor(size, 1).covers.reduce((sum, cover) => sum + cover / FULL, 0);
      expect(covered / ((Math.PI * size * size) / 4)).toBeGreaterThan(0.85);
      expect(covered / ((Math.PI * size * size) / 4)).toBeLessThan(1.2);
    }
  });

  it("draws fewer points on a slow machine, all on a fast one", () => {
    const [slow, fast] = [createPace(), createPace()];
    slow.saw(75, 1);
    fast.saw(8, 1);
    expect(slow.share()).toBeCloseTo(0.16, 9);
    expect(fast.share()).toBe(1);
  });
});
