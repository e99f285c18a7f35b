from __future__ import annotations

import numpy as np
import pytest

from asterism._topk import nearest_rows, pair_distances, ranked_rows, shared
from asterism.errors import InputError
from asterism.graph import build_graph, row_neighbors


class Remarks:
    """A Reporter that keeps what it hears."""

    def __init__(self):
        self.remarks, self.advanced, self.totals = [], 0, []

    def start(self, stage, total=None, *, unit=""):  # noqa: ARG002
        self.totals.append(total)

    def advance(self, n=1, *, detail=""):  # noqa: ARG002
        self.advanced += n

    def done(self):
        pass

    def remark(self, message):
        self.remarks.append(message)


def all_distances(vectors, metric):
    rows = np.asarray(vectors, np.float64)
    if metric == "cosine":
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return 1 - rows @ rows.T
    return np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(axis=2))


def reference(vectors, k, metric):
    distances = all_distances(vectors, metric)
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


@pytest.mark.parametrize(
    ("n", "d", "metric"),
    [(50, 1, "euclidean"), (333, 5, "cosine"), (700, 37, "euclidean"), (700, 37, "cosine"), (130, 384, "cosine")],
)
def test_exact_graph_equals_brute_force(rng, n, d, metric):
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    graph = build_graph(vectors, n_neighbors=12, metric=metric)
    neighbors, distances = reference(vectors, 12, metric)
    np.testing.assert_array_equal(graph.neighbors, neighbors)
    np.testing.assert_allclose(graph.distances, distances, rtol=2e-5, atol=2e-7)
    assert graph.method == "exact"
    assert graph.recall == 1


def test_exact_graph_equals_that_of_scikit_learn(rng):
    from sklearn.neighbors import NearestNeighbors

    vectors = rng.normal(size=(400, 20)).astype(np.float32)
    distances, neighbors = NearestNeighbors(n_neighbors=7).fit(vectors).kneighbors()
    graph = build_graph(vectors, n_neighbors=7, metric="euclidean")
    np.testing.assert_array_equal(graph.neighbors, neighbors)
    np.testing.assert_allclose(graph.distances, distances, rtol=1e-5)


def test_near_rows_far_from_the_origin_keep_their_order(rng):
    vectors = (rng.normal(size=(300, 8)) + 1000).astype(np.float32)
    graph = build_graph(vectors, n_neighbors=5, metric="euclidean")
    np.testing.assert_array_equal(graph.neighbors, reference(vectors, 5, "euclidean")[0])


@pytest.mark.parametrize("size", [1e-30, 1e30])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_huge_and_tiny_numbers_neither_overflow_nor_vanish(rng, size, metric):
    vectors = rng.normal(size=(60, 6)).astype(np.float32)
    graph = build_graph(vectors * np.float32(size), n_neighbors=5, metric=metric)
    np.testing.assert_array_equal(graph.neighbors, build_graph(vectors, n_neighbors=5, metric=metric).neighbors)
    assert np.isfinite(graph.distances).all()


def test_ties_go_to_the_lower_index():
    graph = build_graph(np.eye(6), n_neighbors=3)
    np.testing.assert_array_equal(graph.neighbors[0], [1, 2, 3])
    np.testing.assert_array_equal(graph.neighbors[4], [0, 1, 2])
    assert (graph.distances == graph.distances[0, 0]).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_few_rows_have_all_the_others_as_neighbours(n, metric):
    graph = build_graph(np.eye(3, 4)[:n], n_neighbors=5, metric=metric)
    assert graph.neighbors.shape == (n, max(n - 1, 0))
    assert all(set(row) == set(range(n)) - {i} for i, row in enumerate(graph.neighbors.tolist()))
    assert (graph.params["n_neighbors"], graph.params["asked"]) == (max(n - 1, 0), 5)


def test_rows_all_equal_are_one_entry_without_neighbours():
    graph = build_graph(np.ones((5, 3)), n_neighbors=2)
    assert graph.neighbors.shape == (1, 0)
    np.testing.assert_array_equal(graph.rows, np.zeros(5))
    np.testing.assert_array_equal(row_neighbors(graph, 2)[0][3], [0, 1])


def test_equal_rows_are_one_entry_and_negative_zero_equals_zero(rng):
    vectors = rng.normal(size=(40, 5)).astype(np.float32)
    vectors[:, 2] = 0
    doubled = np.concatenate([vectors, vectors[::-1]])
    doubled[40:, 2] = -0.0
    graph = build_graph(doubled, n_neighbors=4)
    np.testing.assert_array_equal(graph.first, np.arange(40))
    np.testing.assert_array_equal(graph.rows, np.concatenate([np.arange(40), np.arange(40)[::-1]]))
    np.testing.assert_array_equal(graph.neighbors, build_graph(vectors, n_neighbors=4).neighbors)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_bits_do_not_depend_on_threads_with_duplicates(rng, metric):
    vectors = rng.normal(size=(900, 33)).astype(np.float32)
    vectors[600:870] = vectors[:270]
    graphs = [build_graph(vectors, n_neighbors=9, metric=metric, threads=threads) for threads in (1, 2, 4)]
    assert len({graph.neighbors.tobytes() + graph.distances.tobytes() for graph in graphs}) == 1


