/** What is selected: how many, of which categories, in which words; and what to do with it. */

import { columnNamed, isMeasure } from "../state/facts";
import { countCategories } from "../state/filters";
import { countOf, formatCount, formatNumber, formatShare } from "../state/format";
import { extentOf, medianOf } from "../state/histogram";
import { countRows, type Mask, rowsOf } from "../state/mask";
import type { Session, State } from "../state/session";
import { type Running, runSliced, type Sliced } from "../state/slices";
import { type DistinctiveWord, distinctiveWords } from "../text/distinctive";
import { button, element, setLabel, setPressed } from "./dom";
import { icon } from "./icons";

export interface SelectionActions {
  download: () => void;
  copy: () => void;
  /** Looks for a word in the texts. */
  find: (word: string) => void;
  zoomTo: (rows: Uint32Array) => void;
}

const MOST_SHARES = 8;

export function createSelectionPane(session: Session, actions: SelectionActions): HTMLElement {
  const { store } = session;
  const empty = element("div", {}, ...emptyNodes(session));
  const head = element("h2", {});
  const share = element("span.quiet.small", {});
  const only = button({
    label: "Show only the selection",
    text: "Show only",
    pressed: false,
    press: () => session.setOnlySelected(!store.get().onlySelected),
  });
  const facts = element("div.section", {});
  const full = element("div", {}, headNode(session, head, share), toolsNode(session, only, actions), facts);
  let running: Running<unknown>[] = [];
  let start = 0;

  const showOnly = ({ onlySelected }: Readonly<State>): void => {
    only.textContent = onlySelected ? "Show all" : "Show only";
    setLabel(only, onlySelected ? "Show all texts" : "Show only the selection");
    setPressed(only, onlySelected);
  };
  const show = ({ selection, selected, tab }: Readonly<State>): void => {
    if (tab !== "selection") return;
    clearTimeout(start);
    for (const one of running) one.cancel();
    running = [];
    empty.hidden = selection !== null;
    full.hidden = selection === null;
    if (!selection) return;
    head.textContent = `${countOf(selected, "text")} selected`;
    share.textContent = formatShare(selected / session.scene.n);
    const words = element("div", {});
    const shares = element("div.section", {});
    facts.replaceChildren(words, shares);
    // The selection itself is shown first.
    start = window.setTimeout(() => {
      running = [runSliced(fillShares(session, selection, shares)), fillWords(session, selection, words, actions.find)];
    });
  };
  store.on(["selection", "tab"], show);
  store.on(["onlySelected"], showOnly);
  show(store.get());
  return element("div", {}, empty, full);
}

function headNode(session: Session, head: HTMLElement, share: HTMLElement): HTMLElement {
  const clear = button({
    label: "Clear the selection",
    icon: icon("close"),
    class: "icon-button tiny",
    key: "Esc",
    press: () => session.clearSelection(),
  });
  return element("div.section-head", {}, head, share, clear);
}

function toolsNode(session: Session, only: HTMLElement, actions: SelectionActions): HTMLElement {
  const { store } = session;
  const selected = (): Uint32Array => rowsOf(store.get().selection ?? new Uint8Array(0));
  return element(
    "div.row.wrap",
    {},
    only,
    button({ label: "Invert the selection", text: "Invert", key: "I", press: () => session.invertSelection() }),
    button({ label: "Zoom to the selection", text: "Zoom", press: () => actions.zoomTo(selected()) }),
    button({
      label: "Table of the selection",
      text: "Table",
      key: "T",
      press: () => store.set({ isTableOpen: true }),
    }),
    button({ label: "Copy the selected texts", text: "Copy", press: actions.copy }),
    button({ label: "Download the selection as CSV", text: "CSV", press: actions.download }),
  );
}

function emptyNodes(session: Session): HTMLElement[] {
  const start = (tool: "lasso" | "rect", text: string, key: string): HTMLElement =>
    button({ label: text, text, icon: icon(tool), key, press: () => session.store.set({ tool }) });
  return [
    element(
      "p.empty",
      {},
      icon("lasso"),
      "Nothing selected. Draw around points, and see here what they have in common: their words, their categories, their texts.",
    ),
    element(
      "div.row.wrap",
      {},
      start("lasso", "Lasso", "L"),
      start("rect", "Rectangle", "R"),
      button({ label: "Select all shown", text: "All shown", press: () => session.invertSelection() }),
    ),
    element("p.hint", { text: "Shift adds to a selection, Alt takes away from it." }),
  ];
}

