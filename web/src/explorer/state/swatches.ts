/** Which colour each category gets, and how numbers fall on a ramp. */

/** So many categories can have a colour each. */
const MOST_OWN = 40;
/** Of more than that, only the largest have one; the smaller ones share one, "other". */
export const MOST_COLORS = 24;
/** When the largest are less than this share of the rows, "other" would be most of the picture: colours repeat instead. */
const LEAST_SHARE = 0.5;

/**
 * Index into the palette of each category, −1 for "other". The largest keep theirs whatever is hidden; when few of the
 * others are shown, those get colours too.
 *
 * @param share Of the rows, in the `MOST_COLORS` largest categories.
 */
export function assignColors(size: number, share: number, hidden: ReadonlySet<number> | undefined): Int32Array {
  if (size <= MOST_OWN || share < LEAST_SHARE) return Int32Array.from({ length: size }, (_, code) => code);
  const colors = new Int32Array(size).fill(-1);
  for (let code = 0; code < MOST_COLORS; code++) colors[code] = code;
  if (!hidden) return colors;
  const others: number[] = [];
  for (let code = MOST_COLORS; code < size && others.length <= MOST_COLORS; code++)
    if (!hidden.has(code)) others.push(code);
  if (others.length > MOST_COLORS) return colors;
  const free: number[] = [];
  for (let code = 0; code < MOST_COLORS; code++) if (hidden.has(code)) free.push(code);
  for (const [k, code] of others.entries()) colors[code] = free[k] ?? MOST_COLORS + k;
  return colors;
}

/** Fewer values are shown from least to greatest. */
const LEAST_CLIPPED = 200;

/** The ends of a ramp: of many values the 2nd and 98th hundredth, so that one outlier does not grey out the rest. */
export function rampEnds(values: ArrayLike<number>, most = 50_000): [number, number] | null {
  const stride = Math.max(1, Math.floor(values.length / most));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += stride)
    if (Number.isFinite(values[i] as number)) sample.push(values[i] as number);
  if (sample.length === 0) return null;
  const sorted = Float64Array.from(sample).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  const [low, high] = [at(0.02), at(0.98)];
  return sorted.length >= LEAST_CLIPPED && low < high ? [low, high] : [at(0), at(1)];
}

/** Steps 0…size−1 of a ramp; `size` where there is no value. */
export function rampCodes(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  size: number,
): Uint16Array {
  const codes = new Uint16Array(values.length);
  const scale = high > low ? size / (high - low) : 0;
  for (let i = 0; i < codes.length; i++) {
    const value = values[i] as number;
    codes[i] = Number.isFinite(value) ? Math.min(size - 1, Math.max(0, Math.floor((value - low) * scale))) : size;
  }
  return codes;
}
