/** The part of the state that a link carries, and its form in the URL hash: `#view=…&color=…&…`. */

import type { SearchMode } from "../text/search";
import { decodeRows, encodeRows } from "./rows-code";

/** Filters by the name of their column: hidden values of a category column, or a closed range. */
export type LinkFilter = { hidden: readonly string[] } | { low: number; high: number };

export interface LinkState {
  projection?: string;
  color?: string;
  camera?: readonly number[];
  query?: string;
  mode?: SearchMode;
  filters: ReadonlyMap<string, LinkFilter>;
  selection?: Uint8Array;
  pinned?: number;
  panel?: string;
  theme?: "light" | "dark";
  overlaysOff: readonly string[];
}

/** Longer selections are left out of the link. */
export const MOST_SELECTION_CHARS = 8000;

export interface Link {
  hash: string;
  /** What did not fit, to be said to people. */
  leftOut: readonly "selection"[];
}

export function encodeLink(state: LinkState): Link {
  const parts = new URLSearchParams();
  const leftOut: "selection"[] = [];
  if (state.projection !== undefined) parts.set("view", state.projection);
  if (state.color !== undefined) parts.set("color", state.color);
  if (state.camera) parts.set("camera", state.camera.map((value) => String(Number(value.toPrecision(6)))).join(","));
  if (state.query) {
    parts.set("find", state.query);
    if (state.mode && state.mode !== "words") parts.set("by", state.mode);
  }
  for (const [name, filter] of state.filters) {
    if ("hidden" in filter) for (const value of filter.hidden) parts.append("hide", JSON.stringify([name, value]));
    else parts.append("range", JSON.stringify([name, filter.low, filter.high]));
  }
  if (state.selection) {
    const code = encodeRows(state.selection);
    if (code.length > MOST_SELECTION_CHARS) leftOut.push("selection");
    else parts.set("rows", code);
  }
  if (state.pinned !== undefined) parts.set("pin", String(state.pinned));
  if (state.panel !== undefined) parts.set("panel", state.panel);
  if (state.theme !== undefined) parts.set("theme", state.theme);
  for (const name of state.overlaysOff) parts.append("off", name);
  return { hash: parts.toString(), leftOut };
}

/** Reads a link; parts that are damaged, or of another Scene, are ignored, for a link is what a stranger may write. */
export function decodeLink(hash: string, n: number): LinkState {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const filters = new Map<string, LinkFilter>();
  for (const [name, value] of readTuples(parts.getAll("hide"), ["string", "string"])) {
    const known = filters.get(name as string);
    const hidden = known && "hidden" in known ? known.hidden : [];
    filters.set(name as string, { hidden: [...hidden, value as string] });
  }
  for (const [name, low, high] of readTuples(parts.getAll("range"), ["string", "number", "number"])) {
    filters.set(name as string, { low: low as number, high: high as number });
  }
  const state: LinkState = { filters, overlaysOff: parts.getAll("off") };
  const projection = parts.get("view");
  if (projection !== null) state.projection = projection;
  const color = parts.get("color");
  if (color !== null) state.color = color;
  const camera = parts.get("camera")?.split(",").map(Number);
  if (camera?.every(Number.isFinite)) state.camera = camera;
  const query = parts.get("find");
  if (query) state.query = query;
  const mode = parts.get("by");
  if (mode === "phrase" || mode === "pattern") state.mode = mode;
  const rows = parts.get("rows");
  const selection = rows === null ? null : decodeRows(rows, n);
  if (selection) state.selection = selection;
  const pinned = Number(parts.get("pin") ?? Number.NaN);
  if (Number.isInteger(pinned) && pinned >= 0 && pinned < n) state.pinned = pinned;
  const panel = parts.get("panel");
  if (panel !== null) state.panel = panel;
  const theme = parts.get("theme");
  if (theme === "light" || theme === "dark") state.theme = theme;
  return state;
}

function readTuples(texts: readonly string[], types: readonly string[]): unknown[][] {
  return texts.flatMap((text) => {
    try {
      const tuple: unknown = JSON.parse(text);
      return Array.isArray(tuple) && tuple.length === types.length && tuple.every((item, k) => typeof item === types[k])
        ? [tuple]
        : [];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  });
}
