from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from asterism._native import Tsne, limit_cpu

from asterism.errors import ComputeError, InputError
from asterism.project import neighbors_wanted, project
from asterism.project.affinity import Weights, perplexity_weights, uniform_weights
from asterism.project.umap import memberships
from plain_tsne import dense, descend, divergence, gradient


@pytest.fixture
def weights(blobs, graph_of):
    return perplexity_weights(graph_of(blobs, 60), [20.0], threads=2)


def start(n, dim, scale=1.0):
    return (np.random.default_rng(2).normal(size=(n, dim)) * scale).astype(np.float32)


def native(points, weights, spacing=0.0):
    return Tsne(points, weights.start, weights.index, weights.weight, spacing, 4096)


@pytest.mark.parametrize("dim", [2, 3])
def test_gradient_is_that_of_the_divergence(weights, dim):
    points = start(300, dim).astype(np.float64)
    p = dense(weights)
    slope = 4 * gradient(p, points)
    for i, d in [(0, 0), (7, 1), (299, dim - 1)]:
        step = np.zeros_like(points)
        step[i, d] = 1e-5
        numeric = (divergence(p, points + step) - divergence(p, points - step)) / 2e-5
        assert slope[i, d] == pytest.approx(numeric, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("dim", [2, 3])
def test_native_gradient_equals_the_plain_one(weights, dim):
    points = start(300, dim, 3.0)
    found = native(points, weights).gradient(4.0, threads=2)
    expected = gradient(dense(weights), points.astype(np.float64), 4.0)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("dim", [2, 3])
def test_native_divergence_equals_the_plain_one(weights, dim):
    points = start(300, dim, 3.0)
    p = dense(weights)
    entropy = np.sum(p[p > 0] * np.log(p[p > 0]))
    assert native(points, weights).cost(threads=2) + entropy == pytest.approx(
        divergence(p, points.astype(np.float64)), rel=1e-5
    )


def test_native_descent_follows_the_plain_one(weights):
    points = start(300, 2, 1e-2)
    descent = native(points, weights)
    assert descent.run(20, 1.0, 25.0, 0.5, threads=2, seconds=1e9) == 20
    expected = descend(
        dense(weights), points.astype(np.float64), count=20, exaggeration=1.0, learning_rate=25.0, momentum=0.5
    )
    np.testing.assert_allclose(descent.points(), expected, atol=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("n", range(11))
def test_any_number_of_vectors_gives_as_many_points(graph_of, n, dim):
    vectors = start(n, 5)
    answer = project("tsne", vectors, graph_of(vectors, neighbors_wanted("tsne", n)), dim=dim, threads=1)
    assert answer.points.shape == (n, dim)
    assert np.isfinite(answer.points).all()


@pytest.mark.parametrize(("method", "name"), [("tsne", "t-SNE"), ("umap", "UMAP")])
def test_three_vectors_keep_their_distances_and_the_map_says_so(graph_of, method, name):
    vectors = start(3, 5)
    drawn = project(method, vectors, graph_of(vectors, 2))
    assert drawn.notes == (f"So few texts (3) are drawn at their true distances, without {name}.",)
    points = drawn.points
    for i, j in [(0, 1), (0, 2), (1, 2)]:
        assert np.linalg.norm(points[i] - points[j]) == pytest.approx(np.linalg.norm(vectors[i] - vectors[j]), rel=1e-4)


@pytest.mark.parametrize("dim", [2, 3])
def test_bits_do_not_depend_on_threads(blobs, graph_of, dim):
    graph = graph_of(blobs, 90)
    answers = {project("tsne", blobs, graph, dim=dim, threads=t).points.tobytes() for t in (1, 2, 4)}
    assert len(answers) == 1


def test_seeds_give_different_maps_of_like_divergence(blobs, graph_of):
    graph = graph_of(blobs, 90)
    first, again, other = (project("tsne", blobs, graph, seed=seed) for seed in (0, 0, 1))
    assert first.points.tobytes() == again.points.tobytes() != other.points.tobytes()
    assert first.params["kl"] == pytest.approx(other.params["kl"], rel=0.05)


def test_groups_end_apart(blobs, graph_of):
    points = project("tsne", blobs, graph_of(blobs, 90)).points
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    group = np.arange(300) % 6
    assert (group[distances.argmin(axis=1)] == group).mean() == 1.0


def test_vectors_on_a_line_do_not_stay_on_one(graph_of):
    vectors = np.arange(60, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    points = project("tsne", vectors, graph_of(vectors, 57)).points
    assert points.std(axis=0).min() > 0.1


def test_equal_distances_give_equal_weights(graph_of):
    corners = np.eye(12, dtype=np.float32)
    weights = perplexity_weights(graph_of(corners, 11), [5.0], threads=1)
    np.testing.assert_allclose(weights.weight, 1 / (12 * 11), rtol=1e-5)


def test_groups_without_a_link_are_laid_out(graph_of):
    vectors = start(60, 4)
    vectors[30:] += 1e6
    points = project("tsne", vectors, graph_of(vectors, 10), affinity="uniform", n_neighbors=10).points
    assert np.isfinite(points).all()
    assert np.linalg.norm(points[:30].mean(axis=0) - points[30:].mean(axis=0)) > 1


@pytest.mark.parametrize("perplexity", [2.0, 5.0, 30.0, 59.0])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_perplexity_is_reached(blobs, graph_of, perplexity, metric):
    from asterism._native import perplexity_weights as calibrate

    from asterism.project.affinity import squared_distances

    directed, entropies = calibrate(squared_distances(graph_of(blobs, 60, metric)), perplexity, 2)
    p = directed.astype(np.float64)
    entropy = -np.sum(p * np.log(np.maximum(p, 1e-300)), axis=1)
    np.testing.assert_allclose(np.exp(entropy), perplexity, rtol=1e-5)
    np.testing.assert_allclose(entropies, np.log(perplexity), atol=1e-5)


@pytest.mark.parametrize("scales", [[10.0], [5.0, 20.0]])
def test_weights_are_symmetric_and_sum_to_one(blobs, graph_of, scales):
    p = dense(perplexity_weights(graph_of(blobs, 60), scales, threads=2))
    np.testing.assert_array_equal(p, p.T)
    assert p.sum() == pytest.approx(1, rel=1e-5)
    assert (np.diag(p) == 0).all()


@pytest.mark.parametrize("exponent", [-100, -40, 40, 100])
def test_the_unit_of_distances_does_not_change_the_weights(blobs, graph_of, exponent):
    graph = graph_of(blobs, 60)
    other = replace(graph, distances=np.ldexp(graph.distances, exponent))
    for weigh in (lambda g: perplexity_weights(g, [20.0], threads=1), lambda g: memberships(g, 14, threads=1)):
        np.testing.assert_allclose(weigh(other).weight, weigh(graph).weight, rtol=1e-4)


def test_uniform_weights_count_mutual_neighbours_twice(graph_of):
    line = np.array([[0.0], [1.0], [3.0]], dtype=np.float32)
    p = dense(uniform_weights(graph_of(line, 2), 1, threads=1))
    np.testing.assert_allclose(p, np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0]]) / 6, rtol=1e-6)


