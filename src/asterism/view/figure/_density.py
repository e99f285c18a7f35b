"""Very many points as a picture of how many lie where, coloured by what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A lone point, spread by the blur, still reaches this opacity; the densest place reaches the other.
LEAST_OPACITY = 0.6
MOST_OPACITY = 0.97
BLUR = np.array([0.55, 1.0, 0.55])  # draws a point over its neighbours, as a dot


def shade(
    cells: NDArray[np.intp], slots: NDArray[np.intp], colors: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """Shade a grid by density and colour.

    The colour of a cell is the mean of its points' colours in linear light; its opacity grows with the logarithm of
    their number, so that a cell with a thousand times the points of another does not hide it.

    Args:
        cells: Shape (n, 2), row and column of each point, inside `shape`.
        slots: Shape (n,), index into `colors`.
        colors: Shape (k, 3), linear RGB.
        shape: Rows and columns of the grid.

    Returns:
        Shape (rows, columns, 4), 8-bit sRGB with opacity, transparent where nothing is.

    Cost: O(n + rows · columns); the number of colours does not matter.
    """
    size = shape[0] * shape[1]
    flat = cells[:, 0] * shape[1] + cells[:, 1]
    own = colors[slots]
    count = _blur(np.bincount(flat, minlength=size).reshape(shape))
    light = np.stack(
        [_blur(np.bincount(flat, weights=own[:, c], minlength=size).reshape(shape)) for c in range(3)], axis=2
    )
    image = np.zeros((*shape, 4), np.uint8)
    filled = count > 1e-9
    if not filled.any():
        return image
    mean = np.clip(light[filled] / count[filled][:, None], 0.0, 1.0)
    srgb = np.where(mean <= 0.0031308, 12.92 * mean, 1.055 * mean ** (1 / 2.4) - 0.055)
    image[filled, :3] = np.rint(srgb * 255)
    image[filled, 3] = np.rint(255 * _opacity(count[filled]))
    return image


def _opacity(count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a cell by its blurred count, which is 1 in the middle of a lone point."""
    top = max(float(np.quantile(count, 0.99)), 2.0)
    opacity = LEAST_OPACITY + (MOST_OPACITY - LEAST_OPACITY) * np.log(np.maximum(count, 1.0)) / np.log(top)
    return np.asarray(np.minimum(opacity, MOST_OPACITY) * np.minimum(count, 1.0))


def _blur(grid: NDArray[np.generic]) -> NDArray[np.float64]:
    """Spread each cell over its eight neighbours."""
    padded = np.pad(grid.astype(np.float64), 1, mode="constant")
    rows = BLUR[0] * padded[:-2] + BLUR[1] * padded[1:-1] + BLUR[2] * padded[2:]
    return np.asarray(BLUR[0] * rows[:, :-2] + BLUR[1] * rows[:, 1:-1] + BLUR[2] * rows[:, 2:])
