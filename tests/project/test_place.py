from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.project import place, project


@pytest.fixture(scope="module")
def known(blobs, graph_of):
    """A map of 240 vectors, and 60 more from the same groups."""
    vectors = blobs[:240]
    graph = graph_of(vectors, 90)
    return vectors, project("tsne", vectors, graph).points, graph, blobs[240:]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_vectors_of_the_map_fall_on_their_points(blobs, graph_of, metric):
    graph = graph_of(blobs, 20, metric)
    points = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    placed = place(blobs[::7], blobs, points, graph=graph)
    np.testing.assert_array_equal(placed.points, points[::7])
    assert not placed.is_off.any()


def test_new_vectors_fall_among_their_group(known):
    vectors, points, graph, new = known
    placed = place(new, vectors, points, graph=graph)
    nearest = np.linalg.norm(placed.points[:, None] - points[None], axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest % 6, np.arange(240, 300) % 6)
    assert placed.kept.mean() > 0.3


def test_a_place_does_not_depend_on_the_batch(known):
    vectors, points, graph, new = known
    together = place(new, vectors, points, graph=graph, threads=2)
    for i in (0, 17, 59):
        alone = place(new[i : i + 1], vectors, points, graph=graph, threads=1)
        assert alone.points.tobytes() == together.points[i : i + 1].tobytes()
        assert alone.kept[0] == together.kept[i]


@pytest.mark.parametrize("exponent", [-100, 100])
def test_the_unit_of_the_vectors_does_not_change_a_place(known, graph_of, exponent):
    vectors, points, graph, new = known
    scaled, moved = np.ldexp(vectors, exponent), np.ldexp(new, exponent)
    other = replace(graph, distances=np.ldexp(graph.distances, exponent))
    plain = place(new, vectors, points, graph=graph).points
    np.testing.assert_allclose(place(moved, scaled, points, graph=other).points, plain, rtol=1e-4, atol=1e-4)


def test_a_stray_neighbour_does_not_drag_a_place_into_the_void(graph_of):
    vectors = np.random.default_rng(0).normal(size=(10, 5)).astype(np.float32)
    points = np.zeros((10, 2), np.float32)
    points[:, 0] = np.arange(10) * 0.1
    points[9] = 1000
    placed = place(vectors.mean(axis=0, keepdims=True), vectors, points, graph=graph_of(vectors, 9), n_neighbors=10)
    assert np.abs(placed.points).max() < 1


def test_vectors_far_from_all_are_off_the_map(known):
    vectors, points, graph, new = known
    placed = place(np.stack([new[0], new[0] + 1000]), vectors, points, graph=graph)
    assert placed.is_off.tolist() == [False, True]
    assert placed.reach == pytest.approx(np.quantile(graph.distances[:, 0], 0.99))


def test_a_map_of_one_point_takes_everything(graph_of):
    one = np.ones((1, 3), np.float32)
    placed = place(np.eye(3), one, [[2.0, 3.0]], graph=graph_of(one, 0))
    np.testing.assert_array_equal(placed.points, np.tile([2.0, 3.0], (3, 1)))


def test_placing_nothing_gives_nothing(known):
    vectors, points, graph, new = known
    assert place(new[:0], vectors, points, graph=graph).points.shape == (0, 2)


def test_what_does_not_fit_is_refused(known, graph_of):
    vectors, points, graph, new = known
    with pytest.raises(InputError, match="240 vectors, 239 points"):
        place(new, vectors, points[:-1], graph=graph)
    with pytest.raises(InputError, match="queries have 5 dimensions"):
        place(new[:, :5], vectors, points, graph=graph)
    with pytest.raises(InputError, match="holds no points"):
        place(new, vectors[:0], points[:0], graph=graph_of(vectors[:0], 0))
