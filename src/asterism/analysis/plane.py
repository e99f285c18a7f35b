"""A flat picture of a few vectors among many, by one linear map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_range
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
    check_range(dim, name="dim", low=2, high=3)
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
