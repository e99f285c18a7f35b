from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from asterism._native import Tsne

import asterism
from asterism.errors import ComputeError, InputError
from asterism.project import project, project_sequence
from asterism.project.affinity import perplexity_weights
from plain_tsne import dense, gradient


def layers(graph_of, steps=3):
    """One set of items, its vectors drifting from step to step."""
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(6, 8))[np.arange(120) % 6] * 3 + rng.normal(size=(120, 8))
    drift = rng.normal(size=(steps, 120, 8)) * 0.3
    made = []
    for step in range(steps):
        turn, _ = np.linalg.qr(rng.normal(size=(8, 8)))
        at = ((vectors + drift[: step + 1].sum(axis=0)) @ turn).astype(np.float32)
        made.append((at, graph_of(at, 90)))
    return made


def test_a_sequence_moves_less_than_maps_made_apart(graph_of):
    steps = layers(graph_of)

    def movement(maps):
        spread = np.mean([points.std() for points in maps])
        return np.mean([np.linalg.norm(a - b, axis=1).mean() for a, b in pairwise(maps)]) / spread

    together = [answer.points for answer in project_sequence("tsne", steps)]
    apart = [project("tsne", vectors, graph).points for vectors, graph in steps]
    assert movement(together) < 0.1 * movement(apart)


def test_a_sequence_costs_no_faithfulness(graph_of):
    steps = layers(graph_of)
    together = [answer.params["kl"] for answer in project_sequence("tsne", steps)]
    apart = [project("tsne", vectors, graph).params["kl"] for vectors, graph in steps]
    assert np.mean(together) < np.mean(apart) * 1.05


def objective(answers, tether):
    """The sum of divergences and of the squared moves, by the formula."""
    n = len(answers[0].points)
    moves = sum(np.square(a.points.astype(float) - b.points).sum() for a, b in pairwise(answers))
    return sum(answer.params["kl"] for answer in answers) + tether / (2 * n) * moves


def test_maps_laid_out_together_have_a_lower_joint_objective(graph_of):
    steps = layers(graph_of)
    together = project_sequence("tsne", steps, tether=0.1)
    start_in_common = project_sequence("tsne", steps, tether=0)
    assert objective(together, 0.1) < objective(start_in_common, 0.1)
    assert together[0].params["tether"] == 0.1


def test_a_tether_pulls_by_its_weight_times_the_distance(blobs, graph_of, rng):
    weights = perplexity_weights(graph_of(blobs, 30), [10.0], threads=1)
    points, places = rng.normal(size=(2, 300, 2)).astype(np.float32)
    descent = Tsne(points, weights.start, weights.index, weights.weight, 0.0, 4096)
    descent.reorder(1)
    descent.tether(places, 0.01)
    descent.run(1, 2.0, 5.0, 0.0, 2, 100.0)
    slope = gradient(dense(weights), points.astype(float), 2.0) + 0.01 * (points.astype(float) - places)
    gain = np.where(slope > 0, 1.2, 0.8)
    np.testing.assert_allclose(descent.points(), points - 5.0 * gain * slope, atol=1e-5)


def test_bits_do_not_depend_on_threads(graph_of):
    steps = layers(graph_of)

    def bits(threads):
        return [each.points.tobytes() for each in project_sequence("tsne", steps, threads=threads, n_iterations=60)]

    assert bits(1) == bits(2) == bits(4)


@pytest.mark.parametrize("method", ["umap", "pca"])
def test_other_methods_share_their_start(graph_of, method):
    steps = layers(graph_of)
    answers = project_sequence(method, steps)
    assert [answer.method for answer in answers] == [method] * 3
    assert all(np.isfinite(answer.points).all() for answer in answers)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5])
def test_few_items_make_a_sequence(graph_of, n):
    vectors = np.random.default_rng(0).normal(size=(2, n, 4)).astype(np.float32)
    answers = project_sequence("tsne", [(each, graph_of(each, max(n - 1, 0))) for each in vectors])
    assert [answer.points.shape for answer in answers] == [(n, 2), (n, 2)]


def test_one_step_is_a_map_of_its_own(graph_of):
    step = layers(graph_of, steps=1)
    alone = project("tsne", *step[0]).params["kl"]
    assert project_sequence("tsne", step)[0].params["kl"] == pytest.approx(alone, rel=0.2)


class Stop:
    """A reporter that stands for someone pressing Ctrl-C after 100 iterations."""

    done_so_far = 0

    def start(self, *_args, **_options):
        pass

    def advance(self, n=1, **_options):
        self.done_so_far += n
        if self.done_so_far >= 100:
            raise KeyboardInterrupt

    def done(self):
        pass

    def remark(self, message):
        assert message == "Stopped by the user after 100 of 750 iterations."


def test_an_interrupt_returns_every_map_after_the_same_iteration(graph_of):
    answers = project_sequence("tsne", layers(graph_of), report=Stop())
    assert [(answer.params["iterations"], answer.is_whole) for answer in answers] == [(100, False)] * 3


def test_a_tether_too_strong_is_an_error_not_nan(graph_of):
    with pytest.raises(ComputeError, match="The tether was"):
        project_sequence("tsne", layers(graph_of), learning_rate=1e12)


def test_a_sequence_of_nothing_is_nothing():
    assert project_sequence("tsne", ()) == ()


def test_steps_over_different_items_are_refused(graph_of):
    vectors = np.eye(9, dtype=np.float32)
    with pytest.raises(InputError, match=r"\[5, 9\] items"):
        project_sequence("tsne", [(vectors, graph_of(vectors, 8)), (vectors[:5], graph_of(vectors[:5], 4))])
    with pytest.raises(InputError, match="tether is -1"):
        project_sequence("tsne", [(vectors, graph_of(vectors, 8))], tether=-1)


def test_spaces_of_the_same_texts_are_laid_out_side_by_side(rng, tmp_path):
    texts = [f"text {i}" for i in range(40)]
    vectors = rng.normal(size=(40, 6))
    vectors[1] = vectors[0]  # equal in one Space only
    first = asterism.Space.from_vectors(vectors, texts)
    second = asterism.Space.from_vectors(vectors + 0.1 * rng.normal(size=(40, 6)), texts)
    beside = first.map_beside([second], names=["before", "after"], perplexity=5)
    assert [each.name for each in beside.projections] == ["before", "after"]
    assert all(each.quality is not None and each.points.shape == (40, 2) for each in beside.projections)
    beside.save(tmp_path / "a.html")
    with pytest.raises(InputError, match="holds 40 texts and another 39"):
        first.map_beside([second.select(np.arange(39))])
    with pytest.raises(InputError, match="1 names for 2"):
        first.map_beside([second], names=["one"])


@pytest.mark.parametrize("exponent", [-100, 100])
def test_the_unit_of_the_vectors_does_not_change_where_maps_begin(blobs, graph_of, exponent):
    graph = graph_of(blobs, 14)
    other = replace(graph, distances=np.ldexp(graph.distances, exponent))
    steps = [(blobs, graph), (np.ldexp(blobs, exponent), other)]
    first, second = project_sequence("umap", steps, n_epochs=1)
    np.testing.assert_allclose(second.points, first.points, atol=1e-2 * first.points.std())
