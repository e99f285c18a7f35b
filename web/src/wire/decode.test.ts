/// <reference types="node" />

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeScene, fromBase64 } from "./decode";
import { placeOf, type Scene, textAt } from "./types";

// Written by tests/scene/test_wire.py, which fails when it would write other bytes.
const bytes = new Uint8Array(readFileSync(new URL("../../../tests/data/scene.bin", import.meta.url)));

let scene: Scene;
beforeAll(async () => {
  scene = await decodeScene(bytes);
});

describe("a container written by Python", () => {
  test("gives texts in every script, hostile ones included", () => {
    const texts = Array.from({ length: scene.n }, (_, row) => textAt(scene.texts, row));
    expect(texts).toEqual(["cat", "</script><b>", "שלום 🙂", "", "a\0b"]);
    expect(scene.title).toBe("A <small> scene");
  });

  test("gives places within a step, and none where there is none", () => {
    const [flat, solid] = scene.projections;
    expect(flat!.dim).toBe(2);
    expect(placeOf(flat!, 1)[0]).toBeCloseTo(1, 3);
    expect(placeOf(flat!, 1)[1]).toBeCloseTo(2, 3);
    expect(placeOf(flat!, 3)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(placeOf(solid!, 1)[2]).toBeCloseTo(2, 3);
    expect(scene.projections.map((each) => each.name)).toEqual(["PCA", "t-SNE 3-D"]);
  });

  test("gives columns of every kind", () => {
    const [topic, score, day, note] = scene.columns;
    expect(topic).toMatchObject({ kind: "category", values: ["animal", "tag", "none"] });
    expect(topic!.kind === "category" && [...topic!.codes]).toEqual([0, 1, 0, -1, 2]);
    expect(score!.kind === "number" && [...score!.values]).toEqual([1, 2.5, Number.NaN, -3, 1e9]);
    expect(day!.kind === "date" && [...day!.values]).toEqual([0, 86_400_000, Number.NaN, -1000, 1]);
    expect(note!.kind === "text" && textAt(note!.values, 1)).toBe("long text");
  });

  test("gives neighbours with distances", () => {
    const { k, rows, distances } = scene.neighbors!;
    expect(k).toBe(2);
    expect([...rows]).toEqual([1, 2, 0, 4, 4, 0, -1, -1, 1, -1]);
    expect(distances![1]).toBeCloseTo(0.5, 2);
    expect(distances![5]).toBeCloseTo(1, 5);
  });

  test("gives quality, with NaN where Python had none", () => {
    const quality = scene.projections[0]!.quality!;
    expect(quality.scores.recall).toBeCloseTo(0.8);
    expect(quality.chance.spearman).toBeNaN();
    expect([...quality.lost]).toEqual([0, 127, 254, 255, 64]);
    expect(quality.nNeighbors).toBe(15);
  });

  test("gives labels, ways, arrows, pins and pairs", () => {
    expect(scene.labels.map((label) => [label.text, label.level, label.size])).toEqual([
      ["first", 0, 3],
      ["cat", 1, 1],
    ]);
    expect(scene.labels[0]!.places[0]![1]).toBeCloseTo(0.5);
    expect(scene.paths[0]!.places[0]!.length).toBe(6);
    expect(scene.paths[0]!.captions).toEqual(["a", "b", "c"]);
    expect(scene.arrows[0]).toMatchObject({
      name: "king − man",
      starts: [
        [1, 2],
        [1, 2, 3],
      ],
    });
    expect(scene.pins[0]!.text).toBe("new");
    expect([...scene.pairs[0]!.rows]).toEqual([0, 1]);
  });
});

describe("a container in two parts", () => {
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + bytes[12]! + 256 * bytes[13]!)));
  const end = 16 + bytes[12]! + 256 * bytes[13]! + header.first;

  test("is whole when the second part has come, and draws before", async () => {
    const late = await decodeScene(bytes.slice(0, end), async () => bytes.slice(end));
    expect([...late.projections[0]!.points]).toEqual([...scene.projections[0]!.points]);
    expect(textAt(late.texts, 0)).toBe("");
    expect(await late.whole).toBe("");
    expect(textAt(late.texts, 2)).toBe(textAt(scene.texts, 2));
    expect([...late.neighbors!.rows]).toEqual([...scene.neighbors!.rows]);
    const note = late.columns[3]!;
    expect(note.kind === "text" && textAt(note.values, 1)).toBe("long text");
  });

  test("says what is missing when the second part is cut short", async () => {
    const late = await decodeScene(bytes.slice(0, end), async () => bytes.slice(end, end + 8));
    expect(await late.whole).toContain("cut short");
    expect(late.neighbors).toBeNull();
    expect(textAt(late.texts, 0)).toBe("");
  });
});

describe("damage", () => {
  test("is named: another file", async () => {
    await expect(decodeScene(new TextEncoder().encode("<!doctype html><p>"))).rejects.toThrow("damaged");
  });

  test("is named: a file cut short", async () => {
    await expect(decodeScene(bytes.slice(0, bytes.length - 40))).rejects.toThrow("cut short");
  });

  test("is named: a later format", async () => {
    const later = bytes.slice();
    later[8] = 99;
    await expect(decodeScene(later)).rejects.toThrow("format 99");
  });
});

test("base64 without the native method gives the same bytes", () => {
  expect([...fromBase64(btoa("\u0000\u00ffabc"))]).toEqual([0, 255, 97, 98, 99]);
});
