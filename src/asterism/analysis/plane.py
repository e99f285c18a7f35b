"""A flat picture of a few vectors among many, by one linear map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_whole
from asterism._topk import ROWS, blocks
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Background and path under one and the same linear map.

    Attributes:
        background: Shape (n, dim) float32.
        path: Shape (m, dim) float32.
        explained: Shape (dim,): share of the variance of background and path along each axis.
    """

    background: NDArray[np.float32]
    path: NDArray[np.float32]
    explained: NDArray[np.float64]


def joint_plane(background: ArrayLike, path: ArrayLike, *, dim: int = 2) -> Plane:
    """Project background and path together on the principal axes of both.

    A straight line stays straight and parallels stay parallel, which no t-SNE or UMAP map promises.

    Args:
        background: Shape (n, d), maybe with no rows. Not modified.
        path: Shape (m, d), at least one row. Not modified.
        dim: 2 or 3.

    Returns:
        The points. The sign of each axis is such that the path ends farther along it than it begins (or equal).

    Raises:
        InputError: The dimensions differ, or there is no path.

    Cost: O((n + m)·d² + d³); the vectors are read in blocks.
    """
    check_whole(dim, name="dim", low=2, high=3)
    ground, line = as_vectors(background, name="background"), as_vectors(path, name="path")
    if ground.shape[1] != line.shape[1] or not len(line):
        raise InputError(
            f"background and path have shapes {ground.shape} and {line.shape}; expected one d, and a path."
        )
    parts = [array[part] for array in (ground, line) for part in blocks(len(array), ROWS)]

    def exact(number: int) -> NDArray[np.float64]:
        return parts[number].astype(np.float64)

    along, explained = _principal(exact, len(parts), dim)
    signs = np.where(along[-1] < along[len(ground)], -1, 1)
    points = np.pad(along * signs, ((0, 0), (0, dim - len(signs)))).astype(np.float32)
    return Plane(points[: len(ground)], points[len(ground) :], np.pad(explained, (0, dim - len(signs))))


def _principal(
    read: Callable[[int], NDArray[np.float64]], n_parts: int, dim: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of rows, read part by part and three times, on their principal axes.

    Args:
        read: The rows of a part, shape (rows, d), of which there is one at least in all.
        n_parts: How many parts there are, at least one.
        dim: How many axes, at most d come back.

    Returns:
        Shape (n, ≤ dim), and the share of the variance along each axis; 0 where nothing varies.
    """
    sums = [(len(part), part.sum(axis=0)) for part in map(read, range(n_parts))]
    mean = np.sum([total for _, total in sums], axis=0) / sum(n for n, _ in sums)
    gram = np.zeros((len(mean), len(mean)))
    for part in map(read, range(n_parts)):
        gram += (part - mean).T @ (part - mean)
    variances, axes = np.linalg.eigh(gram)
    kept = np.argsort(-variances, kind="stable")[:dim]
    points = np.concatenate([(part - mean) @ axes[:, kept] for part in map(read, range(n_parts))])
    total = max(float(variances.sum()), np.finfo(np.float64).tiny)
    return points, np.maximum(variances[kept], 0) / total


@dataclass(frozen=True, slots=True, eq=False)
class AxisPlane:
    """What lies across an axis.

    Attributes:
        heights: Shape (n,) float32: position on the main direction across the axis; NaN where not placed.
        explained: Share of the variance across the axis that this direction shows.
    """

    heights: NDArray[np.float32]
    explained: float


def axis_plane(vectors: NDArray[np.float32], placed: NDArray[np.bool_], direction: NDArray[np.float32]) -> AxisPlane:
    """Find the direction at right angles to an axis in which unit vectors differ most, to draw the axis as a plane.

    Args:
        vectors: Shape (n, d). Not modified.
        placed: Shape (n,): which rows count.
        direction: Shape (d,), length 1.

    Returns:
        The heights; 0 where nothing lies across. Their sign is such that the largest in size is positive.

    Cost: O(n·d² + d³); the vectors are read in blocks.
    """
    rows = np.flatnonzero(placed)
    heights = np.full(len(placed), np.nan, np.float32)
    if not len(rows):
        return AxisPlane(heights, 0.0)
    parts = [rows[part] for part in blocks(len(rows), ROWS)]

    def across(number: int) -> NDArray[np.float64]:
        units = unit_rows(np.asarray(vectors[parts[number]], np.float32)).astype(np.float64)
        return np.asarray(units - np.outer(units @ direction, direction))

    points, explained = _principal(across, len(parts), 1)
    along = points[:, 0]
    heights[rows] = -along if along[np.abs(along).argmax()] < 0 else along
    return AxisPlane(heights, float(explained[0]))
