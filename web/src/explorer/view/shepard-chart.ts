/** Draws a Shepard diagram. */

import { shepardPlot } from "../state/shepard";
import { element } from "./dom";
import { svgElement } from "./icons";

const WIDTH = 286;
const HEIGHT = 168;
const EDGE = 6;

/** @param spearman Rank correlation of the two distances, for those who do not see the picture. */
export function shepardChart(pairs: Float32Array, metric: string, spearman: number): HTMLElement | null {
  const plot = shepardPlot(pairs);
  if (!plot) return null;
  const x = (at: number): string => (EDGE + at * (WIDTH - 2 * EDGE)).toFixed(1);
  const y = (at: number): string => (HEIGHT - EDGE - at * (HEIGHT - 2 * EDGE)).toFixed(1);
  const spots: string[] = [];
  for (let at = 0; at < plot.dots.length; at += 2)
    spots.push(`M${x(plot.dots[at] as number)} ${y(plot.dots[at + 1] as number)}h0`);
  const corners: string[] = [];
  for (let at = 0; at < plot.line.length; at += 2)
    corners.push(`${x(plot.line[at] as number)} ${y(plot.line[at + 1] as number)}`);
  const told = Number.isFinite(spearman) ? ` Rank correlation ${spearman.toFixed(2)}.` : "";
  return element(
    "figure.shepard",
    {},
    svgElement(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `Shepard diagram.${told}` },
      svgElement("path", { class: "shepard-dots", d: spots.join("") }),
      svgElement("path", { class: "shepard-line", d: `M${corners.join("L")}` }),
    ),
    element("span.shepard-up.small.quiet", { text: "on the map →" }),
    element("figcaption.small.quiet", { text: `${metric} distance of the vectors →` }),
  );
}
