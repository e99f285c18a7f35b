/** The one panel: title, search, tabs. On a phone it is a sheet that is dragged up and down. */

import { countOf, formatCount } from "../state/format";
import type { Session, Tab } from "../state/session";
import { button, element, uniqueId } from "./dom";
import { icon } from "./icons";

export interface PanelParts {
  search: HTMLElement;
  panes: Record<Tab, HTMLElement>;
}

export const TABS: readonly [Tab, string][] = [
  ["color", "Colour"],
  ["filter", "Filter"],
  ["selection", "Selection"],
  ["believe", "Believe"],
];

export function createPanel(session: Session, explorer: HTMLElement, { search, panes }: PanelParts): HTMLElement {
  const { scene, store } = session;
  const count = element("p.panel-count", {});
  const fold = button({
    label: "Fold the panel",
    icon: icon("up"),
    class: "icon-button tiny fold",
    press: () => store.set({ isFolded: !store.get().isFolded }),
  });
  const body = element("div.panel-body", {});
  const tablist = element("div.tabs", { attrs: { role: "tablist", "aria-label": "Panels" } });
  const scroll = element("div.panel-scroll", { attrs: { role: "tabpanel", tabindex: 0, id: uniqueId("pane") } });
  const tabs = TABS.map(([tab, name]) =>
    element(
      "button.tab",
      {
        attrs: { type: "button", role: "tab", id: uniqueId("tab"), "aria-controls": scroll.id },
        on: { click: () => open(tab) },
      },
      name,
    ),
  );
  const open = (tab: Tab): void => {
    store.set({ tab });
    raiseSheet(explorer);
  };
  tablist.append(...tabs);
  tablist.addEventListener("keydown", (event) => walkTabs(event, tabs));
  for (const pane of Object.values(panes)) scroll.append(pane);
  body.append(search, tablist, scroll);
  const node = element(
    "aside.panel.float",
    { attrs: { "aria-label": "Panel" } },
    createGrip(explorer, () => store.set({ isFolded: false })),
    element(
      "header.panel-head",
      {},
      element(
        "div.grow",
        {},
        element("h1.panel-title", { text: scene.title || "Map", attrs: { dir: "auto", title: scene.title } }),
        count,
      ),
      fold,
    ),
    body,
  );

  store.on(["tab", "selected", "visible"], () => show());
  store.on(["isFolded"], () => show());
  const show = (): void => {
    const state = store.get();
    count.textContent =
      state.shown === scene.n
        ? countOf(scene.n, "text")
        : `${formatCount(state.shown)} of ${countOf(scene.n, "text")} shown`;
    body.hidden = state.isFolded;
    explorer.dataset.folded = String(state.isFolded);
    fold.replaceChildren(icon(state.isFolded ? "down" : "up"));
    fold.setAttribute("aria-expanded", String(!state.isFolded));
    TABS.forEach(([tab, name], k) => {
      const node = tabs[k] as HTMLElement;
      const isChosen = tab === state.tab;
      node.setAttribute("aria-selected", String(isChosen));
      node.tabIndex = isChosen ? 0 : -1;
      if (isChosen) scroll.setAttribute("aria-labelledby", node.id);
      node.replaceChildren(name, ...badge(tab, session));
      panes[tab].hidden = !isChosen;
    });
  };
  show();
  return node;
}

function badge(tab: Tab, session: Session): HTMLElement[] {
  const { selected } = session.store.get();
  const filters = session.cross.keys.filter((key) => key.startsWith("=")).length;
  const text =
    tab === "selection" && selected ? formatCount(selected) : tab === "filter" && filters ? String(filters) : "";
  return text ? [element("span.tab-badge", { text })] : [];
}

function walkTabs(event: KeyboardEvent, tabs: readonly HTMLElement[]): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const at = tabs.indexOf(document.activeElement as HTMLButtonElement);
  const next = tabs[(at + by + tabs.length) % tabs.length];
  next?.click();
  next?.focus();
}

const HEIGHTS = ["peek", "half", "full"] as const;

/** On a phone: lets the panel be seen that was asked for. */
export function raiseSheet(explorer: HTMLElement): void {
  if (explorer.dataset.sheet === "peek") explorer.dataset.sheet = "half";
}

/** The handle of the sheet: drag it, or press it to go one height up; a sheet is not folded. */
function createGrip(explorer: HTMLElement, unfold: () => void): HTMLElement {
  const grip = element("button.sheet-grip", { attrs: { type: "button", "aria-label": "Height of the panel" } });
  const at = (): number => HEIGHTS.indexOf((explorer.dataset.sheet ?? "half") as (typeof HEIGHTS)[number]);
  const go = (index: number): void => {
    explorer.dataset.sheet = HEIGHTS[Math.min(2, Math.max(0, index))] ?? "half";
    unfold();
  };
  let start = 0;
  let dragged = false;
  grip.addEventListener("pointerdown", (event) => {
    start = event.clientY;
    dragged = false;
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointermove", (event) => {
    if (!grip.hasPointerCapture(event.pointerId) || Math.abs(event.clientY - start) < 36) return;
    go(at() + (event.clientY < start ? 1 : -1));
    start = event.clientY;
    dragged = true;
  });
  grip.addEventListener("click", () => {
    if (!dragged) go((at() + 1) % HEIGHTS.length);
    dragged = false; // the next click may come from a key
  });
  go(0);
  return grip;
}