def test_permuted_rows_give_the_permuted_graph(rng):
    vectors = rng.normal(size=(500, 16)).astype(np.float32)
    order = rng.permutation(500)
    plain, permuted = build_graph(vectors, n_neighbors=8), build_graph(vectors[order], n_neighbors=8)
    np.testing.assert_array_equal(order[permuted.neighbors], plain.neighbors[order])
    np.testing.assert_array_equal(permuted.distances, plain.distances[order])


def test_the_same_query_has_the_same_bits_alone_and_in_a_crowd(rng):
    vectors = rng.normal(size=(700, 50)).astype(np.float32)
    together = nearest_rows(vectors[:300], vectors, 6, metric="euclidean")
    alone = nearest_rows(vectors[217:218], vectors, 6, metric="euclidean")
    np.testing.assert_array_equal(alone[0][0], together[0][217])
    np.testing.assert_array_equal(alone[1][0], together[1][217])


def test_search_fills_what_does_not_exist_with_minus_one(rng):
    vectors = rng.normal(size=(3, 4)).astype(np.float32)
    ids, distances = nearest_rows(vectors[:1], vectors, 5, metric="cosine", exclude=np.array([0]))
    assert ids[0, 2:].tolist() == [-1, -1, -1]
    assert np.isinf(distances[0, 2:]).all()
    assert nearest_rows(vectors[:0], vectors, 5, metric="cosine")[0].shape == (0, 5)
    assert nearest_rows(vectors, vectors[:0], 5, metric="euclidean")[0].tolist() == [[-1] * 5] * 3


def test_the_vectors_given_are_not_changed(rng):
    vectors = rng.normal(size=(100, 8)).astype(np.float32)
    before = vectors.copy()
    vectors.flags.writeable = False
    build_graph(vectors, n_neighbors=4)
    np.testing.assert_array_equal(vectors, before)


def test_memory_mapped_vectors_give_the_same_graph(rng, tmp_path):
    vectors = rng.normal(size=(200, 9)).astype(np.float32)
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    np.testing.assert_array_equal(
        build_graph(mapped, n_neighbors=5).neighbors, build_graph(vectors, n_neighbors=5).neighbors
    )


def test_progress_counts_every_vector(rng):
    report = Remarks()
    build_graph(rng.normal(size=(120, 4)), n_neighbors=3, report=report)
    assert report.totals == [120]
    assert report.advanced == 120
    assert report.remarks == []


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        (np.array([[0.0, np.nan]]), {}, "NaN or infinity, first in row 0"),
        (np.array([[1.0, 0.0], [0.0, 0.0]]), {}, "length 0 in row 1"),
        (np.eye(3), {"n_neighbors": 0}, "n_neighbors is 0; expected at least 1"),
        (np.eye(3), {"metric": "manhattan"}, "expected one of 'cosine', 'euclidean'"),
        (np.eye(3), {"method": "hnsw"}, "method is 'hnsw'"),
        (np.zeros((3, 0)), {}, "at least one dimension"),
    ],
)
def test_what_cannot_be_searched_is_refused(vectors, options, message):
    with pytest.raises(InputError, match=message):
        build_graph(vectors, **{"n_neighbors": 2, **options})


def test_queries_of_another_width_are_refused():
    with pytest.raises(InputError, match="queries have 3 dimensions and vectors 2"):
        nearest_rows(np.eye(3, dtype=np.float32), np.eye(2, dtype=np.float32), 1, metric="cosine")


def test_zero_vectors_are_neighbours_like_any_other_by_euclid():
    graph = build_graph(np.array([[0.0], [1.0], [3.0]]), n_neighbors=1, metric="euclidean")
    assert graph.neighbors.tolist() == [[1], [0], [1]]


@pytest.mark.parametrize("stray", [-2, 3])
def test_rows_that_are_not_there_are_refused_before_native_code_follows_them(stray):
    vectors, strays = np.eye(3, dtype=np.float32), np.array([[stray]], np.int32)
    for of, others in ((np.array([0]), strays), (strays[0], np.array([[0]]))):
        with pytest.raises(InputError, match="names rows from"):
            pair_distances(vectors, of, others, metric="euclidean")
    with pytest.raises(InputError, match="targets names rows from"):
        ranked_rows(vectors[:1], vectors, 1, strays, metric="euclidean")


def test_shared_rows_are_counted_and_missing_ones_are_not():
    a, b = np.array([[1, 2, -1], [4, 5, 6]]), np.array([[2, -1], [7, 8]])
    np.testing.assert_array_equal(shared(a, b), [1, 0])
