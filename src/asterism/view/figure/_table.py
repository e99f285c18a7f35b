"""A table of distances as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from asterism._check import check_choice
from asterism.errors import InputError
from asterism.scene.palette import THEMES, ThemeName, sequential_colors
from asterism.view.figure._draw import plain_style
from asterism.view.figure._text import choose_fonts, clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

    from asterism.analysis.distances import DistanceTable

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


def draw_table(table: DistanceTable, *, measure: Measure = "cosine", theme: ThemeName = "light") -> Figure:
    """Draw one measure of a distance table, alike texts beside each other; up to 20 texts with the numbers.

    Args:
        table: At least one text, at most 200.
        measure: Which of its tables.
        theme: "light" or "dark".

    Returns:
        The figure.

    Raises:
        InputError: No text or too many, or there is no such measure or theme.
    """
    check_choice(measure, get_args(Measure), name="measure")
    check_choice(theme, tuple(THEMES), name="theme")
    n = len(table.texts)
    if not 1 <= n <= MAX_TEXTS:
        raise InputError(f"The table has {n} texts; a heat map shows between 1 and {MAX_TEXTS}. Choose some of them.")
    values = getattr(table, measure)[np.ix_(table.order, table.order)]
    fonts = choose_fonts(table.texts)
    names = [fonts.drawable(clean(table.texts[i], _NAME_LENGTH)) for i in table.order]
    paper, cell = THEMES[theme], 0.42 if n <= _WITH_NUMBERS else max(0.12, 8.4 / n)
    margin, size = 0.3 + 0.075 * max(map(len, names)), n * cell
    colors = sequential_colors(256, theme=theme)
    # The strongest colour is near: similarities rise towards it, distances fall.
    ramp = colors if measure in ("cosine", "dot") else colors[::-1]
    with mpl.rc_context(plain_style()):
        figure = Figure(figsize=(margin + size + 1.1, margin + size + 0.4), dpi=150, facecolor=paper.background)
        width, height = figure.get_size_inches()
        axes = figure.add_axes((margin / width, 0.2 / height, size / width, size / height))
        image = axes.imshow(values, cmap=ListedColormap(ramp), interpolation="nearest")
        font = FontProperties(family=list(fonts.families), size=9 if n <= _WITH_NUMBERS else max(3.0, 55 * cell))
        axes.xaxis.tick_top()
        for axis, turn in ((axes.xaxis, 90), (axes.yaxis, 0)):
            axis.set_ticks(range(n), names)
            for label in axis.get_ticklabels():
                label.set(fontproperties=font, rotation=turn, color=paper.ink, parse_math=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        if n <= _WITH_NUMBERS:
            _write_numbers(axes, image, values, ramp, is_angle=measure == "angle")
        beside = figure.add_axes(((margin + size + 0.15) / width, 0.2 / height, 0.15 / width, size / height))
        bar = figure.colorbar(image, cax=beside)
        bar.set_label(TITLES[measure], fontsize=8, color=paper.muted)
        bar.ax.tick_params(labelsize=7, colors=paper.muted)
        bar.ax.spines[:].set_visible(False)
    return figure


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
