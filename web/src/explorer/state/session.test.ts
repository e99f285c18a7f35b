import { describe, expect, test } from "vitest";
import type { Column, Quality, Scene } from "../../wire/types";
import { textsOf } from "../text/blob";
import { colorChoices, colorRows } from "./coloring";
import { cellRaw, cellText, overlaysOf, shareOf } from "./facts";
import { applyLink, linkOf } from "./link-state";
import { maskOf, rowsOf } from "./mask";
import { describeNeighbors } from "./nearest";
import { playRange } from "./player";
import { createSession } from "./session";
import { assignColors, MOST_COLORS, rampCodes, rampEnds } from "./swatches";
import { csvParts } from "./table-file";
import { cautionsOf, labelLines, pointVerdict, scoreLines, stabilityLine, verdictsOf } from "./verdict";

const SCORES = { recall: 0.4, recall_50: 0.5, trustworthiness: 0.9, continuity: 0.8, triplets: 0.7, spearman: 0.5 };
const THEME = {
  categories: ["#010101", "#020202", "#030303"],
  none: "#999999",
  other: "#888888",
  background: "#ffffff",
  ink: "#000000",
  muted: "#555555",
  faint: "#dddddd",
  sequential: ["#000000", "#777777", "#ffffff"],
  diverging: [],
};
const QUALITY: Quality = {
  scores: SCORES,
  chance: { ...SCORES, recall: 0.01 },
  pca: null,
  nNeighbors: 2,
  nSampled: 6,
  nVectors: 6,
  lost: Uint8Array.from([0, 127, 254, 255, 0, 0]),
  false: Uint8Array.from([0, 127, 254, 255, 0, 0]),
  errors: null,
  verdict: [],
  shepard: null,
  labels: null,
  stability: null,
};
const COLUMNS: Column[] = [
  { kind: "category", name: "topic", codes: Int32Array.from([0, 0, 0, 1, 1, -1]), values: ["red, or so", "blue"] },
  { kind: "number", name: "score", values: Float32Array.from([1, 2, 3, 4, 5, Number.NaN]) },
  { kind: "date", name: "when", values: Float64Array.from([0, 1, 2, 3, 4, 5].map((day) => day * 86_400_000)) },
  { kind: "text", name: "note", values: textsOf(["a", "", "c", "d", "e", "f"]) },
];

function sceneOf(extra: Partial<Scene> = {}): Scene {
  const projection = (name: string, points: number[]): Scene["projections"][number] => ({
    name,
    method: "tsne",
    params: {},
    seed: 0,
    dim: 2,
    points: Uint16Array.from(points),
    low: [0, 0],
    step: 1,
    axes: [],
    notes: [],
    quality: name === "t-SNE" ? QUALITY : null,
  });
  return {
    title: "Six",
    kind: "words",
    n: 6,
    texts: textsOf(["Alpha one", "alpha two", "beta", "gamma alpha", "delta", "=1+1"]),
    projections: [
      projection("t-SNE", [0, 0, 1, 0, 2, 0, 3, 0, 100, 0, 65535, 65535]),
      projection("PCA", [0, 0, 9, 0, 8, 0, 7, 0, 1, 0, 0, 0]),
    ],
    columns: COLUMNS,
    color: "topic",
    neighbors: null,
    metric: "cosine",
    labels: [],
    paths: [],
    arrows: [],
    pins: [{ text: "new", places: [] }],
    pairs: [],
    remarks: [],
    about: {},
    palette: { light: THEME, dark: THEME },
    whole: Promise.resolve(""),
    ...extra,
  };
}

