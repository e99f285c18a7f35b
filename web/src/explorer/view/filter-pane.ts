/** Filters of every column, each showing what the others let through; dates can be played. */

import type { CategoryColumn } from "../../wire/types";
import { allCodes, isMeasure, type MeasureColumn } from "../state/facts";
import { countCategories } from "../state/filters";
import { countOf, formatCount, formatDate, formatNumber } from "../state/format";
import { type Bins, binValues, countBins } from "../state/histogram";
import { countRows } from "../state/mask";
import { type Player, playRange } from "../state/player";
import type { Session } from "../state/session";
import { type Brush, createBrush } from "./brush";
import { button, element, setChildren, setPressed } from "./dom";
import { oncePerFrame } from "./frame";
import { icon } from "./icons";

const MOST_VALUES = 8;

/** @param saysMoment Told what span is shown while a column plays, null when it ends. */
export function createFilterPane(session: Session, saysMoment: (text: string | null) => void): HTMLElement {
  const { scene, store } = session;
  const summary = element("p.grow.quiet", {});
  const clear = button({
    label: "Clear all filters",
    text: "Clear all",
    class: "link",
    press: () => session.clearFilters(),
  });
  const node = element("div", {}, element("div.section-head", {}, summary, clear));
  let parts: Part[] | null = null;
  const fill = (): Part[] => {
    const made = scene.columns
      .map((column) =>
        isMeasure(column)
          ? measurePart(session, column, saysMoment)
          : column.kind === "category"
            ? categoryPart(session, column)
            : null,
      )
      .filter((part) => part !== null);
    node.append(...(made.length ? made.map((part) => part.node) : [nothing()]));
    return made;
  };
  const nothing = (): HTMLElement =>
    element("p.empty", {
      text: "These texts came without numbers, dates or categories, so there is nothing to filter by. Search and the lasso work all the same.",
    });
  const update = oncePerFrame(() => {
    const { shown } = store.get();
    summary.textContent =
      shown === scene.n
        ? `All ${countOf(scene.n, "text")} shown`
        : `${formatCount(shown)} of ${countOf(scene.n, "text")} shown`;
    clear.hidden = session.cross.keys.length === 0;
    if (!node.offsetParent) return; // histograms of many rows take a while: when they are first seen
    parts ??= fill();
    for (const part of parts) part.update();
  });
  store.on(["visible", "ranges", "hidden"], update);
  new ResizeObserver(update).observe(node); // also told when it comes into sight
  return node;
}

interface Part {
  node: HTMLElement;
  update: () => void;
}

function measurePart(session: Session, column: MeasureColumn, saysMoment: (text: string | null) => void): Part | null {
  const isDate = column.kind === "date";
  const binned = binValues(column.values, 40, isDate);
  if (!binned || binned.edges.length < 3) return null;
  const { edges, bins } = binned;
  const span = (edges.at(-1) as number) - (edges[0] as number);
  const format = (value: number): string => (isDate ? formatDate(value, span) : formatNumber(value));
  const brush = createBrush({
    label: column.name,
    edges,
    format,
    change: (range) => session.setRange(column.name, range),
  });
  const ends = element("div.brush-ends", {});
  const clear = button({
    label: `Clear the filter of ${column.name}`,
    text: "Clear",
    class: "link small",
    press: () => session.setRange(column.name, null),
  });
  const player = createPlayer(session, column, binned, (range) =>
    saysMoment(range ? `${format(range[0])} – ${format(range[1])}` : null),
  );
  const play = button({
    label: `Play ${column.name}`,
    icon: icon("play"),
    class: "icon-button tiny",
    pressed: false,
    press: () => player.toggle(),
  });
  player.onChange((isPlaying) => {
    play.replaceChildren(icon(isPlaying ? "pause" : "play"));
    setPressed(play, isPlaying);
  });
  const node = element(
    "section.section",
    { attrs: { "aria-label": `Filter by ${column.name}` } },
    element(
      "div.section-head",
      {},
      element("h3.clip", { text: column.name, attrs: { dir: "auto" } }),
      clear,
      isDate && play,
    ),
    brush.node,
    ends,
  );
  const all = countBins(bins, edges.length - 1, new Uint8Array(bins.length).fill(1));
  return {
    node,
    update: () => updateMeasure(session, column, { brush, bins, all, ends, clear, format, edges }),
  };
}

interface MeasureView {
  brush: Brush;
  bins: Int16Array;
  all: Uint32Array;
  edges: Float64Array;
  ends: HTMLElement;
  clear: HTMLElement;
  format: (value: number) => string;
}

