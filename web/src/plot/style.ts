/** How large and how opaque points are, so that 32 and 1 000 000 of them both look right. */

export interface PointStyle {
  /** Diameter in CSS pixels. */
  size: number;
  /** 0…1. */
  opacity: number;
}

/**
 * @param count Points shown.
 * @param area CSS pixels of the map.
 * @param zoom Scale relative to the one that shows everything.
 */
export function styleFor(count: number, area: number, zoom: number): PointStyle {
  const crowd = Math.max(1, count) / Math.max(0.2, Math.min(2, area / 900_000));
  const grown = Math.max(1, zoom) ** 0.38;
  const size = clamp(10 * (crowd / 250) ** -0.225, 1.5, 10) * grown;
  const near = crowd / Math.max(1, zoom) ** 1.5;
  return { size: Math.min(size, 11), opacity: clamp((near / 2000) ** -0.16, 0.3, 0.9) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
