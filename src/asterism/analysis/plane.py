"""A flat picture of a few vectors among many, by one linear map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_whole
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
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

    Cost: O((n + m)·d² + d³).
    """
    check_whole(dim, name="dim", low=2, high=3)
    ground, line = as_vectors(background, name="background"), as_vectors(path, name="path")
    if ground.shape[1] != line.shape[1] or not len(line):
        raise InputError(
            f"background and path have shapes {ground.shape} and {line.shape}; expected one d, and a path."
        )
    together = np.concatenate((ground, line)).astype(np.float64)
    together -= together.mean(axis=0)
    variances, axes = np.linalg.eigh(together.T @ together)
    kept = np.argsort(-variances, kind="stable")[:dim]
    axes = axes[:, kept]
    points = together @ axes
    signs = np.where(points[-1] < points[len(ground)], -1, 1)
    points = np.pad(points * signs, ((0, 0), (0, dim - len(kept)))).astype(np.float32)
    total = max(float(variances.sum()), np.finfo(np.float64).tiny)
    explained = np.pad(np.maximum(variances[kept], 0) / total, (0, dim - len(kept)))
    return Plane(points[: len(ground)], points[len(ground) :], explained)


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

    Cost: O(n·d² + d³).
    """
    rest = unit_rows(np.asarray(vectors[placed], np.float32)).astype(np.float64)
    rest -= np.outer(rest @ direction, direction)
    rest -= rest.mean(axis=0) if len(rest) else 0
    variances, axes = np.linalg.eigh(rest.T @ rest)
    along = rest @ axes[:, -1]
    if len(along) and along[np.abs(along).argmax()] < 0:
        along = -along
    heights = np.full(len(placed), np.nan, np.float32)
    heights[placed] = along
    total = float(variances.sum())
    return AxisPlane(heights, float(max(variances[-1], 0)) / total if total > 0 else 0.0)
