/** Numbers, shares, dates as people read them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0, useGrouping: true });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact" });

/** 117592 → "117 592", with narrow no-break spaces. */
export function formatCount(count: number): string {
  return whole.format(count).replaceAll(",", "\u202f");
}

/** "1 text", "2 texts". */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 0.0734 → "7 %"; below 10 % one digit more: "7.3 %". Never "0 %" or "100 %" for what is not. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = 100 * share;
  if (percent > 0 && percent < 0.1) return "<\u202f0.1\u202f%";
  if (percent < 100 && percent > 99.9) return ">\u202f99.9\u202f%";
  const digits = percent === 0 || percent === 100 || (percent >= 10 && percent <= 99) ? 0 : 1;
  return `${percent.toFixed(digits)}\u202f%`;
}

/** At most `digits` significant digits, grouped; "–" for none. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e15)
    return value < 10_000 && value >= 0 ? String(value) : formatCount(value);
  const text = Number(value.toPrecision(digits));
  return (Math.abs(text) >= 1e7 || Math.abs(text) < 1e-4) && text !== 0 ? text.toExponential() : String(text);
}

/** For axis ends: 117592 → "118K". */
export function formatShort(value: number): string {
  return Math.abs(value) < 10_000 ? formatNumber(value, 3) : short.format(value);
}

/** 2021-03-04; with the time of day where it is not midnight UTC and `span` is under 60 days. "–" for none. */
export function formatDate(ms: number, span = Number.POSITIVE_INFINITY): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "–";
  const iso = date.toISOString();
  const hasTime = ms % 86_400_000 !== 0 && span < 60 * 86_400_000;
  return hasTime ? iso.slice(0, 16).replace("T", "\u00a0") : iso.slice(0, 10);
}

/** For axis ends: only as fine as the span asks for. */
export function formatDateShort(ms: number, span: number): string {
  const iso = formatDate(ms, span);
  if (span > 6 * 365 * 86_400_000) return iso.slice(0, 4);
  return span > 180 * 86_400_000 ? iso.slice(0, 7) : iso;
}
