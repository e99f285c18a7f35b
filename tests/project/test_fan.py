from __future__ import annotations

import numpy as np
import pytest
from asterism._native import nearest_distances

from asterism.errors import InputError
from asterism.project import fan_out


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
def test_nearest_distances_equal_those_of_all_pairs(rng, dim):
    points = rng.normal(size=(500, dim)).astype(np.float32)
    points[100:110] = points[0]
    distances = np.linalg.norm(points[:, None].astype(np.float64) - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    found = nearest_distances(points, np.arange(500, dtype=np.int32), 2)
    np.testing.assert_allclose(found, distances.min(axis=1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dim", [2, 3])
def test_twins_stay_nearest_to_each_other(rng, dim):
    points = rng.normal(size=(60, dim)).astype(np.float32)
    rows = rng.integers(0, 60, size=400).astype(np.int32)
    spread = fan_out(points, rows)
    distances = np.linalg.norm(spread[:, None] - spread[None], axis=2)
    same = rows[:, None] == rows[None]
    farthest_twin = np.where(same, distances, 0).max(axis=1)
    nearest_other = np.where(same, np.inf, distances).min(axis=1)
    assert (farthest_twin < nearest_other).all()


def test_every_row_has_its_own_place_and_the_first_keeps_the_point(rng):
    points = rng.normal(size=(10, 2)).astype(np.float32)
    rows = np.repeat(np.arange(10, dtype=np.int32), 30)
    spread = fan_out(points, rows)
    assert len(np.unique(spread, axis=0)) == 300
    np.testing.assert_array_equal(spread[::30], points)


def test_rows_without_twins_are_copied(rng):
    points = rng.normal(size=(10, 2)).astype(np.float32)
    rows = np.arange(10, dtype=np.int32)[::-1].copy()
    spread = fan_out(points, rows)
    np.testing.assert_array_equal(spread, points[::-1])
    assert not np.shares_memory(spread, points)


def test_texts_that_are_all_equal_are_fanned_out():
    spread = fan_out(np.zeros((1, 2)), np.zeros(50, np.int32))
    assert len(np.unique(spread, axis=0)) == 50
    assert np.linalg.norm(spread, axis=1).max() == pytest.approx(0.2)


def test_nothing_is_fanned_out_to_nothing():
    assert fan_out(np.zeros((0, 2)), np.zeros(0, np.int32)).shape == (0, 2)


def test_a_row_without_a_point_is_refused():
    with pytest.raises(InputError, match="rows names point 3, but there are 2"):
        fan_out(np.zeros((2, 2)), np.array([0, 3], np.int32))


@pytest.mark.parametrize("exponent", [-90, 90])
def test_the_unit_of_the_points_does_not_change_the_picture(rng, exponent):
    points = rng.normal(size=(20, 2)).astype(np.float32)
    rows = np.repeat(np.arange(20, dtype=np.int32), 3)
    plain = fan_out(points, rows)
    moved = fan_out(np.ldexp(points, exponent), rows)
    np.testing.assert_allclose(np.ldexp(moved, -exponent), plain, rtol=1e-6)
