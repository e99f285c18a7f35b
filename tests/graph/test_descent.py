from __future__ import annotations

import numpy as np
import pytest

from asterism import _native
from asterism.errors import InputError
from asterism.graph import build as room
from asterism.graph import build_graph
from asterism.graph.descent import DescentOptions, approximate_neighbors, measure_recall


def clusters(rng, n, d, *, count=40):
    """Overlapping groups, which are harder than they look and easier than noise; like texts."""
    return (rng.normal(size=(count, d))[rng.integers(0, count, n)] + 0.7 * rng.normal(size=(n, d))).astype(np.float32)


def shares(graph, exact):
    return np.mean(
        [len(set(a) & set(b)) for a, b in zip(graph.neighbors.tolist(), exact.neighbors.tolist(), strict=True)]
    )


@pytest.fixture
def every_kernel():
    """Gives the levels of vector instructions that run here, and puts back the widest."""
    best = _native.cpu_features()["best"]
    levels = ["base", "avx2", "avx512"]
    yield levels[: levels.index(best) + 1]
    _native.limit_cpu(best)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_most_neighbours_are_found_and_the_recall_is_told(rng, metric):
    vectors = clusters(rng, 4000, 40)
    graph = build_graph(vectors, n_neighbors=15, metric=metric, method="nn-descent")
    exact = build_graph(vectors, n_neighbors=15, metric=metric, method="exact")
    recall = shares(graph, exact) / 15
    assert recall > 0.97
    assert graph.method == "nn-descent"
    assert graph.recall_sample == 500
    assert graph.recall == pytest.approx(recall, abs=0.02)


def test_distances_of_found_neighbours_have_the_bits_of_the_exact_graph(rng):
    vectors = clusters(rng, 2000, 24)
    graph = build_graph(vectors, n_neighbors=10, method="nn-descent")
    exact = build_graph(vectors, n_neighbors=10, method="exact")
    same = (graph.neighbors == exact.neighbors).all(axis=1)
    assert same.mean() > 0.9
    np.testing.assert_array_equal(graph.distances[same], exact.distances[same])
    assert (np.diff(graph.distances, axis=1) >= 0).all()


@pytest.mark.parametrize("k", [1, 15, 60])
def test_bits_do_not_depend_on_threads_with_duplicates(rng, k):
    vectors = clusters(rng, 3000, 20)
    vectors[2000:2900] = vectors[:900]
    graphs = [build_graph(vectors, n_neighbors=k, method="nn-descent", threads=threads) for threads in (1, 2, 4)]
    assert len({graph.neighbors.tobytes() + graph.distances.tobytes() for graph in graphs}) == 1
    assert graphs[0].neighbors.shape == (2100, k)


def test_bits_do_not_depend_on_the_instructions_of_the_machine(rng, every_kernel):
    vectors = clusters(rng, 1500, 70)
    found = []
    for level in every_kernel:
        _native.limit_cpu(level)
        found.append(approximate_neighbors(vectors, 9, metric="euclidean")[0])
    for ids in found[1:]:
        np.testing.assert_array_equal(ids, found[0])


def test_exact_search_agrees_over_the_instructions_of_the_machine(rng, every_kernel):
    vectors = clusters(rng, 700, 33)
    found = []
    for level in every_kernel:
        _native.limit_cpu(level)
        found.append(build_graph(vectors, n_neighbors=9))
    for graph in found[1:]:
        np.testing.assert_array_equal(graph.neighbors, found[0].neighbors)
        np.testing.assert_allclose(graph.distances, found[0].distances, atol=1e-6)


