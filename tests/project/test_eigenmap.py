from __future__ import annotations

import numpy as np
import pytest

from asterism.project import project, project_sequence
from asterism.project.affinity import perplexity_weights
from asterism.project.eigenmap import laplacian_points
from plain_tsne import dense


@pytest.fixture
def long(rng):
    """Vectors that differ along one direction most of all."""
    return (rng.uniform(-1, 1, size=(300, 5)) * [8, 4, 1, 1, 1]).astype(np.float32)


@pytest.fixture
def noise(graph_of):
    """Vectors without groups, whose neighbourhoods overlap a lot."""
    vectors = np.random.default_rng(0).normal(size=(400, 10)).astype(np.float32)
    return vectors, graph_of(vectors, 90)


def test_points_are_the_slowest_eigenvectors(graph_of, rng, long):
    weights = perplexity_weights(graph_of(long, 90), [30.0], threads=1)
    points, smallest = laplacian_points(weights, rng.normal(size=(300, 2)).astype(np.float32))
    p = dense(weights)
    degree = p.sum(axis=1)
    values, vectors = np.linalg.eigh(p / np.sqrt(np.outer(degree, degree)))
    np.testing.assert_allclose(smallest, 1 - values[[-2, -3]], atol=1e-3)
    slow = vectors[:, [-2, -3]] / np.sqrt(degree)[:, None]
    for found, true in zip(points.T, slow.T, strict=True):
        assert abs(np.corrcoef(found, true)[0, 1]) > 0.98


def test_strong_exaggeration_ends_at_eigenvectors_and_says_so(noise):
    answer = project("tsne", *noise, exaggeration=30)
    assert "Laplacian eigenvectors" in answer.notes[0]
    assert answer.params["repulsion"] == "none: Laplacian eigenvectors"
    np.testing.assert_allclose(answer.points.std(axis=0), 1, atol=0.2)
    assert abs(np.corrcoef(answer.points.T)[0, 1]) < 0.2


def test_the_bound_that_is_told_is_below_what_leaves_one_line(graph_of, rng, long):
    weights = perplexity_weights(graph_of(long, 90), [30.0], threads=1)
    _, smallest = laplacian_points(weights, rng.normal(size=(300, 2)).astype(np.float32))
    between = float(np.sqrt(1 / smallest.prod()))
    answer = project("tsne", long, graph_of(long, 90), exaggeration=between)
    assert f"(up to about {1 / smallest[1]:.0f} they part)" in answer.notes[0]
    assert 1 / smallest[1] < between < 1 / smallest[0]


def test_two_sets_apart_end_on_one_line(graph_of, rng):
    apart = rng.normal(size=(200, 5)).astype(np.float32)
    apart[100:] += 1000
    answer = project("tsne", apart, graph_of(apart, 90), exaggeration=100)
    assert "onto one line" in answer.notes[0]


def test_early_exaggeration_is_lowered_where_it_would_draw_all_into_one_place(noise, blobs, graph_of):
    assert project("tsne", *noise).params["early_exaggeration"] < 12
    assert project("tsne", blobs, graph_of(blobs, 30), perplexity=10).params["early_exaggeration"] == 12


def test_a_sequence_lowers_it_for_all_its_maps(noise):
    maps = project_sequence("tsne", [noise, noise])
    assert maps[0].params["early_exaggeration"] == maps[1].params["early_exaggeration"] < 12


def test_lowering_keeps_what_the_start_knows(noise):
    vectors, graph = noise
    kept = project("tsne", vectors, graph)
    pca = project("pca", vectors, None).points
    likeness = [abs(np.corrcoef(kept.points[:, i], pca[:, i])[0, 1]) for i in range(2)]
    assert max(likeness) > 0.5
