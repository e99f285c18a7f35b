from __future__ import annotations

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.project import project


def test_given_coordinates_come_back_as_a_copy(rng):
    points = rng.normal(size=(7, 2)).astype(np.float32)
    answer = project("given", np.eye(7), None, init=points)
    np.testing.assert_array_equal(answer.points, points)
    assert not np.shares_memory(answer.points, points)


def test_given_coordinates_have_to_be_given():
    with pytest.raises(InputError, match="without coordinates"):
        project("given", np.eye(3), None)


@pytest.mark.parametrize("dim", [2, 3])
def test_random_directions_keep_squared_distances_on_average(rng, dim):
    vectors = rng.normal(size=(40, 300)).astype(np.float32)
    wanted = np.square(vectors[0] - vectors[1:]).sum(axis=1).mean()
    found = [
        np.square(points[0] - points[1:]).sum(axis=1).mean()
        for points in (project("random", vectors, None, dim=dim, seed=seed).points for seed in range(60))
    ]
    assert np.mean(found) == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("method", ["random", "given", "pca"])
def test_parameters_are_refused(method):
    with pytest.raises(InputError, match="colour"):
        project(method, np.eye(3), None, init=np.zeros((3, 2)), colour=3)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_vectors_are_projected_at_random(n):
    assert project("random", np.ones((n, 4)), None).points.shape == (n, 2)
