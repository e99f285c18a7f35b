from __future__ import annotations

import numpy as np
import pytest

from asterism.view.figure._names import BESIDE, Ground, nearest_in_box, place_names

NOTHING = np.zeros((0, 4))


def ground(points, *, size=100.0, radius=0.5, taken=NOTHING):
    return Ground((0.0, 0.0), (size, size), points, radius, 0.4, taken)


def overlaps(corners, sizes):
    low, high = corners, corners + sizes
    both = ((low[:, None] < high[None]) & (high[:, None] > low[None])).all(axis=2)
    return int(both.sum() - len(corners)) // 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [1, 2, 40, 300])
def test_names_never_overlap_nor_leave_the_ground(n, seed):
    random = np.random.default_rng(seed)
    anchors = random.uniform(0, 100, (n, 2))
    sizes = np.stack([random.uniform(3, 18, n), np.full(n, 2.5)], axis=1)
    names = place_names(anchors, sizes, ground(anchors))
    corners, own = names.corners[names.is_placed], sizes[names.is_placed]
    assert overlaps(corners, own) == 0
    assert (corners >= 0).all()
    assert (corners + own <= 100).all()
    assert names.is_placed.mean() > (0.5 if n == 300 else 0.97)


def test_a_lone_name_stands_to_the_right_of_its_point():
    names = place_names(np.array([[50.0, 50.0]]), np.array([[10.0, 2.0]]), ground(np.array([[50.0, 50.0]])))
    np.testing.assert_allclose(names.corners, [[50.9, 49.0]])
    assert not names.is_moved.any()


def test_a_name_at_the_right_edge_turns_to_another_side():
    anchors = np.array([[99.0, 50.0]])
    names = place_names(anchors, np.array([[10.0, 2.0]]), ground(anchors))
    assert names.is_placed.all()
    assert names.corners[0, 0] + 10 <= 100


def test_names_of_one_place_are_spread_around_it():
    anchors = np.full((20, 2), 50.0)
    names = place_names(anchors, np.tile([8.0, 2.0], (20, 1)), ground(anchors))
    assert names.is_placed.all()
    assert names.is_moved.sum() >= 20 - len(BESIDE)
    assert overlaps(names.corners, np.tile([8.0, 2.0], (20, 1))) == 0


def test_names_that_cannot_fit_are_left_out():
    anchors = np.full((50, 2), 5.0)
    names = place_names(anchors, np.tile([6.0, 2.0], (50, 1)), ground(anchors, size=10.0))
    placed = names.is_placed
    assert 1 <= placed.sum() < 50
    assert overlaps(names.corners[placed], np.tile([6.0, 2.0], (int(placed.sum()), 1))) == 0
    assert np.isnan(names.corners[~placed]).all()


def test_a_name_larger_than_the_ground_is_left_out():
    names = place_names(np.array([[5.0, 5.0]]), np.array([[200.0, 2.0]]), ground(np.zeros((0, 2))))
    assert not names.is_placed.any()


def test_no_names_need_no_places():
    names = place_names(np.zeros((0, 2)), np.zeros((0, 2)), ground(np.zeros((0, 2))))
    assert names.corners.shape == (0, 2)


def test_a_name_leaves_other_points_visible():
    points = np.array([[50.0, 50.0], [55.0, 50.0]])
    names = place_names(points[:1], np.array([[10.0, 2.0]]), ground(points))
    low, high = names.corners[0], names.corners[0] + [10.0, 2.0]
    assert not ((points[1] > low) & (points[1] < high)).all()


def test_a_name_does_not_cover_what_is_taken():
    title = np.array([[50.0, 45.0, 70.0, 55.0]])
    anchors = np.array([[50.0, 50.0]])
    names = place_names(anchors, np.array([[10.0, 2.0]]), ground(anchors, taken=title))
    low, high = names.corners[0], names.corners[0] + [10.0, 2.0]
    assert names.is_placed.all()
    assert not ((low < title[0, 2:]) & (high > title[0, :2])).all()


def test_a_group_is_named_over_its_middle_unless_another_name_is_there():
    anchors = np.array([[50.0, 50.0], [50.0, 50.0]])
    sizes = np.tile([10.0, 2.0], (2, 1))
    names = place_names(anchors, sizes, ground(np.zeros((0, 2))), is_centered=np.array([True, True]))
    np.testing.assert_allclose(names.corners[0] + sizes[0] / 2, [50, 50])
    assert names.is_moved.tolist() == [False, True]


def test_places_are_the_same_in_every_run():
    random = np.random.default_rng(3)
    anchors, sizes = random.uniform(0, 60, (200, 2)), np.tile([9.0, 2.5], (200, 1))
    one, two = (place_names(anchors, sizes, ground(anchors)) for _ in range(2))
    np.testing.assert_array_equal(one.corners, two.corners)


def test_lines_end_at_the_nearest_place_of_the_box():
    ends = nearest_in_box(np.array([[0.0, 0.0], [5.0, 5.0]]), np.array([[2.0, 3.0]]), np.array([[10.0, 10.0]]))
    np.testing.assert_array_equal(ends, [[2, 3], [5, 5]])
