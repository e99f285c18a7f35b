/** The categories of the colouring column: search, counts, show and hide, one alone. */

import { formatCount } from "../state/format";
import { MOST_COLORS } from "../state/swatches";
import { foldText } from "../text/blob";
import { button, element, setAttributes, setLabel } from "./dom";
import { type VirtualRow, virtualList } from "./virtual-list";

export interface LegendEntry {
  code: number;
  name: string;
  color: string;
}

export interface LegendActions {
  toggle: (code: number) => void;
  isolate: (code: number) => void;
  setHidden: (hidden: ReadonlySet<number>) => void;
  select: (code: number) => void;
}

export interface Legend {
  node: HTMLElement;
  /** Entries in order; counts by code, those without a value under `missing`. */
  show(
    column: string,
    entries: readonly LegendEntry[],
    counts: (code: number) => number,
    hidden: ReadonlySet<number>,
  ): void;
}

const ROW_HEIGHT = 30;
const PHONE_ROW_HEIGHT = 40;

export function createLegend(actions: LegendActions): Legend {
  let entries: readonly LegendEntry[] = [];
  let matching: readonly LegendEntry[] = [];
  let counts: (code: number) => number = () => 0;
  let hidden: ReadonlySet<number> = new Set();
  let column = "";
  const phone = matchMedia("(max-width: 720px)");
  const rowHeight = (): number => (phone.matches ? PHONE_ROW_HEIGHT : ROW_HEIGHT);

  const filter = element("input.input", {
    attrs: { type: "search", placeholder: "Find a category", "aria-label": "Find a category", spellcheck: "false" },
  });
  const summary = element("span.grow.quiet.small", { attrs: { role: "status" } });
  const all = button({
    label: "Show all categories",
    text: "All",
    class: "link small",
    press: () => actions.setHidden(new Set()),
  });
  const none = button({
    label: "Show none of the categories",
    text: "None",
    class: "link small",
    press: () => actions.setHidden(new Set(entries.map(({ code }) => code))),
  });
  const list = virtualList({
    rowHeight,
    class: "legend",
    attrs: { role: "list", "aria-label": "Categories", tabindex: "-1" },
    make: (index) => legendRow(index, () => factsOf(matching[index] as LegendEntry), actions),
  });
  const factsOf = (entry: LegendEntry): RowFacts => ({
    entry,
    size: matching.length,
    count: counts(entry.code),
    isHidden: hidden.has(entry.code),
  });
  const node = element("div", {}, filter, element("div.row.section-head", {}, summary, all, none), list.node);
  filter.addEventListener("input", () => narrow());
  phone.addEventListener("change", () => narrow());
  list.node.addEventListener("keydown", (event) => moveFocus(event, list.node));

  const narrow = (): void => {
    const wanted = foldText(filter.value.trim());
    matching = wanted ? entries.filter(({ name }) => foldText(name).includes(wanted)) : entries;
    const shown = entries.length - hidden.size;
    summary.textContent = wanted
      ? `${formatCount(matching.length)} of ${formatCount(entries.length)} match`
      : hidden.size
        ? `${formatCount(shown)} of ${formatCount(entries.length)} shown`
        : `${formatCount(entries.length)} categories`;
    list.node.style.height = `${Math.min(entries.length, 14) * rowHeight()}px`;
    list.reset(matching.length);
  };
  return {
    node,
    show(nextColumn, next, nextCounts, nextHidden) {
      entries = next;
      counts = nextCounts;
      hidden = nextHidden;
      if (column !== nextColumn) filter.value = "";
      column = nextColumn;
      filter.hidden = next.length <= 12;
      narrow();
    },
  };
}

interface RowFacts {
  entry: LegendEntry;
  size: number;
  count: number;
  isHidden: boolean;
}

function legendRow(index: number, facts: () => RowFacts, actions: LegendActions): VirtualRow {
  const code = (): number => facts().entry.code;
  const swatch = element("span.swatch", {});
  const name = element("span.legend-name", { attrs: { dir: "auto" } });
  const count = element("span.legend-count", {});
  const toggle = element(
    "button.legend-toggle",
    {
      attrs: { type: "button" },
      on: {
        // the second click of a double-click would undo the first
        click: (event) => (event.altKey ? actions.isolate(code()) : event.detail < 2 && actions.toggle(code())),
        dblclick: () => {
          actions.toggle(code());
          actions.isolate(code());
        },
      },
    },
    swatch,
    name,
    count,
  );
  const only = button({ label: "", text: "Only", class: "legend-only", press: () => actions.isolate(code()) });
  const select = button({ label: "", text: "Select", class: "legend-only", press: () => actions.select(code()) });
  const attrs = { role: "listitem", "aria-posinset": index + 1 };
  const node = element("div.legend-row", { attrs }, toggle, only, select);
  return {
    node,
    show() {
      const { entry, size, count: texts, isHidden } = facts();
      swatch.style.setProperty("--swatch", entry.color);
      name.textContent = entry.name;
      count.textContent = formatCount(texts);
      setAttributes(toggle, {
        "aria-pressed": String(!isHidden),
        title: `${entry.name}\nClick: show or hide · double-click: only this`,
      });
      setLabel(only, `Only ${entry.name}`);
      setLabel(select, `Select ${entry.name}`);
      setAttributes(node, { "aria-setsize": size, "data-hidden": String(isHidden) });
    },
  };
}

/** Arrow keys walk the list. */
function moveFocus(event: KeyboardEvent, list: HTMLElement): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...list.querySelectorAll<HTMLElement>(".legend-toggle")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (at < 0 || !next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** The entries of a column: its values in order, "Other" is a colour, not an entry; "No value" last where it occurs. */
export function legendEntries(
  values: readonly string[],
  hasMissing: boolean,
  colorOf: (code: number) => string,
): LegendEntry[] {
  const entries = values.map((name, code) => ({ code, name: name === "" ? "(empty)" : name, color: colorOf(code) }));
  if (hasMissing) entries.push({ code: -1, name: "No value", color: colorOf(-1) });
  return entries;
}

/** What the grey of the smaller categories means; null while every one has its own colour. */
export function otherNote(size: number, colors: ArrayLike<number>, paletteSize: number): string | null {
  const last = size ? (colors[size - 1] as number) : 0;
  if (last >= paletteSize)
    return `${formatCount(size)} categories share ${formatCount(paletteSize)} colours: far from each other, one colour may mean two.`;
  let others = 0;
  for (let code = 0; code < size; code++) if ((colors[code] as number) < 0) others++;
  if (others === 0) return null;
  return `The ${MOST_COLORS} largest have colours of their own; the other ${formatCount(others)} are grey until ${MOST_COLORS} or fewer of them are shown.`;
}
