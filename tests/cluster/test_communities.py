"""Groups of a neighbour graph."""

from __future__ import annotations

import numpy as np
import pytest
from asterism._native import communities

from asterism.cluster import cluster, compare_labels, noise_shares
from asterism.errors import InputError
from asterism.graph import build_graph
from asterism.values import Clustering, NeighborGraph


def blobs(rng: np.random.Generator, n_groups: int = 6, size: int = 60, spread: float = 0.4) -> tuple:
    labels = np.repeat(np.arange(n_groups), size)
    centres = np.linalg.qr(rng.standard_normal((n_groups + 10, n_groups + 10)))[0][:n_groups]
    vectors = centres[labels] + spread * rng.standard_normal((len(labels), n_groups + 10)) / 4
    return vectors.astype(np.float32), labels


def graph_of(vectors: np.ndarray, k: int = 15) -> NeighborGraph:
    return build_graph(vectors, n_neighbors=k)


def modularity(graph: NeighborGraph, level: np.ndarray, k: int, resolution: float) -> float:
    """Straight from its definition, on the dense matrix."""
    n = len(level)
    weights = np.zeros((n, n))
    np.add.at(weights, (np.repeat(np.arange(n), k), graph.neighbors[:, :k].ravel()), 1)
    weights += weights.T
    strength, total = weights.sum(axis=1), weights.sum()
    same = level[:, None] == level[None]
    return float(((weights - resolution * np.outer(strength, strength) / total) * same).sum() / total)


def test_separate_groups_are_found(rng: np.random.Generator) -> None:
    vectors, labels = blobs(rng)
    found = cluster(graph_of(vectors), resolutions=[1])
    assert compare_labels(found.levels[0], labels).ari == 1
    assert np.bincount(found.levels[0]).tolist() == [60] * 6


def test_modularity_is_no_lower_than_that_of_networkx(rng: np.random.Generator) -> None:
    networkx = pytest.importorskip("networkx", reason="networkx is the reference here")
    graph = graph_of(rng.standard_normal((300, 6)).astype(np.float32))
    net = networkx.Graph()
    for i, near in enumerate(graph.neighbors.tolist()):
        for j in near:
            weight = net.get_edge_data(i, j, {"weight": 0})["weight"]
            net.add_edge(i, j, weight=weight + 1)
    for resolution in (0.5, 1, 3):
        ours = cluster(graph, resolutions=[resolution], min_size=1).levels[0]
        theirs = np.empty(300, int)
        for number, members in enumerate(networkx.community.louvain_communities(net, resolution=resolution, seed=0)):
            theirs[list(members)] = number
        reached = modularity(graph, theirs, 15, resolution)
        assert modularity(graph, ours, 15, resolution) > reached - 0.005


def test_every_cluster_is_connected(rng: np.random.Generator) -> None:
    csgraph = pytest.importorskip("scipy.sparse.csgraph", reason="scipy is the reference here")
    sparse = pytest.importorskip("scipy.sparse")
    graph = graph_of(rng.standard_normal((2000, 3)).astype(np.float32))
    level = cluster(graph, resolutions=[2], min_size=1).levels[0]
    source = np.repeat(np.arange(2000), 15)
    to = graph.neighbors.ravel()
    inside = level[source] == level[to]
    net = sparse.coo_matrix((np.ones(inside.sum()), (source[inside], to[inside])), shape=(2000, 2000))
    assert csgraph.connected_components(net, directed=False)[0] == level.max() + 1


def test_levels_are_nested_and_coarse_first(rng: np.random.Generator) -> None:
    found = cluster(graph_of(rng.standard_normal((3000, 8)).astype(np.float32)), min_size=1)
    assert len(found.levels) >= 3
    for coarse, fine in zip(found.levels, found.levels[1:], strict=False):
        assert coarse.max() < fine.max()
        assert len(np.unique(np.stack((coarse, fine)), axis=1).T) == fine.max() + 1


def test_the_same_seed_gives_the_same_clusters_and_another_similar_ones(rng: np.random.Generator) -> None:
    graph = graph_of(blobs(rng, spread=0.9)[0])
    first, again, other = (cluster(graph, seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first.levels, again.levels, strict=True))
    assert compare_labels(first.levels[0], other.levels[0]).ari > 0.9


