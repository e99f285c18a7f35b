/** All that is written on the map: labels of groups and names of points, none over another, none over a caption. */

import { type Scene, textAt } from "../wire/types";
import { type Box, PlacedBoxes } from "./boxes";
import { createLabelFader, type FadingLabel } from "./fader";
import { chooseLabels, type Measure, type WrittenLabel } from "./labels";
import { chooseNames, type WrittenName } from "./names";
import { CAPTION_FONT, CAPTION_WEIGHT, type Caption } from "./overlay";
import type { Places } from "./places";
import type { View } from "./view";

export interface Writing {
  projection: number;
  places: Places;
  view: View;
  /** Scale relative to the one that shows everything. */
  zoom: number;
  pointSize: number;
  /** Rows that may be named; null for none. */
  rows: Iterable<number> | null;
  /** 0 hidden, 1 receding, 2 as usual. */
  stateOf: (row: number) => number;
  captions: readonly Caption[];
  /** Boxes of the screen that lie under panels. */
  covered: readonly Box[];
}

export class Writer {
  names: readonly WrittenName[] = [];
  #labels: readonly WrittenLabel[] = [];
  readonly #fader = createLabelFader();
  readonly #sides = new Map<number, number>();

  readonly #scene: Scene;
  readonly #measure: Measure;

  constructor(scene: Scene, measure: Measure) {
    this.#scene = scene;
    this.#measure = measure;
  }

  /** Labels with how far they have come in. */
  shown(): readonly FadingLabel[] {
    return this.#fader.shown();
  }

  /** Nothing is written; names forget on which side of their points they stood. */
  clear(): void {
    this.#labels = [];
    this.names = [];
    this.#sides.clear();
  }

  choose(writing: Writing): void {
    const { projection, places, view, zoom } = writing;
    const taken = new PlacedBoxes();
    for (const box of writing.covered) taken.add(box);
    for (const { text, x, y } of writing.captions) {
      const width = this.#measure(text, CAPTION_FONT, CAPTION_WEIGHT);
      taken.add({ x: x - width / 2, y: y - CAPTION_FONT * 0.75, width, height: CAPTION_FONT * 1.5 });
    }
    const shown = new Set(this.#fader.shown().map(({ label }) => label));
    this.#labels = chooseLabels(this.#scene.labels, projection, places, view, zoom, shown, this.#measure, taken);
    if (!writing.rows) this.#sides.clear();
    const textOf = (row: number): string => textAt(this.#scene.texts, row);
    this.names = writing.rows
      ? chooseNames(
          { rows: writing.rows, textOf, stateOf: writing.stateOf },
          places,
          view,
          writing.pointSize,
          this.#sides,
          this.#measure,
          taken,
        )
      : [];
  }

  /** True while something still comes in. */
  fade(now: number): boolean {
    return this.#fader.set(this.#labels, now);
  }
}
