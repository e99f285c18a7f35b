from __future__ import annotations

import numpy as np
import pytest

from asterism.graph import build_graph, row_neighbors
from asterism.graph.rows import distinct_rows


def reference(graph, k):
    """Every row in turn: its twins by index, then the rows of its neighbours by distance and index."""
    ids, distances = [], []
    for row, entry in enumerate(graph.rows):
        twins = [(0.0, other) for other in np.flatnonzero(graph.rows == entry) if other != row]
        near = [
            (float(distance), int(other))
            for neighbor, distance in zip(graph.neighbors[entry], graph.distances[entry], strict=True)
            for other in np.flatnonzero(graph.rows == neighbor)
        ]
        best = (twins + sorted(near) + [(np.inf, -1)] * k)[:k]
        ids.append([other for _, other in best])
        distances.append([distance for distance, _ in best])
    return np.array(ids, np.int32).reshape(len(ids), k), np.array(distances, np.float32).reshape(len(ids), k)


@pytest.mark.parametrize("k", [0, 1, 4, 10, 30])
def test_rows_with_twins_fan_out_as_the_slow_way_does(rng, k):
    vectors = rng.normal(size=(150, 3)).astype(np.float32)[rng.integers(0, 90, 150)]
    graph = build_graph(vectors, n_neighbors=6)
    ids, distances = row_neighbors(graph, k)
    expected_ids, expected_distances = reference(graph, k)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(distances, expected_distances)


def test_equal_distances_are_ordered_by_row_across_entries():
    vectors = np.eye(4)[[0, 1, 2, 1, 2, 1, 3]]
    ids, _ = row_neighbors(build_graph(vectors, n_neighbors=3), 6)
    np.testing.assert_array_equal(ids[0], [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(ids[3], [1, 5, 0, 2, 4, 6])


def test_twins_come_before_another_vector_of_the_same_direction():
    vectors = np.array([[1.0, 1.0], [2.0, 2.0], [1.0, 1.0], [0.0, 1.0]])
    ids, distances = row_neighbors(build_graph(vectors, n_neighbors=2), 2)
    np.testing.assert_array_equal(ids[0], [2, 1])
    np.testing.assert_allclose(distances[0], 0, atol=1e-14)


def test_rows_without_twins_are_those_of_the_graph(rng):
    graph = build_graph(rng.normal(size=(30, 4)), n_neighbors=5)
    ids, distances = row_neighbors(graph, 3)
    np.testing.assert_array_equal(ids, graph.neighbors[:, :3])
    np.testing.assert_array_equal(distances, graph.distances[:, :3])
    assert (row_neighbors(graph, 7)[0][:, 5:] == -1).all()


def test_distinct_rows_are_those_of_numpy(rng):
    vectors = rng.integers(0, 3, size=(3000, 4)).astype(np.float32)
    rows, first = distinct_rows(vectors, threads=2)
    np.testing.assert_array_equal(vectors[first][rows], vectors)
    assert len(first) == len(np.unique(vectors, axis=0))
    np.testing.assert_array_equal(first, np.sort(np.unique(vectors, axis=0, return_index=True)[1]))


def test_no_rows_have_no_distinct_ones():
    rows, first = distinct_rows(np.zeros((0, 3), np.float32))
    assert rows.shape == first.shape == (0,)
