/** Labels come and go softly. */

import type { Label } from "../wire/types";
import type { WrittenLabel } from "./labels";
import { prefersStillness } from "./motion";

export type FadingLabel = WrittenLabel & { opacity: number };

export interface LabelFader {
  /** Says what should be written now; true while something still fades. */
  set(labels: readonly WrittenLabel[], now: number): boolean;
  shown(): readonly FadingLabel[];
}

const FADE_TIME = 160;

export function createLabelFader(): LabelFader {
  let shown: FadingLabel[] = [];
  let last = 0;
  return {
    shown: () => shown,
    set(labels, now) {
      const step = prefersStillness() ? 1 : Math.min(1, Math.max(0, now - last) / FADE_TIME);
      last = now;
      const before = new Map<Label, number>(shown.map((fading) => [fading.label, fading.opacity]));
      shown = labels.map((written) => ({ ...written, opacity: Math.min(1, (before.get(written.label) ?? 0) + step) }));
      return shown.some((fading) => fading.opacity < 1);
    },
  };
}
