/** Rows of one height of which only those in sight exist. */

import { element } from "./dom";

export interface VirtualList {
  node: HTMLElement;
  /** Shows `size` rows from now on; those in sight are shown anew, in the nodes they have. */
  reset(size: number): void;
  /** Brings a row into sight. */
  reveal(index: number): void;
  /** The node of a row in sight. */
  rowAt(index: number): HTMLElement | null;
}

/** A row of the list, for good: a click is lost whose press and release meet two nodes. */
export interface VirtualRow {
  node: HTMLElement;
  /** Shows what there is at the row's index now. */
  show(): void;
}

export interface VirtualListOptions {
  /** In pixels; when it changes, the list is to be reset. */
  rowHeight: () => number;
  class: string;
  attrs?: Record<string, string>;
  make: (index: number) => VirtualRow;
}

const BEYOND = 6;
/** Browsers lose precision in boxes taller than this, so longer lists are scrolled in proportion. */
const MOST_PX = 8_000_000;

export function virtualList(options: VirtualListOptions): VirtualList {
  const spacer = element("div.virtual-spacer", { attrs: { role: "presentation" } });
  const node = element("div", { class: `virtual ${options.class}`, attrs: { ...options.attrs } }, spacer);
  const rows = new Map<number, VirtualRow>();
  let size = 0;

  const scale = (): number => Math.max(1, (size * options.rowHeight()) / MOST_PX);
  const firstInSight = (): number => (node.scrollTop * scale()) / options.rowHeight();

  const draw = (): void => {
    const top = firstInSight();
    const inSight = Math.ceil(node.clientHeight / options.rowHeight());
    const from = Math.max(0, Math.floor(top) - BEYOND);
    const to = Math.min(size, Math.floor(top) + inSight + BEYOND + 1);
    for (const [index, { node: row }] of rows) {
      const isKept = (index >= from && index < to) || (index < size && row.contains(document.activeElement));
      if (isKept) continue;
      row.remove();
      rows.delete(index);
    }
    for (let index = from; index < to; index++) {
      let row = rows.get(index);
      if (!row) {
        row = options.make(index);
        row.node.classList.add("virtual-row");
        row.show();
        rows.set(index, row);
        insertInOrder(spacer, row.node, index, rows);
      }
      row.node.style.transform = `translateY(${node.scrollTop + (index - top) * options.rowHeight()}px)`;
    }
  };

  node.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(node);
  return {
    node,
    reset(next) {
      size = next;
      for (const [index, row] of rows) if (index < size) row.show();
      spacer.style.height = `${Math.min(MOST_PX, size * options.rowHeight())}px`;
      draw();
    },
    reveal(index) {
      const top = firstInSight();
      const inSight = node.clientHeight / options.rowHeight();
      if (index >= top && index + 1 <= top + inSight) return;
      const first = index < top ? index : index + 1 - inSight;
      node.scrollTop = (first * options.rowHeight()) / scale();
      draw();
    },
    rowAt: (index) => rows.get(index)?.node ?? null,
  };
}

/** Keeps the order in the document that of the list, for readers that follow it. */
function insertInOrder(
  spacer: HTMLElement,
  row: HTMLElement,
  index: number,
  rows: ReadonlyMap<number, VirtualRow>,
): void {
  const after = rows.get(index - 1)?.node;
  if (after) after.after(row);
  else if (index === 0 || rows.size === 1) spacer.prepend(row);
  else {
    const next = [...rows.keys()].filter((key) => key > index).sort((a, b) => a - b)[0];
    spacer.insertBefore(row, next === undefined ? null : (rows.get(next) as VirtualRow).node);
  }
}
