import { describe, expect, test } from "vitest";
import { csvLine } from "./csv";
import { acceptCategories, acceptRange, CrossFilter, countCategories } from "./filters";
import { formatCount, formatDate, formatNumber, formatShare } from "./format";
import { binValues, countBins, extentOf, medianOf, niceStep } from "./histogram";
import { combineMasks, countRows, invertMask, maskOf, rowsOf } from "./mask";
import { orderByNumber, rankTexts } from "./order";
import { runSliced, runWhole } from "./slices";
import { createStore } from "./store";

describe("store", () => {
  test("tells only the listeners of changed keys", () => {
    const store = createStore({ a: 1, b: 2 });
    const heard: string[] = [];
    store.on(["a"], () => heard.push("a"));
    const stop = store.on(["b"], () => heard.push("b"));
    store.set({ a: 1, b: 3 });
    store.set({ a: 2 });
    stop();
    store.set({ b: 4 });
    expect(heard).toEqual(["b", "a"]);
    expect(store.get()).toEqual({ a: 2, b: 4 });
  });

  test("hands listeners the state before", () => {
    const store = createStore({ a: 1 });
    let before = 0;
    store.on(["a"], (_, old) => (before = old.a));
    store.set({ a: 5 });
    expect(before).toBe(1);
  });
});

describe("masks", () => {
  const a = maskOf([0, 1], 4);
  const b = maskOf([1, 2, 99, -1], 4);

  test.each([
    ["replace", [1, 2]],
    ["add", [0, 1, 2]],
    ["subtract", [0]],
    ["intersect", [1]],
  ] as const)("%s joins a gesture to the selection", (how, rows) => {
    expect([...rowsOf(combineMasks(a, b, how))]).toEqual(rows);
  });

  test("inverting twice changes nothing and leaves the argument alone", () => {
    expect([...invertMask(invertMask(a))]).toEqual([...a]);
    expect(countRows(invertMask(a))).toBe(2);
    expect(countRows(a)).toBe(2);
  });
});

describe("cross filter", () => {
  const codes = Int32Array.from([0, 0, 1, 1, -1]);
  const values = [1, 2, 3, Number.NaN, 5];

  test("a filter ignores itself for its own counts", () => {
    const cross = new CrossFilter(5);
    cross.set("topic", acceptCategories(codes, new Set([1]), 5));
    cross.set("score", acceptRange(values, 2, 5));
    expect([...rowsOf(cross.visible())]).toEqual([1, 4]);
    expect([...rowsOf(cross.visible("topic"))]).toEqual([1, 2, 4]);
    expect([...countCategories(codes, 2, cross.visible("topic"))]).toEqual([1, 1, 1]);
  });

  test("lifting every filter shows every row again", () => {
    const cross = new CrossFilter(5);
    cross.set("score", acceptRange(values, 2, 3));
    cross.set("score", acceptRange(values, 1, 1));
    expect(countRows(cross.visible())).toBe(1);
    cross.set("score", null);
    expect(countRows(cross.visible())).toBe(5);
    expect(cross.keys).toEqual([]);
  });

  test("agrees with filtering row by row for many random filters", () => {
    const n = 300;
    const cross = new CrossFilter(n);
    const masks = Array.from({ length: 9 }, (_, f) =>
      Uint8Array.from({ length: n }, (_, i) => ((i * 7919 + f * 104729) % 11 > 1 ? 1 : 0)),
    );
    for (const [f, mask] of masks.entries()) cross.set(`f${f}`, mask);
    const expected = Array.from({ length: n }, (_, i) => (masks.every((mask) => mask[i]) ? 1 : 0));
    expect([...cross.visible()]).toEqual(expected);
    const others = Array.from({ length: n }, (_, i) => (masks.every((mask, f) => f === 4 || mask[i]) ? 1 : 0));
    expect([...cross.visible("f4")]).toEqual(others);
  });

  test("rows without a value can be hidden by −1", () => {
    expect([...acceptCategories(codes, new Set([-1]), 5)]).toEqual([1, 1, 1, 1, 0]);
  });
});