def test_clusters_are_numbered_from_the_largest(rng: np.random.Generator) -> None:
    for level in cluster(graph_of(rng.standard_normal((800, 4)).astype(np.float32))).levels:
        sizes = np.bincount(level[level >= 0])
        assert (np.diff(sizes) <= 0).all()


def test_small_groups_are_noise_and_their_share_is_told(rng: np.random.Generator) -> None:
    vectors, labels = blobs(rng, n_groups=3, size=40)
    lone = -vectors[:3] * 5
    found = cluster(graph_of(np.concatenate((vectors, lone)), k=2), resolutions=[1], min_size=8)
    assert (found.levels[0][labels.size :] == -1).all()
    assert 3 / 123 <= noise_shares(found)[0] < 0.5


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_vectors_are_no_trouble(n: int) -> None:
    found = cluster(graph_of(np.eye(3, dtype=np.float32)[:n]))
    assert all(level.shape == (n,) for level in found.levels)
    assert len(found.levels) >= 1


def test_vectors_all_equal_are_noise_of_one() -> None:
    found = cluster(graph_of(np.ones((50, 3), np.float32)))
    assert [level.tolist() for level in found.levels] == [[-1]]


def test_a_few_dozen_words_fall_into_their_groups(rng: np.random.Generator) -> None:
    vectors, labels = blobs(rng, n_groups=4, size=8, spread=0.6)
    found = cluster(graph_of(vectors))
    assert compare_labels(found.levels[0], labels).ari > 0.9


@pytest.mark.parametrize("resolutions", [[], [0], [-1], [float("nan")], [float("inf")]])
def test_resolutions_that_make_no_sense_are_refused(resolutions: list[float]) -> None:
    with pytest.raises(InputError, match="resolutions"):
        cluster(graph_of(np.eye(3, dtype=np.float32)), resolutions=resolutions)


def test_levels_that_repeat_each_other_are_told_once(rng: np.random.Generator) -> None:
    vectors, _ = blobs(rng, n_groups=3, size=30, spread=0.01)
    found = cluster(graph_of(vectors, k=29), resolutions=[0.5, 0.6, 0.7])
    assert len(found.levels) == 1


def test_two_cliques_joined_by_an_edge_are_two_communities() -> None:
    edges = [(a, b) for base in (0, 5) for a in range(base, base + 5) for b in range(base, base + 5) if a != b]
    edges = sorted([*edges, (4, 5), (5, 4)])
    source, to = np.array(edges, np.int32).T
    start = np.searchsorted(source, np.arange(11)).astype(np.int64)
    of = np.empty(10, np.int32)
    strength = np.bincount(source).astype(float)
    communities(start, np.ascontiguousarray(to), np.ones(len(to)), strength, 1.0 / strength.sum(), 3, 0, of)
    assert of.tolist() == [of[0]] * 5 + [of[5]] * 5
    assert of[0] != of[5]


def test_noise_share_of_nothing_is_nothing() -> None:
    assert noise_shares(Clustering((np.empty(0, np.int32),), "leiden")) == (0.0,)


def test_a_level_of_everything_is_told_only_where_it_is_all_there_is(rng: np.random.Generator) -> None:
    graph = graph_of(rng.standard_normal((500, 4)).astype(np.float32))
    found = cluster(graph, resolutions=[1e-6, 1])
    assert len(found.levels) == 1
    assert found.levels[0].max() > 1
    assert (found.params["resolutions"], found.params["asked"]) == ((1.0,), (1e-6, 1.0))
    assert len(cluster(graph, resolutions=[1e-6]).levels) == 1


def test_the_number_of_threads_changes_nothing(rng: np.random.Generator) -> None:
    graph = build_graph(rng.standard_normal((600, 8)).astype(np.float32), n_neighbors=10)
    alone, together = (cluster(graph, threads=threads) for threads in (1, 3))
    for one, other in zip(alone.levels, together.levels, strict=True):
        np.testing.assert_array_equal(one, other)
