/** The overlay that lists what the keys and the pointer do. */

import { openDialog } from "./dialog";
import { element } from "./dom";

const KEYS: readonly [string, string][] = [
  ["/", "Search"],
  ["[  ]", "Previous, next match"],
  ["← ↑ → ↓", "Move the map (turn it in 3-D)"],
  ["+  −", "Zoom in, out"],
  ["0", "Fit everything"],
  ["V  L  R", "Pan, lasso, rectangle"],
  ["I", "Invert the selection"],
  ["T", "Table of texts"],
  ["P", "Next projection"],
  ["1 – 4", "Colour, filter, selection, believe"],
  ["D", "Light or dark"],
  ["H", "Hide or show the panels"],
  ["S", "Link to this view"],
  ["Esc", "Step back"],
  ["?", "This help"],
];
const POINTER: readonly [string, string][] = [
  ["Hover", "Read a point"],
  ["Click", "Pin it, see its true neighbours"],
  ["Drag", "Move, or turn in 3-D"],
  ["Wheel or pinch", "Zoom"],
  ["Shift + drag", "Add to the selection"],
  ["Alt + drag", "Take away from it"],
  ["Double-click in the legend", "Only this category"],
];

export function openHelp(host: HTMLElement): void {
  const list = (items: readonly [string, string][]): HTMLElement =>
    element(
      "ul.keys",
      {},
      ...items.map(([key, what]) => element("li", {}, element("span", { text: what }), element("kbd", { text: key }))),
    );
  const title = (text: string): HTMLElement => element("h3.section.quiet.small", { text });
  openDialog(
    host,
    "Find your way",
    element("p", {
      text: "Each point is a text. Points that lie close are meant to be alike; the Believe tab says how far that holds.",
    }),
    title("Keys"),
    list(KEYS),
    title("Pointer and touch"),
    list(POINTER),
    element("p.hint", {
      text: "Every point can be reached without the map: open the table, walk it with the arrow keys, and press Enter.",
    }),
  );
}