describe("histograms", () => {
  test("the median is what sorting finds", () => {
    let seed = 7;
    const next = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (const size of [1, 2, 3, 10, 101, 1000]) {
      for (const levels of [1, 3, 1e6]) {
        const values = Float64Array.from({ length: size }, () => Math.floor(next() * levels));
        const sorted = values.slice().sort();
        expect(medianOf(values)).toBe(sorted[size >> 1]);
      }
    }
  });
  test("every value falls into the bin whose edges hold it", () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) * 37.5);
    const { edges, bins } = binValues(values) as NonNullable<ReturnType<typeof binValues>>;
    values.forEach((value, i) => {
      const bin = bins[i] as number;
      expect(value).toBeGreaterThanOrEqual((edges[bin] as number) - 1e-9);
      expect(value).toBeLessThanOrEqual((edges[bin + 1] as number) + 1e-9);
    });
    const counts = countBins(bins, edges.length - 1, new Uint8Array(500).fill(1));
    expect(counts.reduce((a, b) => a + b)).toBe(500);
  });

  test("whole numbers get whole bins", () => {
    const { edges } = binValues([1, 2, 3, 4, 5]) as NonNullable<ReturnType<typeof binValues>>;
    expect([...edges]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("one value makes one bin and no value makes none", () => {
    expect(binValues([7, 7])?.edges.length).toBe(2);
    expect(binValues([Number.NaN])).toBeNull();
    expect(binValues([])).toBeNull();
    expect(extentOf([Number.NaN, 3, -1])).toEqual([-1, 3]);
  });

  test("dates get bins of calendar length", () => {
    const year = 365.25 * 86_400_000;
    const { edges } = binValues([0, 30 * year], 40, true) as NonNullable<ReturnType<typeof binValues>>;
    expect((edges[1] as number) - (edges[0] as number)).toBe(year);
  });

  test.each([
    [0.7, 1],
    [1, 1],
    [1.3, 2],
    [2.2, 2.5],
    [3, 5],
    [7, 10],
    [0.03, 0.05],
  ])("a nice step for %d is %d", (step, nice) => {
    expect(niceStep(step)).toBeCloseTo(nice, 12);
  });
});

function rankOf(texts: readonly string[]): Float64Array {
  return runWhole(
    rankTexts(
      texts.length,
      (row) => texts[row] as string,
      () => undefined,
    ),
  );
}

describe("order", () => {
  const rows = Uint32Array.from([0, 1, 2, 3]);

  test("rows without a number come last, whichever way", () => {
    const values = [2, Number.NaN, 1, 2];
    expect([...orderByNumber(rows, values, false)]).toEqual([2, 0, 3, 1]);
    expect([...orderByNumber(rows, values, true)]).toEqual([0, 3, 2, 1]);
  });

  test("text sorts as people count, empty ones last", () => {
    const texts = ["b10", "", "b9", "Ä"];
    expect([...rankOf(texts)]).toEqual([2, Number.NaN, 1, 0]);
    expect([...orderByNumber(rows, rankOf(texts), false)]).toEqual([3, 2, 0, 1]);
  });

  test("long lists are merged as they would be sorted, equal texts with one rank", () => {
    const texts = Array.from({ length: 9001 }, (_, row) => `${["é", "E", "word", ""][row % 4]}${(row * 7919) % 997}`);
    const shares: number[] = [];
    const ranks = runWhole(
      rankTexts(
        texts.length,
        (row) => texts[row] as string,
        (share) => shares.push(share),
      ),
    );
    const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
    const order = orderByNumber(Uint32Array.from(texts.keys()), ranks, false);
    expect([...order]).toEqual(
      [...texts.keys()].sort((a, b) => compare(texts[a] as string, texts[b] as string) || a - b),
    );
    expect(ranks[0]).toBe(ranks[4 * 997]);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});

describe("formats", () => {
  test("shares never claim all or nothing falsely", () => {
    expect(formatShare(0)).toBe("0\u202f%");
    expect(formatShare(0.00001)).toBe("<\u202f0.1\u202f%");
    expect(formatShare(0.99999)).toBe(">\u202f99.9\u202f%");
    expect(formatShare(0.073)).toBe("7.3\u202f%");
    expect(formatShare(0.384)).toBe("38\u202f%");
    expect(formatShare(Number.NaN)).toBe("–");
  });

  test("numbers keep what matters", () => {
    expect(formatCount(117592)).toBe("117\u202f592");
    expect(formatNumber(0.123456)).toBe("0.1235");
    expect(formatNumber(2021)).toBe("2021");
    expect(formatNumber(Number.NaN)).toBe("–");
    expect(formatDate(Date.UTC(2021, 2, 4))).toBe("2021-03-04");
    expect(formatDate(Number.NaN)).toBe("–");
  });

  test("a CSV line quotes what needs it and keeps markup as it is", () => {
    expect(csvLine(["a", 'say "hi"', "x,y", "two\nlines", "<b>"])).toBe('a,"say ""hi""","x,y","two\nlines",<b>\r\n');
  });
});

describe("slices", () => {
  function* count(to: number): Generator<void, number, void> {
    let sum = 0;
    for (let i = 0; i < to; i++) {
      sum += i;
      yield;
    }
    return sum;
  }

  test("give the same answer as one run", async () => {
    expect(await runSliced(count(1000)).done).toBe(runWhole(count(1000)));
  });

  test("stop when cancelled", async () => {
    const endless = runSliced(count(Number.POSITIVE_INFINITY));
    endless.cancel();
    expect(await endless.done).toBeNull();
  });
});