def test_the_seed_decides(rng):
    vectors = clusters(rng, 2000, 30)
    options = DescentOptions(trees=1, rounds=1, sample=4)
    first, again, other = (
        approximate_neighbors(vectors, 5, metric="cosine", seed=seed, options=options)[0] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_no_vector_is_its_own_neighbour_and_none_comes_twice(rng):
    ids, _, _ = approximate_neighbors(clusters(rng, 1200, 8), 30, metric="euclidean")
    assert (ids != np.arange(1200)[:, None]).all()
    assert all(len(set(row)) == 30 for row in ids.tolist())


def test_vectors_that_round_to_the_same_bytes_still_end(rng):
    vectors = np.ones((3000, 4), np.float32)
    vectors[0] = 1e6
    vectors[1:, 0] += np.arange(2999, dtype=np.float32) * 1e-4
    ids, distances, _ = approximate_neighbors(vectors, 5, metric="euclidean")
    assert (ids >= 0).all()
    assert np.isfinite(distances).all()


def test_vectors_that_met_too_few_others_are_searched_exactly(rng):
    vectors = clusters(rng, 1000, 6)
    options = DescentOptions(trees=1, leaf=3, rounds=0)
    ids, distances, did = approximate_neighbors(vectors, 5, metric="cosine", options=options)
    exact = build_graph(vectors, n_neighbors=5, method="exact")
    np.testing.assert_array_equal(ids, exact.neighbors)
    np.testing.assert_array_equal(distances, exact.distances)
    assert did["completed"] == 1000


def test_many_vectors_are_searched_approximately_and_said_to_be(rng, monkeypatch):
    monkeypatch.setattr(room, "EXACT_UP_TO", 1000)
    heard = []

    class Report:
        def start(self, stage, total=None, *, unit=""):  # noqa: ARG002
            heard.append((stage, unit))

        def advance(self, n=1, *, detail=""):
            pass

        def done(self):
            pass

        def remark(self, message):
            heard.append(message)

    graph = build_graph(clusters(rng, 1001, 10), n_neighbors=5, report=Report())
    assert graph.method == "nn-descent"
    assert heard[0] == ("neighbours", "steps")
    assert "approximate" in heard[1]
    assert graph.params["rounds"] >= 1
    assert build_graph(clusters(rng, 1000, 10), n_neighbors=5).method == "exact"


def test_recall_counts_what_is_missing(rng):
    vectors = clusters(rng, 300, 12)
    exact = build_graph(vectors, n_neighbors=4).neighbors.copy()
    assert measure_recall(vectors, exact, metric="cosine") == (1.0, 300)
    exact[:, 3] = -1
    assert measure_recall(vectors, exact, metric="cosine") == (0.75, 300)


@pytest.mark.parametrize("option", [{"sample": 65}, {"sample": 0}, {"leaf": 1}, {"trees": 0}, {"rounds": -1}])
def test_options_that_the_search_cannot_hold_are_refused(option):
    with pytest.raises(InputError, match=f"{next(iter(option))} is"):
        DescentOptions(**option)


def test_vectors_of_more_dimensions_than_bytes_can_be_summed_are_searched_exactly(rng, monkeypatch):
    monkeypatch.setattr(room, "EXACT_UP_TO", 10)
    monkeypatch.setattr(room, "MOST_DIMENSIONS", 8)
    vectors = rng.normal(size=(1000, 9))
    assert build_graph(vectors, n_neighbors=3).method == "exact"
    assert build_graph(vectors[:, :8], n_neighbors=3).method == "nn-descent"
    with pytest.raises(InputError, match="'nn-descent' for vectors of 9 dimensions; expected at most 8"):
        build_graph(vectors, n_neighbors=3, method="nn-descent")


def test_few_vectors_are_refused_by_the_approximate_search(rng):
    with pytest.raises(InputError, match="'nn-descent' for 999 distinct vectors; expected at least 1000"):
        build_graph(rng.normal(size=(999, 3)), n_neighbors=3, method="nn-descent")


@pytest.mark.parametrize("method", ["exact", "nn-descent"])
def test_control_c_ends_the_search(rng, method, press_control_c):
    vectors = rng.normal(size=(60_000, 300)).astype(np.float32)
    with pytest.raises(KeyboardInterrupt):  # with two threads it takes many seconds on any machine
        build_graph(vectors, n_neighbors=15, method=method, threads=2, report=press_control_c("start"))
