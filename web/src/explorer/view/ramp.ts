/** What the colours of numbers and dates mean. */

import type { LegendFacts } from "../state/coloring";
import { formatDateShort, formatShare, formatShort } from "../state/format";
import { element } from "./dom";

export function rampNodes(facts: Extract<LegendFacts, { kind: "ramp" }>): Node[] {
  const canvas = element("canvas.ramp", {
    attrs: {
      width: facts.colors.length,
      height: 1,
      role: "img",
      "aria-label": `Colours of ${facts.title} from low to high`,
    },
  });
  const context = canvas.getContext("2d");
  facts.colors.forEach((color, x) => {
    if (!context) return;
    context.fillStyle = color;
    context.fillRect(x, 0, 1, 1);
  });
  const [low, high] = facts.ends;
  const format = (value: number): string =>
    facts.isShare ? formatShare(value) : facts.isDate ? formatDateShort(value, high - low) : formatShort(value);
  const middle = (low + high) / 2;
  return [
    element("h2.clip.quiet.small", { text: facts.title }),
    canvas,
    element("div.ramp-ends", {}, ...[low, middle, high].map((value) => element("span", { text: format(value) }))),
    element("p.hint", { text: facts.note }),
  ];
}
