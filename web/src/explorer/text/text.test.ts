import { describe, expect, test } from "vitest";
import { runWhole } from "../state/slices";
import { foldTexts, textAt, textsOf } from "./blob";
import { distinctiveWords, logOddsZ } from "./distinctive";
import { Pattern, PatternError } from "./pattern";
import { type SearchMode, searchTexts, splitWords } from "./search";
import { countAllWords, visitWords } from "./tokens";

const AWKWARD = [
  "",
  "The cat sat",
  "CAT scan",
  "İstanbul ÉCOLE",
  "日本語の猫",
  "😀 smile",
  "<b>cat</b>",
  "con",
  "cat",
  "a\nb",
  "x".repeat(300_000),
];

function find(rows: readonly string[], query: string, mode: SearchMode): number[] {
  const folded = runWhole(foldTexts(textsOf(rows)));
  return [...runWhole(searchTexts(folded, query, mode)).rows];
}

describe("blob", () => {
  test("gives every text back", () => {
    const texts = textsOf(AWKWARD);
    for (const [row, text] of AWKWARD.entries()) expect(textAt(texts, row)).toBe(text);
  });

  test("folds each row as lower case does", () => {
    const folded = runWhole(foldTexts(textsOf(AWKWARD)));
    for (const [row, text] of AWKWARD.entries()) expect(textAt(folded, row)).toBe(text.normalize("NFC").toLowerCase());
  });

  test("has room for lower case that is longer than what it came from", () => {
    const rows = Array.from({ length: 50 }, () => "İİİİ");
    const folded = runWhole(foldTexts(textsOf(rows)));
    expect(textAt(folded, 49)).toBe("İİİİ".toLowerCase());
  });
});

describe("search", () => {
  test.each<[string, SearchMode, number[]]>([
    ["cat", "words", [1, 2, 6, 8]],
    ["sat CAT", "words", [1]],
    ['"cat s"', "words", [1, 2]],
    ["cat s", "phrase", [1, 2]],
    ["école", "words", [3]],
    ["猫", "phrase", [4]],
    ["concat", "phrase", []],
    ["  ", "words", []],
    ["^cat$", "pattern", [8]],
    ["<b>", "phrase", [6]],
    ["x".repeat(299_999), "phrase", [10]],
    ["x{500}$", "pattern", [10]],
  ])("%.20s by %s", (query, mode, rows) => expect(find(AWKWARD, query, mode)).toEqual(rows));

  test("finds what a scan of every row finds, over rows of every length", () => {
    const rows = Array.from({ length: 3000 }, (_, i) => "ababcab".repeat(i % 5).slice(i % 3));
    for (const needle of ["a", "abcab", "cabab", "bb", "ababcabababcab"]) {
      const expected = rows.flatMap((row, i) => (row.includes(needle) ? [i] : []));
      expect(find(rows, needle, "phrase")).toEqual(expected);
    }
  });

  test("splits words and quoted phrases", () => {
    expect(splitWords('a "b c" d""')).toEqual(["a", "b c", 'd""']);
  });
});

describe("patterns", () => {
  const samples = [
    "",
    "a",
    "ab",
    "abb",
    "aab",
    "b",
    "cat",
    "concat",
    "a cat!",
    "cats",
    "2021-03-04",
    "x1y22",
    "foo@bar.com",
    "aaa",
    "abab",
    "tab\there",
    "_",
    "a-b]c",
    "line\nend",
    "naïve",
    "ÿ",
    "日本",
    "😀",
  ];

  test.each([
    "a",
    "a*b",
    "a+b",
    "^a",
    "b$",
    "^$",
    "a|c",
    "(ab)+$",
    "(?:a|b){2,3}$",
    "^a{2}$",
    "\\d{4}-\\d\\d",
    "[a-c]+$",
    "[^a-c]",
    "[]",
    "[^]",
    "\\bcat\\b",
    "\\Bcat",
    "\\w+@\\w+\\.com",
    ".+t",
    "x\\d?y",
    "(a|b)*c",
    "(a*)*b",
    "(a|aa)+$",
    "\\s",
    "\\S\\S\\S\\S",
    "[\\]\\-]",
    "a{0}b",
    "\\x61b",
    "\\u0061b",
    "\\u{1f600}",
    "^.$",
    "^..$",
    "(?<y>a)b",
    "a??b",
    "n$|^l",
    "[b-]b?\\]",
    "x{,2}",
  ])("/%s/ matches what the browser's own expression matches", (source) => {
    const own = new Pattern(source);
    // \w and \b know only ASCII in the browser, so texts in other scripts are left to the test below
    const plain =
      source.includes("\\w") || source.includes("\\b") || source.includes("\\B") ? samples.slice(0, 18) : samples;
    const flags = source.includes("\\u{") || source === "^.$" || source === "^..$" ? "iu" : "i";
    const reference = new RegExp(source, flags);
    for (const text of plain) expect([text, own.test(text)]).toEqual([text, reference.test(text)]);
  });

  test("words are words in every script", () => {
    expect(new Pattern("^\\w+$").test("naïve")).toBe(true);
    expect(new Pattern("\\bнет\\b").test("да, нет.")).toBe(true);
    expect(new Pattern("\\w").test("😀 —")).toBe(false);
  });

  test("letter case never matters, also inside sets", () => {
    expect(new Pattern("ÉCOLE [A-F]").test("école b")).toBe(true);
    expect(new Pattern("[^A]").test("a")).toBe(false);
  });

  test.each([
    "(",
    ")",
    "[",
    "a{2,1}",
    "*a",
    "(?=a)",
    "(?<!a)b",
    "(a)\\1",
    "\\p{L}",
    "^*",
    "[z-a]",
    "\\",
    "\\x4",
    "a{2000}",
    "((a{999}){999})",
    "(((){1000}){1000}){1000}",
  ])("%s is refused with a sentence", (source) => {
    expect(() => new Pattern(source)).toThrow(PatternError);
    expect(() => new Pattern(source)).toThrow(/^The pattern .*\. .*\.$/);
  });

  test("patterns that hang a backtracking engine read each character once", () => {
    const text = `${"a".repeat(50_000)}b`;
    for (const source of ["(a+)+$", "(a|aa)+$", "(.*a){12}$", "(x+x+)+y"])
      expect(new Pattern(source).test(text)).toBe(false);
    expect(new Pattern("(a|a)*b$").test(text)).toBe(true);
  });

  test("more states than it keeps do not change the answer", () => {
    const source = "[ab]*a[ab]{14}c";
    const text = Array.from({ length: 6000 }, (_, i) => ((i * i * 31 + (i >> 3)) % 7 < 3 ? "a" : "b")).join("");
    expect(new Pattern(source).test(text)).toBe(false);
    expect(new Pattern(source).test(`${text}a${"b".repeat(14)}c`)).toBe(true);
  });
});

