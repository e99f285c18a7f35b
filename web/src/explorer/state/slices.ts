/** Long work in slices, so that the page answers while it runs. */

/** A generator that yields whenever it can pause, and returns the answer. */
export type Sliced<T> = Generator<void, T, void>;

export interface Running<T> {
  /** The answer; null after `cancel`. */
  done: Promise<T | null>;
  cancel(): void;
}

const SLICE_MS = 12;

/** Runs `work` for at most 12 ms at a time; the first slice at once. */
export function runSliced<T>(work: Sliced<T>, pause: (next: () => void) => void = nextTask): Running<T> {
  let cancelled = false;
  const done = new Promise<T | null>((resolve, reject) => {
    const step = (): void => {
      if (cancelled) {
        resolve(null);
        return;
      }
      try {
        const end = performance.now() + SLICE_MS;
        do {
          const turn = work.next();
          if (turn.done) {
            resolve(turn.value);
            return;
          }
        } while (performance.now() < end);
      } catch (error) {
        reject(error);
        return;
      }
      pause(step);
    };
    step();
  });
  return {
    done,
    cancel() {
      cancelled = true;
    },
  };
}

/** Runs to the end without a pause. */
export function runWhole<T>(work: Sliced<T>): T {
  for (;;) {
    const turn = work.next();
    if (turn.done) return turn.value;
  }
}

const channel = typeof MessageChannel === "undefined" ? null : new MessageChannel();
const waiting: (() => void)[] = [];
if (channel) channel.port1.onmessage = () => waiting.shift()?.();

/** The next task: unlike a timer it is not slowed to 4 ms when nested. */
function nextTask(next: () => void): void {
  if (!channel) return void setTimeout(next, 0);
  waiting.push(next);
  channel.port2.postMessage(0);
}
