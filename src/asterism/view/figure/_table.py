"""A table of distances as a heat map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from asterism._check import check_choice
from asterism.errors import InputError
from asterism.scene.palette import THEMES, ThemeName, sequential_colors
from asterism.view.figure._draw import PAGE_WIDTH, TITLE, TITLE_LENGTH, Options, plain_style
from asterism.view.figure._text import choose_fonts, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

    from asterism.analysis.distances import DistanceTable
    from asterism.scene.palette import Theme

Measure = Literal["cosine", "euclidean", "manhattan", "dot", "angle"]
TITLES = {
    "cosine": "cosine similarity",
    "euclidean": "L2 distance",
    "manhattan": "L1 distance",
    "dot": "dot product",
    "angle": "angle in degrees",
}
MAX_TEXTS = 200
_WITH_NUMBERS = 20
_NAME_LENGTH = 40
_LEAST_CELL = 0.05  # inches
_BESIDE = 1.1  # inches, for the scale of colours


def draw_table(
    table: DistanceTable,
    *,
    measure: Measure = "cosine",
    title: str | None = None,
    theme: ThemeName = "light",
    width: float | None = None,
    height: float | None = None,
    dpi: float = 150,
    font: str | None = None,
) -> Figure:
    """Draw one measure of a distance table, alike texts beside each other; up to 20 texts with the numbers.

    Args:
        table: At least one text, at most 200.
        measure: Which of its tables.
        title: Heading; None for none.
        theme: "light" or "dark".
        width: In mm; None takes what the texts need.
        height: Follows from the width, because cells are square; must be None.
        dpi: Dots per inch.
        font: A font family to use first; None for the one that comes with matplotlib.

    Returns:
        The figure.

    Raises:
        InputError: No text or too many, an option out of range, or a width that leaves no room for the cells.
    """
    check_choice(measure, get_args(Measure), name="measure")
    Options(theme=theme, width=PAGE_WIDTH if width is None else width, dpi=dpi, font=font)
    if height is not None:
        raise InputError(f"height is {height:g}; the cells of a heat map are square, so give its width alone.")
    n = len(table.texts)
    if not 1 <= n <= MAX_TEXTS:
        raise InputError(f"The table has {n} texts; a heat map shows between 1 and {MAX_TEXTS}. Choose some of them.")
    values = getattr(table, measure)[np.ix_(table.order, table.order)]
    fonts = choose_fonts([*table.texts, title or ""], font)
    names = [fonts.drawable(clean(table.texts[i], _NAME_LENGTH)) for i in table.order]
    sheet = _measure(names, width, fonts.drawable(clean(title or "", TITLE_LENGTH)))
    paper, colors = THEMES[theme], sequential_colors(256, theme=theme)
    # The strongest colour is near: similarities rise towards it, distances fall.
    ramp = colors if measure in ("cosine", "dot") else colors[::-1]
    with mpl.rc_context(plain_style()):
        figure = Figure(figsize=sheet.page, dpi=dpi, facecolor=paper.background)
        axes = figure.add_axes(sheet.part(sheet.margin, sheet.size))
        image = axes.imshow(values, cmap=ListedColormap(ramp), interpolation="nearest")
        _write_names(axes, names, sheet, list(fonts.families), paper)
        if n <= _WITH_NUMBERS:
            _write_numbers(axes, image, values, ramp, is_angle=measure == "angle")
        bar = figure.colorbar(image, cax=figure.add_axes(sheet.part(sheet.margin + sheet.size + 0.15, 0.15)))
        bar.set_label(TITLES[measure], fontsize=8, color=paper.muted)
        bar.ax.tick_params(labelsize=7, colors=paper.muted)
        bar.ax.spines[:].set_visible(False)
    return figure


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Measures of the page in inches: the room for names, the side of the table, the heading above."""

    margin: float
    size: float
    title: str

    @property
    def page(self) -> tuple[float, float]:
        return self.margin + self.size + _BESIDE, self.margin + self.size + 0.4 + (0.35 if self.title else 0.0)

    def part(self, left: float, width: float) -> tuple[float, float, float, float]:
        """A part of the page as high as the table, in shares of the page."""
        wide, high = self.page
        return left / wide, 0.2 / high, width / wide, self.size / high


def _measure(names: Sequence[str], width: float | None, title: str) -> _Sheet:
    n = len(names)
    margin = 0.3 + 0.075 * max(map(len, names))
    if width is None:
        return _Sheet(margin, n * (0.42 if n <= _WITH_NUMBERS else max(0.12, 8.4 / n)), title)
    size = width / 25.4 - margin - _BESIDE
    if size < _LEAST_CELL * n:
        least = (_LEAST_CELL * n + margin + _BESIDE) * 25.4
        raise InputError(
            f"width is {width:g} mm, and names and scale take {(margin + _BESIDE) * 25.4:.0f} mm; "
            f"expected at least {least:.0f} mm for {n} texts."
        )
    return _Sheet(margin, size, title)


def _write_names(axes: Axes, names: Sequence[str], sheet: _Sheet, family: list[str], paper: Theme) -> None:
    """The texts at both sides, and the heading."""
    n = len(names)
    letters = FontProperties(family=family, size=9 if n <= _WITH_NUMBERS else max(3.0, 55 * sheet.size / n))
    axes.xaxis.tick_top()
    for axis, turn in ((axes.xaxis, 90), (axes.yaxis, 0)):
        axis.set_ticks(range(n), names)
        for label in axis.get_ticklabels():
            label.set(fontproperties=letters, rotation=turn, color=paper.ink, parse_math=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if sheet.title:
        wide, high = sheet.page
        heads = FontProperties(family=family, size=TITLE, weight="bold")
        place = (0.1 / wide, 1 - 0.28 / high)
        axes.figure.text(*place, sheet.title, color=paper.ink, fontproperties=heads, parse_math=False)


def _write_numbers(
    axes: Axes, image: AxesImage, values: NDArray[np.float64], ramp: list[str], *, is_angle: bool
) -> None:
    low, high = image.get_clim()
    for (i, j), value in np.ndenumerate(values):
        share = (value - low) / (high - low) if high > low else 0.0
        ink = "#11141a" if not np.isfinite(share) or _is_light(ramp[round(255 * share)]) else "#ffffff"
        rounded = round(float(value), 0 if is_angle else 2) + 0.0  # no minus before zero
        written = f"{rounded:.0f}" if is_angle else f"{rounded:.2f}"
        axes.text(j, i, written, ha="center", va="center", fontsize=7, color=ink)


def _is_light(color: str) -> bool:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140
