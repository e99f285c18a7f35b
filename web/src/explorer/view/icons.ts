/** Line icons on a 20 × 20 grid, drawn for this page. */

import { setAttributes } from "./dom";

const PATHS = {
  search: "M9 3.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M13 13l4 4",
  close: "M5 5l10 10M15 5L5 15",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3.5 7.5v-4h4M16.5 7.5v-4h-4M3.5 12.5v4h4M16.5 12.5v4h-4",
  pan: "M10 2.5v15M2.5 10h15M7.8 4.7L10 2.5l2.2 2.2M7.8 15.3L10 17.5l2.2-2.2M4.7 7.8L2.5 10l2.2 2.2M15.3 7.8L17.5 10l-2.2 2.2",
  lasso: "M10 3.5c4 0 7 2 7 4.8s-3 4.8-7 4.8s-7-2-7-4.8s3-4.8 7-4.8M6.2 12.4a1.9 1.9 0 1 0 .6 3.2c.6 1 .2 1.8-1 2.2",
  rect: "M3.5 3.5h2M8 3.5h4M14.5 3.5h2v2M16.5 8v4M16.5 14.5v2h-2M12 16.5H8M5.5 16.5h-2v-2M3.5 12V8M3.5 5.5v-2",
  light:
    "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7M10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M4.2 15.8l1.2-1.2M14.6 5.4l1.2-1.2",
  dark: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5",
  share: "M8.3 11.7l3.4-3.4M9 6l1.8-1.8a3.5 3.5 0 0 1 5 5L14 11M11 14l-1.8 1.8a3.5 3.5 0 0 1-5-5L6 9",
  download: "M10 3v9.5M6 9l4 4l4-4M3.5 16.5h13",
  help: "M7.3 7.5a2.7 2.7 0 1 1 4.2 2.3c-1 .7-1.5 1.1-1.5 2.2M10 15v.6M10 1.8a8.2 8.2 0 1 0 0 16.4a8.2 8.2 0 0 0 0-16.4",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  up: "M5 12.5l5-5l5 5",
  down: "M5 7.5l5 5l5-5",
  left: "M12.5 5l-5 5l5 5",
  right: "M7.5 5l5 5l-5 5",
  panel: "M3 4h14v12H3zM8 4v12",
  play: "M6.5 4l9 6l-9 6z",
  pause: "M7 4.5v11M13 4.5v11",
  eye: "M2 10c2-3.8 4.7-5.5 8-5.5s6 1.7 8 5.5c-2 3.8-4.7 5.5-8 5.5S4 13.8 2 10M10 7.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 0 0 0-4.8",
  target: "M10 5.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9M10 2v3.5M10 14.5V18M2 10h3.5M14.5 10H18",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  far: "M3 10h3M8.5 10h3M14 10h3M14.5 6.5L18 10l-3.5 3.5",
  orbit: "M10 3l6 3.5v7L10 17l-6-3.5v-7zM4 6.5l6 3.5l6-3.5M10 10v7",
  embed: "M7 6l-4 4l4 4M13 6l4 4l-4 4",
  trash: "M4 6h12M8 6V3.5h4V6M5.5 6l.8 10.5h7.4L14.5 6",
} as const;

export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: IconName): SVGSVGElement {
  const shape = svgElement("path", { d: PATHS[name] });
  return svgElement("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true" }, shape);
}

export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attrs: Readonly<Record<string, string>>,
  ...children: SVGElement[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag);
  setAttributes(node, attrs);
  node.append(...children);
  return node;
}
