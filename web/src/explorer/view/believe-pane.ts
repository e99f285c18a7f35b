/** How far the picture can be believed, and what must not be read from it. */

import type { Projection, Quality, Scene } from "../../wire/types";
import { countOf, formatCount } from "../state/format";
import type { Session } from "../state/session";
import {
  cautionsOf,
  labelLines,
  type Mark,
  type ScoreLine,
  sampleOf,
  scoreLines,
  stabilityLine,
  verdictsOf,
} from "../state/verdict";
import { button, type Child, element } from "./dom";
import { shepardChart } from "./shepard-chart";

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
  const { quality } = projection;
  const [plainest, ...further] = verdictsOf(projection);
  return [
    element("p.verdict", { text: plainest ?? "" }),
    ...further.map((text) => element("p.verdict-more", { text })),
    ...(quality ? measured(session, projection, quality) : []),
    section(
      "Not to be read from it",
      ...cautionsOf(projection).map((text) => element("p.caution", {}, element("span", { text }))),
    ),
    ...aboutIt(session.scene, projection),
  ];
}

function section(title: string, ...children: Child[]): HTMLElement {
  const head = element("div.section-head", {}, element("h2", { text: title, attrs: { dir: "auto" } }));
  return element("section.section", {}, head, ...children);
}

function hint(text: string): HTMLElement {
  return element("p.hint", { text });
}

function measured({ scene, store }: Session, projection: Projection, quality: Quality): HTMLElement[] {
  const { labels, stability, shepard } = quality;
  const color = (by: string, text: string): HTMLElement =>
    button({ label: text, text, press: () => store.set({ color: by, tab: "color" }) });
  const chart = shepard && shepardChart(shepard, scene.metric, quality.scores.spearman);
  const nodes = [
    element(
      "div.row.wrap.section",
      {},
      color(":lost", "Colour by lost neighbours"),
      color(":false", "By false ones"),
      stability && color(":kept", "By those that come back"),
    ),
    section(
      `${projection.name} in numbers`,
      keyOf([
        ["fill", "this map"],
        ["pca", quality.pca ? "PCA" : "PCA (this is it)"],
        ["chance", "chance"],
      ]),
      ...scoreLines(quality).map(scoreNode),
      hint(`${sampleOf(quality)}${quality.errors ? " ± is one standard error of that sample." : ""}`),
    ),
  ];
  if (chart)
    nodes.push(
      section(
        "Are distances kept?",
        chart,
        hint(
          "Each dot is a pair of texts. Were the map true to distances, the dots would lie on one rising line; the thick line joins their medians. Where it runs flat, the map does not tell those distances apart.",
        ),
      ),
    );
  if (labels)
    nodes.push(
      section(
        `Does it keep “${labels.column}” together?`,
        keyOf([
          ["fill", "this map"],
          ["space", "vectors"],
          ...(labels.pca ? ([["pca", "PCA"]] as const) : []),
          ["chance", "shuffled"],
        ]),
        ...labelLines(labels).map(scoreNode),
        hint(
          `A map much better than its vectors shows more order than there is. ${formatCount(labels.nLabels)} values on ${countOf(labels.nLabelled, "text")}, ${formatCount(labels.nSampled)} of them asked.`,
        ),
      ),
    );
  nodes.push(
    section(
      "Would it come out the same again?",
      ...(stability
        ? [scoreNode(stabilityLine(stability))]
        : [
            element(
              "p.hint",
              {},
              "Not measured. Make the map with ",
              element("code", { text: "--stability" }),
              " to lay it out again from other starts and see which neighbours come back.",
            ),
          ]),
    ),
  );
  return nodes;
}

function aboutIt(scene: Scene, projection: Projection): HTMLElement[] {
  const remarks = [...projection.notes, ...scene.remarks, roundingOf(projection)];
  const about = [
    ...Object.entries(scene.about),
    ["method", projection.method],
    ["seed", String(projection.seed)],
    ...paramsOf(projection),
  ] as const;
  return [
    section(
      "Remarks",
      element("ul.remarks.small", {}, ...remarks.map((text) => element("li", { text, attrs: { dir: "auto" } }))),
    ),
    section(
      "About",
      element(
        "dl.facts",
        {},
        ...about.flatMap(([name, value]) => [
          element("dt", { text: name ?? "" }),
          element("dd", { text: value ?? "", attrs: { dir: "auto" } }),
        ]),
      ),
    ),
  ];
}

/** What the bars and marks mean. */
function keyOf(entries: readonly (readonly [Mark["kind"] | "fill", string])[]): HTMLElement {
  const parts = entries.map(([kind, name]) =>
    element("span", {}, element("span", { class: `score-key ${kind}`, attrs: { "aria-hidden": "true" } }), name),
  );
  return element("div.score-keys.small.quiet", {}, ...parts);
}

/** A bar for the map, marks for what it is to be read beside; the words say the same. */
function scoreNode({ name, meaning, value, error, marks }: ScoreLine): HTMLElement {
  const digits = (number: number): string => (Number.isFinite(number) ? number.toFixed(2) : "–");
  const bar = element("div.score-bar", { attrs: { "aria-hidden": "true" } });
  const draw = (kind: string, at: number): void => {
    if (!Number.isFinite(at)) return;
    const node = element("span", { class: kind });
    node.style.setProperty("--share", `${100 * Math.min(1, Math.max(0, at))}%`);
    bar.append(node);
  };
  draw("score-fill", value);
  for (const mark of [...marks].reverse()) draw(`score-tick ${mark.kind}`, mark.value);
  const doubt = error >= 0.005 ? ` ± ${digits(error)}` : error > 0 ? " ± <0.01" : "";
  return element(
    "div.score",
    {},
    element(
      "div.score-name",
      {},
      element("span", { text: name }),
      element("span", {}, digits(value), element("span.score-error", { text: doubt })),
    ),
    bar,
    element("div.small", { text: marks.map((mark) => `${mark.name} ${digits(mark.value)}`).join(" · ") }),
    element("p.small.quiet", { text: meaning }),
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
