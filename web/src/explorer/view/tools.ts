/** The column of icon buttons at the right edge. */

import type { Session, Tool } from "../state/session";
import { button, element, setPressed } from "./dom";
import { type IconName, icon } from "./icons";

export interface ToolActions {
  zoomBy: (factor: number) => void;
  fit: () => void;
  toggleTheme: () => void;
  openShare: (opener: HTMLElement) => void;
  openDownload: (opener: HTMLElement) => void;
  openHelp: () => void;
}

export function createTools(session: Session, actions: ToolActions): HTMLElement {
  const { store } = session;
  const tool = (
    label: string,
    name: IconName,
    key: string,
    press: (event: MouseEvent) => void,
    wide = false,
  ): HTMLButtonElement =>
    button({ label, icon: icon(name), key, press, class: wide ? "icon-button wide-only" : "icon-button" });
  const pick = (name: Tool, label: string, key: string): HTMLButtonElement => {
    const node = tool(label, name, key, () => store.set({ tool: name }));
    setPressed(node, store.get().tool === name);
    store.on(["tool"], (state) => setPressed(node, state.tool === name));
    return node;
  };
  const table = tool("Table of texts", "table", "T", () => store.set({ isTableOpen: !store.get().isTableOpen }));
  table.classList.add("chrome");
  store.on(["isTableOpen"], ({ isTableOpen }) => setPressed(table, isTableOpen));
  setPressed(table, false);
  const theme = tool("Light or dark", "dark", "D", actions.toggleTheme, true);
  const share = tool("Link and embed", "share", "S", () => actions.openShare(share), true);
  const download = button({
    label: "Download",
    icon: icon("download"),
    class: "icon-button wide-only",
    press: () => actions.openDownload(download),
  });
  const help = tool("Help", "help", "?", actions.openHelp, true);
  const rule = (): HTMLElement => element("hr.chrome.wide-only", {});
  for (const one of [share, download, theme]) one.classList.add("chrome");
  const more = button({
    label: "More",
    icon: icon("down"),
    class: "icon-button phone-only",
    pressed: false,
    press: () => {
      const isOpen = node.dataset.open !== "true";
      node.dataset.open = String(isOpen);
      setPressed(more, isOpen);
    },
  });
  const node = element(
    "div.tools.float",
    { attrs: { role: "toolbar", "aria-label": "Tools", "aria-orientation": "vertical" } },
    tool("Zoom in", "plus", "+", () => actions.zoomBy(1.6), true),
    tool("Zoom out", "minus", "−", () => actions.zoomBy(1 / 1.6), true),
    tool("Fit everything", "fit", "0", actions.fit),
    rule(),
    pick("pan", "Move the map", "V"),
    pick("lasso", "Lasso", "L"),
    pick("rect", "Rectangle", "R"),
    rule(),
    table,
    theme,
    share,
    download,
    help,
    more,
  );
  return node;
}
