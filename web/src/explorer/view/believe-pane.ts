/** How far the picture can be believed, and what must not be read from it. */

import type { Projection } from "../../wire/types";
import type { Session } from "../state/session";
import { cautionsOf, type ScoreLine, sampleOf, scoreLines, verdictOf } from "../state/verdict";
import { button, element } from "./dom";

export function createBelievePane(session: Session): HTMLElement {
  const { scene, store } = session;
  const node = element("div", {});
  const show = (): void => {
    const projection = scene.projections[store.get().projection];
    if (!projection) return;
    node.replaceChildren(...paneNodes(session, projection));
  };
  store.on(["projection"], show);
  show();
  return node;
}

function paneNodes(session: Session, projection: Projection): HTMLElement[] {
  const { scene, store } = session;
  const { quality } = projection;
  const color = (by: string, text: string): HTMLElement =>
    button({ label: text, text, press: () => store.set({ color: by, tab: "color" }) });
  const remarks = [...projection.notes, ...scene.remarks, roundingOf(projection)];
  const section = (title: string, ...children: (HTMLElement | false)[]): HTMLElement =>
    element(
      "section",
      { class: "section" },
      element("div", { class: "section-head" }, element("h2", { text: title })),
      ...children,
    );
  const nodes: HTMLElement[] = [element("p", { class: "verdict", text: verdictOf(projection) })];
  if (quality) {
    nodes.push(
      element(
        "div",
        { class: "row wrap section" },
        color(":lost", "Colour by lost neighbours"),
        color(":false", "By false ones"),
      ),
    );
    nodes.push(
      section(
        `${projection.name} in numbers`,
        element("p", {
          class: "hint",
          text: `Bar: this map. Dark mark: PCA${quality.pca ? "" : " (this is it)"}. Grey mark: chance. ${sampleOf(quality)}`,
        }),
        ...scoreLines(quality).map(scoreNode),
      ),
    );
  }
  nodes.push(
    section(
      "Not to be read from it",
      ...cautionsOf(projection).map((text) => element("p", { class: "caution" }, element("span", { text }))),
    ),
  );
  nodes.push(
    section(
      "Remarks",
      element(
        "ul",
        { class: "remarks small" },
        ...remarks.map((text) => element("li", { text, attrs: { dir: "auto" } })),
      ),
    ),
  );
  const about = [
    ...Object.entries(scene.about),
    ["method", projection.method],
    ["seed", String(projection.seed)],
    ...paramsOf(projection),
  ] as const;
  nodes.push(
    section(
      "About",
      element(
        "dl",
        { class: "facts" },
        ...about.flatMap(([name, value]) => [
          element("dt", { text: name ?? "" }),
          element("dd", { text: value ?? "", attrs: { dir: "auto" } }),
        ]),
      ),
    ),
  );
  return nodes;
}

/** A bar for the map, marks for PCA and chance; the words say the same. */
function scoreNode(line: ScoreLine): HTMLElement {
  const digits = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : "–");
  const place = (value: number): string => `${100 * Math.min(1, Math.max(0, value))}%`;
  const bar = element("div", { class: "score-bar", attrs: { "aria-hidden": "true" } });
  const mark = (name: string, value: number | null): void => {
    if (value === null || !Number.isFinite(value)) return;
    const node = element("span", { class: name });
    node.style.setProperty("--share", place(value));
    bar.append(node);
  };
  mark("score-fill", line.value);
  mark("score-tick chance", line.chance);
  mark("score-tick", line.pca);
  const beside = [line.pca === null ? null : `PCA ${digits(line.pca)}`, `chance ${digits(line.chance)}`]
    .filter(Boolean)
    .join(" · ");
  return element(
    "div",
    { class: "score" },
    element(
      "div",
      { class: "score-name" },
      element("span", { text: line.name }),
      element("span", { text: digits(line.value) }),
    ),
    bar,
    element("div", { class: "small quiet", text: beside }),
    element("p", { class: "small quiet", text: line.meaning }),
  );
}

function roundingOf({ points, dim }: Projection): string {
  return points.length / dim > 0
    ? "Positions are rounded to one part in 65 534 of the map’s width."
    : "There is no point to show.";
}

function paramsOf(projection: Projection): [string, string][] {
  return Object.entries(projection.params)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([name, value]) => [name, String(value)]);
}
