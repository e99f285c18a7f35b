/** All that people can do to the page, as actions on one store. Nothing here knows of the DOM or of the drawing. */

import type { Scene } from "../../wire/types";
import { PatternError } from "../text/pattern";
import { type Found, type SearchMode, searchTexts } from "../text/search";
import { type Corpus, createCorpus } from "./corpus";
import { allCodes, columnNamed, isMeasure } from "./facts";
import { acceptCategories, acceptRange, CrossFilter } from "./filters";
import { type Combine, combineMasks, countRows, invertMask, type Mask, maskOf } from "./mask";
import { type Running, runSliced } from "./slices";
import { createStore, type Store } from "./store";

export type Tab = "color" | "filter" | "selection" | "believe";
export type Tool = "pan" | "lasso" | "rect";
export type ThemeChoice = "auto" | "light" | "dark";

/** What colours the points: "=NAME" a column, ":lost" or ":false" faithfulness, ":none" one colour. */
export type ColorBy = string;

export interface State {
  projection: number;
  color: ColorBy;
  hidden: ReadonlyMap<string, ReadonlySet<number>>;
  ranges: ReadonlyMap<string, readonly [number, number]>;
  query: string;
  mode: SearchMode;
  /** Null while there is no query; a broken pattern leaves it null and sets `problem`. */
  found: Found | null;
  isSearching: boolean;
  problem: string;
  /** Which of the matches is stepped to; −1 before the first step. */
  step: number;
  onlyFound: boolean;
  selection: Mask | null;
  selected: number;
  onlySelected: boolean;
  visible: Mask;
  shown: number;
  pinned: number;
  tool: Tool;
  tab: Tab;
  isFolded: boolean;
  isTableOpen: boolean;
  theme: ThemeChoice;
  overlaysOff: ReadonlySet<string>;
}

export interface Session {
  scene: Scene;
  store: Store<State>;
  corpus: Corpus;
  cross: CrossFilter;
  toggleCategory(column: string, code: number): void;
  /** Shows only this category, or all again when it alone is shown. */
  isolateCategory(column: string, code: number): void;
  setHidden(column: string, hidden: ReadonlySet<number>): void;
  setRange(column: string, range: readonly [number, number] | null): void;
  clearFilters(): void;
  search(query: string, mode: SearchMode): void;
  /** Moves to the next (+1) or previous (−1) match among the rows shown; its row, −1 if there is none. */
  stepMatch(by: 1 | -1): number;
  setOnlyFound(only: boolean): void;
  select(gesture: Mask, how: Combine): void;
  invertSelection(): void;
  clearSelection(): void;
  setOnlySelected(only: boolean): void;
  toggleOverlay(id: string): void;
}

const SEARCH_KEY = ":found";
const SELECTION_KEY = ":selected";

export function initialState(scene: Scene): State {
  return {
    projection: 0,
    color: scene.color === null ? ":none" : `=${scene.color}`,
    hidden: new Map(),
    ranges: new Map(),
    query: "",
    mode: "words",
    found: null,
    isSearching: false,
    problem: "",
    step: -1,
    onlyFound: false,
    selection: null,
    selected: 0,
    onlySelected: false,
    visible: new Uint8Array(scene.n).fill(1),
    shown: scene.n,
    pinned: -1,
    tool: "pan",
    tab: "color",
    isFolded: false,
    isTableOpen: false,
    theme: "auto",
    overlaysOff: new Set(),
  };
}

