/** The state as a link, and back. */

import type { CategoryColumn, Scene } from "../../wire/types";
import { canColor } from "./coloring";
import { columnNamed, isMeasure, overlaysOf } from "./facts";
import type { LinkFilter, LinkState } from "./hash";
import { initialState, type Session, type State, type Tab } from "./session";

const TABS: readonly string[] = ["color", "filter", "selection", "believe"];
const NO_VALUE = "\u0000";

/** @param camera Numbers that the drawing understands; left out while the map is as it opened. */
export function linkOf(scene: Scene, state: Readonly<State>, camera: readonly number[] | null): LinkState {
  const filters = new Map<string, LinkFilter>();
  for (const [name, codes] of state.hidden) {
    const column = columnNamed(scene, name);
    if (column?.kind === "category")
      filters.set(name, { hidden: [...codes].map((code) => column.values[code] ?? NO_VALUE) });
  }
  for (const [name, [low, high]] of state.ranges) filters.set(name, { low, high });
  const link: LinkState = { filters, overlaysOff: [...state.overlaysOff] };
  if (state.projection > 0) link.projection = scene.projections[state.projection]?.name ?? "";
  if (state.color !== (scene.color === null ? ":none" : `=${scene.color}`)) link.color = state.color;
  if (camera) link.camera = camera;
  if (state.query) Object.assign(link, { query: state.query, mode: state.mode });
  if (state.selection) link.selection = state.selection;
  if (state.pinned >= 0) link.pinned = state.pinned;
  if (state.tab !== "color") link.panel = state.tab;
  if (state.theme !== "auto") link.theme = state.theme;
  return link;
}

/** Brings the session, whatever its state, into that of the link; what the Scene does not know is passed over. */
export function applyLink(session: Session, link: LinkState): void {
  const { scene, store } = session;
  const start = initialState(scene);
  const projection = scene.projections.findIndex(({ name }) => name === link.projection);
  session.clearFilters();
  session.clearSelection();
  store.set({
    projection: Math.max(0, projection),
    color: link.color !== undefined && canColor(scene, link.color) ? link.color : start.color,
    tab: link.panel !== undefined && TABS.includes(link.panel) ? (link.panel as Tab) : start.tab,
    theme: link.theme ?? start.theme,
    overlaysOff: new Set(
      overlaysOf(scene)
        .map(({ id }) => id)
        .filter((id) => link.overlaysOff.includes(id)),
    ),
  });
  for (const [name, filter] of link.filters) {
    const column = columnNamed(scene, name);
    if (column?.kind === "category" && "hidden" in filter) session.setHidden(name, codesOf(column, filter.hidden));
    if (isMeasure(column) && "low" in filter) session.setRange(name, [filter.low, filter.high]);
  }
  if (link.selection) session.select(link.selection, "replace");
  session.search(link.query ?? start.query, link.mode ?? start.mode);
  store.set({ pinned: link.pinned ?? -1 });
}

function codesOf(column: CategoryColumn, values: readonly string[]): Set<number> {
  const codes = new Map(column.values.map((value, code) => [value, code]));
  const known = values.map((value) => (value === NO_VALUE ? -1 : codes.get(value)));
  return new Set(known.filter((code) => code !== undefined));
}
