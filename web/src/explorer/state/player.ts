/** A range that walks from the beginning of an axis to its end. */

export interface PlayerOptions {
  ends: readonly [number, number];
  /** The range to start with; null for the whole axis. */
  start: () => readonly [number, number] | null;
  show: (range: readonly [number, number] | null) => void;
  stopped: () => void;
  /** Calls back in the next frame with the time in ms. */
  schedule: (tick: (now: number) => void) => void;
}

export interface Player {
  toggle(): void;
  stop(): void;
  onChange(listener: (isPlaying: boolean) => void): void;
}

/** The whole axis takes this long. */
const DURATION_MS = 12_000;
/** Without a range of its own, a twelfth of the axis is shown at a time. */
const WINDOW = 1 / 12;
/** The map follows this often: more would only wait for itself. */
const STEP_MS = 60;

export function playRange(options: PlayerOptions): Player {
  const [low, high] = options.ends;
  const axis = high - low;
  let isPlaying = false;
  let turn = 0;
  let tell: (isPlaying: boolean) => void = () => undefined;

  const stop = (): void => {
    if (!isPlaying) return;
    isPlaying = false;
    turn++;
    tell(false);
    options.stopped();
  };
  const play = (): void => {
    const given = options.start();
    const width = given && given[1] - given[0] < axis * 0.999 ? given[1] - given[0] : axis * WINDOW;
    let from = given && given[1] < high ? given[0] : low;
    let last = Number.NaN;
    const mine = ++turn;
    const tick = (now: number): void => {
      if (mine !== turn) return;
      if (Number.isNaN(last)) last = now;
      if (now - last >= STEP_MS) {
        from += (Math.min(250, now - last) / DURATION_MS) * axis;
        last = now;
        const isOver = from + width >= high;
        options.show([isOver ? high - width : from, isOver ? high : from + width]);
        if (isOver) {
          stop();
          return;
        }
      }
      options.schedule(tick);
    };
    isPlaying = true;
    tell(true);
    options.show([from, from + width]);
    options.schedule(tick);
  };
  return {
    toggle: () => (isPlaying ? stop() : play()),
    stop,
    onChange(listener) {
      tell = listener;
    },
  };
}
