import { expect, test } from "vitest";
import { shepardPlot } from "./shepard";

test("pairs on a rising line give dots and medians on it", () => {
  const pairs = Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? 5 + (i >> 1) * 3 : i >> 1));
  const { dots, line } = shepardPlot(pairs)!;
  expect(dots.length).toBe(200);
  for (const points of [dots, line])
    for (let at = 0; at < points.length; at += 2) expect(points[at + 1]).toBeCloseTo(points[at]!, 6);
  expect(line.length).toBe(16);
  expect([dots[0], dots.at(-1)]).toEqual([0, 1]);
});

test("more pairs than can be told apart are thinned, not cut off", () => {
  const pairs = Float32Array.from({ length: 20_000 }, (_, i) => i);
  const { dots } = shepardPlot(pairs)!;
  expect(dots.length / 2).toBeLessThanOrEqual(600);
  expect(dots.at(-2)).toBeGreaterThan(0.99);
});

test("pairs that do not differ make no picture", () => {
  expect(shepardPlot(Float32Array.from([1, 2, 1, 2]))).toBeNull();
  expect(shepardPlot(new Float32Array(0))).toBeNull();
});
