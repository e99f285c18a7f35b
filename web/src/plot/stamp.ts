/** A disc with a soft edge, as how much each pixel of a square is covered. */

/** Seven bits, so that two channels times a share fit a signed word of 32. */
export const FULL = 128;

export interface Stamp {
  side: number;
  /** side × side, 0…FULL. */
  covers: Uint16Array;
}

const made = new Map<number, Stamp>();

/** @param size Diameter in device pixels; rounded to a quarter. @param opacity 0…1, rounded to a 64th. */
export function stampFor(size: number, opacity: number): Stamp {
  const quarters = Math.max(2, Math.round(size * 4));
  const parts = Math.max(1, Math.round(opacity * 64));
  const key = quarters * 128 + parts;
  let stamp = made.get(key);
  if (!stamp) {
    stamp = makeStamp(quarters / 4, parts / 64);
    if (made.size > 512) made.clear();
    made.set(key, stamp);
  }
  return stamp;
}

function makeStamp(size: number, opacity: number): Stamp {
  const radius = size / 2;
  const side = Math.max(1, Math.ceil(size + 0.25));
  const covers = new Uint16Array(side * side);
  if (side <= 2) {
    // Too small for a shape: the area of the disc, spread evenly.
    const share = Math.min(1, (Math.PI * radius * radius) / (side * side));
    return { side, covers: covers.fill(Math.round(FULL * share * opacity)) };
  }
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const away = Math.hypot(x + 0.5 - side / 2, y + 0.5 - side / 2);
      covers[y * side + x] = Math.round(FULL * opacity * Math.min(1, Math.max(0, radius + 0.5 - away)));
    }
  }
  return { side, covers };
}
