import { describe, expect, test } from "vitest";
import { decodeLink, encodeLink, type LinkState, MOST_SELECTION_CHARS } from "./hash";
import { maskOf } from "./mask";
import { decodeRows, encodeRows } from "./rows-code";

describe("rows in a link", () => {
  test.each([
    ["none", []],
    ["the first", [0]],
    ["the last", [999]],
    ["a run", [10, 11, 12, 400]],
    ["all", Array.from({ length: 1000 }, (_, i) => i)],
    ["every third", Array.from({ length: 333 }, (_, i) => 3 * i)],
  ])("%s survive the round trip", (_, rows) => {
    const mask = maskOf(rows, 1000);
    expect(decodeRows(encodeRows(mask), 1000)).toEqual(mask);
  });

  test("damaged text is refused and extra rows are ignored", () => {
    expect(decodeRows("<script>", 10)).toBeNull();
    expect(decodeRows("A", 10)).toBeNull();
    expect(decodeRows(encodeRows(maskOf([900, 901], 1000)), 10)).toEqual(new Uint8Array(10));
  });
});

describe("links", () => {
  const full: LinkState = {
    projection: "t-SNE",
    color: "topic & more",
    camera: [0.5, -0.25, 3],
    query: '"exact words" 漢字 #1',
    mode: "phrase",
    filters: new Map([
      ["topic", { hidden: ["a,b", "<b>"] }],
      ["__proto__", { low: -1.5, high: 1e12 }],
    ]),
    selection: maskOf([1, 2, 3], 50),
    pinned: 7,
    panel: "believe",
    theme: "dark",
    overlaysOff: ["path 1"],
  };

  test("carry the whole state there and back", () => {
    expect(decodeLink(`#${encodeLink(full).hash}`, 50)).toEqual(full);
  });

  test("say that a selection did not fit", () => {
    const selection = Uint8Array.from({ length: 40_000 }, (_, i) => i % 2);
    const { hash, leftOut } = encodeLink({ filters: new Map(), overlaysOff: [], selection });
    expect(leftOut).toEqual(["selection"]);
    expect(hash.length).toBeLessThan(MOST_SELECTION_CHARS);
  });

  test.each([
    "",
    "#",
    "#hide=x&range=[1,2]&rows=%00&pin=-4&camera=a,b&theme=pink",
    "#hide=null&pin=1e9&range=%5B%22a%22%2Cnull%2C1%5D",
  ])("ignore damage: %s", (hash) => expect(decodeLink(hash, 50)).toEqual({ filters: new Map(), overlaysOff: [] }));
});
