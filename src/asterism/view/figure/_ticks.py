"""Round numbers and dates for a colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_TICKS = 6
# Steps of dates, finest first: unit of numpy, how many of it, how many characters of ISO 8601 tell them apart.
DATE_STEPS = (
    ("s", 1, 19), ("s", 10, 19), ("m", 1, 16), ("m", 10, 16), ("h", 1, 16), ("h", 6, 16),
    ("D", 1, 10), ("D", 7, 10), ("D", 14, 10), ("M", 1, 7), ("M", 3, 7), ("M", 6, 7),
    ("Y", 1, 4), ("Y", 2, 4), ("Y", 5, 4), ("Y", 10, 4), ("Y", 20, 4), ("Y", 50, 4), ("Y", 100, 4), ("Y", 1000, 4),
)  # fmt: skip


def number_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Two to six multiples of 1, 2 or 5 · 10ᵏ in [low, high], with what to write; one if the ends are equal."""
    if not high > low:
        return [(low, f"{low:.4g}")]
    power = 10.0 ** np.floor(np.log10((high - low) / MAX_TICKS))
    step = next(s * power for s in (1, 2, 5, 10, 20) if (high - low) / (s * power) < MAX_TICKS)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    values: NDArray[np.float64] = np.arange(first, last + 1) * step
    return [(float(v), _write(float(v), step)) for v in values]


def _write(value: float, step: float) -> str:
    if max(abs(value), step) >= 1e7 or step < 1e-4:
        return f"{value:.4g}"
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    return f"{value + 0.0:,.{decimals}f}".replace("-", "−")


def log_ticks(low: float, high: float, offset: float) -> list[tuple[float, str]]:
    """Powers of ten, and 0 where it is shown, between 10^low − offset and 10^high − offset, with what to write.

    Args:
        low: Decimal logarithm of the least value plus `offset`.
        high: Of the largest.
        offset: 1 where zeros are shown, else 0.
    """
    powers = range(int(np.ceil(low - 1e-9)), int(np.floor(high + 1e-9)) + 1)
    every = -(-len(powers) // MAX_TICKS) or 1
    values = [10.0**power for power in powers[::every] if not (offset and power == 0)]
    if offset:
        values.insert(0, 0.0)
    ticks = [(float(np.log10(value + offset)), _write(value, min(value, 1.0) or 1.0)) for value in values]
    return [(place, text) for place, text in ticks if low - 1e-9 <= place <= high + 1e-9]


def date_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Up to six round moments in [low, high], milliseconds since 1970-01-01 UTC, with what to write."""
    ends = np.array([low, high]).astype("datetime64[ms]")
    if high > low:
        for unit, count, width in DATE_STEPS:
            ticks = _round_dates(ends, unit, count)
            if 2 <= len(ticks) <= MAX_TICKS:
                return [(float(t.astype(np.int64)), str(t)[:width].replace("T", " ")) for t in ticks]
    return [(float(t.astype(np.int64)), str(t)[:19].replace("T", " ")) for t in np.unique(ends)]


def _round_dates(ends: NDArray[np.datetime64], unit: str, count: int) -> NDArray[np.datetime64]:
    start, stop = ends.astype(f"datetime64[{unit}]").astype(np.int64)
    if (stop - start) // count > 4 * MAX_TICKS:
        return ends[:0]
    offset = 1970 if unit == "Y" else 0  # years divisible by five, not five after 1970
    first = -(-(start + offset) // count) * count - offset
    dates = np.arange(first, stop + 1, count).astype(f"datetime64[{unit}]").astype("datetime64[ms]")
    return np.asarray(dates[(dates >= ends[0]) & (dates <= ends[1])])
