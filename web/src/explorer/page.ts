/** Puts the parts of the page together. */

import type { Plot } from "../plot/api";
import { createPlot } from "../plot/plot";
import { textAt } from "../wire/types";
import { createDesk, type Desk } from "./desk";
import type { Coloring } from "./state/coloring";
import { countOf } from "./state/format";
import { maskOf } from "./state/mask";
import type { Neighbor } from "./state/nearest";
import type { Session, Tab } from "./state/session";
import { createBelievePane } from "./view/believe-pane";
import { createColorPane } from "./view/color-pane";
import { createDock, type Dock } from "./view/dock";
import { element } from "./view/dom";
import { createFilterPane } from "./view/filter-pane";
import { oncePerFrame } from "./view/frame";
import { openHelp } from "./view/help";
import { createHoverCard } from "./view/hover-card";
import { listenToKeys } from "./view/keys";
import { createPanel, raiseSheet, TABS } from "./view/panel";
import { createPointCard, type PointCard } from "./view/point-card";
import { printOnDemand } from "./view/print";
import { createSearchBox, type SearchBox } from "./view/search-box";
import { createSelectionPane } from "./view/selection-pane";
import { createTableView, type TableView } from "./view/table-view";
import { drawingTheme, followTheme, themeOf, toggleTheme } from "./view/theme";
import { createTools } from "./view/tools";
import { coveredBoxes, drawPinned, driveDrawing, FLOATING, insetsOf, listenToMap } from "./view/wiring";

interface Parts {
  search: SearchBox;
  table: TableView;
  card: PointCard;
  dock: Dock;
}

export function openPage(explorer: HTMLElement, session: Session): void {
  const { scene } = session;
  const isEmbedded = new URLSearchParams(location.search).has("embed");
  explorer.dataset.embed = String(isEmbedded);
  const map = element("div.map", {
    attrs: {
      tabindex: 0,
      role: "application",
      "aria-roledescription": "map",
      id: "map",
      "aria-label": `Map of ${countOf(scene.n, "text")}. Arrow keys move it, plus and minus zoom. The table (T) lists every text.`,
    },
  });
  const main = element("main", {}, map);
  explorer.append(
    element("a.skip", {
      text: "Skip to the table of texts",
      attrs: { href: "#table" },
      on: { click: (event) => openTable(event, session) },
    }),
    main,
  );
  const plot = createPlot(map, scene, drawingTheme(themeOf(session.store.get().theme)));
  const desk = createDesk(explorer, session, plot);
  const parts = buildParts(explorer, session, plot, desk);
  connect(explorer, session, plot, desk, parts);
  if (isEmbedded) explorer.append(embedBadge(scene.title, desk));
  else if (!desk.wasLinked) main.append(createHint(explorer, session));
  requestAnimationFrame(() => {
    plot.setCovered(insetsOf(explorer), coveredBoxes(explorer));
    desk.restoreView();
  });
  Object.assign(window, { asterism: { scene, session, plot } });
}

function buildParts(
  explorer: HTMLElement,
  session: Session,
  plot: Plot,
  desk: Desk,
): Parts & { colorPane: ReturnType<typeof createColorPane> } {
  const { scene, store } = session;
  const dock = createDock(session, () => {
    openTab(explorer, session, "believe");
    if (explorer.dataset.embed === "true") window.open(desk.address(), "_blank", "noopener"); // where there is a panel
  });
  const search = createSearchBox(session, { visit: desk.visit, say: desk.say });
  const colorPane = createColorPane(session, {
    setLabels: (isShown) => plot.setOverlays({ showLabels: isShown }),
    setPointSize: (size) => plot.setPointStyle({ size }),
  });
  const panes: Record<Tab, HTMLElement> = {
    color: colorPane.node,
    filter: createFilterPane(session, dock.setMoment),
    selection: createSelectionPane(session, {
      download: desk.saveSelection,
      copy: desk.copySelection,
      find: (word) => session.search(word, "words"),
      zoomTo: (rows) => plot.zoomTo(rows, { animate: true }),
    }),
    believe: createBelievePane(session),
  };
  const card = createPointCard(session, {
    close: () => store.set({ pinned: -1 }),
    center: desk.center,
    pin: desk.visit,
    hover: (row) => plot.setHovered(row),
    copy: (text) => desk.copy(text, "Text"),
    selectRows: (rows) => session.select(maskOf(rows, scene.n), "replace"),
  });
  const table = createTableView(session, {
    pin: desk.visit,
    hover: (row) => plot.setHovered(row),
    download: () => desk.saveRows(table.rows()),
  });
  table.node.id = "table";
  explorer.append(
    createPanel(session, explorer, { search: search.node, panes }),
    dock.node,
    table.node,
    card.node,
    createTools(session, {
      zoomBy: (factor) => plot.zoomBy(factor),
      fit: () => plot.fit({ animate: true }),
      toggleTheme: () => toggleTheme(session),
      openShare: desk.openShare,
      openDownload: desk.openDownload,
      openHelp: () => openHelp(explorer),
    }),
    ...desk.nodes,
  );
  return { search, table, card, dock, colorPane };
}

