/** Something that asks for all attention: Esc or a click beside it closes, the focus stays inside and returns. */

import { button, element } from "./dom";
import { icon } from "./icons";

export function openDialog(host: HTMLElement, title: string, ...children: HTMLElement[]): () => void {
  const before = document.activeElement;
  const close = (): void => {
    veil.remove();
    if (before instanceof HTMLElement) before.focus();
  };
  const dialog = element(
    "div.dialog.float",
    { attrs: { role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: -1 } },
    element("h2", { text: title }),
    ...children,
    button({ label: "Close", key: "Esc", icon: icon("close"), class: "icon-button close", press: close }),
  );
  const veil = element("div.veil", { on: { pointerdown: (event) => event.target === veil && close() } }, dialog);
  veil.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Tab") keepInside(event, dialog);
  });
  host.append(veil);
  dialog.focus();
  return close;
}

function keepInside(event: KeyboardEvent, dialog: HTMLElement): void {
  const stops = [...dialog.querySelectorAll<HTMLElement>("button, input, select, textarea, a[href]")];
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey && (document.activeElement === first || document.activeElement === dialog)) last?.focus();
  else if (!event.shiftKey && document.activeElement === last) first?.focus();
  else return;
  event.preventDefault();
}
