"""Colours that every view shares: categories, numbers, backgrounds and inks, on light and on dark paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from asterism._check import check_choice, check_whole
from asterism.scene._oklab import contrast, from_lch, lab_to_linear, linear_to_lab, to_hex, to_linear

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ThemeName = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of everything that is not data.

    Attributes:
        name: "light" or "dark".
        background: The paper.
        ink: Titles and names.
        muted: Secondary text.
        faint: Frames, and lines that lead from a name to its point.
        other: Points of the categories beyond those that have a colour of their own.
        none: Points without a category, number or date.
    """

    name: ThemeName
    background: str
    ink: str
    muted: str
    faint: str
    other: str
    none: str


THEMES: Mapping[ThemeName, Theme] = {
    "light": Theme("light", "#ffffff", "#1b1f27", "#5c6472", "#dfe3e9", "#a9b0bc", "#cfd4dc"),
    "dark": Theme("dark", "#11141a", "#eceff4", "#a0a9b8", "#2c323d", "#6b7484", "#454c59"),
}

# Found by exchange: start from colours that people can name, move each within 0.06 of OKLab to where the smallest
# distance over all pairs, four kinds of sight and both themes is largest, then add the two farthest. The dark list
# has the same hues, lighter. `tests/scene/test_palette.py` holds the distances reached.
CATEGORIES: Mapping[ThemeName, tuple[str, ...]] = {
    "light": (
        "#4d69f4", "#d7a10c", "#be478c", "#00c899", "#435d04",
        "#a994ee", "#7f059b", "#8e8227", "#0d41d5", "#9f005f",
    ),
    "dark": (
        "#809dfe", "#fbc346", "#ed71b6", "#4cecba", "#708c3e",
        "#cabcff", "#b24acf", "#b6ab53", "#437bfd", "#d6478d",
    ),
}  # fmt: skip
GOLDEN_ANGLE = 180 * (3 - 5**0.5)
# Lightness and chroma of the colours beyond the first ten, taken in turn.
FURTHER: Mapping[ThemeName, tuple[tuple[float, float], ...]] = {
    "light": ((0.52, 0.17), (0.70, 0.13), (0.42, 0.12), (0.61, 0.19), (0.76, 0.15)),
    "dark": ((0.72, 0.15), (0.86, 0.10), (0.62, 0.14), (0.79, 0.16), (0.67, 0.10)),
}


def category_colors(n: int, *, theme: ThemeName = "light") -> list[str]:
    """Colours of n categories, all different; the first k of n colours are the k colours of k categories.

    Up to ten can be told apart by colour alone, also with red-green or blue-yellow blindness. Beyond, hues repeat
    at other lightnesses, and a view should add a second channel such as the shape of the marker.

    Args:
        n: At least 0.
        theme: "light" or "dark" paper.

    Returns:
        n colours "#rrggbb".

    Raises:
        InputError: n is negative, or there is no such theme.
    """
    check_whole(n, name="n", low=0)
    check_choice(theme, tuple(THEMES), name="theme")
    first = CATEGORIES[theme]
    return list(first[:n]) if n <= len(first) else [*first, *_further_colors(n - len(first), theme)]


@lru_cache(maxsize=8)
def _further_colors(n: int, theme: ThemeName) -> tuple[str, ...]:
    taken = dict.fromkeys(CATEGORIES[theme])
    index = np.arange(2 * n)  # twice as many as wanted, as a few coincide after rounding
    tones = np.array(FURTHER[theme])[index % len(FURTHER[theme])]
    hues = index * GOLDEN_ANGLE % 360
    distinct = dict.fromkeys(from_lch(tones[:, 0], tones[:, 1], hues))
    return tuple([color for color in distinct if color not in taken][:n])


def sequential_colors(n: int = 256, *, theme: ThemeName = "light") -> list[str]:
    """Colours of n ascending numbers; lightness changes steadily, so that every eye and every printer orders them.

    On light paper large numbers are dark, on dark paper they are light: they stand out on both.

    Args:
        n: At least 0.
        theme: "light" or "dark" paper.

    Returns:
        n colours "#rrggbb".

    Raises:
        InputError: n is negative, or there is no such theme.
    """
    check_whole(n, name="n", low=0)
    check_choice(theme, tuple(THEMES), name="theme")
    if not n:
        return []
    t = np.linspace(0.0, 1.0, n) if theme == "light" else np.linspace(1.0, 0.0, n)
    hue = 105 + 190 * t
    lightness = 0.87 - 0.57 * t if theme == "light" else 0.91 - 0.45 * t
    # Screens show little chroma around 213°; staying below everywhere leaves no edge in the ramp.
    return from_lch(lightness, 0.15 - 0.062 * np.exp(-(((hue - 213) / 48) ** 2)), hue)


def diverging_colors(n: int = 256, *, theme: ThemeName = "light") -> list[str]:
    """Colours of n numbers around a middle, blue below and orange above; the middle recedes into the paper.

    Args:
        n: At least 0.
        theme: "light" or "dark" paper.

    Returns:
        n colours "#rrggbb".

    Raises:
        InputError: n is negative, or there is no such theme.
    """
    check_whole(n, name="n", low=0)
    check_choice(theme, tuple(THEMES), name="theme")
    t = np.linspace(-1.0, 1.0, n)
    middle, end = (0.90, 0.50) if theme == "light" else (0.36, 0.80)
    lightness = middle + (end - middle) * np.abs(t)
    return from_lch(lightness, 0.17 * np.abs(t), np.where(t < 0, 258.0, 48.0)) if n else []


@lru_cache(maxsize=4096)
def readable(color: str, theme: ThemeName = "light", ratio: float = 4.5) -> str:
    """The same hue, darker on light paper and lighter on dark, until text in it can be read.

    Args:
        color: "#rrggbb".
        theme: The paper.
        ratio: Contrast to reach; 4.5 is WCAG's bound for text.

    Returns:
        The first of up to twenty steps towards the ink that reaches the ratio.
    """
    paper = THEMES[theme]
    start, end = linear_to_lab(to_linear([color, paper.ink]))
    steps: NDArray[np.float64] = np.linspace(0.0, 1.0, 21)[:, None]
    candidates = to_hex(lab_to_linear(start + steps * (end - start)))
    return next((c for c in candidates if contrast(c, paper.background) >= ratio), paper.ink)
