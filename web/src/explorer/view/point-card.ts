/** The pinned point: full text, all metadata, true neighbours, how far its place can be believed. */

import { textAt } from "../../wire/types";
import { formatCount, formatNumber } from "../state/format";
import { describeNeighbors, type Neighbor } from "../state/nearest";
import type { Session } from "../state/session";
import { pointVerdict } from "../state/verdict";
import { button, dataText, element } from "./dom";
import { factsList } from "./facts-list";
import { icon } from "./icons";

export interface PointCardActions {
  close: () => void;
  center: (row: number) => void;
  pin: (row: number) => void;
  hover: (row: number) => void;
  copy: (text: string) => void;
  selectRows: (rows: readonly number[]) => void;
}

export interface PointCard {
  node: HTMLElement;
  /** The neighbours listed now, for the lines on the map. */
  show(row: number): readonly Neighbor[];
  focus(): void;
}

export function createPointCard(session: Session, actions: PointCardActions): PointCard {
  const { scene, store } = session;
  const head = element("h2", { text: "Point" });
  const body = element("div", {
    class: "card-scroll",
    attrs: { tabindex: 0, role: "group", "aria-label": "Everything about this point" },
  });
  const tiny = (label: string, name: Parameters<typeof icon>[0], press: () => void, key?: string): HTMLElement =>
    button({ label, icon: icon(name), class: "icon-button tiny", press, ...(key ? { key } : {}) });
  let row = -1;
  const node = element(
    "section",
    { class: "card float", attrs: { "aria-label": "Pinned point", hidden: true } },
    element(
      "div",
      { class: "card-head" },
      head,
      tiny("Show on the map", "target", () => actions.center(row)),
      tiny("Copy its text", "copy", () => actions.copy(textAt(scene.texts, row))),
      tiny("Close", "close", actions.close, "Esc"),
    ),
    body,
  );
  return {
    node,
    focus: () => body.focus(),
    show(next) {
      row = next;
      node.hidden = row < 0;
      if (row < 0) return [];
      const projection = scene.projections[store.get().projection];
      const neighbors = scene.neighbors && projection ? describeNeighbors(scene.neighbors, projection, row) : [];
      head.textContent = `Row ${formatCount(row + 1)} of ${formatCount(scene.n)}`;
      body.replaceChildren(...cardNodes(session, row, neighbors, actions));
      body.scrollTop = 0;
      return neighbors;
    },
  };
}

function cardNodes(
  session: Session,
  row: number,
  neighbors: readonly Neighbor[],
  actions: PointCardActions,
): HTMLElement[] {
  const { scene, store } = session;
  const text = dataText("p", textAt(scene.texts, row) || "(no text)", "card-text");
  const facts = factsList(scene, row, Number.POSITIVE_INFINITY, store.get().color.slice(1));
  const verdict = pointVerdict(scene.projections[store.get().projection]?.quality ?? null, row);
  const nodes: HTMLElement[] = [text];
  if (facts) nodes.push(facts);
  if (verdict) nodes.push(section("How far to believe its place", element("p", { text: verdict })));
  if (scene.neighbors) nodes.push(neighborSection(session, row, neighbors, actions));
  return nodes;
}

function neighborSection(
  session: Session,
  row: number,
  neighbors: readonly Neighbor[],
  actions: PointCardActions,
): HTMLElement {
  const { metric } = session.scene;
  if (neighbors.length === 0)
    return section(
      "True nearest neighbours",
      element("p", { class: "hint", text: "This text could not be placed, so it has none." }),
    );
  const far = neighbors.filter(({ isFar }) => isFar).length;
  const said = far === 0 ? "All are drawn nearby." : `${far} of ${neighbors.length} are drawn far away.`;
  const select = button({
    label: "Select this text and its neighbours",
    text: "Select",
    class: "link small",
    press: () => actions.selectRows([row, ...neighbors.map((one) => one.row)]),
  });
  const list = element("ol", {}, ...neighbors.map((one) => element("li", {}, neighborRow(session, one, actions))));
  return section(
    "True nearest neighbours",
    element(
      "p",
      { class: "row small quiet" },
      element("span", { class: "grow", text: `In the original space (${metric}). ${said}` }),
      select,
    ),
    list,
  );
}

function neighborRow(session: Session, one: Neighbor, actions: PointCardActions): HTMLElement {
  const isKnown = Number.isFinite(one.distance);
  const place =
    one.drawnNearer < 0
      ? "not on the map"
      : one.isFar
        ? `drawn far away: ${formatCount(one.drawnNearer)} texts are drawn nearer`
        : null;
  return element(
    "button",
    {
      class: "neighbor",
      attrs: { type: "button" },
      on: {
        click: () => actions.pin(one.row),
        mouseenter: () => actions.hover(one.row),
        mouseleave: () => actions.hover(-1),
        focus: () => actions.hover(one.row),
        blur: () => actions.hover(-1),
      },
    },
    dataText("span", textAt(session.scene.texts, one.row).slice(0, 300) || "(no text)", "neighbor-text"),
    isKnown && element("span", { class: "neighbor-distance", text: formatNumber(one.distance, 2) }),
    place && element("span", { class: "neighbor-far", text: place }),
  );
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return element(
    "section",
    { class: "section" },
    element("div", { class: "section-head" }, element("h3", { text: title })),
    ...children,
  );
}
