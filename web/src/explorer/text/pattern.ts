/**
 * Regular expressions in linear time: the tree becomes a Thompson automaton, its states become deterministic when they
 * are first met (K. Thompson 1968; R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007). No pattern can
 * make it slow: it reads each character once.
 */

import { contains, LAST, type Ranges, WORD } from "./charset";
import { type Assertion, type Node, PatternError, parsePattern } from "./pattern-syntax";

export { PatternError } from "./pattern-syntax";

type Op =
  | { op: "set"; classes: Uint8Array; ranges: Ranges }
  | { op: "split"; to: [number, number] }
  | { op: "jump"; to: number }
  | { op: "assert"; what: Assertion }
  | { op: "match" };

interface State {
  /** Instructions to try, before following splits. */
  pcs: number[];
  /** The character before: none, not of a word, of a word. */
  before: "none" | "gap" | "word";
}

export const MATCH = -2;
const UNKNOWN = -1;
const MOST_OPS = 5000;
const MOST_STATES = 1500;
const TOO_LARGE = "The pattern repeats too much. Use + or * in place of large counts.";

export class Pattern {
  /** Where `run` stopped. */
  at = 0;
  readonly #program: Op[] = [];
  readonly #breaks: number[];
  readonly #ascii = new Uint16Array(128);
  readonly #isWord: boolean[];
  readonly #size: number;
  readonly #end: number;
  #states: State[] = [];
  #ids = new Map<string, number>();
  #table = new Int32Array(0);
  #first = UNKNOWN;
  #emitted = 0;

