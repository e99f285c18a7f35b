"""What neighbours and distances say of labels; shared by the quality of maps and the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._topk import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

BALLOTS = 1 << 24
"""Comparisons of labels at a time."""


def vote(near: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Let neighbours vote on a label.

    Args:
        near: Shape (m, k): the labels of each row's neighbours, nearest first; what is below 0 is none and no vote.

    Returns:
        The commonest label of each row, shape (m,), of equally common ones the one that comes nearest, −1 without any;
        and how many have it, shape (m,).

    Cost: m·k² comparisons.
    """
    won, votes = np.full(len(near), -1, np.int64), np.zeros(len(near), np.int64)
    if near.shape[1] == 0:
        return won, votes
    for part in blocks(len(near), max(1, BALLOTS // near.shape[1] ** 2)):
        own = near[part]
        ballots = np.where(own < 0, 0, (own[:, :, None] == own[:, None, :]).sum(axis=2))
        first = ballots.argmax(axis=1)
        rows = np.arange(len(own))
        won[part], votes[part] = own[rows, first], ballots[rows, first]
    return won, votes


def silhouette_widths(
    sums: NDArray[np.float64], own: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How much nearer rows are to their own label than to the next one.

    Args:
        sums: Shape (m, labels): the sum of each row's distances to the rows of each label, 0 to itself. Not modified.
        own: Shape (m,): the label of each row.
        counts: Shape (labels,), at least two labels: how many rows have each, at least one.

    Returns:
        Shape (m,), in [−1, 1]; 0 for a row that is alone with its label.

    Source:
        Rousseeuw 1987, Silhouettes: a graphical aid to the interpretation and validation of cluster analysis.
    """
    rows = np.arange(len(own))
    within = sums[rows, own] / np.maximum(counts[own] - 1, 1)
    away = sums / counts
    away[rows, own] = np.inf
    between = away.min(axis=1)
    larger = np.maximum(within, between)
    widths = np.divide(between - within, larger, out=np.zeros(len(own)), where=larger > 0)
    return np.where(counts[own] > 1, widths, 0.0)