def test_a_small_graph_reduces_the_perplexity_and_says_so(blobs, graph_of):
    answer = project("tsne", blobs, graph_of(blobs, 15))
    assert answer.params["perplexity"] == 5
    assert "Perplexity 30 was reduced to 5" in answer.notes[0]


def test_neighbours_wanted_follow_the_parameters():
    assert neighbors_wanted("tsne", 1000) == 90
    assert neighbors_wanted("tsne", 1000, perplexity=[30, 50]) == 150
    assert neighbors_wanted("tsne", 100_000) == 15
    assert neighbors_wanted("tsne", 5) == 4
    assert neighbors_wanted("tsne", 0) == 0


def test_naming_neighbours_asks_for_uniform_weights(blobs, graph_of):
    assert neighbors_wanted("tsne", 300, n_neighbors=7) == 7
    used = project("tsne", blobs, graph_of(blobs, 7), n_neighbors=7, n_iterations=1).params
    assert (used["affinity"], used["n_neighbors"]) == ("uniform", 7)


def test_a_wider_graph_gives_the_same_map(blobs, graph_of):
    maps = [project("tsne", blobs, graph_of(blobs, k), perplexity=10, n_iterations=20).points for k in (30, 120)]
    np.testing.assert_array_equal(*maps)


class Stop:
    """A reporter that stands for someone pressing Ctrl-C after 100 iterations."""

    def __init__(self):
        self.done_so_far = 0
        self.is_done = False

    def start(self, stage, total=None, *, unit=""):
        assert (stage, total, unit) == ("t-SNE", 750, "iterations")

    def advance(self, n=1, *, detail=""):
        self.done_so_far += n
        assert not detail or (detail.startswith("KL ") and self.done_so_far % 50 == 0)
        if self.done_so_far >= 100:
            raise KeyboardInterrupt

    def done(self):
        self.is_done = True

    def remark(self, message):
        assert message == "Stopped by the user after 100 of 750 iterations."


def test_an_interrupt_returns_the_last_iteration_and_ends_the_stage(blobs, graph_of):
    report = Stop()
    answer = project("tsne", blobs, graph_of(blobs, 90), report=report)
    assert report.is_done
    assert answer.params["iterations"] == 100
    assert np.isfinite(answer.points).all()


def test_a_signal_stops_the_descent(blobs, graph_of, press_control_c):
    graph = graph_of(blobs, 90)
    answer = project("tsne", blobs, graph, n_iterations=1_000_000, report=press_control_c("advance"))
    assert answer.params["iterations"] < 1_000_250
    assert answer.notes[-1].startswith("Stopped by the user")