function updateMeasure(session: Session, column: MeasureColumn, view: MeasureView): void {
  const range = session.store.get().ranges.get(column.name) ?? null;
  view.brush.setRange(range);
  view.brush.setCounts(countBins(view.bins, view.all.length, session.cross.visible(`=${column.name}`)), view.all);
  const [low, high] = range ?? [view.edges[0] as number, view.edges.at(-1) as number];
  const tag = range ? "strong" : "span";
  view.ends.replaceChildren(element(tag, { text: view.format(low) }), element(tag, { text: view.format(high) }));
  view.clear.hidden = range === null;
}

function createPlayer(
  session: Session,
  column: MeasureColumn,
  { edges }: Bins,
  tell: (range: readonly [number, number] | null) => void,
): Player {
  const { store } = session;
  let played: readonly [number, number] | null = null;
  const player = playRange({
    ends: [edges[0] as number, edges.at(-1) as number],
    start: () => store.get().ranges.get(column.name) ?? null,
    show(range) {
      played = range;
      session.setRange(column.name, range);
      tell(range);
    },
    stopped: () => tell(null),
    schedule: (tick) => requestAnimationFrame(tick),
  });
  // whoever else sets the range, or lifts it, takes over
  store.on(["ranges"], ({ ranges }) => {
    if (ranges.get(column.name) !== played) player.stop();
  });
  return player;
}

function categoryPart(session: Session, column: CategoryColumn): Part | null {
  if (column.values.length < 2) return null;
  const list = element("div.bars", {});
  const clear = button({
    label: `Clear the filter of ${column.name}`,
    text: "Clear",
    class: "link small",
    press: () => session.setHidden(column.name, new Set()),
  });
  const more = button({
    label: `All ${formatCount(column.values.length)} in the legend`,
    text: `All ${formatCount(column.values.length)} in the legend`,
    class: "link small",
    press: () => session.store.set({ color: `=${column.name}`, tab: "color" }),
  });
  more.hidden = column.values.length <= MOST_VALUES;
  const node = element(
    "section.section",
    { attrs: { "aria-label": `Filter by ${column.name}` } },
    element("div.section-head", {}, element("h3.clip", { text: column.name, attrs: { dir: "auto" } }), clear),
    list,
    more,
  );
  const values = new Map<number, ValueRow>();
  const update = (): void => {
    const rows = session.cross.visible(`=${column.name}`);
    const counts = countCategories(column.codes, column.values.length, rows);
    const hidden = session.store.get().hidden.get(column.name) ?? new Set<number>();
    const total = countRows(rows);
    const shown = topCodes(column, counts).map((code) => {
      const value = values.get(code) ?? valueRow(column.values[code] as string, () => keepValue(session, column, code));
      values.set(code, value);
      value.show(counts[code] as number, total, hidden.size > 0 ? !hidden.has(code) : null);
      return value.node;
    });
    setChildren(list, shown);
    clear.hidden = hidden.size === 0;
  };
  return { node, update };
}

function topCodes(column: CategoryColumn, counts: Uint32Array): number[] {
  const codes = allCodes(column).filter((code) => code >= 0);
  if (codes.length <= MOST_VALUES) return codes;
  return codes.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b).slice(0, MOST_VALUES);
}

interface ValueRow {
  node: HTMLElement;
  /** Shows how many of `total` texts have the value; `isKept` is null where nothing of the column is filtered. */
  show(count: number, total: number, isKept: boolean | null): void;
}

/** Clicking keeps only this value, or adds it to those kept; as people expect of a list of filters. */
function valueRow(value: string, press: () => void): ValueRow {
  const name = element("span", { text: value || "(empty)", attrs: { dir: "auto" } });
  const mark = element("span.small", { text: "✓" });
  const texts = element("span.quiet.small", {});
  const node = element("button.share", { attrs: { type: "button" }, on: { click: press } }, name, mark, texts);
  return {
    node,
    show(count, total, isKept) {
      name.className = isKept === false ? "grow clip quiet" : "grow clip";
      mark.hidden = isKept !== true;
      texts.textContent = formatCount(count);
      setPressed(node, isKept === true);
      node.style.setProperty("--share", `${total ? (100 * count) / total : 0}%`);
    },
  };
}

function keepValue(session: Session, column: CategoryColumn, code: number): void {
  const hidden = session.store.get().hidden.get(column.name);
  if (!hidden?.size) {
    session.isolateCategory(column.name, code);
    return;
  }
  const next = new Set(hidden);
  if (!next.delete(code)) next.add(code);
  session.setHidden(column.name, next.size === allCodes(column).length ? new Set() : next);
}
