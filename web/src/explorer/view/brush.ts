/** A histogram with a range on it: drag to set, handles to adjust, arrow keys for either end. */

import { extentOf } from "../state/histogram";
import { element, setAttributes } from "./dom";

export interface BrushOptions {
  label: string;
  edges: Float64Array;
  format: (value: number) => string;
  /** Null: no limit. Called while dragging. */
  change: (range: readonly [number, number] | null) => void;
}

export interface Brush {
  node: HTMLElement;
  /** Bars of the rows that pass, over those of all rows. */
  setCounts(passing: ArrayLike<number>, all: ArrayLike<number>): void;
  setRange(range: readonly [number, number] | null): void;
}

export function createBrush(options: BrushOptions): Brush {
  const { edges } = options;
  const low = edges[0] as number;
  const high = edges[edges.length - 1] as number;
  const span = high - low || 1;
  const canvas = element("canvas", { attrs: { "aria-hidden": "true" } });
  const handles = [handle("lower"), handle("upper")] as const;
  const node = element("div.brush", {}, canvas, ...handles);
  let range: readonly [number, number] | null = null;
  let counts: { passing: ArrayLike<number>; all: ArrayLike<number> } = { passing: [], all: [] };

  function handle(which: "lower" | "upper"): HTMLElement {
    const at = which === "lower" ? 0 : 1;
    return element("div.brush-handle", {
      attrs: { role: "slider", tabindex: 0, "aria-label": `${options.label}, ${which} limit` },
      on: { keydown: (event) => moveByKey(event, at) },
    });
  }

  const draw = (): void => paint(canvas, counts.passing, counts.all, shares());
  const shares = (): [number, number] => (range ? [(range[0] - low) / span, (range[1] - low) / span] : [0, 1]);
  const show = (): void => {
    handles.forEach((one, k) => {
      const value = range ? (range[k] as number) : k === 0 ? low : high;
      const share = Math.min(1, Math.max(0, shares()[k] as number));
      one.style.left = `${100 * share}%`;
      setAttributes(one, {
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-valuenow": value,
        "aria-valuetext": options.format(value),
      });
    });
    draw();
  };
  const apply = (next: readonly [number, number] | null): void => {
    const isAll = next !== null && next[0] <= low && next[1] >= high;
    range = isAll ? null : next;
    show();
    options.change(range);
  };
  const moveByKey = (event: KeyboardEvent, at: 0 | 1): void => {
    const step = span / (edges.length - 1);
    const by = {
      ArrowLeft: -step,
      ArrowDown: -step,
      ArrowRight: step,
      ArrowUp: step,
      PageDown: -5 * step,
      PageUp: 5 * step,
    }[event.key];
    const ends: [number, number] = range ? [range[0], range[1]] : [low, high];
    if (event.key === "Home") ends[at] = at === 0 ? low : ends[0];
    else if (event.key === "End") ends[at] = at === 1 ? high : ends[1];
    else if (by !== undefined) ends[at] = Math.min(at ? high : ends[1], Math.max(at ? ends[0] : low, ends[at] + by));
    else return;
    event.preventDefault();
    event.stopPropagation();
    apply(ends);
  };
  dragRange(node, handles, shares, (a, b) =>
    apply(a === b ? null : [low + Math.min(a, b) * span, low + Math.max(a, b) * span]),
  );
  new ResizeObserver(draw).observe(node);
  show();
  return {
    node,
    setCounts(passing, all) {
      counts = { passing, all };
      draw();
    },
    setRange(next) {
      range = next;
      show();
    },
  };
}

/** Pointer gestures as two shares of the width: a handle moves its end, elsewhere a new range is drawn. */
function dragRange(
  node: HTMLElement,
  handles: readonly [HTMLElement, HTMLElement],
  shares: () => [number, number],
  apply: (a: number, b: number) => void,
): void {
  node.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    const box = node.getBoundingClientRect();
    const shareAt = (event: PointerEvent): number => Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const held = handles.indexOf(down.target as HTMLElement);
    const before = shares();
    const fixed = held < 0 ? shareAt(down) : (before[1 - held] as number);
    const gesture = new AbortController();
    const { signal } = gesture;
    let moved = false;
    const move = (event: PointerEvent): void => {
      moved ||= Math.abs(event.clientX - down.clientX) > 2;
      if (moved) apply(fixed, shareAt(event));
    };
    // a finger that scrolls what lies around has meant nothing here
    const cancel = (): void => {
      if (moved) apply(...before);
      moved = true;
    };
    const end = (): void => {
      gesture.abort();
      if (!moved && held < 0) apply(0, 0); // a click clears
    };
    node.setPointerCapture(down.pointerId);
    node.addEventListener("pointermove", move, { signal });
    node.addEventListener("pointercancel", cancel, { signal });
    node.addEventListener("lostpointercapture", end, { signal });
  });
}

function paint(
  canvas: HTMLCanvasElement,
  passing: ArrayLike<number>,
  all: ArrayLike<number>,
  [from, to]: [number, number],
): void {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  const styles = getComputedStyle(canvas);
  const most = extentOf(all)?.[1] || 1;
  const step = width / all.length;
  // the square root keeps small bins visible beside large ones
  const tall = (count: number): number => (count > 0 ? Math.max(1.5, Math.sqrt(count / most) * (height - 6)) : 0);
  const bars = (counts: ArrayLike<number>, color: string): void => {
    context.fillStyle = color;
    for (let k = 0; k < counts.length; k++) {
      const bar = tall(counts[k] as number);
      context.fillRect(k * step + 0.5, height - bar, Math.max(1, step - 1), bar);
    }
  };
  bars(all, styles.getPropertyValue("--line"));
  context.save();
  context.beginPath();
  context.rect(from * width, 0, (to - from) * width, height);
  context.clip();
  bars(passing, styles.getPropertyValue("--accent"));
  context.restore();
}
