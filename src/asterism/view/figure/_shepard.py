"""The Shepard diagram: distances on the map against those of the vectors, for random pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism.view.figure._page import MARGIN, line_height

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism.values import Quality
    from asterism.view.figure._page import Page

HEIGHT = 46.0  # mm
WIDTH = 66.0
FRAME = 7.0  # mm for the titles of the axes
TITLE = 8.0  # points
SIZE = 6.5
BINS = 8


class Shepard:
    """A block of the page; it takes no room where there is nothing to show."""

    def __init__(self, page: Page, quality: Quality | None, *, metric: str) -> None:
        self._page = page
        self._metric = metric
        self._quality = quality
        pairs = None if quality is None else quality.shepard
        self._pairs = np.empty((0, 2), np.float32) if pairs is None else pairs
        self.height = HEIGHT if len(self._pairs) else 0.0

    def draw(self, top: float) -> None:
        """Draw with the upper edge at `top` mm: the diagram to the left, what it says to the right."""
        page, theme = self._page, self._page.theme
        bottom = top - HEIGHT + FRAME
        axes = page.add_axes(MARGIN + FRAME, bottom, WIDTH - FRAME, HEIGHT - FRAME)
        axes.spines[:].set(visible=True, color=theme.faint, linewidth=0.7)
        space, shown = self._pairs.T
        axes.scatter(space, shown, s=3.0, color=theme.muted, alpha=0.5, linewidths=0)
        middles, medians = running_medians(self._pairs)
        axes.plot(middles, medians, color=theme.ink, linewidth=1.4)
        middle = MARGIN + FRAME + (WIDTH - FRAME) / 2
        page.write(
            middle, bottom - 4.2, f"{self._metric} distance of the vectors", SIZE, color=theme.muted, ha="center"
        )
        page.write(
            MARGIN + FRAME - 2.0,
            bottom + (HEIGHT - FRAME) / 2,
            "distance on the map",
            SIZE,
            color=theme.muted,
            ha="right",
            va="center",
            rotation=90,
        )
        self._explain(MARGIN + WIDTH + 6.0, top)

    def _explain(self, left: float, top: float) -> None:
        page, quality = self._page, self._quality
        correlation = 0.0 if quality is None else quality.spearman
        text = (
            f"Each dot is a pair of texts, {len(self._pairs)} drawn at random. Were the map true to distances, they "
            f"would lie on one rising line; the black one joins their medians. Rank correlation over more pairs: "
            f"{correlation:.2f}. A flat stretch of the line holds distances that the map does not tell apart."
        )
        page.write(left, top - line_height(TITLE), "Shepard diagram", TITLE, bold=True)
        lines = page.wrap(text, SIZE + 0.5, page.width - MARGIN - left, max_lines=12)
        for i, line in enumerate(lines):
            y = top - line_height(TITLE) * 1.5 - (i + 1) * line_height(SIZE + 0.5)
            page.write(left, y, line, SIZE + 0.5, color=page.theme.muted)


def running_medians(pairs: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median of either distance in each of up to eight equal parts of the pairs, by the distance of the vectors.

    Args:
        pairs: Shape (m, 2), m at least 1. Not modified.

    Returns:
        Shape (parts,) each: distances of the vectors, and on the map.
    """
    order = np.argsort(pairs[:, 0], kind="stable")
    parts = np.array_split(pairs[order].astype(np.float64), min(BINS, len(pairs)))
    return tuple(np.array([np.median(part[:, side]) for part in parts]) for side in (0, 1))  # type: ignore[return-value]
