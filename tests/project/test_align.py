from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.project import align, project, project_sequence


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("mirror", [1, -1])
def test_a_turned_mirrored_and_moved_map_is_brought_back(rng, dim, mirror):
    reference = rng.normal(size=(50, dim))
    turn, _ = np.linalg.qr(rng.normal(size=(dim, dim)))
    turn[:, 0] *= mirror
    answer = align(reference @ turn + 7, reference)
    np.testing.assert_allclose(answer.points, reference, atol=1e-5)
    assert answer.disparity == pytest.approx(0, abs=1e-10)
    np.testing.assert_allclose(answer.turn @ answer.turn.T, np.eye(dim), atol=1e-12)


def test_aligning_equals_scipy_s_procrustes_rotation(rng):
    from scipy.linalg import orthogonal_procrustes

    points, reference = rng.normal(size=(2, 40, 3))
    points -= points.mean(axis=0)
    reference -= reference.mean(axis=0)
    turn, _ = orthogonal_procrustes(points, reference)
    np.testing.assert_allclose(align(points, reference).points, points @ turn, atol=1e-5)


def test_scale_is_fitted_only_when_asked_for(rng):
    reference = rng.normal(size=(50, 2))
    assert align(3 * reference, reference).scale == 1
    scaled = align(3 * reference, reference, is_scaled=True)
    assert scaled.scale == pytest.approx(1 / 3)
    np.testing.assert_allclose(scaled.points, reference, atol=1e-5)


def test_rows_without_a_place_do_not_take_part(rng):
    reference = rng.normal(size=(20, 2))
    points = reference[:, ::-1].copy()
    points[3] = np.nan
    answer = align(points, reference)
    assert np.isnan(answer.points[3]).all()
    np.testing.assert_allclose(np.delete(answer.points, 3, axis=0), np.delete(reference, 3, axis=0), atol=1e-5)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_can_be_aligned(n):
    assert align(np.ones((n, 2)), np.zeros((n, 2))).points.shape == (n, 2)


def test_maps_of_different_shape_are_refused():
    with pytest.raises(InputError, match="expected two equal"):
        align(np.zeros((3, 2)), np.zeros((4, 2)))


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
    assert movement(together) < 0.7 * movement(apart)


def test_a_sequence_costs_no_faithfulness(graph_of):
    steps = layers(graph_of)
    together = [answer.params["kl"] for answer in project_sequence("tsne", steps)]
    apart = [project("tsne", vectors, graph).params["kl"] for vectors, graph in steps]
    assert np.mean(together) < np.mean(apart) * 1.05


def test_a_sequence_of_nothing_is_nothing():
    assert project_sequence("tsne", ()) == ()


def test_steps_over_different_items_are_refused(graph_of):
    vectors = np.eye(9, dtype=np.float32)
    with pytest.raises(InputError, match=r"\[5, 9\] items"):
        project_sequence("tsne", [(vectors, graph_of(vectors, 8)), (vectors[:5], graph_of(vectors[:5], 4))])
