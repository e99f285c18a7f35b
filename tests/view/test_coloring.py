from __future__ import annotations

import numpy as np
import pytest

from asterism.scene.palette import THEMES, category_colors, diverging_colors
from asterism.scene.spec import CategoryColumn, DateColumn, NumberColumn
from asterism.view.figure._coloring import SHADES, color_rows


def colored(make_scene, column, *, is_shaded=False):
    n = len(column.values if not isinstance(column, CategoryColumn) else column.codes)
    return color_rows(make_scene(n, 1, columns=(column,), color=column.name), "light", is_shaded=is_shaded)


def test_categories_take_the_colors_of_the_palette_by_size(make_scene):
    column = CategoryColumn("kind", np.array([2, 0, 0, 1, 0, 1, -1], np.int32), ("a", "b", "c"))
    coloring = colored(make_scene, column)
    assert coloring.colors[:3] == category_colors(3)
    assert coloring.slots.tolist() == [2, 0, 0, 1, 0, 1, 4]
    assert [(entry.name, entry.count) for entry in coloring.entries] == [("a", 3), ("b", 2), ("c", 1), ("no kind", 1)]
    assert coloring.colors[4] == THEMES["light"].none


def test_shades_allow_ten_categories_and_points_thirty(make_scene):
    codes = np.repeat(np.arange(40), np.arange(40, 0, -1)).astype(np.int32)
    column = CategoryColumn("kind", codes, tuple(f"k{i}" for i in range(40)))
    assert [e.name for e in colored(make_scene, column).entries][-1] == "other (10 more)"
    assert [e.name for e in colored(make_scene, column, is_shaded=True).entries][-1] == "other (30 more)"


def test_every_pair_of_color_and_shape_is_used_once(make_scene):
    column = CategoryColumn("kind", np.arange(30, dtype=np.int32), tuple(map(str, range(30))))
    coloring = colored(make_scene, column)
    assert len(set(zip(coloring.colors[:30], coloring.markers[:30], strict=True))) == 30
    assert len(set(coloring.markers[:30])) == 3


def test_numbers_run_from_the_first_color_to_the_last(make_scene):
    coloring = colored(make_scene, NumberColumn("score", np.array([5.0, 0.0, 10.0, np.nan, np.inf])))
    assert coloring.slots.tolist() == [128, 0, SHADES - 1, SHADES, SHADES]
    assert [(entry.name, entry.count) for entry in coloring.entries] == [("no score", 2)]


def test_numbers_on_both_sides_of_zero_diverge_from_it(make_scene):
    coloring = colored(make_scene, NumberColumn("change", np.array([-4.0, 0.0, 2.0])))
    assert coloring.colors[:SHADES] == diverging_colors(SHADES)
    assert (coloring.bar.low, coloring.bar.high) == (-4, 4)


def test_counts_are_colored_by_their_logarithm(make_scene):
    coloring = colored(make_scene, NumberColumn("votes", np.array([0.0, 1, 2, 3] * 20 + [99_999.0] * 4)))
    assert coloring.bar.title == "votes, logarithmic"
    assert [text for _, text in coloring.bar.ticks] == ["0", "10", "100", "1,000", "10,000"]
    assert coloring.slots[1] > 0


def test_a_few_extremes_do_not_take_the_colors(make_scene):
    values = np.concatenate([np.linspace(-3, -1, 999), [-1e6]])
    coloring = colored(make_scene, NumberColumn("depth", values))
    assert coloring.bar.high - coloring.bar.low < 3
    assert coloring.notes == ("Colours of depth end at its 1st and 99th percentile; values go beyond.",)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [7.0, 7.0], [-1e308, 1e308], [0.0] * 30])
def test_odd_numbers_have_colors_too(make_scene, values):
    coloring = colored(make_scene, NumberColumn("odd", np.array(values)))
    assert len(coloring.slots) == len(values)
    assert (coloring.slots <= SHADES).all()


def test_missing_dates_have_the_color_of_none(make_scene):
    column = DateColumn("day", np.array([0, np.iinfo(np.int64).min, 10**12]))
    assert colored(make_scene, column).slots.tolist() == [0, SHADES, SHADES - 1]


def test_without_a_column_all_points_have_the_first_color(make_scene):
    coloring = color_rows(make_scene(3, 1, columns=(), color=None), "dark", is_shaded=False)
    assert coloring.colors == category_colors(1, theme="dark")
    assert coloring.entries == ()
