/** Colour by what, the legend, and what else is drawn. */

import { type Coloring, colorChoices, type LegendFacts } from "../state/coloring";
import { columnNamed, overlaysOf } from "../state/facts";
import { countCategories } from "../state/filters";
import { maskOf } from "../state/mask";
import type { Session } from "../state/session";
import { dataText, element, uniqueId } from "./dom";
import { oncePerFrame } from "./frame";
import { createLegend, legendEntries, otherNote } from "./legend";
import { rampNodes } from "./ramp";

export interface ColorPaneActions {
  setLabels: (isShown: boolean) => void;
  setPointSize: (factor: number) => void;
}

export interface ColorPane {
  node: HTMLElement;
  /** Called when the colours were resolved anew. */
  show(coloring: Coloring): void;
}

export function createColorPane(session: Session, actions: ColorPaneActions): ColorPane {
  const { store, scene } = session;
  const id = uniqueId("color-by");
  const choice = element("select.select", { attrs: { id } });
  choice.addEventListener("change", () => store.set({ color: choice.value }));
  const body = element("div.section", {});
  const node = element(
    "div",
    {},
    element("div.section-head", {}, element("label.quiet", { text: "Colour by", attrs: { for: id } }), choice),
    body,
    overlaySection(session),
    lookSection(actions),
  );
  const legend = createLegend({
    toggle: (code) => ifColumn((column) => session.toggleCategory(column, code)),
    isolate: (code) => ifColumn((column) => session.isolateCategory(column, code)),
    setHidden: (hidden) => ifColumn((column) => session.setHidden(column, hidden)),
    select: (code) =>
      ifColumn((name) => {
        const column = columnNamed(scene, name);
        if (column?.kind === "category") session.select(maskOf(rowsWith(column.codes, code), scene.n), "replace");
      }),
  });
  const other = element("p.hint", {});
  let shown: LegendFacts = { kind: "plain", note: "" };
  const ifColumn = (act: (column: string) => void): void => {
    if (shown.kind === "categories") act(shown.column);
  };
  const count = oncePerFrame(() => {
    if (shown.kind !== "categories") return;
    const column = columnNamed(scene, shown.column);
    if (column?.kind !== "category") return;
    const counts = countCategories(column.codes, column.values.length, session.cross.visible(`=${column.name}`));
    const hidden = store.get().hidden.get(column.name) ?? new Set<number>();
    legend.show(
      column.name,
      legendEntries(column.values, shown.hasMissing, shown.colorOf),
      (code) => counts[code < 0 ? column.values.length : code] as number,
      hidden,
    );
    const note = otherNote(column.values.length, shown.colors, scene.palette.light.categories.length);
    other.textContent = note ?? "";
    other.hidden = note === null;
  });
  const fillChoices = (): void => {
    const { projection, color } = store.get();
    choice.replaceChildren(...choiceNodes(colorChoices(scene, projection, color)));
    choice.value = color;
  };
  store.on(["visible", "hidden"], count);
  store.on(["projection"], fillChoices);
  store.on(["color"], ({ color }) => {
    choice.value = color;
    if (choice.value !== color) fillChoices();
  });
  fillChoices();
  return {
    node,
    show({ legend: facts }) {
      shown = facts;
      if (facts.kind === "categories") {
        if (legend.node.parentElement !== body) body.replaceChildren(legend.node, other);
        count();
      } else
        body.replaceChildren(...(facts.kind === "ramp" ? rampNodes(facts) : [element("p.hint", { text: facts.note })]));
    },
  };
}

function rowsWith(codes: Int32Array, code: number): number[] {
  const rows: number[] = [];
  for (let i = 0; i < codes.length; i++) if (codes[i] === code) rows.push(i);
  return rows;
}

function choiceNodes(choices: readonly ReturnType<typeof colorChoices>[number][]): Node[] {
  const groups = new Map<string, HTMLElement>();
  return choices.flatMap(({ by, name, group }) => {
    const option = element("option", { text: name, attrs: { value: by } });
    if (!group) return [option];
    const known = groups.get(group);
    if (known) {
      known.append(option);
      return [];
    }
    const made = element("optgroup", { attrs: { label: group } }, option);
    groups.set(group, made);
    return [made];
  });
}

function overlaySection(session: Session): HTMLElement | null {
  const overlays = overlaysOf(session.scene);
  if (overlays.length === 0) return null;
  const names = { path: "Path", arrow: "Arrow", pin: "Pin", pairs: "Pairs" };
  const items = overlays.map(({ id, kind, name }) => {
    const box = element("input", { attrs: { type: "checkbox", checked: !session.store.get().overlaysOff.has(id) } });
    box.addEventListener("change", () => session.toggleOverlay(id));
    session.store.on(["overlaysOff"], ({ overlaysOff }) => (box.checked = !overlaysOff.has(id)));
    return element(
      "label.check",
      {},
      box,
      element("span.quiet.small", { text: names[kind] }),
      dataText("span", name, "grow clip"),
    );
  });
  return element("div.section", {}, element("div.section-head", {}, element("h2", { text: "Also drawn" })), ...items);
}

function lookSection(actions: ColorPaneActions): HTMLElement {
  const size = element("input.grow", {
    attrs: { type: "range", min: -1, max: 1, step: 0.1, value: 0, "aria-label": "Point size" },
  });
  size.addEventListener("input", () => actions.setPointSize(2 ** (2 * Number(size.value))));
  const labels = element("input", { attrs: { type: "checkbox", checked: true } });
  labels.addEventListener("change", () => actions.setLabels(labels.checked));
  return element(
    "div.section",
    {},
    element("label.check", {}, labels, "Names on the map"),
    element("div.check", {}, element("span", { text: "Point size" }), size),
  );
}