function fillWords(
  session: Session,
  selection: Mask,
  node: HTMLElement,
  find: (word: string) => void,
): Running<DistinctiveWord[]> {
  let inner: Running<DistinctiveWord[]> | null = null;
  let cancelled = false;
  node.replaceChildren(element("h2", { text: "Distinctive words" }), element("p.hint", { text: "Counting…" }));
  const work = async (): Promise<DistinctiveWord[] | null> => {
    const [folded, all] = [await session.corpus.folded(), await session.corpus.words()];
    if (cancelled) return null;
    inner = runSliced(distinctiveWords(folded, all, rowsOf(selection)));
    const words = await inner.done;
    if (words) node.replaceChildren(...wordNodes(words, find));
    return words;
  };
  return {
    done: work(),
    cancel() {
      cancelled = true;
      inner?.cancel();
    },
  };
}

function wordNodes(words: readonly DistinctiveWord[], find: (word: string) => void): HTMLElement[] {
  const head = element("div.section-head", {}, element("h2", { text: "Distinctive words" }));
  if (words.length === 0)
    return [head, element("p.hint", { text: "No word occurs here clearly more often than in the other texts." })];
  const chips = words.map(({ word, z, count, total }) => {
    const chip = button({ label: word, text: word, class: "chip", press: () => find(word) });
    chip.title = `${formatCount(count)} of ${formatCount(total)} occurrences are in the selection · z = ${z.toFixed(1)}`;
    chip.append(element("span.quiet", { text: formatCount(count) }));
    return chip;
  });
  return [
    head,
    element("div.words", {}, ...chips),
    element("p.hint", { text: "More frequent here than elsewhere: log-odds with a Dirichlet prior, z ≥ 1.96." }),
  ];
}

/** The colouring column first; one column after the other, so that a million rows do not hold the page. */
function* fillShares(session: Session, selection: Mask, node: HTMLElement): Sliced<void> {
  const { scene, store } = session;
  const color = store.get().color.slice(1);
  const columns = [...scene.columns].sort((a, b) => Number(b.name === color) - Number(a.name === color));
  for (const column of columns) {
    yield;
    if (column.kind === "text" || !columnNamed(scene, column.name)) continue;
    const body = isMeasure(column)
      ? measureText(column, selection)
      : column.values.length > 1
        ? shareRows(column, selection)
        : null;
    const title = element("h3", { text: column.name, class: "clip", attrs: { dir: "auto" } });
    if (body) node.append(element("section.section", {}, element("div.section-head", {}, title), body));
  }
}

function shareRows(column: { codes: Int32Array; values: readonly string[] }, selection: Mask): HTMLElement {
  const size = column.values.length;
  const counts = countCategories(column.codes, size, selection);
  const total = countRows(selection);
  const codes = Array.from({ length: size + 1 }, (_, code) => code).filter((code) => (counts[code] as number) > 0);
  codes.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const rows = codes.slice(0, MOST_SHARES).map((code) => {
    const share = (counts[code] as number) / total;
    const row = element(
      "div.share",
      {},
      element("span.grow.clip", {
        text: code === size ? "No value" : column.values[code] || "(empty)",
        attrs: { dir: "auto" },
      }),
      element("span.quiet.small", { text: `${formatCount(counts[code] as number)} · ${formatShare(share)}` }),
    );
    row.style.setProperty("--share", `${100 * share}%`);
    return row;
  });
  const rest = codes.length - rows.length;
  return element(
    "div.bars",
    {},
    ...rows,
    rest > 0 && element("p.hint", { text: `and ${countOf(rest, "other value")}` }),
  );
}

function measureText(
  column: { kind: "number" | "date"; values: ArrayLike<number> },
  selection: Mask,
): HTMLElement | null {
  const chosen = new Float64Array(countRows(selection));
  let count = 0;
  for (let row = 0; row < selection.length; row++) {
    const value = selection[row] ? (column.values[row] as number) : Number.NaN;
    if (Number.isFinite(value)) chosen[count++] = value;
  }
  const values = chosen.subarray(0, count);
  const extent = extentOf(values);
  if (!extent) return null;
  const median = medianOf(values);
  const format = (value: number): string =>
    column.kind === "date" ? new Date(value).toISOString().slice(0, 10) : formatNumber(value);
  return element("p.quiet", { text: `${format(extent[0])} to ${format(extent[1])}, median ${format(median)}` });
}
