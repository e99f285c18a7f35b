/** What the page says a hundred times and no minifier may shorten: the build puts these names in its place. */
export const { max: Math_max, min: Math_min, floor: Math_floor, ceil: Math_ceil, round: Math_round } = Math;
export const { abs: Math_abs, hypot: Math_hypot } = Math;
export const { isFinite: Number_isFinite } = Number;
