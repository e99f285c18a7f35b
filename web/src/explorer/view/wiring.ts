/** Keeps the drawing in step with the store, and the store with what people do on the map. */

import type { Insets, Plot } from "../../plot/api";
import type { Box } from "../../plot/boxes";
import { type Coloring, colorRows } from "../state/coloring";
import { overlaysOf } from "../state/facts";
import { maskOf } from "../state/mask";
import type { Neighbor } from "../state/nearest";
import type { Session, State, Tool } from "../state/session";
import { oncePerFrame } from "./frame";
import { drawingTheme, parseColor, type ThemeName, themeOf } from "./theme";

export const FLOATING = ".float:not(.hover, .menu, .notice, .dialog)";
const MODES = { pan: "pan", lasso: "lasso", rect: "rectangle" } as const satisfies Record<Tool, string>;

export function isCalm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Narrower pages have the panel as a sheet; the style sheet says the same. */
const PHONE_WIDTH = 720;

/** State → drawing. `colored` hears of every change of the colours. */
export function driveDrawing(
  session: Session,
  plot: Plot,
  colored: (coloring: Coloring) => void,
): (theme: ThemeName) => void {
  const { scene, store } = session;
  const paint = (): void => {
    const { color, projection, hidden, theme } = store.get();
    const coloring = colorRows(scene, color, projection, hidden, scene.palette[themeOf(theme)]);
    plot.setAppearance({ codes: coloring.codes, table: coloring.table.map(parseColor) });
    colored(coloring);
  };
  const emphasise = oncePerFrame(() => {
    const { found, selection } = store.get();
    plot.setEmphasis(found ? maskOf(found.rows, scene.n) : selection);
  });
  const show = oncePerFrame(() => {
    const { visible, shown } = store.get();
    plot.setVisible(shown === scene.n ? null : visible);
  });
  store.on(["visible"], show);
  store.on(["found", "selection"], emphasise);
  store.on(["color", "projection"], paint);
  store.on(["hidden"], ({ color, hidden }, before) => {
    const name = color.slice(1);
    if (color.startsWith("=") && hidden.get(name) !== before.hidden.get(name)) paint();
  });
  store.on(["tool"], ({ tool }) => plot.setMode(MODES[tool]));
  store.on(["overlaysOff"], (state) => plot.setOverlays(overlaysShown(session, state)));
  plot.setOverlays(overlaysShown(session, store.get()));
  return (theme) => {
    plot.setTheme(drawingTheme(theme));
    paint();
  };
}

function overlaysShown(
  session: Session,
  { overlaysOff }: Readonly<State>,
): Record<"paths" | "arrows" | "pins" | "pairs", number[]> {
  const shown = overlaysOf(session.scene).filter(({ id }) => !overlaysOff.has(id));
  const of = (kind: string): number[] => shown.filter((one) => one.kind === kind).map(({ index }) => index);
  return { paths: of("path"), arrows: of("arrow"), pins: of("pin"), pairs: of("pairs") };
}

export interface MapActions {
  hover: (row: number, x: number, y: number) => void;
  trouble: (message: string) => void;
  moved: () => void;
}

/** Drawing → state. */
export function listenToMap(session: Session, plot: Plot, actions: MapActions): void {
  const { store } = session;
  plot.on("hover", actions.hover);
  plot.on("trouble", actions.trouble);
  plot.on("camera", actions.moved);
  plot.on("click", (row) => store.set({ pinned: row }));
  plot.on("select", (rows, { shift, alt }) => {
    session.select(rows, shift ? "add" : alt ? "subtract" : "replace");
    store.set({ tab: "selection" });
  });
}

export function drawPinned(plot: Plot, row: number, neighbors: readonly Neighbor[]): void {
  plot.setPinned(row);
  plot.setOverlays({ spokes: row < 0 ? null : { row, neighbors: neighbors.filter((one) => one.drawnNearer >= 0) } });
}

/** The boxes of all that lies over the map for longer than a glance, from the map's corner. */
export function coveredBoxes(explorer: HTMLElement): Box[] {
  const { left, top } = explorer.getBoundingClientRect();
  const parts = [...explorer.querySelectorAll(FLOATING)].map((part) => part.getBoundingClientRect());
  return parts
    .filter(({ width, height }) => width && height)
    .map((box) => ({ x: box.left - left, y: box.top - top, width: box.width, height: box.height }));
}

/** What of the map the panels cover; `withCard` also what the card of the pinned point covers. */
export function insetsOf(explorer: HTMLElement, withCard = false): Insets {
  const gap = 24;
  const { width, height } = explorer.getBoundingClientRect();
  const boxOf = (selector: string): DOMRect | null => {
    const box = explorer.querySelector(selector)?.getBoundingClientRect();
    return box?.width && box.height ? box : null;
  };
  const [panel, tools, dock, card] = [boxOf(".panel"), boxOf(".tools"), boxOf(".dock"), boxOf(".card")];
  const sheets = [panel, card].filter((box) => box?.left === 0 && box.right >= width);
  const bottom = Math.min(dock?.top ?? height, ...sheets.map((box) => box?.top ?? height));
  if (width <= PHONE_WIDTH)
    return { top: (tools?.bottom ?? 0) + 12, right: 16, bottom: height - bottom + 12, left: 16 };
  const left = panel && panel.height > height / 3 ? panel.right : 0;
  const right = Math.min(tools?.left ?? width, (withCard && card?.left) || width);
  return { top: gap, right: width - right + gap, bottom: height - bottom + gap, left: left + gap };
}
