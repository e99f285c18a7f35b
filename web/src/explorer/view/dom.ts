/** Making nodes. Text is only ever set as text; styles are classes, or custom properties for what is measured. */

export type Child = Node | string | null | undefined | false;

export interface Props {
  class?: string;
  text?: string;
  /** Attributes; null and false leave one out. */
  attrs?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
}

/** @param kind A tag, and the classes of the node after it: "div.panel.float". */
export function element<K extends keyof HTMLElementTagNameMap>(
  kind: K | `${K}.${string}`,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag as K);
  const className = props.class ?? classes.join(" ");
  if (className) node.className = className;
  if (props.text !== undefined) node.textContent = props.text;
  setAttributes(node, props.attrs ?? {});
  for (const [type, listener] of Object.entries(props.on ?? {})) node.addEventListener(type, listener as EventListener);
  node.append(...children.filter((child): child is Node | string => Boolean(child)));
  return node;
}

export function setAttributes(node: Element, attrs: NonNullable<Props["attrs"]>): void {
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A text of the data: its own direction, whatever the page's. */
export function dataText(tag: "span" | "p" | "div" | "q", text: string, className = ""): HTMLElement {
  return element(tag, { class: className, text, attrs: { dir: "auto" } });
}

export interface ButtonOptions {
  label: string;
  icon?: SVGElement;
  class?: string;
  /** Shown on the face; without it the label is only read aloud and on hover. */
  text?: string;
  /** The key that does the same, for the tooltip. */
  key?: string;
  pressed?: boolean;
  press: (event: MouseEvent) => void;
}

export function button(options: ButtonOptions): HTMLButtonElement {
  const title = options.key ? `${options.label} (${options.key})` : options.label;
  const node = element("button", {
    class: options.class ?? (options.text ? "button" : "icon-button"),
    attrs: {
      type: "button",
      title: options.text === title ? null : title,
      "aria-label": options.text === options.label ? null : options.label,
    },
    on: { click: options.press },
  });
  if (options.pressed !== undefined) node.setAttribute("aria-pressed", String(options.pressed));
  if (options.icon) node.append(options.icon);
  if (options.text) node.append(element("span", { text: options.text }));
  return node;
}

/** Calls a button something else, aloud and on hover; what stands on its face stays. */
export function setLabel(node: Element, label: string): void {
  setAttributes(node, { "aria-label": label, title: label });
}

/** Makes `children` those of `node`, moving none that has its place: a moved node loses the focus, or half a click. */
export function setChildren(node: Element, children: readonly Element[]): void {
  children.forEach((child, i) => {
    if (node.children[i] !== child) node.insertBefore(child, node.children[i] ?? null);
  });
  while (node.children.length > children.length) node.lastElementChild?.remove();
}

export function setPressed(node: Element, pressed: boolean): void {
  node.setAttribute("aria-pressed", String(pressed));
}

let lastId = 0;

export function uniqueId(prefix: string): string {
  return `${prefix}-${++lastId}`;
}

/** Whether keys typed here are words, not commands. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
