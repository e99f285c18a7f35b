/** One sentence over the map: what went wrong, or what to try first. */

import { button, element } from "./dom";
import { icon } from "./icons";

export interface Notice {
  node: HTMLElement;
  show(text: string, forMs?: number): void;
}

export function createNotice(): Notice {
  const text = element("span.grow", {});
  let timer = 0;
  const hide = (): void => {
    clearTimeout(timer);
    node.hidden = true;
  };
  const node = element(
    "div.notice.float",
    { attrs: { role: "alert", hidden: true } },
    text,
    button({ label: "Dismiss", icon: icon("close"), class: "icon-button tiny", press: hide }),
  );
  return {
    node,
    show(sentence, forMs) {
      clearTimeout(timer);
      text.textContent = sentence;
      node.hidden = false;
      if (forMs !== undefined) timer = window.setTimeout(hide, forMs);
    },
  };
}
