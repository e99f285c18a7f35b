"""Heat maps of distances."""

from __future__ import annotations

import numpy as np
import pytest

import asterism
from asterism import api
from asterism.analysis.distances import distance_table
from asterism.errors import InputError, OutputExists
from asterism.view.figure import draw_table

TEXTS = ["king", "man", "$x^2$ 女", "line\nbreak", "", "😀 emoji"]


def table_of(n: int):
    return distance_table([TEXTS[i % 6] + str(i) for i in range(n)], np.random.default_rng(0).normal(size=(n, 8)))


@pytest.mark.parametrize("measure", ["cosine", "euclidean", "manhattan", "dot", "angle"])
def test_every_measure_is_drawn_in_clustered_order(measure):
    table = table_of(6)
    axes = draw_table(table, measure=measure).axes[0]
    shown = axes.images[0].get_array()
    np.testing.assert_allclose(shown, getattr(table, measure)[np.ix_(table.order, table.order)])
    assert len(axes.texts) == 36


def test_many_texts_are_drawn_without_numbers():
    assert not draw_table(table_of(60), theme="dark").axes[0].texts


@pytest.mark.parametrize("n", [0, 201])
def test_no_text_and_too_many_are_refused(n):
    with pytest.raises(InputError, match="between 1 and 200"):
        draw_table(table_of(n))


def test_a_single_text_and_a_zero_vector_are_drawn():
    draw_table(table_of(1))
    draw_table(distance_table(["a", "zero"], [[1, 0], [0, 0]]), measure="angle")


def test_heat_maps_are_saved_once(tmp_path):
    space = asterism.Space.from_vectors(np.eye(3), ["a", "b", "c"])
    api.save_distances(space.distances(), tmp_path / "heat.svg")
    assert (tmp_path / "heat.svg").read_text().startswith("<?xml")
    with pytest.raises(OutputExists):
        api.save_distances(space.distances(), tmp_path / "heat.svg")
    with pytest.raises(InputError, match="heat map"):
        api.save_distances(space.distances(), tmp_path / "heat.html")
