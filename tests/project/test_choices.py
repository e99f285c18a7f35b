from __future__ import annotations

import pytest

from asterism.project.choices import Grid, default_grid, list_choices


def test_default_is_twelve_choices():
    names = [choice.name for choice in list_choices(default_grid(5000), 5000)]
    assert len(names) == len(set(names)) == 12
    assert names[0] == "PCA"
    assert "t-SNE, perplexity 30" in names
    assert "t-SNE, perplexity 30, ρ 4" in names
    assert "UMAP, 15 neighbours, min_dist 0.5" in names


def test_many_texts_get_numbers_of_neighbours_that_a_large_graph_can_hold():
    choices = list_choices(default_grid(100_000), 100_000)
    assert max(choice.params.get("n_neighbors", 0) for choice in choices) == 45
    assert "t-SNE, 15 neighbours" in [choice.name for choice in choices]


@pytest.mark.parametrize(("n", "most"), [(0, 1), (3, 1), (4, 8), (10, 10), (32, 12)])
def test_values_too_large_are_lowered_and_stand_once(n, most):
    choices = list_choices(default_grid(n), n)
    assert len({choice.name for choice in choices}) == len(choices) <= most
    assert all(choice.params.get("perplexity", 0) <= max((n - 1) / 3, 0) for choice in choices)


def test_an_axis_without_values_is_left_out():
    assert [c.method for c in list_choices(Grid((), (), (), ()), 100)] == ["pca"]
    assert [c.method for c in list_choices(Grid((9,), (1,), (), ()), 100)] == ["pca", "tsne"]
