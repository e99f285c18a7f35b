/** The search field: what to look for and how, how many were found, stepping through them. */

import { countOf, formatCount } from "../state/format";
import type { Session, State } from "../state/session";
import type { SearchMode } from "../text/search";
import { button, element, setLabel, setPressed } from "./dom";
import { icon } from "./icons";

export interface SearchBox {
  node: HTMLElement;
  focus(): void;
}

export interface SearchActions {
  /** Shows the row of a match. */
  visit: (row: number) => void;
  say: (text: string) => void;
}

const MODES: readonly [SearchMode, string][] = [
  ["words", "Words"],
  ["phrase", "Exact"],
  ["pattern", "Regex"],
];
const PAUSE_MS = 90;

export function createSearchBox(session: Session, actions: SearchActions): SearchBox {
  const { store } = session;
  const input = element("input.input", {
    attrs: {
      type: "search",
      placeholder: "Search texts",
      "aria-label": "Search texts",
      spellcheck: "false",
      autocomplete: "off",
      dir: "auto",
    },
  });
  const mode = element(
    "select.search-mode",
    { attrs: { "aria-label": "How to search" } },
    ...MODES.map(([value, text]) => element("option", { text, attrs: { value } })),
  );
  const count = element("span.grow", {});
  const step = (by: 1 | -1): void => {
    const row = session.stepMatch(by);
    if (row >= 0) actions.visit(row);
  };
  const before = button({
    label: "Previous match",
    key: "[",
    icon: icon("up"),
    class: "icon-button tiny",
    press: () => step(-1),
  });
  const next = button({
    label: "Next match",
    key: "]",
    icon: icon("down"),
    class: "icon-button tiny",
    press: () => step(1),
  });
  const only = button({
    label: "Show only matches",
    text: "Only",
    class: "link small",
    pressed: false,
    press: () => session.setOnlyFound(!store.get().onlyFound),
  });
  const select = button({
    label: "Select matches",
    text: "Select",
    class: "link small",
    press: () => selectFound(session),
  });
  const result = element("div.search-result", {}, count, select, only, before, next);
  const problem = element("p.problem", { attrs: { role: "alert" } });
  const node = element(
    "div.search",
    { attrs: { role: "search" } },
    element("div.search-box", {}, icon("search"), input, mode),
    result,
    problem,
  );

  /** Not 0 while what is written was not asked for yet. */
  let timer = 0;
  /** The step to take as soon as the search that runs ends. */
  let due: 1 | -1 | null = null;
  const ask = (): void => {
    clearTimeout(timer);
    timer = 0;
    due = null;
    session.search(input.value, mode.value as SearchMode);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, PAUSE_MS);
  });
  // folding a million titles takes half a second: it starts before the first letter is typed
  input.addEventListener("focus", () => void session.corpus.folded(), { once: true });
  mode.addEventListener("change", ask);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      if (timer) ask();
      if (store.get().isSearching) due = event.shiftKey ? -1 : 1;
      else step(event.shiftKey ? -1 : 1);
    }
    if (event.key === "Escape" && input.value) {
      event.stopPropagation();
      input.value = "";
      ask();
    }
  });

  const show = (state: State): void => {
    mode.value = state.mode;
    result.hidden = !state.found && !state.isSearching;
    problem.textContent = state.problem;
    problem.hidden = !state.problem;
    count.textContent = foundText(state, session.scene.n);
    setPressed(only, state.onlyFound);
    only.textContent = state.onlyFound ? "All" : "Only";
    setLabel(only, state.onlyFound ? "Show all texts" : "Show only matches");
    const none = !state.found || state.found.rows.length === 0;
    for (const one of [before, next, only, select]) one.hidden = none;
  };
  // a link, or a word that is looked for, takes the place of what is being written
  store.on(["query"], ({ query }) => {
    clearTimeout(timer);
    timer = 0;
    if (input.value !== query) input.value = query;
  });
  store.on(["mode", "found", "isSearching", "problem", "step", "onlyFound"], show);
  store.on(["found"], (state) => {
    if (!state.found) return;
    actions.say(foundText(state, session.scene.n));
    const by = due;
    due = null;
    if (by) step(by);
  });
  show(store.get());
  return {
    node,
    focus() {
      input.focus();
      input.select();
    },
  };
}

function foundText({ found, step, isSearching }: State, n: number): string {
  if (!found) return isSearching ? "Searching…" : "";
  const size = found.rows.length;
  if (found.read < n)
    return `${countOf(size, "match")} in the first ${formatCount(found.read)} texts: stopped after 8 seconds`.replace(
      "matchs",
      "matches",
    );
  if (size === 0) return "Nothing found";
  return step >= 0
    ? `${formatCount(step + 1)} of ${formatCount(size)}`
    : size === 1
      ? "1 match"
      : `${formatCount(size)} matches`;
}

export function selectFound(session: Session): void {
  const { found } = session.store.get();
  if (!found) return;
  const mask = new Uint8Array(session.scene.n);
  for (const row of found.rows) mask[row] = 1;
  session.select(mask, "replace");
}
