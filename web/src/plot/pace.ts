/** How many of the points a machine can draw in the time of a smooth frame. */

export interface Pace {
  /** A frame with this share of the points took so long. */
  saw(milliseconds: number, share: number): void;
  share(): number;
}

const BUDGET = 12;
/** Fewer would no longer be the same picture. */
const LEAST = 0.12;
/** Weight of the newest frame. */
const NEWEST = 0.3;

export function createPace(): Pace {
  let whole = 0;
  return {
    saw(milliseconds, share) {
      const estimate = milliseconds / share;
      whole = whole === 0 ? estimate : whole + NEWEST * (estimate - whole);
    },
    share: () => (whole <= BUDGET ? 1 : Math.max(LEAST, BUDGET / whole)),
  };
}
