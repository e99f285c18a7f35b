/** Reads a regular expression into a tree: everything that an automaton can run in linear time. */

import { complement, DIGITS, LAST, LINE_ENDS, type Ranges, SPACES, unite, WORD, withLowerCase } from "./charset";

export type Assertion = "start" | "end" | "boundary" | "inside";

export type Node =
  | { kind: "set"; ranges: Ranges }
  | { kind: "assert"; what: Assertion }
  | { kind: "sequence"; parts: Node[] }
  | { kind: "choice"; options: Node[] }
  | { kind: "repeat"; body: Node; least: number; most: number };

/** The pattern cannot be read or run; the message says where, and what to write instead. */
export class PatternError extends Error {}

const ESCAPES: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };
const SETS: Record<string, Ranges> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACES,
  S: complement(SPACES),
};
const MOST_REPEATS = 1000;
const MOST_GROUPS = 200;

export function parsePattern(source: string): Node {
  return new Parser(source).parse();
}

class Parser {
  readonly #chars: string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#chars = [...source];
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#chars.length) this.#fail("an unmatched “)”", "Write \\) for the character itself");
    return node;
  }

  #choice(): Node {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    return options.length === 1 ? (options[0] as Node) : { kind: "choice", options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#chars.length && this.#peek() !== "|" && this.#peek() !== ")") parts.push(this.#repeat());
    return parts.length === 1 ? (parts[0] as Node) : { kind: "sequence", parts };
  }

  #repeat(): Node {
    let body = this.#atom();
    for (let counts = this.#quantifier(); counts; counts = this.#quantifier()) {
      if (body.kind === "assert") this.#fail("a repeated anchor", "Remove the repeat sign after it");
      body = { kind: "repeat", body, least: counts[0], most: counts[1] };
      this.#take("?"); // lazy or greedy: the same rows match
    }
    return body;
  }

  #quantifier(): [number, number] | null {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    const rest = this.#chars.slice(this.#at, this.#at + 16).join("");
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(rest);
    if (!counted) return null;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === undefined ? least : counted[3] === "" ? Number.POSITIVE_INFINITY : Number(counted[3]);
    if (least > most) this.#fail(`{${least},${most}}`, "Write the smaller count first");
    if (least > MOST_REPEATS || (most > MOST_REPEATS && most !== Number.POSITIVE_INFINITY)) {
      this.#fail(`a repeat of more than ${MOST_REPEATS}`, "Use + or * instead");
    }
    return [least, most];
  }

  #atom(): Node {
    const char = this.#next();
    if (char === "(") return this.#group();
    if (char === "[") return { kind: "set", ranges: this.#bracket() };
    if (char === ".") return { kind: "set", ranges: complement(LINE_ENDS) };
    if (char === "^") return { kind: "assert", what: "start" };
    if (char === "$") return { kind: "assert", what: "end" };
    if (char === "\\") return this.#escape();
    if (char === "*" || char === "+" || char === "?")
      this.#fail(`“${char}” with nothing before it`, `Write \\${char} for the character itself`);
    return literal(char);
  }

  #group(): Node {
    if (++this.#depth > MOST_GROUPS) this.#fail(`more than ${MOST_GROUPS} groups inside each other`, "Simplify it");
    if (this.#take("?")) {
      const kind = this.#chars.slice(this.#at, this.#at + 2).join("");
      if (kind.startsWith("=") || kind.startsWith("!") || kind === "<=" || kind === "<!") {
        this.#fail("a look-ahead or look-behind", "Search for the words themselves, and use filters for the rest");
      }
      if (kind.startsWith("<")) while (this.#next() !== ">");
      else if (!this.#take(":")) this.#fail(`the group “(?${kind}”`, "Use (…) or (?:…)");
    }
    const node = this.#choice();
    if (!this.#take(")")) this.#fail("a “(” that is never closed", "Close it, or write \\( for the character itself");
    this.#depth--;
    return node;
  }

  #escape(): Node {
    const char = this.#next();
    if (char === "b") return { kind: "assert", what: "boundary" };
    if (char === "B") return { kind: "assert", what: "inside" };
    if (/[1-9k]/.test(char)) this.#fail(`the back-reference \\${char}`, "Write the repeated part out");
    const set = SETS[char];
    if (set) return { kind: "set", ranges: withLowerCase(set) };
    return literal(String.fromCodePoint(this.#escapedPoint(char)));
  }

  #escapedPoint(char: string): number {
    const known = ESCAPES[char];
    if (known !== undefined) return known;
    if (char === "x") return this.#hex(2);
    if (char === "u") return this.#take("{") ? this.#hexUntilBrace() : this.#hex(4);
    if (/[a-zA-Z]/.test(char))
      this.#fail(`the escape \\${char}`, "Known are \\d \\w \\s \\b, \\t \\n \\r, \\x41 and \\u0041");
    return char.codePointAt(0) as number;
  }

  #bracket(): Ranges {
    const negated = this.#take("^");
    const sets: Ranges[] = [];
    while (!this.#take("]")) {
      const low = this.#bracketItem();
      if (typeof low !== "number") sets.push(low);
      else if (this.#peek() === "-" && this.#chars[this.#at + 1] !== "]" && this.#chars[this.#at + 1] !== undefined) {
        this.#at++;
        const high = this.#bracketItem();
        if (typeof high !== "number") this.#fail("a range that ends in a set", "Write the “-” first or last");
        if (high < low) this.#fail("a range that ends before it starts", "Write the lower character first");
        sets.push([[low, high]]);
      } else sets.push([[low, low]]);
    }
    const ranges = withLowerCase(unite(...sets));
    return negated ? complement(ranges) : ranges;
  }

  #bracketItem(): number | Ranges {
    const char = this.#next("a “[” that is never closed");
    if (char !== "\\") return char.codePointAt(0) as number;
    const escaped = this.#next();
    return SETS[escaped] ?? (escaped === "b" ? 8 : this.#escapedPoint(escaped));
  }

  #hex(digits: number): number {
    const text = this.#chars.slice(this.#at, this.#at + digits).join("");
    if (!new RegExp(`^[0-9a-f]{${digits}}$`, "i").test(text))
      this.#fail("an escape without its digits", "Write \\x41 or \\u0041");
    this.#at += digits;
    return Number.parseInt(text, 16);
  }

  #hexUntilBrace(): number {
    let text = "";
    for (let char = this.#next(); char !== "}"; char = this.#next()) text += char;
    const point = Number.parseInt(text, 16);
    if (!/^[0-9a-f]{1,6}$/i.test(text) || point > LAST) this.#fail("an escape without its digits", "Write \\u{1f600}");
    return point;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #next(missing = "an end too early"): string {
    const char = this.#chars[this.#at++];
    if (char === undefined) this.#fail(missing, "Complete it, or escape the special character with \\");
    return char;
  }

  #fail(given: string, then: string): never {
    throw new PatternError(`The pattern has ${given}. ${then}.`);
  }
}

/** A character in either case; where its lower case is several characters, those in order. */
function literal(char: string): Node {
  const parts = [...char.toLowerCase()].map((part): Node => {
    const point = part.codePointAt(0) as number;
    return { kind: "set", ranges: [[point, point]] };
  });
  return parts.length === 1 ? (parts[0] as Node) : { kind: "sequence", parts };
}
