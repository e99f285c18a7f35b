/** What changed, said once to people who do not see it. */

import { element } from "./dom";

export interface Live {
  node: HTMLElement;
  say(text: string): void;
}

export function createLive(): Live {
  const node = element("div.unseen", { attrs: { role: "status", "aria-live": "polite", "aria-atomic": "true" } });
  let timer = 0;
  return {
    node,
    say(text) {
      clearTimeout(timer);
      // a pause lets quick changes end in one sentence, and the same sentence be said twice
      node.textContent = "";
      timer = window.setTimeout(() => (node.textContent = text), 120);
    },
  };
}
