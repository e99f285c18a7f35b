"""Correlation of two lists of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """The rank of each value, from 1; equal values share the mean of their ranks.

    Args:
        values: Shape (n,).

    Returns:
        Shape (n,) float64.
    """
    _, group, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((2 * last - counts + 1) / 2)[group]


def pearson(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson's correlation of two lists; NaN where one does not vary.

    Args:
        a: Shape (n,).
        b: Shape (n,).

    Returns:
        A number in [−1, 1], or NaN.
    """
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.clip(x @ y / scale, -1, 1)) if scale > 0 else float("nan")


def spearman(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman's rank correlation of two lists, ties sharing ranks; NaN where one does not vary.

    Args:
        a: Shape (n,).
        b: Shape (n,).

    Returns:
        A number in [−1, 1], or NaN.
    """
    return pearson(ranks(a), ranks(b))
