from __future__ import annotations

import numpy as np
import pytest
from asterism._native import limit_cpu

from asterism.errors import ComputeError, InputError
from asterism.project import neighbors_wanted, project
from asterism.project.affinity import Weights
from asterism.project.umap import curve, guided, memberships
from plain_tsne import dense


def reference_memberships(graph, k):
    """The formulas of McInnes, Healy & Melville 2018, point by point."""
    n = len(graph.neighbors)
    directed = np.zeros((n, n))
    for i in range(n):
        d = graph.distances[i, :k].astype(np.float64)
        rho = d[d > 0].min() if (d > 0).any() else 0.0
        beyond = np.maximum(d - rho, 0)
        low, high = 0.0, 1e3
        for _ in range(200):
            middle = (low + high) / 2
            total = np.exp(-beyond / middle).sum()
            low, high = (low, middle) if total > np.log2(k + 1) else (middle, high)
        directed[i, graph.neighbors[i, :k]] = np.exp(-beyond / middle)
    return directed + directed.T - directed * directed.T


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_memberships_follow_the_published_formulas(blobs, graph_of, metric):
    graph = graph_of(blobs, 14, metric)
    found = dense(memberships(graph, 14, threads=2))
    np.testing.assert_allclose(found, reference_memberships(graph, 14), atol=2e-4)


def test_memberships_equal_those_of_umap_learn(blobs, graph_of):
    umap_ = pytest.importorskip("umap.umap_", reason="umap-learn is no dependency; pip install umap-learn to compare")
    graph = graph_of(blobs, 14)
    rows = np.arange(len(blobs))
    theirs, _, _ = umap_.fuzzy_simplicial_set(
        blobs,
        15,
        np.random.RandomState(0),
        "euclidean",
        knn_indices=np.c_[rows, graph.neighbors],
        knn_dists=np.c_[np.zeros(len(rows)), graph.distances].astype(np.float32),
    )
    np.testing.assert_allclose(dense(memberships(graph, 14, threads=1)), theirs.toarray(), atol=2e-4)


@pytest.mark.parametrize(
    ("min_dist", "a", "b"),
    [(0.1, 1.576943460, 0.895060878), (0.0, 1.932808397, 0.790494973), (0.5, 0.583030020, 1.334166992)],
)
def test_curve_has_the_constants_of_umap_learn(min_dist, a, b):
    assert curve(min_dist, 1.0) == pytest.approx((a, b), rel=1e-5)


@pytest.mark.parametrize("spread", [1e-3, 0.5, 20.0, 1e3])
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_the_curve_is_the_same_in_units_of_the_spread(spread, share):
    a, b = curve(share, 1.0)
    assert curve(share * spread, spread) == pytest.approx((a * spread ** (-2 * b), b), rel=1e-9)


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_bits_depend_neither_on_threads_nor_on_the_instruction_set(blobs, graph_of, dim):
    graph = graph_of(blobs, 14)

    def bits(threads, level):
        limit_cpu(level)
        try:
            return project("umap", blobs, graph, dim=dim, threads=threads, n_epochs=30).points.tobytes()
        finally:
            limit_cpu("avx512")

    assert len({bits(1, "avx512"), bits(2, "avx512"), bits(4, "avx512"), bits(2, "avx2"), bits(2, "base")}) == 1


@pytest.mark.parametrize("dim", [1, 2, 3, 10])
def test_groups_end_apart(blobs, graph_of, dim):
    points = project("umap", blobs, graph_of(blobs, 14), dim=dim, n_epochs=200).points
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    group = np.arange(300) % 6
    assert (group[distances.argmin(axis=1)] == group).mean() > (0.99 if dim > 1 else 0.9)


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("n", range(11))
def test_any_number_of_vectors_gives_as_many_points(graph_of, n, dim):
    vectors = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    points = project("umap", vectors, graph_of(vectors, neighbors_wanted("umap", n)), dim=dim).points
    assert points.shape == (n, dim)
    assert np.isfinite(points).all()


def test_a_smaller_min_dist_packs_points_closer(blobs, graph_of):
    graph = graph_of(blobs, 14)

    def nearest(min_dist):
        points = project("umap", blobs, graph, min_dist=min_dist).points
        distances = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        return np.median(distances.min(axis=1))

    assert nearest(0.0) < nearest(0.8)


def test_labels_part_what_the_vectors_do_not(graph_of):
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(300, 5)).astype(np.float32)
    labels = rng.integers(0, 2, 300)
    graph = graph_of(vectors, 14)

    def agreement(**params):
        points = project("umap", vectors, graph, **params).points
        distances = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        return (labels[distances.argmin(axis=1)] == labels).mean()

    assert agreement(labels=labels, label_weight=0.9) > 0.9
    assert agreement() < 0.7


def test_vectors_among_other_labels_alone_keep_their_neighbours_at_any_weight(blobs, graph_of):
    graph = graph_of(blobs, 14)
    plain = memberships(graph, 14, threads=1)
    lone = guided(plain, np.arange(300), 0.999)
    assert np.isfinite(lone.weight).all()
    np.testing.assert_allclose(lone.weight, guided(plain, np.arange(300), 0.9).weight, rtol=1e-6)
    assert np.isfinite(project("umap", blobs, graph, labels=np.arange(300), label_weight=0.999).points).all()


def test_unknown_labels_weaken_all_alike():
    weights = Weights(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([0.5, 0.5], np.float32))
    np.testing.assert_allclose(guided(weights, np.array([-1, 3]), 0.5).weight, 1.0)


def test_seeds_draw_different_maps(blobs, graph_of):
    graph = graph_of(blobs, 14)
    first, again, other = (project("umap", blobs, graph, seed=s, n_epochs=20).points.tobytes() for s in (0, 0, 1))
    assert first == again != other


def test_a_signal_stops_the_descent(blobs, graph_of, press_control_c):
    graph = graph_of(blobs, 14)
    answer = project("umap", blobs, graph, n_epochs=1_000_000, report=press_control_c("advance"))
    assert answer.params["n_epochs"] < 1_000_000
    assert answer.notes[-1].startswith("Stopped by the user")


def test_a_wild_learning_rate_is_an_error_not_nan(blobs, graph_of):
    with pytest.raises(ComputeError, match="diverged in epoch 1"):
        project("umap", blobs, graph_of(blobs, 14), learning_rate=1e9)


def test_a_number_of_neighbours_is_said_to_be_reduced_only_where_it_was_asked_for(blobs, graph_of):
    few, graph = blobs[:8], graph_of(blobs[:8], 7)
    assert project("umap", few, graph).notes == ()
    told = project("umap", few, graph, n_neighbors=12).notes
    assert told == ("n_neighbors 12 was reduced to 8: 7 of each text are known.",)
    known = project("umap", blobs, graph_of(blobs, 5)).notes
    assert known == ("n_neighbors 15 was reduced to 6: 5 of each text are known.",)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"min_dist": 2}, "min_dist is 2; expected between 0 and 1"),
        ({"n_neighbors": 1}, "n_neighbors is 1"),
        ({"spread": 1e30}, "spread is 1e.30; expected between 0.001 and 1000"),
        ({"epochs": 3}, "umap has no parameter epochs"),
        ({"labels": ["a"] * 300}, "expected .300,. whole numbers"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(blobs, graph_of, params, message):
    with pytest.raises(InputError, match=message):
        project("umap", blobs, graph_of(blobs, 14), **params)