def test_another_order_of_rows_gives_the_same_forces(blobs, graph_of):
    order = np.random.default_rng(6).permutation(300)
    points = start(300, 2, 5.0)
    straight = native(points, perplexity_weights(graph_of(blobs, 60), [20.0], threads=1)).gradient(1.0, 1)
    shuffled = perplexity_weights(graph_of(blobs[order], 60), [20.0], threads=1)
    found = native(points[order], shuffled).gradient(1.0, 1)
    np.testing.assert_allclose(found, straight[order], atol=1e-4 * np.abs(straight).max())


def test_more_exaggeration_gives_a_denser_map(blobs, graph_of):
    graph = graph_of(blobs, 90)
    spreads = [project("tsne", blobs, graph, exaggeration=rho).points.std() for rho in (1, 4, 30)]
    assert spreads[0] > spreads[1] > spreads[2]


def test_a_wild_learning_rate_is_an_error_not_nan(blobs, graph_of):
    with pytest.raises(ComputeError, match="diverged in iteration 1"):
        project("tsne", blobs, graph_of(blobs, 90), learning_rate=1e30)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"perplexity": 0.5}, "perplexity is 0.5"),
        ({"perplexities": 3}, "tsne has no parameter perplexities"),
        ({"affinity": "x"}, "affinity is 'x'"),
        ({"exaggeration": 0}, "exaggeration is 0"),
        ({"affinity": "uniform", "perplexity": 3}, "leave one of them out"),
        ({"n_neighbors": 5, "perplexity": 3}, "Leave one of them out"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(blobs, graph_of, params, message):
    with pytest.raises(InputError, match=message):
        project("tsne", blobs, graph_of(blobs, 10), **params)


@pytest.mark.parametrize(("dim", "spread"), [(2, 1.0), (2, 15.0), (3, 4.0)])
@pytest.mark.parametrize(("spacing", "allowed"), [(1.0, 0.3), (0.5, 0.05), (0.25, 0.006)])
def test_repulsion_on_the_grid_approaches_the_exact_one(dim, spread, spacing, allowed):
    points = start(1500, dim, spread)
    apart = Weights(np.zeros(1501, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    exact, grid = native(points, apart), native(points, apart, spacing)
    forces = [descent.gradient(1.0, 2) * descent.normalizer() for descent in (exact, grid)]
    assert np.linalg.norm(forces[1] - forces[0]) < allowed * np.linalg.norm(forces[0])
    assert grid.normalizer() == pytest.approx(exact.normalizer(), rel=0.01)
    assert grid.spacing() == pytest.approx(spacing)


def test_a_wide_map_gets_a_coarser_grid_not_a_larger_one():
    points = start(500, 2, 300.0)
    apart = Weights(np.zeros(501, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    descent = Tsne(points, apart.start, apart.index, apart.weight, 0.5, 256)
    descent.gradient(1.0, 1)
    assert np.ptp(points, axis=0).max() / 256 < descent.spacing() < 10


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("spacing", [0.0, 1.0])
def test_bits_depend_neither_on_threads_nor_on_the_instruction_set(weights, dim, spacing):
    points = start(300, dim)

    def bits(threads, level):
        limit_cpu(level)
        try:
            descent = native(points, weights, spacing)
            descent.run(30, 4.0, 25.0, 0.8, threads=threads, seconds=1e9)
            descent.reorder(threads)
            descent.run(30, 1.0, 100.0, 0.8, threads=threads, seconds=1e9)
            return descent.points().tobytes()
        finally:
            limit_cpu("avx512")

    assert len({bits(1, "avx512"), bits(2, "avx512"), bits(4, "avx512"), bits(2, "avx2"), bits(2, "base")}) == 1


def test_order_in_memory_does_not_change_who_is_who(weights):
    points = start(300, 2, 5.0)
    descent = native(points, weights)
    before = descent.gradient(1.0, 1)
    descent.reorder(1)
    np.testing.assert_array_equal(descent.points(), points)
    np.testing.assert_allclose(descent.gradient(1.0, 1), before, atol=1e-4 * np.abs(before).max())


def test_many_vectors_are_laid_out_on_the_grid_as_well_as_exactly(graph_of, monkeypatch):
    rng = np.random.default_rng(3)
    vectors = (rng.normal(size=(40, 10))[np.arange(1200) % 40] * 3 + rng.normal(size=(1200, 10))).astype(np.float32)
    graph = graph_of(vectors, 90)
    exact = project("tsne", vectors, graph).params
    monkeypatch.setattr("asterism.project.tsne.GRID_ABOVE", {2: 0, 3: 0})
    grid = project("tsne", vectors, graph).params
    assert (exact["repulsion"], grid["repulsion"]) == ("exact", "grid, 0.25 between nodes")
    assert grid["kl"] == pytest.approx(exact["kl"], rel=0.03)
