/** Keys that work anywhere on the page, except where one writes. */

import { isTyping } from "./dom";

export interface KeyActions {
  search: () => void;
  step: (by: 1 | -1) => void;
  pan: (dx: number, dy: number) => void;
  zoom: (factor: number) => void;
  fit: () => void;
  tool: (name: "pan" | "lasso" | "rect") => void;
  tab: (index: number) => void;
  nextProjection: () => void;
  invert: () => void;
  toggleTable: () => void;
  toggleTheme: () => void;
  toggleHidden: () => void;
  share: () => void;
  help: () => void;
  back: () => void;
}

const PAN_PX = 60;

export function listenToKeys(actions: KeyActions): void {
  const plain: Record<string, () => void> = {
    "/": actions.search,
    "[": () => actions.step(-1),
    "]": () => actions.step(1),
    "+": () => actions.zoom(1.4),
    "=": () => actions.zoom(1.4),
    "-": () => actions.zoom(1 / 1.4),
    "0": actions.fit,
    v: () => actions.tool("pan"),
    l: () => actions.tool("lasso"),
    r: () => actions.tool("rect"),
    p: actions.nextProjection,
    i: actions.invert,
    t: actions.toggleTable,
    d: actions.toggleTheme,
    h: actions.toggleHidden,
    s: actions.share,
    "?": actions.help,
    "1": () => actions.tab(0),
    "2": () => actions.tab(1),
    "3": () => actions.tab(2),
    "4": () => actions.tab(3),
    ArrowLeft: () => actions.pan(PAN_PX, 0),
    ArrowRight: () => actions.pan(-PAN_PX, 0),
    ArrowUp: () => actions.pan(0, PAN_PX),
    ArrowDown: () => actions.pan(0, -PAN_PX),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      actions.back();
      if (isTyping(event.target)) (event.target as HTMLElement).blur();
      return;
    }
    const isArrow = event.key.startsWith("Arrow");
    if (isTyping(event.target) || (isArrow && isWalked(event.target))) return;
    const act = plain[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Whether arrow keys belong to what has the focus: sliders and what scrolls. */
function isWalked(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, [role=slider], [role=tablist], .panel-scroll, .card-scroll, .virtual, .menu") !== null
  );
}
