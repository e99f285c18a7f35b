"""The legend: a strip between title and map, so that it never covers data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D

from asterism.scene.palette import sequential_colors
from asterism.view.figure._page import MARGIN, line_height
from asterism.view.figure._text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asterism.scene.palette import Theme
    from asterism.scene.spec import Scene
    from asterism.view.figure._coloring import Bar, Coloring
    from asterism.view.figure._page import Page

SIZE = 7.0  # points
NAME_LENGTH = 32  # characters
DOT = 2.6  # mm from the left edge of an entry to its text
GAP = 4.0  # mm between entries
BAR_HEIGHT = 2.2  # mm
MARKER_SIZE = 4.2  # points


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the legend: a marker of matplotlib, its colour, what it stands for."""

    name: str
    marker: str
    color: str


def marks_of(coloring: Coloring) -> list[Mark]:
    """The categories, and what has no colour of its own."""
    return [Mark(entry.name, coloring.markers[entry.slot], coloring.colors[entry.slot]) for entry in coloring.entries]


def overlay_marks(scene: Scene, theme: Theme) -> list[Mark]:
    """Ways and pairs; pins and arrows carry their names on the map."""
    ways = [Mark(path.name, "*", sequential_colors(2, theme=theme.name)[1]) for path in scene.paths]
    return ways + [Mark(pairs.name, "_", theme.muted) for pairs in scene.pairs]


class Legend:
    """Measured first, drawn when the page has its height."""

    def __init__(self, page: Page, coloring: Coloring, marks: Sequence[Mark], *, title: str = "") -> None:
        """Measure.

        Args:
            page: Where.
            coloring: Its bar, if it has one.
            marks: What stands for what.
            title: What the categories are.
        """
        self._page = page
        self._coloring = coloring
        self._marks = marks
        self._title = page.fonts.drawable(clean(title, NAME_LENGTH))
        self._names = [page.fonts.drawable(clean(mark.name, NAME_LENGTH)) for mark in marks]
        widths = [DOT + page.measure(name, SIZE) for name in self._names]
        self._columns = _column_widths(widths, page.inner)

    @property
    def height(self) -> float:
        """Height in mm; 0 if there is nothing to say."""
        return self._bar_height + self._title_height + self._rows * line_height(SIZE)

    @property
    def _rows(self) -> int:
        return -(-len(self._names) // len(self._columns)) if self._names else 0

    @property
    def _bar_height(self) -> float:
        bar = self._coloring.bar
        return line_height(SIZE) + BAR_HEIGHT + line_height(6) if bar is not None and bar.ticks else 0.0

    @property
    def _title_height(self) -> float:
        return line_height(SIZE) if self._title else 0.0

    def draw(self, top: float) -> None:
        """Draw with the upper edge at `top` mm."""
        if self._bar_height and self._coloring.bar is not None:
            self._draw_bar(self._coloring.bar, top)
            top -= self._bar_height
        if self._title_height:
            self._page.write(MARGIN, top - 0.72 * line_height(SIZE), self._title, SIZE, color=self._page.theme.muted)
            top -= self._title_height
        lefts = MARGIN + np.concatenate([[0.0], np.cumsum(self._columns)])
        for i, (mark, name) in enumerate(zip(self._marks, self._names, strict=True)):
            x = float(lefts[i % len(self._columns)])
            y = top - (i // len(self._columns) + 0.72) * line_height(SIZE)
            self._draw_marker(mark, x + 1.0, y + 0.85)
            self._page.write(x + DOT, y, name, SIZE)

    def _draw_marker(self, mark: Mark, x: float, y: float) -> None:
        dot = Line2D([x], [y], marker=mark.marker, color=mark.color, markersize=MARKER_SIZE, linewidth=0)
        dot.set(markeredgewidth=0.8 if mark.marker == "_" else 0, transform=self._page.mm)
        self._page.figure.add_artist(dot)

    def _draw_bar(self, bar: Bar, top: float) -> None:
        page = self._page
        width = min(page.inner, 90.0)
        page.write(MARGIN, top - 0.75 * line_height(SIZE), page.fonts.drawable(clean(bar.title, NAME_LENGTH)), SIZE)
        bottom = top - line_height(SIZE) - BAR_HEIGHT
        axes = page.add_axes(MARGIN, bottom, width, BAR_HEIGHT)
        ramp = ListedColormap(self._coloring.colors[: bar.n_colors])
        axes.imshow(np.arange(bar.n_colors)[None], cmap=ramp, aspect="auto", extent=(0, 1, 0, 1), interpolation="none")
        span = bar.high - bar.low
        for value, text in bar.ticks:
            share = (value - bar.low) / span if span > 0 else 0.5
            half = page.measure(text, 6) / 2
            x = MARGIN + min(max(share * width, half), width - half)
            page.write(x, bottom - 0.8 * line_height(6), text, 6, ha="center", color=page.theme.muted)


def _column_widths(widths: list[float], inner: float) -> list[float]:
    """Widths of the most columns whose entries, filled row by row, fit side by side."""
    for n in range(len(widths), 1, -1):
        columns = [max(widths[c::n]) + GAP for c in range(n)]
        if sum(columns) - GAP <= inner:
            return columns
    return [inner]
