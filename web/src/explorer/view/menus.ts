/** What opens beside the tools: the link with the embed snippet, and the downloads. */

import { button, element } from "./dom";
import { icon } from "./icons";

export interface Menu {
  node: HTMLElement;
  toggle(title: string, opener: HTMLElement, children: () => HTMLElement[]): void;
  close(): boolean;
}

/** One place for either menu: opening one closes the other. */
export function createMenu(): Menu {
  const node = element("section.menu.float", { attrs: { hidden: true } });
  let opener: HTMLElement | null = null;
  const close = (): boolean => {
    if (node.hidden) return false;
    node.hidden = true;
    if (node.contains(document.activeElement) || document.activeElement === document.body) opener?.focus();
    opener?.setAttribute("aria-expanded", "false");
    opener = null;
    return true;
  };
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  return {
    node,
    close,
    toggle(title, by, children) {
      const isSame = opener === by;
      close();
      if (isSame) return;
      opener = by;
      by.setAttribute("aria-expanded", "true");
      node.setAttribute("aria-label", title);
      node.replaceChildren(
        element(
          "div.row",
          {},
          element("h2.grow", { text: title }),
          button({ label: "Close", icon: icon("close"), class: "icon-button tiny", press: close }),
        ),
        ...children(),
      );
      node.hidden = false;
      node.querySelector<HTMLElement>(".menu-list button, textarea")?.focus();
    },
  };
}

export interface ShareFacts {
  link: string;
  /** What did not fit into the link, as a sentence. */
  warning: string | null;
}

export interface Sharing {
  nodes: HTMLElement[];
  /** Gives out another link from now on. */
  show(facts: ShareFacts): void;
}

export function createSharing(title: string, copy: (text: string, what: string) => void): Sharing {
  const box = (label: string): HTMLTextAreaElement => {
    const area = element("textarea", {
      attrs: { readonly: true, "aria-label": label, spellcheck: "false", dir: "ltr" },
    });
    area.addEventListener("focus", () => area.select());
    return area;
  };
  const [link, snippet, problem] = [box("Link"), box("Embed snippet"), element("p.problem", {})];
  return {
    nodes: [
      element("p.hint", { text: "This link opens the file as you see it now: view, colours, filters, selection." }),
      link,
      problem,
      element(
        "div.menu-list",
        {},
        button({
          label: "Copy the link",
          text: "Copy the link",
          icon: icon("copy"),
          class: "button primary",
          press: () => copy(link.value, "Link"),
        }),
      ),
      element("h2.section", { text: "On your own page" }),
      element("p.hint", { text: "Put the file beside your page and paste this. It shows the map with few controls." }),
      snippet,
      element(
        "div.menu-list",
        {},
        button({
          label: "Copy the snippet",
          text: "Copy the snippet",
          icon: icon("embed"),
          press: () => copy(snippet.value, "Snippet"),
        }),
      ),
    ],
    show(facts) {
      link.value = facts.link;
      snippet.value = embedSnippet(facts.link, title);
      problem.textContent = facts.warning ?? "";
      problem.hidden = facts.warning === null;
    },
  };
}

/** An iframe of this file in embed mode, in the view of `link`. */
export function embedSnippet(link: string, title: string): string {
  const url = new URL(link);
  const file = url.pathname.split("/").at(-1) || "map.html";
  const quote = (text: string): string =>
    text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<iframe src="${quote(`${file}?embed${url.hash}`)}" title="${quote(title)}" width="100%" height="600" loading="lazy" style="border:0"></iframe>`;
}

export interface DownloadActions {
  png: () => void;
  svg: () => void;
  csv: () => void;
  selection: () => void;
  print: () => void;
}

export interface Downloads {
  nodes: HTMLElement[];
  /** Says whether there is a selection to download. */
  offerSelection(isThere: boolean): void;
}

export function createDownloads(actions: DownloadActions): Downloads {
  const item = (text: string, press: () => void): HTMLElement =>
    button({ label: text, text, icon: icon("download"), press });
  const selection = item("The selection (CSV)", actions.selection);
  const list = element(
    "div.menu-list",
    {},
    item("Picture (PNG, double size)", actions.png),
    item("Picture (SVG)", actions.svg),
    item("What is shown (CSV)", actions.csv),
    selection,
    item("Print", actions.print),
  );
  selection.hidden = true;
  return { nodes: [list], offerSelection: (isThere) => (selection.hidden = !isThere) };
}
