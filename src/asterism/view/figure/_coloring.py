"""Which colour and which marker each row gets, and what the legend says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.scene.palette import THEMES, category_colors, diverging_colors, sequential_colors
from asterism.scene.spec import CategoryColumn, DateColumn, NumberColumn
from asterism.view.figure._ticks import date_ticks, log_ticks, number_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism.scene.palette import Theme, ThemeName
    from asterism.scene.spec import Scene

# The second channel: one shape for each ten colours.
MARKERS = ("o", "s", "^", "D", "v", "P")
MAX_CATEGORIES = 30
# Where points melt into shades there are no shapes, and only ten colours can be told apart.
MAX_SHADED_CATEGORIES = 10
SHADES = 256
# Where the 99th percentile is so many times the median, colours follow the logarithm.
SKEWED = 30.0
LARGEST = 1e300  # beyond, differences of numbers are no numbers
NO_DATE = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend.

    Attributes:
        name: Of the category, as it stands in the data.
        slot: Its colour and marker.
        count: How many rows it has.
        is_rest: Whether it gathers what has no colour of its own.
    """

    name: str
    slot: int
    count: int
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The colour bar of numbers or dates.

    Attributes:
        title: Name of the column.
        low: Value of the first colour.
        high: Value of the last colour.
        ticks: Values and what to write there.
        n_colors: The first so many slots are its colours.
    """

    title: str
    low: float
    high: float
    ticks: list[tuple[float, str]]
    n_colors: int = SHADES


@dataclass(frozen=True, slots=True, eq=False)
class Coloring:
    """Colours of all rows.

    Attributes:
        slots: Shape (n,), index into `colors` and `markers`.
        colors: "#rrggbb" per slot.
        markers: matplotlib's marker per slot.
        entries: Of the legend; empty if there is none.
        bar: The colour bar, if numbers or dates give the colours.
        notes: What people should know, one sentence each.
        title: Name of the column of categories; empty for others.
    """

    slots: NDArray[np.intp]
    colors: list[str]
    markers: list[str]
    entries: tuple[Entry, ...] = ()
    bar: Bar | None = None
    notes: tuple[str, ...] = ()
    title: str = ""


def color_rows(scene: Scene, theme: ThemeName, *, is_shaded: bool) -> Coloring:
    """Decide colours and legend from the column that the Scene names.

    Args:
        scene: What to draw.
        theme: The paper.
        is_shaded: Whether points will melt into shades, which allows fewer categories.
    """
    column = scene.column(scene.color)
    paper = THEMES[theme]
    if isinstance(column, CategoryColumn):
        return _color_categories(column, paper, MAX_SHADED_CATEGORIES if is_shaded else MAX_CATEGORIES)
    if isinstance(column, NumberColumn):
        return _color_numbers(column.name, column.values, paper, is_date=False)
    if isinstance(column, DateColumn):
        moments = np.where(column.values == NO_DATE, np.nan, column.values.astype(np.float64))
        return _color_numbers(column.name, moments, paper, is_date=True)
    return Coloring(np.zeros(len(scene.texts), np.intp), category_colors(1, theme=theme), ["o"])


def _color_categories(column: CategoryColumn, paper: Theme, most: int) -> Coloring:
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    by_size = np.argsort(-counts, kind="stable")
    n = len(by_size)
    kept = by_size if n <= most else by_size[:most]
    k = len(kept)
    slot_of = np.full(n + 1, k, np.intp)  # the last entry is the row without a category, code −1
    slot_of[kept] = np.arange(k)
    slot_of[n] = k + 1
    slots = slot_of[column.codes]
    entries = [Entry(column.values[code], slot, int(counts[code])) for slot, code in enumerate(kept)]
    notes: tuple[str, ...] = ()
    if n > k:
        rest = int(counts[by_size[k:]].sum())
        entries.append(Entry(f"other ({n - k:,} more)", k, rest, is_rest=True))
        notes = (f"The {k} largest of {n:,} categories have a colour of their own; the other {rest:,} rows are grey.",)
    if lacking := int((column.codes < 0).sum()):
        entries.append(Entry(f"no {column.name}", k + 1, lacking, is_rest=True))
    colors = [*category_colors(k, theme=paper.name), paper.other, paper.none]
    markers = [*(MARKERS[slot // 10 % len(MARKERS)] for slot in range(k)), "o", "o"]
    return Coloring(slots, colors, markers, tuple(entries), notes=notes, title=column.name)


def _color_numbers(name: str, values: NDArray[np.float64], paper: Theme, *, is_date: bool) -> Coloring:
    known = np.isfinite(values)
    given = np.clip(values[known], -LARGEST, LARGEST)
    is_log = not is_date and _is_skewed(given)
    offset = 1.0 if is_log and given.min() == 0 else 0.0
    own = np.log10(given + offset) if is_log else given
    low, high, notes = _ends(own, name)
    is_diverging = not (is_date or is_log) and low < 0 < high and min(-low, high) >= 0.2 * max(-low, high)
    if is_diverging:
        low, high = -max(-low, high), max(-low, high)
    ramp = diverging_colors(SHADES, theme=paper.name) if is_diverging else sequential_colors(SHADES, theme=paper.name)
    share = (own - low) / (high - low) if high > low else np.full(len(own), 0.5)
    slots = np.full(len(values), SHADES, np.intp)
    slots[known] = np.rint(np.clip(share, 0, 1) * (SHADES - 1))
    lacking = int((~known).sum())
    entries = (Entry(f"no {name}", SHADES, lacking, is_rest=True),) if lacking else ()
    if is_log:
        ticks = log_ticks(low, high, offset)
    else:
        ticks = (date_ticks if is_date else number_ticks)(low, high) if known.any() else []
    bar = Bar(f"{name}, logarithmic" if is_log else name, low, high, ticks)
    return Coloring(slots, [*ramp, paper.none], ["o"] * (SHADES + 1), entries, bar, tuple(notes))


def _is_skewed(values: NDArray[np.float64]) -> bool:
    """Whether the numbers are counts or the like, most of them tiny beside the largest."""
    if len(values) < 20 or values.min() < 0:
        return False
    middle, large = np.quantile(values, [0.5, 0.99])
    return bool(large > SKEWED * max(middle, 1.0 if values.min() == 0 else 0.0))


def _ends(values: NDArray[np.float64], name: str) -> tuple[float, float, list[str]]:
    """Ends of the colours: the extremes, or the 1st and 99th percentile where few values would take most colours."""
    if not len(values):
        return 0.0, 0.0, []
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(v) for v in np.quantile(values, [0.01, 0.99]))
    if len(values) >= 100 and high - low > 4 * (inner_high - inner_low) > 0:
        return inner_low, inner_high, [f"Colours of {name} end at its 1st and 99th percentile; values go beyond."]
    return low, high, []
