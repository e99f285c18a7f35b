/** What lies under the pointer, at once. */

import { textAt } from "../../wire/types";
import type { Session } from "../state/session";
import { dataText, element } from "./dom";
import { factsList } from "./facts-list";

export interface HoverCard {
  node: HTMLElement;
  show(row: number, x: number, y: number): void;
  hide(): void;
}

const MOST_FACTS = 5;
const MOST_CHARS = 600;
const GAP = 14;

export function createHoverCard(session: Session): HoverCard {
  const { scene, store } = session;
  const node = element("div.hover.float", { attrs: { "aria-hidden": "true", hidden: true } });
  let shown = -1;
  let isRead = false;
  let again = (): void => {};
  void scene.whole.then(() => {
    isRead = true;
    shown = -1;
    if (!node.hidden) again();
  });
  const card: HoverCard = {
    node,
    show(row, x, y) {
      again = () => card.show(row, x, y);
      if (row !== shown) {
        const text = textAt(scene.texts, row);
        const body = dataText(
          "p",
          text.length > MOST_CHARS
            ? `${text.slice(0, MOST_CHARS)}…`
            : text || (isRead ? "(no text)" : "Its text is still being read…"),
          "hover-text",
        );
        const facts = factsList(scene, row, MOST_FACTS, store.get().color.slice(1));
        node.replaceChildren(body, ...(facts ? [facts] : []));
        shown = row;
      }
      node.hidden = false;
      const box = node.offsetParent?.getBoundingClientRect();
      const left = x + GAP + node.offsetWidth > (box?.width ?? 0) - 8 ? x - GAP - node.offsetWidth : x + GAP;
      const top = y + GAP + node.offsetHeight > (box?.height ?? 0) - 8 ? y - GAP - node.offsetHeight : y + GAP;
      node.style.transform = `translate(${Math.round(Math.max(8, left))}px, ${Math.round(Math.max(8, top))}px)`;
    },
    hide() {
      node.hidden = true;
    },
  };
  return card;
}