export function createSession(scene: Scene): Session {
  const store = createStore<State>(initialState(scene));
  const cross = new CrossFilter(scene.n);
  const corpus = createCorpus(scene.texts, scene.whole);
  let running: Running<Found> | null = null;
  let turn = 0;

  const filter = (key: string, accepts: Mask | null): Partial<State> => {
    if (accepts === null && !cross.has(key)) return {};
    cross.set(key, accepts);
    const visible = cross.visible();
    return { visible, shown: countRows(visible) };
  };
  const setHidden = (name: string, hidden: ReadonlySet<number>): void => {
    const column = columnNamed(scene, name);
    if (column?.kind !== "category") return;
    const all = new Map(store.get().hidden);
    if (hidden.size) all.set(name, hidden);
    else all.delete(name);
    const accepts = hidden.size ? acceptCategories(column.codes, hidden, scene.n) : null;
    store.set({ hidden: all, ...filter(`=${name}`, accepts) });
  };
  const setFound = (found: Found | null, rest: Partial<State>): void => {
    const limits = store.get().onlyFound && found;
    store.set({
      found,
      step: -1,
      isSearching: false,
      ...rest,
      ...filter(SEARCH_KEY, limits ? maskOf(limits.rows, scene.n) : null),
    });
  };
  const setSelection = (selection: Mask | null): void => {
    const selected = selection ? countRows(selection) : 0;
    const kept = selected > 0 ? selection : null;
    const onlySelected = store.get().onlySelected && kept !== null;
    const changes = store.get().onlySelected ? filter(SELECTION_KEY, kept) : {};
    store.set({ selection: kept, selected, onlySelected, ...changes });
  };

  return {
    scene,
    store,
    corpus,
    cross,
    setHidden,
    toggleCategory(name, code) {
      const hidden = new Set(store.get().hidden.get(name));
      if (!hidden.delete(code)) hidden.add(code);
      setHidden(name, hidden);
    },
    isolateCategory(name, code) {
      const column = columnNamed(scene, name);
      if (column?.kind !== "category") return;
      const others = allCodes(column).filter((other) => other !== code);
      const hidden = store.get().hidden.get(name);
      const isAlone = hidden?.size === others.length && !hidden.has(code);
      setHidden(name, new Set(isAlone ? [] : others));
    },
    setRange(name, range) {
      const column = columnNamed(scene, name);
      if (!isMeasure(column)) return;
      const ranges = new Map(store.get().ranges);
      if (range) ranges.set(name, range);
      else ranges.delete(name);
      store.set({ ranges, ...filter(`=${name}`, range ? acceptRange(column.values, range[0], range[1]) : null) });
    },
    clearFilters() {
      cross.clear();
      store.set({
        hidden: new Map(),
        ranges: new Map(),
        onlyFound: false,
        onlySelected: false,
        visible: new Uint8Array(scene.n).fill(1),
        shown: scene.n,
      });
    },
    search(query, mode) {
      running?.cancel();
      const mine = ++turn;
      store.set({ query, mode, problem: "" });
      if (query.trim() === "") return setFound(null, { onlyFound: false, problem: "" });
      store.set({ isSearching: true });
      const find = async (): Promise<void> => {
        const folded = await corpus.folded();
        if (mine !== turn) return;
        running = runSliced(searchTexts(folded, query, mode));
        const found = await running.done;
        if (found && mine === turn) setFound(found, {});
      };
      find().catch((error: unknown) => {
        if (!(error instanceof PatternError)) throw error;
        if (mine === turn) setFound(null, { problem: error.message });
      });
    },
    stepMatch(by) {
      const { found, step, visible } = store.get();
      if (!found || found.rows.length === 0) return -1;
      const size = found.rows.length;
      let next = step;
      for (let tries = 0; tries < size; tries++) {
        next = next < 0 ? (by > 0 ? 0 : size - 1) : (next + by + size) % size;
        if (!visible[found.rows[next] as number]) continue;
        store.set({ step: next });
        return found.rows[next] as number;
      }
      return -1;
    },
    setOnlyFound(only) {
      const { found } = store.get();
      store.set({ onlyFound: only, ...filter(SEARCH_KEY, only && found ? maskOf(found.rows, scene.n) : null) });
    },
    select(gesture, how) {
      setSelection(combineMasks(store.get().selection ?? new Uint8Array(scene.n), gesture, how));
    },
    invertSelection() {
      const { selection, visible } = store.get();
      setSelection(selection ? combineMasks(invertMask(selection), visible, "intersect") : visible.slice());
    },
    clearSelection: () => setSelection(null),
    setOnlySelected(only) {
      const { selection } = store.get();
      store.set({ onlySelected: only && selection !== null, ...filter(SELECTION_KEY, only ? selection : null) });
    },
    toggleOverlay(id) {
      const off = new Set(store.get().overlaysOff);
      if (!off.delete(id)) off.add(id);
      store.set({ overlaysOff: off });
    },
  };
}
