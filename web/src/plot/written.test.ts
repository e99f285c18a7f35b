import { describe, expect, it } from "vitest";
import type { Label } from "../wire/types";
import { PlacedBoxes } from "./boxes";
import { createLabelFader } from "./fader";
import { breakLines, chooseLabels, reachOf, type WrittenLabel } from "./labels";
import { chooseNames } from "./names";
import { SvgPen } from "./pen";
import type { Places } from "./places";
import { viewOf } from "./view";

const PLACES: Places = {
  dim: 2,
  points: Uint16Array.from([100, 100, 110, 100, 30000, 30000]),
  low: [-1, -1, 0],
  step: [1 / 32767, 1 / 32767, 0],
  middle: [0, 0, 0],
  half: 1,
};
const VIEW = viewOf(
  { x: 0, y: 0, z: 0, scale: 300, turn: 0, tilt: 0 },
  800,
  600,
  { top: 0, right: 0, bottom: 0, left: 0 },
  false,
);
const measure = (text: string, font: number): number => text.length * font * 0.55;

function labelAt(text: string, x: number, y: number, level = 0, size = 10): Label {
  return { text, level, size, places: [[x, y]] };
}

function choose(labels: Label[], zoom = 1, shown: Label[] = []): WrittenLabel[] {
  return chooseLabels(labels, 0, PLACES, VIEW, zoom, new Set(shown), measure);
}

describe("chooseLabels", () => {
  it("writes none over another", () => {
    const labels = Array.from({ length: 60 }, (_, i) =>
      labelAt(`label number ${i}`, Math.sin(i * 7) * 0.8, Math.cos(i * 5) * 0.8),
    );
    const written = choose(labels);
    expect(written.length).toBeGreaterThan(5);
    const boxes = written.map(({ lines, x, y, font }) => {
      const width = Math.max(...lines.map((line) => measure(line, font)));
      return {
        left: x - width / 2,
        right: x + width / 2,
        top: y - (lines.length * font) / 2,
        bottom: y + (lines.length * font) / 2,
      };
    });
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
      }
    }
  });

  it("names a tiny group once it is a fair part of what is in view, unless all are tiny", () => {
    const crowd: Places = { ...PLACES, points: new Uint16Array(2 * 100_000) };
    const texts = (sizes: number[], zoom: number): string[] =>
      chooseLabels(
        sizes.map((size, i) => labelAt(`of ${size}`, i * 0.5 - 0.4, 0, 0, size)),
        0,
        crowd,
        VIEW,
        zoom,
        new Set(),
        measure,
      ).map(({ label }) => label.text);
    expect(texts([50_000, 30], 1)).toEqual(["of 50000"]);
    expect(texts([50_000, 30], 2)).toEqual(["of 50000", "of 30"]);
    expect(texts([60, 30], 1)).toEqual(["of 60", "of 30"]);
  });

  it("shows coarse labels first and finer ones nearer", () => {
    const labels = [0, 1, 2, 3].map((level) => labelAt(`level ${level}`, -0.6 + 0.4 * level, 0, level));
    const levels = (zoom: number): number[] => choose(labels, zoom).map(({ label }) => label.level);
    expect(levels(1)).toEqual([0, 1]);
    expect(levels(1.5)).toEqual([0, 1, 2]);
    expect(levels(200)).toEqual([3]);
    expect(reachOf(0.5)).toBe(reachOf(1));
  });

  it("keeps the one that was there when two want the same place", () => {
    const [a, b] = [labelAt("aaaaaaaaaa", 0, 0, 0, 20), labelAt("bbbbbbbbbb", 0, 0, 0, 10)];
    expect(choose([a, b])[0]?.label).toBe(a);
    expect(choose([a, b], 1, [b])[0]?.label).toBe(b);
  });

  it("leaves out what has no place or lies outside", () => {
    expect(choose([labelAt("nowhere", Number.NaN, 0), labelAt("outside", 9, 9)])).toEqual([]);
  });

  it("keeps every label on the map", () => {
    for (const { lines, x, font } of choose([labelAt("at the very right edge", 1.33, 0)])) {
      expect(x + Math.max(...lines.map((line) => measure(line, font))) / 2).toBeLessThanOrEqual(800);
    }
  });
});

describe("breakLines", () => {
  it("breaks long labels near the middle, at a space", () => {
    expect(breakLines("Adversarial Attacks And Defense")).toEqual(["Adversarial Attacks", "And Defense"]);
    expect(breakLines("short")).toEqual(["short"]);
    expect(breakLines("x".repeat(200))[0]).toHaveLength(64);
  });
});

describe("chooseNames", () => {
  it("names crowded points once each, without overlap, and leaves hidden ones unnamed", () => {
    const source = {
      rows: [0, 1, 2],
      textOf: (row: number) => ["cat", "dog", "far"][row] as string,
      stateOf: (row: number) => (row === 2 ? 0 : 2),
    };
    const names = chooseNames(source, PLACES, VIEW, 8, new Map(), measure, new PlacedBoxes());
    expect(names.map(({ text }) => text).sort()).toEqual(["cat", "dog"]);
    expect(names[0]?.align).not.toBe(names[1]?.align);
  });
});

describe("createLabelFader", () => {
  it("lets labels in softly and says when it is done", () => {
    globalThis.matchMedia ??= (() => ({ matches: false })) as unknown as typeof matchMedia;
    const fader = createLabelFader();
    const written = choose([labelAt("one", 0, 0)]);
    expect(fader.set(written, 1_000_000)).toBe(false);
    expect(fader.set([], 1_000_016)).toBe(false);
    expect(fader.set(written, 1_000_032)).toBe(true);
    expect(fader.shown()[0]?.opacity).toBeLessThan(1);
    expect(fader.set(written, 1_000_500)).toBe(false);
    expect(fader.shown()[0]?.opacity).toBe(1);
  });
});

describe("SvgPen", () => {
  it("writes texts as text, whatever they hold", () => {
    const pen = new SvgPen();
    pen.text('<script>alert("1")</script>&\u0000', 1, 2, {
      font: 12,
      weight: 400,
      color: "red",
      halo: "#fff",
      align: "left",
    });
    expect(pen.parts[0]).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;</text>");
    expect(pen.parts[0]).not.toContain("\u0000");
  });
});
