/** The pinned point: full text, all metadata, true neighbours, how far its place can be believed. */

import { type Neighbors, type Scene, textAt } from "../../wire/types";
import { formatCount, formatNumber } from "../state/format";
import { describeNeighbors, type Neighbor, neighborsOf } from "../state/nearest";
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
  const body = element("div.card-scroll", {
    attrs: { tabindex: 0, role: "group", "aria-label": "Everything about this point" },
  });
  const tiny = (label: string, name: Parameters<typeof icon>[0], press: () => void, key?: string): HTMLElement =>
    button({ label, icon: icon(name), class: "icon-button tiny", press, ...(key ? { key } : {}) });
  let row = -1;
  const node = element(
    "section.card.float",
    { attrs: { "aria-label": "Pinned point", hidden: true } },
    element(
      "div.card-head",
      {},
      head,
      tiny("Show on the map", "target", () => actions.center(row)),
      tiny("Copy its text", "copy", () => actions.copy(textAt(scene.texts, row))),
      tiny("Close", "close", actions.close, "Esc"),
    ),
    body,
  );
  let facts: Facts | null = null;
  return {
    node,
    focus: () => body.focus(),
    show(next) {
      const isOther = next !== row;
      row = next;
      node.hidden = row < 0;
      if (row < 0) return [];
      if (isOther || !facts) {
        const hadFocus = body.contains(document.activeElement);
        actions.hover(-1);
        facts = factsOf(session, row, actions);
        body.replaceChildren(...facts.nodes);
        body.scrollTop = 0;
        if (hadFocus) body.focus();
      }
      const projection = scene.projections[store.get().projection];
      const neighbors = scene.neighbors && projection ? describeNeighbors(scene.neighbors, projection, row) : [];
      head.textContent = `Row ${formatCount(row + 1)} of ${formatCount(scene.n)}`;
      facts.place(pointVerdict(projection?.quality ?? null, row), neighbors);
      return neighbors;
    },
  };
}

/** What the card says of one row. */
interface Facts {
  nodes: HTMLElement[];
  /** Says what depends on the projection; the nodes stay, for one of them may be pressed or have the focus. */
  place(verdict: string | null, neighbors: readonly Neighbor[]): void;
}

function factsOf(session: Session, row: number, actions: PointCardActions): Facts {
  const { scene, store } = session;
  const text = dataText("p", textAt(scene.texts, row) || "(no text)", "card-text");
  const facts = factsList(scene, row, Number.POSITIVE_INFINITY, store.get().color.slice(1));
  const said = element("p", {});
  const belief = section("How far to believe its place", said);
  const near = scene.neighbors && neighborSection(session, row, scene.neighbors, actions);
  return {
    nodes: [text, facts, belief, near?.node].filter((node) => node instanceof HTMLElement),
    place(verdict, neighbors) {
      said.textContent = verdict ?? "";
      belief.hidden = !verdict;
      near?.place(neighbors);
    },
  };
}

interface NeighborSection {
  node: HTMLElement;
  place(neighbors: readonly Neighbor[]): void;
}

function neighborSection(
  { scene }: Session,
  row: number,
  listed: Neighbors,
  actions: PointCardActions,
): NeighborSection {
  const rows = neighborsOf(listed, row);
  if (rows.length === 0) {
    const none = element("p.hint", { text: "This text could not be placed, so it has none." });
    return { node: section("True nearest neighbours", none), place: () => undefined };
  }
  const said = element("span.grow", {});
  const select = button({
    label: "Select this text and its neighbours",
    text: "Select",
    class: "link small",
    press: () => actions.selectRows([row, ...rows]),
  });
  const lines = rows.map((one) => neighborRow(scene, one, actions));
  const list = element("ol", {}, ...lines.map(({ node }) => element("li", {}, node)));
  return {
    node: section("True nearest neighbours", element("p.row.small.quiet", {}, said, select), list),
    place(neighbors) {
      const far = neighbors.filter(({ isFar }) => isFar).length;
      const where = far === 0 ? "All are drawn nearby." : `${far} of ${neighbors.length} are drawn far away.`;
      said.textContent = `In the original space (${scene.metric}). ${where}`;
      for (const [i, one] of neighbors.entries()) lines[i]?.place(one);
    },
  };
}

interface NeighborRow {
  node: HTMLElement;
  place(neighbor: Neighbor): void;
}

function neighborRow(scene: Scene, row: number, actions: PointCardActions): NeighborRow {
  const distance = element("span.neighbor-distance", {});
  const far = element("span.neighbor-far", {});
  const node = element(
    "button.neighbor",
    {
      attrs: { type: "button" },
      on: {
        click: () => actions.pin(row),
        mouseenter: () => actions.hover(row),
        mouseleave: () => actions.hover(-1),
        focus: () => actions.hover(row),
        blur: () => actions.hover(-1),
      },
    },
    dataText("span", textAt(scene.texts, row).slice(0, 300) || "(no text)", "neighbor-text"),
    distance,
    far,
  );
  return {
    node,
    place(one) {
      distance.textContent = formatNumber(one.distance, 2);
      distance.hidden = !Number.isFinite(one.distance);
      const isPlaced = one.drawnNearer >= 0;
      far.textContent = isPlaced
        ? `drawn far away: ${formatCount(one.drawnNearer)} texts are drawn nearer`
        : "not on the map";
      far.hidden = isPlaced && !one.isFar;
    },
  };
}

function section(title: string, ...children: HTMLElement[]): HTMLElement {
  return element("section.section", {}, element("div.section-head", {}, element("h3", { text: title })), ...children);
}
