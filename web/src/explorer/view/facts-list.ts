/** The metadata of a row as names and values. */

import type { Scene } from "../../wire/types";
import { cellText } from "../state/facts";
import { button, element } from "./dom";

/** Longer values are cut after a few lines until they are asked for. */
const LONG = 240;

/** @param first Name of the column that goes first. */
export function factsList(scene: Scene, row: number, most: number, first: string): HTMLElement | null {
  const columns = [...scene.columns].sort((a, b) => Number(b.name === first) - Number(a.name === first));
  const filled = columns
    .map((column) => [column.name, cellText(column, row)] as const)
    .filter(([, value]) => value !== "");
  if (filled.length === 0) return null;
  return element(
    "dl.facts",
    {},
    ...filled
      .slice(0, most)
      .flatMap(([name, value]) => [element("dt", { text: name, attrs: { dir: "auto" } }), valueNode(name, value)]),
  );
}

function valueNode(name: string, value: string): HTMLElement {
  const text = element("div", { text: value, attrs: { dir: "auto" } });
  if (value.length <= LONG) return element("dd", {}, text);
  text.className = "cut";
  const more = button({
    label: `More of ${name}`,
    text: "More",
    class: "link small",
    press: () => {
      text.className = "";
      more.remove();
    },
  });
  return element("dd", {}, text, more);
}
