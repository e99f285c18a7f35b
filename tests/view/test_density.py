from __future__ import annotations

import numpy as np

from asterism.view.figure._density import LEAST_OPACITY, shade

RED, BLUE = np.eye(3)[[0, 2]]


def test_a_lone_point_is_a_dot_of_its_color():
    image = shade(np.array([[2, 3]]), np.array([0]), np.array([RED]), (5, 7))
    assert image[2, 3].tolist() == [255, 0, 0, round(255 * LEAST_OPACITY)]
    assert 0 < image[2, 4, 3] < image[2, 3, 3]
    assert image[0, 0, 3] == 0


def test_a_spot_has_the_mean_color_in_linear_light():
    cells = np.zeros((2, 2), int)
    image = shade(cells, np.array([0, 1]), np.array([RED, BLUE]), (1, 1))
    assert image[0, 0, :3].tolist() == [188, 0, 188]  # half the light is 188 of 255 in sRGB


def test_opacity_grows_with_the_number_of_points_and_stays_below_full():
    cells = np.repeat([[1, 1], [1, 5], [1, 9]], [1, 30, 3000], axis=0)
    opacity = shade(cells, np.zeros(len(cells), int), np.array([RED]), (3, 11))[1, [1, 5, 9], 3]
    assert opacity[0] < opacity[1] < opacity[2] < 255


def test_no_points_give_a_transparent_image():
    image = shade(np.zeros((0, 2), int), np.zeros(0, int), np.array([RED]), (4, 4))
    assert not image.any()
