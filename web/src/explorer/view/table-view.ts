/** The points as a table: the selection, the matches, or all that is shown; the way to every point without the map. */

import { type Column, textAt } from "../../wire/types";
import { cellText, isMeasure } from "../state/facts";
import { countOf } from "../state/format";
import { combineMasks, rowsOf } from "../state/mask";
import { orderByNumber } from "../state/order";
import type { Session } from "../state/session";
import { createSorter } from "../state/sorting";
import { button, element, setAttributes } from "./dom";
import { oncePerFrame } from "./frame";
import { icon } from "./icons";
import { type VirtualRow, virtualList } from "./virtual-list";

export interface TableActions {
  pin: (row: number) => void;
  hover: (row: number) => void;
  download: () => void;
}

export interface TableView {
  node: HTMLElement;
  /** The rows listed, in the order shown. */
  rows(): Uint32Array;
  focus(): void;
}

const ROW_HEIGHT = 34;
const MOST_CHARS = 240;

export function createTableView(session: Session, actions: TableActions): TableView {
  const { scene, store } = session;
  const title = element("h2.grow.clip", { attrs: { role: "status" } });
  const columns: readonly (Column | null)[] = [null, ...scene.columns]; // null is the text itself
  const sorter = createSorter(scene);
  let sort: { column: number; descending: boolean } | null = null;
  let rows: Uint32Array = new Uint32Array(0);
  let active = 0;
  let told = "";

  const head = element("div.grid-row.grid-head", { attrs: { role: "row", "aria-rowindex": 1 } });
  const list = virtualList({
    rowHeight: () => ROW_HEIGHT,
    class: "grid-body",
    attrs: { role: "rowgroup" },
    make: (index) => bodyRow(index),
  });
  const grid = element(
    "div.grid",
    { attrs: { role: "grid", "aria-label": "Texts", "aria-colcount": columns.length } },
    element("div", { attrs: { role: "rowgroup" } }, head),
    list.node,
  );
  grid.style.setProperty(
    "--columns",
    [
      "minmax(220px, 3fr)",
      ...scene.columns.map((column) => (isMeasure(column) ? "minmax(96px, 1fr)" : "minmax(110px, 1fr)")),
    ].join(" "),
  );
  grid.style.setProperty("--least", `${236 + 110 * scene.columns.length}px`);
  const node = element(
    "section.table.float",
    { attrs: { "aria-label": "Table of texts", hidden: true } },
    element(
      "div.table-head",
      {},
      title,
      button({ label: "Download these rows as CSV", text: "CSV", icon: icon("download"), press: actions.download }),
      button({
        label: "Close the table",
        key: "T",
        icon: icon("close"),
        class: "icon-button tiny",
        press: () => store.set({ isTableOpen: false }),
      }),
    ),
    grid,
  );

  const bodyRow = (index: number): VirtualRow => {
    const row = (): number => rows[index] as number;
    const cells = columns.map((column) =>
      element("div", {
        class: column && isMeasure(column) ? "grid-cell number" : "grid-cell",
        attrs: { role: "gridcell", dir: "auto" },
      }),
    );
    const node = element(
      "div.grid-row.body",
      {
        attrs: { role: "row", "aria-rowindex": index + 2 },
        on: {
          click: () => choose(index),
          mouseenter: () => actions.hover(row()),
          mouseleave: () => actions.hover(-1),
          focus: () => actions.hover(row()),
        },
      },
      ...cells,
    );
    return {
      node,
      show() {
        columns.forEach((column, k) => {
          const text = column ? cellText(column, row()) : textAt(scene.texts, row());
          (cells[k] as HTMLElement).textContent = text.slice(0, MOST_CHARS);
        });
        setAttributes(node, {
          tabindex: index === active ? 0 : -1,
          "aria-selected": String(row() === store.get().pinned),
        });
      },
    };
  };
  const choose = (index: number): void => {
    active = index;
    actions.pin(rows[index] as number);
  };
  const walk = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(list.node.clientHeight / ROW_HEIGHT) - 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const by = moves[event.key];
    if (event.key === "Enter" || event.key === " ") choose(active);
    else if (by === undefined || rows.length === 0) return;
    else focusRow(Math.min(rows.length - 1, Math.max(0, active + by)));
    event.preventDefault();
    event.stopPropagation();
  };
  const focusRow = (index: number): void => {
    list.rowAt(active)?.setAttribute("tabindex", "-1");
    active = index;
    list.reveal(index);
    const row = list.rowAt(index);
    row?.setAttribute("tabindex", "0");
    row?.focus({ preventScroll: true });
  };
  list.node.addEventListener("keydown", walk);

  const sortBy = (column: number): void => {
    if (sort?.column !== column) sort = { column, descending: false };
    else sort = sort.descending ? null : { column, descending: true };
    showHead();
    fill();
  };
  const heads = columns.map((column, k) =>
    headCell(column?.name ?? "Text", column !== null && isMeasure(column), () => sortBy(k)),
  );
  head.append(...heads.map((cell) => cell.node));
  const showHead = (): void => {
    for (const [k, cell] of heads.entries()) cell.show(sort?.column === k ? sort.descending : null);
  };
  const sorting = (share: number): void => {
    if (share >= 1) fillSoon();
    const text = `${told}, sorting ${Math.floor(share * 10) * 10}\u202f%`;
    if (sort && share < 1 && title.textContent !== text) title.textContent = text;
  };
  const fill = (): void => {
    if (node.hidden) return;
    const { selection, selected, visible, shown, found } = store.get();
    const base = selection ? combineMasks(visible, selection, "intersect") : visible;
    const listed = !selection && found ? Uint32Array.from(found.rows).filter((row) => visible[row]) : rowsOf(base);
    const ranks = sort ? sorter.ranks(columns[sort.column] as Column | null, sorting) : null;
    rows = sort && ranks ? orderByNumber(listed, ranks, sort.descending) : listed;
    active = Math.max(0, Math.min(active, rows.length - 1));
    const [what, all] = selection ? ["selected", selected] : found ? ["found", found.rows.length] : ["shown", shown];
    told = `${countOf(rows.length, "text")} ${what}${rows.length < all ? " and shown" : ""}`;
    title.textContent = told;
    if (!sort) sorter.cancel();
    else if (!ranks) sorting(0);
    setAttributes(grid, { "aria-rowcount": rows.length + 1 });
    const hadFocus = list.node.contains(document.activeElement);
    list.reset(rows.length);
    if (hadFocus && !list.node.contains(document.activeElement)) focusRow(active);
  };
  const fillSoon = oncePerFrame(fill);
  showHead();
  store.on(["visible", "selection", "found"], fillSoon);
  store.on(["isTableOpen"], ({ isTableOpen }) => {
    node.hidden = !isTableOpen;
    fill();
  });
  store.on(["pinned"], ({ pinned }) => {
    for (const row of grid.querySelectorAll(".body"))
      row.setAttribute("aria-selected", String(rows[Number(row.getAttribute("aria-rowindex")) - 2] === pinned));
  });
  void scene.whole.then(fill);
  return { node, rows: () => rows, focus: () => focusRow(active) };
}

interface HeadCell {
  node: HTMLElement;
  /** Shows whether rows are sorted by the column, and which way. */
  show(descending: boolean | null): void;
}

function headCell(name: string, isNumber: boolean, press: () => void): HeadCell {
  const label = element("span", { text: name, attrs: { dir: "auto" } });
  const sort = element(
    "button.grid-sort",
    { attrs: { type: "button", title: `Sort by ${name}` }, on: { click: press } },
    label,
  );
  const node = element(
    "div",
    { class: isNumber ? "grid-cell number" : "grid-cell", attrs: { role: "columnheader" } },
    sort,
  );
  return {
    node,
    show(descending) {
      sort.replaceChildren(label, ...(descending === null ? [] : [icon(descending ? "down" : "up")]));
      setAttributes(node, {
        "aria-sort": descending === null ? "none" : descending ? "descending" : "ascending",
      });
    },
  };
}
