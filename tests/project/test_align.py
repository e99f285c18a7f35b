from __future__ import annotations

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.project import align


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