describe("words", () => {
  function words(text: string): string[] {
    const { bytes } = textsOf([text]);
    const found: string[] = [];
    visitWords(bytes, 0, bytes.length, (start, end) =>
      found.push(new TextDecoder().decode(bytes.subarray(start, end))),
    );
    return found;
  }

  test.each([
    ["don't stop—now", ["don't", "stop", "now"]],
    ["“quoted” x_1 'a'", ["quoted", "x_1", "a"]],
    ["naïve café", ["naïve", "café"]],
    ["日本語", ["日本", "本語"]],
    ["猫。犬x", ["猫", "犬", "x"]],
    ["שלום عالم", ["שלום", "عالم"]],
    ["한국어 말", ["한국어", "말"]],
    ["😀a😀", ["a"]],
    ["", []],
  ])("of %s", (text, expected) => expect(words(text)).toEqual(expected));

  test("are counted over all rows", () => {
    const { vocabulary, counts, total } = runWhole(countAllWords(textsOf(["a b a", "b c"])));
    const named = Object.fromEntries(Array.from(counts, (count, id) => [vocabulary.wordOf(id), count]));
    expect(named).toEqual({ a: 2, b: 2, c: 1 });
    expect(total).toBe(5);
  });

  test("keep their ids when the table grows", () => {
    const rows = Array.from({ length: 90_000 }, (_, i) => `w${i}`);
    const { vocabulary, counts } = runWhole(countAllWords(textsOf([...rows, "w5 w89999"])));
    expect(vocabulary.size).toBe(90_000);
    expect(counts[5]).toBe(2);
    expect(vocabulary.wordOf(89_999)).toBe("w89999");
  });
});

describe("distinctive words", () => {
  test("follow equations 16 and 22 of Monroe et al.", () => {
    // a prior of 30 of 1000 pseudo-words; 20 of 100 words in the selection, 30 of 1000 in all
    const odds = (count: number, total: number): number => Math.log((count + 30) / (total + 1000 - count - 30));
    const z = (odds(20, 100) - odds(30, 1000)) / Math.sqrt(1 / 50 + 1 / 60);
    expect(logOddsZ(20, 100, 30, 1000)).toBeCloseTo(z, 12);
    expect(logOddsZ(3, 100, 30, 1000)).toBeCloseTo(0, 12);
  });

  test("name what a selection is about and leave what is common out", () => {
    const rows = Array.from({ length: 200 }, (_, i) =>
      i < 40 ? `the telescope sees star ${i}` : `the recipe needs butter ${i}`,
    );
    const texts = textsOf(rows);
    const all = runWhole(countAllWords(texts));
    const found = runWhole(
      distinctiveWords(
        texts,
        all,
        Uint32Array.from({ length: 40 }, (_, i) => i),
      ),
    );
    expect(found.map(({ word }) => word).sort()).toEqual(["sees", "star", "telescope"]);
    expect(found[0]).toMatchObject({ count: 40, total: 40 });
  });

  test("of everything there are none", () => {
    const texts = textsOf(["a a", "b b"]);
    const all = runWhole(countAllWords(texts));
    expect(runWhole(distinctiveWords(texts, all, Uint32Array.from([0, 1])))).toEqual([]);
  });
});
