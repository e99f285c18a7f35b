/** Sets of code points as ascending, disjoint [low, high] ranges, both ends included. */

export type Ranges = readonly (readonly [number, number])[];

export const LAST = 0x10ffff;
export const DIGITS: Ranges = [[0x30, 0x39]];
export const SPACES: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
export const LINE_ENDS: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** Letters, digits and _ in every script, by block: symbols, punctuation and emoji are left out. */
export const WORD: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xaa, 0xaa],
  [0xb5, 0xb5],
  [0xba, 0xba],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x1fff],
  [0x2c00, 0x2dff],
  [0x3005, 0x3007],
  [0x3041, 0xd7ff],
  [0xf900, 0xfaff],
  [0xfb00, 0xfdff],
  [0xfe70, 0xfefc],
  [0xff10, 0xff19],
  [0xff21, 0xff3a],
  [0xff41, 0xff5a],
  [0xff66, 0xffdc],
  [0x10000, 0x1bfff],
  [0x1e000, 0x1efff],
  [0x20000, 0x3ffff],
];

export function unite(...sets: readonly Ranges[]): Ranges {
  const sorted = sets.flat().sort((a, b) => a[0] - b[0]);
  const united: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = united.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else united.push([low, high]);
  }
  return united;
}

export function complement(ranges: Ranges): Ranges {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [low, high] of unite(ranges)) {
    if (low > next) rest.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

export function contains(ranges: Ranges, point: number): boolean {
  return ranges.some(([low, high]) => low <= point && point <= high);
}

/** Adds the lower case of what is in the ranges: texts are folded, patterns are not. Large blocks have their own. */
export function withLowerCase(ranges: Ranges): Ranges {
  const lower: [number, number][] = [];
  for (const [low, high] of ranges) {
    if (high - low > 2048) continue;
    for (let point = low; point <= high; point++) {
      const folded = String.fromCodePoint(point).toLowerCase().codePointAt(0) as number;
      if (folded !== point) lower.push([folded, folded]);
    }
  }
  return unite(ranges, lower);
}
