/** Along the bottom: which projection, how far to believe it, and the moment while time plays. */

import { formatShare } from "../state/format";
import type { Session } from "../state/session";
import { element } from "./dom";

export interface Dock {
  node: HTMLElement;
  setMoment(text: string | null): void;
}

/** @param believe Opens the panel that says more. */
export function createDock(session: Session, believe: () => void): Dock {
  const { scene, store } = session;
  const moment = element("div.moment.float", { attrs: { hidden: true } });
  const trust = element("button.trust.float", { attrs: { type: "button" }, on: { click: believe } });
  const segments = element("div.segments.float", { attrs: { role: "radiogroup", "aria-label": "Projection" } });
  const buttons = scene.projections.map(({ name }, index) =>
    element("button.segment", {
      text: name,
      attrs: { type: "button", role: "radio" },
      on: { click: () => store.set({ projection: index }) },
    }),
  );
  segments.append(...buttons);
  segments.hidden = buttons.length < 2;
  segments.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (store.get().projection + by + buttons.length) % buttons.length;
    store.set({ projection: next });
    buttons[next]?.focus();
  });
  const show = (): void => {
    const chosen = store.get().projection;
    buttons.forEach((one, index) => {
      one.setAttribute("aria-checked", String(index === chosen));
      one.tabIndex = index === chosen ? 0 : -1;
    });
    const quality = scene.projections[chosen]?.quality;
    if (!quality) {
      trust.replaceChildren(element("span", { text: "Not measured how far to believe it" }));
      return;
    }
    const share = quality.scores.recall;
    const meter = element("span.meter", {});
    meter.style.setProperty("--share", `${100 * Math.max(0, share)}%`);
    trust.replaceChildren(
      meter,
      element("span", {}, element("strong", { text: formatShare(share) }), " of true neighbours kept"),
    );
    trust.title =
      "Of each text’s 10 nearest neighbours, the share that is among the 10 nearest on this map. Click for more.";
  };
  store.on(["projection"], show);
  show();
  return {
    node: element("div.dock", {}, moment, segments, trust),
    setMoment(text) {
      moment.hidden = text === null;
      moment.textContent = text ?? "";
    },
  };
}