function connect(
  explorer: HTMLElement,
  session: Session,
  plot: Plot,
  desk: Desk,
  parts: ReturnType<typeof buildParts>,
): void {
  const { scene, store } = session;
  const hover = createHoverCard(session);
  explorer.append(hover.node);
  let coloring: Coloring | null = null;
  const setTheme = driveDrawing(session, plot, (next) => {
    coloring = next;
    parts.colorPane.show(next);
  });
  followTheme(session, setTheme);
  printOnDemand(explorer, session, plot, setTheme, () => coloring);
  listenToMap(session, plot, {
    hover(row, x, y) {
      plot.setHovered(row);
      if (row < 0 || row === store.get().pinned) hover.hide();
      else hover.show(row, x, y);
    },
    trouble: (message) => desk.notice.show(message, 12_000),
    moved: desk.viewMoved,
  });
  const pin = (): void => {
    const { pinned } = store.get();
    if (pinned >= 0) desk.say(`Pinned: ${textAt(scene.texts, pinned).slice(0, 200)}`);
    const neighbors: readonly Neighbor[] = parts.card.show(pinned);
    drawPinned(plot, pinned, neighbors);
    explorer.dataset.card = String(pinned >= 0);
    hover.hide();
    if (pinned >= 0) desk.reveal(pinned);
  };
  store.on(["pinned"], () => void scene.whole.then(pin));
  store.on(["projection"], () => void desk.arrival().then(pin));
  store.on(["selected"], ({ selected }) =>
    desk.say(selected ? `${countOf(selected, "text")} selected` : "Selection cleared"),
  );
  store.on(["shown"], ({ shown }) => desk.say(`${countOf(shown, "text")} shown`));
  store.on(["projection"], ({ projection }) => desk.say(`Projection: ${scene.projections[projection]?.name ?? ""}`));
  const sizes = new ResizeObserver(oncePerFrame(() => plot.setCovered(insetsOf(explorer), coveredBoxes(explorer))));
  for (const part of [explorer, ...explorer.querySelectorAll(FLOATING)]) sizes.observe(part);
  connectKeys(explorer, session, plot, desk, parts);
  void scene.whole.then((trouble) => trouble && desk.notice.show(`${trouble} The map is shown without its texts.`));
  desk.restore();
}

function connectKeys(explorer: HTMLElement, session: Session, plot: Plot, desk: Desk, { search, table }: Parts): void {
  const { scene, store } = session;
  listenToKeys({
    search() {
      unhide(explorer);
      store.set({ isFolded: false });
      search.focus();
    },
    step(by) {
      const row = session.stepMatch(by);
      if (row >= 0) desk.visit(row);
    },
    pan: (dx, dy) => plot.panBy(dx, dy),
    zoom: (factor) => plot.zoomBy(factor),
    fit: () => plot.fit({ animate: true }),
    tool: (tool) => store.set({ tool }),
    tab: (index) => openTab(explorer, session, (TABS[index] as (typeof TABS)[number])[0]),
    nextProjection: () => store.set({ projection: (store.get().projection + 1) % scene.projections.length }),
    invert: () => session.invertSelection(),
    toggleTable() {
      const isSeen = !unhide(explorer) && store.get().isTableOpen;
      store.set({ isTableOpen: !isSeen });
      if (store.get().isTableOpen) table.focus();
    },
    toggleTheme: () => desk.say(`${toggleTheme(session)} theme`),
    toggleHidden() {
      explorer.dataset.hidden = String(explorer.dataset.hidden !== "true");
    },
    share: () => desk.openShare(explorer.querySelector<HTMLElement>("[aria-label^='Link']") ?? explorer),
    help: () => openHelp(explorer),
    back: () => stepBack(session, desk),
  });
}

/** Esc: undoes the last thing that covers or narrows the map. */
function stepBack(session: Session, desk: Desk): void {
  const { store } = session;
  const { tool, pinned, isTableOpen, selection, query } = store.get();
  if (desk.menu.close()) return;
  if (tool !== "pan") store.set({ tool: "pan" });
  else if (pinned >= 0) store.set({ pinned: -1 });
  else if (isTableOpen) store.set({ isTableOpen: false });
  else if (selection) session.clearSelection();
  else if (query) session.search("", store.get().mode);
}

/** Shows the panels that were hidden by key; whether they were. */
function unhide(explorer: HTMLElement): boolean {
  const wasHidden = explorer.dataset.hidden === "true";
  explorer.dataset.hidden = "false";
  return wasHidden;
}

function openTab(explorer: HTMLElement, { store }: Session, tab: Tab): void {
  unhide(explorer);
  store.set({ tab, isFolded: false });
  raiseSheet(explorer);
}

function openTable(event: MouseEvent, session: Session): void {
  event.preventDefault();
  session.store.set({ isTableOpen: true });
  document.querySelector<HTMLElement>("#table .body")?.focus();
}

/** What to try first; gone with the first press of anything. */
function createHint(explorer: HTMLElement, session: Session): HTMLElement {
  const touch = matchMedia("(pointer: coarse)").matches;
  const text = touch
    ? "Tap a point to read it · pinch to zoom"
    : "Hover to read · click for true neighbours · scroll to zoom · ? for help";
  const hint = element("p.first-hint", { text });
  const remove = (): void => hint.remove();
  explorer.addEventListener("pointerdown", remove, { once: true, capture: true });
  explorer.addEventListener("wheel", remove, { once: true, passive: true });
  document.addEventListener("keydown", remove, { once: true });
  session.store.on(["query", "tab", "pinned"], remove);
  return hint;
}

/** In an iframe: what it is, and the way to the full page. */
function embedBadge(title: string, { address }: Desk): HTMLElement {
  const open = element(
    "a.embed-badge.float",
    { attrs: { target: "_blank", rel: "noopener" } },
    element("span.clip", { text: title || "Map", attrs: { dir: "auto" } }),
    element("span.quiet", { text: "Open the full map" }),
  );
  const point = (): void => {
    open.href = address();
  };
  point();
  open.addEventListener("pointerdown", point);
  open.addEventListener("keydown", point);
  return element("nav", { attrs: { "aria-label": "Full map" } }, open);
}
