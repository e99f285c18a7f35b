from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.scene._oklab import contrast, lab_to_linear, linear_to_lab, to_hex, to_linear
from asterism.scene.palette import THEMES, category_colors, diverging_colors, readable, sequential_colors

# Machado, Oliveira & Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0, for linear RGB.
SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def seen(colors, sight):
    """OKLab of the colours as an eye of that kind sees them."""
    return linear_to_lab(np.clip(to_linear(colors) @ SIGHT[sight].T, 0, 1))


def smallest_distance(colors, sight):
    lab = seen(colors, sight)
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return distances[np.triu_indices(len(colors), 1)].min()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("n", "least"), [(4, 0.105), (8, 0.095), (10, 0.075)])
def test_category_colors_can_be_told_apart_by_every_eye(theme, sight, n, least):
    assert smallest_distance(category_colors(n, theme=theme), sight) >= least


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("n", [0, 1, 2, 11, 100, 2500])
def test_category_colors_are_all_different_colors(theme, n):
    colors = category_colors(n, theme=theme)
    assert len(colors) == n == len(set(colors))
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in colors)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_category_keeps_its_color_when_more_categories_come(theme):
    assert category_colors(2500, theme=theme)[:137] == category_colors(137, theme=theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_color_stands_out_from_its_paper(theme):
    paper = THEMES[theme].background
    assert min(contrast(color, paper) for color in category_colors(2500, theme=theme)) >= 1.9


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_sequential_colors_are_ordered_by_lightness_for_every_eye(theme, sight):
    lightness = seen(sequential_colors(32, theme=theme), sight)[:, 0]
    steps = np.diff(lightness)
    assert (steps < 0).all() if theme == "light" else (steps > 0).all()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", ["protanopia", "deuteranopia", "tritanopia"])
def test_ends_of_diverging_colors_differ_for_every_eye(theme, sight):
    colors = diverging_colors(9, theme=theme)
    assert smallest_distance([colors[0], colors[-1]], sight) >= 0.15
    assert contrast(colors[4], THEMES[theme].background) < min(
        contrast(c, THEMES[theme].background) for c in colors[:4]
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_readable_reaches_the_contrast_of_text(theme):
    paper = THEMES[theme].background
    assert all(contrast(readable(c, theme), paper) >= 4.5 for c in category_colors(60, theme=theme))
    assert contrast(THEMES[theme].muted, paper) >= 4.5


def test_readable_leaves_a_readable_color_alone():
    assert readable("#1b1f27", "light") == "#1b1f27"


def test_oklab_gives_the_published_values_and_returns():
    # White is (1, 0, 0); the primary red is (0.62796, 0.22486, 0.12585) (CSS Color 4, sample values).
    white, red = linear_to_lab(to_linear(["#ffffff", "#ff0000"]))
    np.testing.assert_allclose(white, [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(red, [0.62796, 0.22486, 0.12585], atol=1e-5)
    colors = ["#000000", "#123456", "#fedcba"]
    assert to_hex(lab_to_linear(linear_to_lab(to_linear(colors)))) == colors


def test_black_on_white_has_the_largest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colors", [category_colors, sequential_colors, diverging_colors])
def test_colors_refuse_a_negative_number_and_an_unknown_theme(colors):
    with pytest.raises(InputError, match="expected at least 0"):
        colors(-1)
    with pytest.raises(InputError, match="'light', 'dark'"):
        colors(3, theme="sepia")
    assert colors(0) == []


def test_sequential_colors_change_without_jumps():
    lab = linear_to_lab(to_linear(sequential_colors(256)))
    assert max(np.linalg.norm(b - a) for a, b in pairwise(lab)) < 0.02