async function settle(): Promise<void> {
  for (let k = 0; k < 5; k++) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("session", () => {
  test("a hidden category disappears and comes back", () => {
    const session = createSession(sceneOf());
    session.toggleCategory("topic", 0);
    expect([...rowsOf(session.store.get().visible)]).toEqual([3, 4, 5]);
    session.toggleCategory("topic", 0);
    expect(session.store.get().shown).toBe(6);
  });

  test("isolating twice shows all again", () => {
    const session = createSession(sceneOf());
    session.isolateCategory("topic", 1);
    expect([...rowsOf(session.store.get().visible)]).toEqual([3, 4]);
    session.isolateCategory("topic", 1);
    expect(session.store.get().shown).toBe(6);
    expect(session.cross.keys).toEqual([]);
  });

  test("a search finds rows, steps over hidden ones and can hide the rest", async () => {
    const session = createSession(sceneOf());
    session.search("alpha", "words");
    await settle();
    expect([...(session.store.get().found?.rows ?? [])]).toEqual([0, 1, 3]);
    session.toggleCategory("topic", 1);
    expect([session.stepMatch(1), session.stepMatch(1), session.stepMatch(1)]).toEqual([0, 1, 0]);
    expect(session.stepMatch(-1)).toBe(1);
    session.setOnlyFound(true);
    expect([...rowsOf(session.store.get().visible)]).toEqual([0, 1]);
    session.search("", "words");
    expect(session.store.get().shown).toBe(4);
    expect(session.stepMatch(1)).toBe(-1);
  });

  test("a search that hides nothing leaves what is shown alone", async () => {
    const session = createSession(sceneOf());
    const before = session.store.get().visible;
    session.search("alpha", "words");
    await settle();
    expect(session.store.get().visible).toBe(before);
  });

  test("a broken pattern is a sentence, not a failure", async () => {
    const session = createSession(sceneOf());
    session.search("(a", "pattern");
    await settle();
    expect(session.store.get().problem).toMatch(/never closed/);
    expect(session.store.get().found).toBeNull();
  });

  test("only the last of several quick searches answers", async () => {
    const session = createSession(sceneOf());
    session.search("beta", "words");
    session.search("delta", "words");
    await settle();
    expect([...(session.store.get().found?.rows ?? [])]).toEqual([4]);
  });

  test("selections add, subtract, invert within what is shown, and can hide the rest", () => {
    const session = createSession(sceneOf());
    session.select(maskOf([0, 1], 6), "replace");
    session.select(maskOf([4], 6), "add");
    session.select(maskOf([0], 6), "subtract");
    expect([...rowsOf(session.store.get().selection as Uint8Array)]).toEqual([1, 4]);
    session.setOnlySelected(true);
    expect([...rowsOf(session.store.get().visible)]).toEqual([1, 4]);
    session.setOnlySelected(false);
    session.setRange("score", [2, 5]);
    session.invertSelection();
    expect([...rowsOf(session.store.get().selection as Uint8Array)]).toEqual([2, 3]);
    session.clearSelection();
    expect(session.store.get().selection).toBeNull();
  });

  test("showing only a selection ends when the selection does", () => {
    const session = createSession(sceneOf());
    session.select(maskOf([2], 6), "replace");
    session.setOnlySelected(true);
    session.clearSelection();
    expect(session.store.get()).toMatchObject({ shown: 6, onlySelected: false });
  });
});

describe("links of a session", () => {
  test("open the same view in another session", async () => {
    const first = createSession(sceneOf());
    first.store.set({
      projection: 1,
      color: ":lost",
      tab: "believe",
      theme: "dark",
      pinned: 2,
      overlaysOff: new Set(["pin:0"]),
    });
    first.setHidden("topic", new Set([1, -1]));
    first.setRange("score", [1, 2.5]);
    first.select(maskOf([0, 3], 6), "replace");
    first.search("alpha", "phrase");
    await settle();
    const link = linkOf(first.scene, first.store.get(), null);
    const second = createSession(sceneOf());
    applyLink(second, link);
    await settle();
    expect(linkOf(second.scene, second.store.get(), null)).toEqual(link);
    expect([...second.store.get().visible]).toEqual([...first.store.get().visible]);
  });

  test("bring every state back to what they say", async () => {
    const session = createSession(sceneOf());
    const start = linkOf(session.scene, session.store.get(), null);
    session.setHidden("topic", new Set([1]));
    session.setOnlyFound(true);
    session.search("alpha", "phrase");
    session.select(maskOf([0, 3], 6), "replace");
    session.store.set({ color: ":lost", tab: "believe", theme: "dark", pinned: 2, overlaysOff: new Set(["pin:0"]) });
    await settle();
    applyLink(session, start);
    await settle();
    expect(linkOf(session.scene, session.store.get(), null)).toEqual(start);
    expect(session.store.get()).toMatchObject({ color: "=topic", mode: "words", found: null, shown: 6, tab: "color" });
  });

  test.each(["=note", ":nothing", "topic"])("by which nothing can be coloured, as %s, leave the colours", (color) => {
    const session = createSession(sceneOf());
    applyLink(session, { color, filters: new Map(), overlaysOff: [] });
    expect(session.store.get().color).toBe("=topic");
  });

  test("of another Scene change nothing that this one does not know", () => {
    const session = createSession(sceneOf());
    const filters = new Map([
      ["nothing", { hidden: ["x"] }],
      ["topic", { hidden: ["unknown"] }],
    ]);
    applyLink(session, { projection: "nope", color: "=nope", panel: "nope", filters, overlaysOff: ["path:9"] });
    expect(session.store.get()).toMatchObject({ projection: 0, color: "=topic", tab: "color", shown: 6, pinned: -1 });
  });
});

describe("colours", () => {
  test("a category keeps its colour whatever is hidden; what is small is grey until little else is shown", () => {
    const all = assignColors(100, 0.8, undefined);
    expect([...all.slice(0, MOST_COLORS)]).toEqual(Array.from({ length: MOST_COLORS }, (_, k) => k));
    expect(all[MOST_COLORS]).toBe(-1);
    const hidden = new Set(Array.from({ length: 100 }, (_, code) => code).filter((code) => code !== 3 && code < 90));
    const few = assignColors(100, 0.8, hidden);
    expect(few[3]).toBe(3);
    expect(new Set([few[3], ...few.slice(90)]).size).toBe(11);
    expect(few[95]).toBeGreaterThanOrEqual(0);
    expect(assignColors(40, 0.1, undefined)[39]).toBe(39);
    expect(assignColors(2500, 0.1, undefined)[2499]).toBe(2499);
  });

  test("rows without a value share the colour for none", () => {
    const { codes, table, legend } = colorRows(sceneOf(), "=topic", 0, new Map(), THEME);
    expect(Array.from(codes, (code) => table[code])).toEqual([
      "#010101",
      "#010101",
      "#010101",
      "#020202",
      "#020202",
      "#999999",
    ]);
    expect(legend).toMatchObject({ kind: "categories", hasMissing: true });
  });

  test("numbers fall on the ramp in order", () => {
    expect(rampEnds([5, 1, Number.NaN, 3])).toEqual([1, 5]);
    expect(rampEnds([Number.NaN])).toBeNull();
    expect([...rampCodes([1, 3, 5, Number.NaN, 99], [1, 5], 3)]).toEqual([0, 1, 2, 3, 2]);
    expect([...rampCodes([4, 4], [4, 4], 3)]).toEqual([0, 0]);
  });

  test("faithfulness is offered only where it was measured", () => {
    const names = (projection: number): string[] => colorChoices(sceneOf(), projection).map(({ by }) => by);
    expect(names(0)).toContain(":lost");
    expect(names(1)).not.toContain(":lost");
    expect(names(1)).not.toContain("=note");
    const { codes, legend } = colorRows(sceneOf(), ":lost", 0, new Map(), THEME);
    expect([...codes]).toEqual([0, 1, 2, 3, 0, 0]);
    expect(legend).toMatchObject({ kind: "ramp", ends: [0, 1] });
    expect(colorRows(sceneOf(), ":lost", 1, new Map(), THEME).legend.kind).toBe("plain");
  });
});

describe("neighbours", () => {
  const neighbors = {
    k: 2,
    rows: Int32Array.from([1, 4, 0, 2, 1, -1, 2, 1, 0, 3, 0, 1]),
    distances: Float32Array.from(Array(12).fill(0.5)),
  };

  test("say how many points are drawn nearer", () => {
    const scene = sceneOf();
    const [near, far] = describeNeighbors(neighbors, scene.projections[0] as Scene["projections"][number], 0);
    expect(near).toEqual({ row: 1, distance: 0.5, drawnNearer: 0, isFar: false });
    expect(far).toMatchObject({ row: 4, drawnNearer: 3 });
  });

  test("are far when more than three times as many others are drawn nearer", () => {
    const points = Uint16Array.from({ length: 40 }, (_, k) => (k % 2 ? 0 : k));
    const projection = { ...(sceneOf().projections[0] as Scene["projections"][number]), points };
    const list = { k: 1, rows: Int32Array.from({ length: 20 }, () => 4), distances: null };
    expect(describeNeighbors(list, projection, 0)[0]).toMatchObject({ drawnNearer: 3, isFar: false });
    list.rows[0] = 5;
    expect(describeNeighbors(list, projection, 0)[0]).toMatchObject({ drawnNearer: 4, isFar: true });
  });

  test("of a point without a place have none either", () => {
    const projection = sceneOf().projections[0] as Scene["projections"][number];
    expect(describeNeighbors(neighbors, projection, 5).map(({ drawnNearer }) => drawnNearer)).toEqual([-1, -1]);
    expect(describeNeighbors(neighbors, projection, 2)).toHaveLength(1);
  });
});

describe("words about faithfulness", () => {
  const projection = sceneOf().projections[0] as Scene["projections"][number];

  test("follow the numbers", () => {
    expect(verdictsOf(projection)[0]).toContain("40\u202f%");
    expect(verdictsOf({ ...projection, quality: null })[0]).toMatch(/Nobody has measured/);
    expect(verdictsOf({ ...projection, quality: { ...QUALITY, verdict: ["Plain.", "More."] } })).toEqual([
      "Plain.",
      "More.",
    ]);
    const poor = { ...QUALITY, scores: { ...SCORES, recall: 0.02, triplets: 0.5 } };
    expect(verdictsOf({ ...projection, quality: poor })[0]).toMatch(/rarely true.*says little/);
    expect(scoreLines(QUALITY)[0]).toMatchObject({
      value: 0.4,
      error: Number.NaN,
      marks: [{ kind: "chance", value: 0.01 }],
    });
    expect(cautionsOf(projection).join()).toMatch(/size and density.*gap/s);
    expect(cautionsOf({ ...projection, method: "pca" }).join()).not.toMatch(/gap/);
  });

  test("tell a column of categories beside its vectors, the PCA and a shuffle", () => {
    const of = (accuracy: number) => ({ accuracy, purity: accuracy / 2, silhouette: -0.1 });
    const [told] = labelLines({
      column: "topic",
      space: of(0.9),
      map: of(0.8),
      shuffled: of(0.1),
      pca: null,
      errors: of(0.02),
      nNeighbors: 3,
      nLabels: 2,
      nSampled: 6,
      nLabelled: 6,
    });
    expect(told).toMatchObject({ value: 0.8, error: 0.02 });
    expect(told!.marks.map(({ kind, value }) => [kind, value])).toEqual([
      ["space", 0.9],
      ["chance", 0.1],
    ]);
  });

  test("tell how much comes back, run by run", () => {
    const line = stabilityLine({
      overlap: 0.5,
      chance: 0.1,
      runs: [0.4, 0.6],
      nNeighbors: 15,
      kept: new Uint8Array(6),
    });
    expect(line.meaning).toMatch(/2 more times.*15 nearest.*40\u202f%, 60\u202f%/);
    expect(
      stabilityLine({ overlap: 0.5, chance: 0.1, runs: [0.5], nNeighbors: 15, kept: new Uint8Array(6) }).meaning,
    ).not.toMatch(/In each/);
  });

  test("of one point are none where nothing is known", () => {
    expect(pointVerdict(QUALITY, 3)).toBeNull();
    expect(pointVerdict(null, 0)).toBeNull();
    expect(pointVerdict(QUALITY, 0)).toMatch(/can be believed/);
    expect(pointVerdict(QUALITY, 2)).toMatch(/Do not read much/);
    expect(shareOf(255)).toBeNaN();
    expect(shareOf(254)).toBe(1);
  });
});

describe("cells and files", () => {
  test("show values for people and keep them for programs", () => {
    expect(COLUMNS.map((column) => cellText(column, 0))).toEqual(["red, or so", "1", "1970-01-01", "a"]);
    expect(COLUMNS.map((column) => cellText(column, 5))).toEqual(["", "", "1970-01-06", "f"]);
    expect(cellRaw(COLUMNS[2] as Column, 1)).toBe("1970-01-02T00:00:00.000Z");
    expect(overlaysOf(sceneOf()).map(({ id }) => id)).toEqual(["pin:0"]);
  });

  test("a CSV file has every column, the place and the faithfulness", () => {
    const scene = sceneOf();
    const lines = csvParts(scene, scene.projections[0] as Scene["projections"][number], [0, 5])
      .join("")
      .split("\r\n");
    expect(lines).toEqual([
      "\ufefftext,topic,score,when,note,x,y,lost,false",
      'Alpha one,"red, or so",1,1970-01-01T00:00:00.000Z,a,0,0,0,0',
      "=1+1,,,1970-01-06T00:00:00.000Z,f,,,0,0",
      "",
    ]);
  });
});

describe("player", () => {
  test("walks a window to the end and stops", () => {
    const shown: (readonly [number, number] | null)[] = [];
    let tick: (now: number) => void = () => undefined;
    let isOver = false;
    const player = playRange({
      ends: [0, 120],
      start: () => null,
      show: (range) => shown.push(range),
      stopped: () => (isOver = true),
      schedule: (next) => (tick = next),
    });
    player.toggle();
    expect(shown[0]).toEqual([0, 10]);
    for (let now = 0; now < 20_000 && !isOver; now += 100) tick(now);
    expect(isOver).toBe(true);
    expect(shown.at(-1)).toEqual([110, 120]);
    const starts = shown.map((range) => (range as [number, number])[0]);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  test("keeps the width of the range that was set", () => {
    let range: readonly [number, number] | null = [20, 50];
    const player = playRange({
      ends: [0, 120],
      start: () => range,
      show: (next) => (range = next),
      stopped: () => undefined,
      schedule: () => undefined,
    });
    player.toggle();
    expect(range).toEqual([20, 50]);
    player.stop();
  });
});
