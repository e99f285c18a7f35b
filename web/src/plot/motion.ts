/** Movements over time, one of each kind at once; none for people who ask for less motion. */

export interface Motion {
  /** Starts a movement and ends the one of that kind; `step` is called with 0…1, at last with 1. */
  start(kind: string, milliseconds: number, step: (t: number) => void): Promise<void>;
  stop(kind: string): void;
  /** Advances all; true while something moves. */
  tick(now: number): boolean;
}

interface Movement {
  begin: number | null;
  span: number;
  step: (t: number) => void;
  done: () => void;
}

export function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export function createMotion(invalidate: () => void): Motion {
  const running = new Map<string, Movement>();
  const stop = (kind: string): void => {
    const movement = running.get(kind);
    running.delete(kind);
    movement?.done();
  };
  return {
    stop,
    start(kind, milliseconds, step) {
      stop(kind);
      if (milliseconds <= 0 || prefersStillness()) {
        step(1);
        invalidate();
        return Promise.resolve();
      }
      return new Promise((done) => {
        running.set(kind, { begin: null, span: milliseconds, step, done });
        invalidate();
      });
    },
    tick(now) {
      for (const [kind, movement] of [...running]) {
        movement.begin ??= now;
        const t = Math.min(1, (now - movement.begin) / movement.span);
        movement.step(ease(t));
        if (t >= 1) stop(kind);
      }
      return running.size > 0;
    },
  };
}

/** Slow, fast, slow. */
export function ease(t: number): number {
  return t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
}