  constructor(source: string) {
    this.#emit(parsePattern(source));
    this.#push({ op: "match" });
    this.#breaks = breaksOf(this.#program);
    this.#end = this.#breaks.length;
    this.#size = this.#end + 1;
    this.#isWord = this.#breaks.map((low) => contains(WORD, low));
    for (let point = 0; point < 128; point++) this.#ascii[point] = this.#classOf(point);
    for (const op of this.#program) {
      if (op.op === "set") op.classes = Uint8Array.from(this.#breaks, (low) => (contains(op.ranges, low) ? 1 : 0));
    }
    this.#forget();
  }

  /** The state before the first character. */
  start(): number {
    if (this.#first === UNKNOWN) this.#first = this.#idOf({ pcs: [0], before: "none" });
    return this.#first;
  }

  /**
   * Reads bytes[from, to) from `state`; returns the state after it, or MATCH as soon as the text matches, and leaves the
   * place where it stopped in `at` (a character that begins before `to` is read whole).
   */
  run(state: number, bytes: Uint8Array, from: number, to: number): number {
    const ascii = this.#ascii;
    const size = this.#size;
    let current = state;
    let i = from;
    while (i < to) {
      const byte = bytes[i] as number;
      let kind: number;
      if (byte < 128) {
        kind = ascii[byte] as number;
        i++;
      } else {
        const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        kind = this.#classOf(decodePoint(bytes, i, length));
        i += length;
      }
      let next = this.#table[current * size + kind] as number;
      if (next === UNKNOWN) next = this.#step(current, kind);
      if (next === MATCH) return MATCH;
      current = next;
    }
    this.at = i;
    return current;
  }

  /** Whether the text may end in `state`. */
  ends(state: number): boolean {
    return this.#step(state, this.#end) === MATCH;
  }

  /** Whether a string matches; for short texts. */
  test(text: string): boolean {
    const bytes = new TextEncoder().encode(text.toLowerCase());
    const state = this.run(this.start(), bytes, 0, bytes.length);
    return state === MATCH || this.ends(state);
  }

  #step(id: number, kind: number): number {
    const state = this.#states[id] as State;
    const after = kind === this.#end ? "none" : this.#isWord[kind] ? "word" : "gap";
    const reached = this.#follow(state, after);
    let next = MATCH;
    let from = id;
    if (reached) {
      const pcs = reached
        .filter((pc) => (this.#program[pc] as Op & { op: "set" }).classes[kind] === 1)
        .map((pc) => pc + 1);
      if (this.#states.length >= MOST_STATES) {
        this.#forget();
        from = this.#idOf(state);
      }
      next = this.#idOf({ pcs: [0, ...pcs], before: after });
    }
    this.#table[from * this.#size + kind] = next;
    return next;
  }

  /** The "set" instructions reachable without reading; null when the end of the pattern is among them. */
  #follow(state: State, after: State["before"]): number[] | null {
    const seen = new Uint8Array(this.#program.length);
    const stack = [...state.pcs];
    const sets: number[] = [];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (seen[pc]) continue;
      seen[pc] = 1;
      const op = this.#program[pc] as Op;
      if (op.op === "match") return null;
      if (op.op === "set") sets.push(pc);
      else if (op.op === "jump") stack.push(op.to);
      else if (op.op === "split") stack.push(...op.to);
      else if (holds(op.what, state.before, after)) stack.push(pc + 1);
    }
    return sets.sort((a, b) => a - b);
  }

  #idOf(state: State): number {
    const key = `${state.before}${[...new Set(state.pcs)].sort((a, b) => a - b).join()}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#states.length;
    this.#states.push(state);
    this.#ids.set(key, id);
    if ((id + 1) * this.#size > this.#table.length) {
      const larger = new Int32Array(Math.max(64 * this.#size, 2 * this.#table.length)).fill(UNKNOWN);
      larger.set(this.#table);
      this.#table = larger;
    }
    return id;
  }

  #forget(): void {
    this.#states = [];
    this.#first = UNKNOWN;
    this.#ids.clear();
    this.#table.fill(UNKNOWN);
  }

  #classOf(point: number): number {
    let low = 0;
    let high = this.#breaks.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#breaks[middle] as number) <= point) low = middle;
      else high = middle;
    }
    return low;
  }

  #push(op: Op): number {
    if (this.#program.length >= MOST_OPS) throw new PatternError(TOO_LARGE);
    return this.#program.push(op) - 1;
  }

  #emit(node: Node): void {
    if (++this.#emitted > 10 * MOST_OPS) throw new PatternError(TOO_LARGE); // repeats of nothing add no instruction
    if (node.kind === "set") this.#push({ op: "set", classes: new Uint8Array(0), ranges: node.ranges });
    else if (node.kind === "assert") this.#push({ op: "assert", what: node.what });
    else if (node.kind === "sequence") for (const part of node.parts) this.#emit(part);
    else if (node.kind === "choice") this.#emitChoice(node.options);
    else this.#emitRepeat(node.body, node.least, node.most);
  }

  #emitChoice(options: readonly Node[]): void {
    const exits: { op: "jump"; to: number }[] = [];
    options.forEach((option, k) => {
      if (k === options.length - 1) {
        this.#emit(option);
        return;
      }
      const split = { op: "split" as const, to: [0, 0] as [number, number] };
      this.#push(split);
      split.to[0] = this.#program.length;
      this.#emit(option);
      const exit = { op: "jump" as const, to: 0 };
      this.#push(exit);
      exits.push(exit);
      split.to[1] = this.#program.length;
    });
    for (const exit of exits) exit.to = this.#program.length;
  }

  #emitRepeat(body: Node, least: number, most: number): void {
    for (let k = 0; k < least; k++) this.#emit(body);
    if (most === Number.POSITIVE_INFINITY) {
      const loop = { op: "split" as const, to: [0, 0] as [number, number] };
      const top = this.#push(loop);
      loop.to[0] = this.#program.length;
      this.#emit(body);
      this.#push({ op: "jump", to: top });
      loop.to[1] = this.#program.length;
      return;
    }
    const splits: { op: "split"; to: [number, number] }[] = [];
    for (let k = least; k < most; k++) {
      const split = { op: "split" as const, to: [0, 0] as [number, number] };
      this.#push(split);
      split.to[0] = this.#program.length;
      this.#emit(body);
      splits.push(split);
    }
    for (const split of splits) split.to[1] = this.#program.length;
  }
}

function holds(what: Assertion, before: State["before"], after: State["before"]): boolean {
  if (what === "start") return before === "none";
  if (what === "end") return after === "none";
  const edge = (before === "word") !== (after === "word");
  return what === "boundary" ? edge : !edge;
}

/** Code points where some set begins or has just ended: between two of them all characters act alike. */
function breaksOf(program: readonly Op[]): number[] {
  const breaks = new Set<number>([0]);
  const sets = program.flatMap((op) => (op.op === "set" ? [op.ranges] : []));
  for (const ranges of [WORD, ...sets]) {
    for (const [low, high] of ranges) {
      breaks.add(low);
      if (high < LAST) breaks.add(high + 1);
    }
  }
  return [...breaks].sort((a, b) => a - b);
}

function decodePoint(bytes: Uint8Array, i: number, length: number): number {
  const b1 = (bytes[i + 1] as number) & 0x3f;
  if (length === 2) return (((bytes[i] as number) & 0x1f) << 6) | b1;
  const b2 = (bytes[i + 2] as number) & 0x3f;
  if (length === 3) return (((bytes[i] as number) & 0x0f) << 12) | (b1 << 6) | b2;
  return (((bytes[i] as number) & 0x07) << 18) | (b1 << 12) | (b2 << 6) | ((bytes[i + 3] as number) & 0x3f);
}
