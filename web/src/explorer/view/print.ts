/** What goes on paper, made anew for every print: title, map, legend, and how far to believe it; always in the light theme. */

import type { Plot } from "../../plot/api";
import type { Coloring } from "../state/coloring";
import { columnNamed } from "../state/facts";
import { countOf, formatCount } from "../state/format";
import type { Session } from "../state/session";
import { verdictsOf } from "../state/verdict";
import { element } from "./dom";
import { rampNodes } from "./ramp";
import { type ThemeName, themeOf } from "./theme";

const SCALE = 2;
/** Device pixels of paper around what is drawn. */
const MARGIN = 24;
const MOST_ENTRIES = 40;

/**
 * @param setTheme Draws everything in a theme, at once.
 * @param coloring The colours as they are drawn now.
 */
export function printOnDemand(
  explorer: HTMLElement,
  session: Session,
  plot: Plot,
  setTheme: (name: ThemeName) => void,
  coloring: () => Coloring | null,
): void {
  let sheet: HTMLElement | null = null;
  window.addEventListener("beforeprint", () => {
    const { dataset } = document.documentElement;
    dataset.theme = "light";
    setTheme("light");
    sheet?.remove();
    sheet = sheetOf(session, trimmed(plot.toCanvas(SCALE)), coloring());
    explorer.append(sheet);
    dataset.theme = themeOf(session.store.get().theme);
    setTheme(dataset.theme as ThemeName);
  });
  window.addEventListener("afterprint", () => sheet?.remove());
}

function sheetOf(session: Session, map: HTMLCanvasElement, coloring: Coloring | null): HTMLElement {
  const { scene, store } = session;
  const { shown, projection } = store.get();
  const drawn = scene.projections[projection];
  const count =
    shown === scene.n ? countOf(scene.n, "text") : `${countOf(shown, "text")} of ${countOf(scene.n, "text")}`;
  map.setAttribute("role", "img");
  map.setAttribute("aria-label", "The map");
  return element(
    "section.print-sheet",
    {},
    element("h1", { text: scene.title || "Map", attrs: { dir: "auto" } }),
    element("p", { text: [drawn?.name, count].filter(Boolean).join(" · ") }),
    map,
    coloring && legendOf(session, coloring),
    ...(drawn ? [...verdictsOf(drawn), ...drawn.notes] : [])
      .concat(scene.remarks)
      .map((text) => element("p", { text })),
  );
}

function legendOf(session: Session, { legend, codes, table }: Coloring): HTMLElement {
  const entry = (name: string, color: string): HTMLElement => {
    const swatch = element("span.swatch", {});
    swatch.style.setProperty("--swatch", color);
    return element("span.print-entry", {}, swatch, element("span", { text: name, attrs: { dir: "auto" } }));
  };
  const node = element("div.print-legend", {});
  if (legend.kind === "ramp") node.append(...rampNodes(legend));
  const column = legend.kind === "categories" ? columnNamed(session.scene, legend.column) : undefined;
  if (legend.kind !== "categories" || column?.kind !== "category") return node;
  const { visible } = session.store.get();
  const isShown = new Uint8Array(column.values.length);
  for (let row = 0; row < codes.length; row++) if (visible[row]) isShown[column.codes[row] as number] = 1;
  const shown = column.values.map((name, code) => ({ name, code })).filter(({ code }) => isShown[code]);
  const other = table[table.length - 2];
  const own = shown.filter(({ code }) => legend.colorOf(code) !== other).slice(0, MOST_ENTRIES);
  node.append(...own.map(({ name, code }) => entry(name || "(empty)", legend.colorOf(code))));
  if (own.length < shown.length) node.append(entry(`${formatCount(shown.length - own.length)} more`, other ?? ""));
  return node;
}

/** The part of a picture that is not paper. */
function trimmed(picture: HTMLCanvasElement): HTMLCanvasElement {
  const { width, height } = picture;
  const pixels = new Uint32Array(picture.getContext("2d")?.getImageData(0, 0, width, height).data.buffer ?? []);
  const paper = pixels[0];
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (pixels[at] === paper) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  if (left > right) return picture;
  const canvas = element("canvas", {});
  [left, top] = [Math.max(0, left - MARGIN), Math.max(0, top - MARGIN)];
  canvas.width = Math.min(width, right + MARGIN) - left;
  canvas.height = Math.min(height, bottom + MARGIN) - top;
  canvas.getContext("2d")?.drawImage(picture, -left, -top);
  return canvas;
}
