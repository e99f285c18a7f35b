"""Texts that stand apart, texts that may be labelled wrongly, and texts that are there more than once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_range, check_whole
from asterism._labelled import vote
from asterism._topk import BLOCK, blocks
from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism.values import NeighborGraph

_FENCE = 1.5
_SMALL = 1e-6  # Where no distance is larger, what is added to a reachability would not be small beside it.


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """How far each text stands apart. All arrays have one entry per row of the graph's input.

    Attributes:
        distance: Shape (N,) float32: mean distance to the k nearest distinct vectors.
        lof: Shape (N,) float32: local outlier factor; about 1 inside a group, larger where the neighbours live in a
            denser place than the text itself.
        disagreement: Shape (N,) float32: share of the neighbours with another label; None without labels; NaN for
            rows without a label or without a labelled neighbour.
        is_far: Shape (N,) bool: `distance` is beyond Tukey's fence.
        fence: That fence: third quartile + 1.5 · interquartile range of `distance`.
        n_neighbors: k.
    """

    distance: NDArray[np.float32]
    lof: NDArray[np.float32]
    disagreement: NDArray[np.float32] | None
    is_far: NDArray[np.bool_]
    fence: float
    n_neighbors: int


def find_outliers(graph: NeighborGraph, *, k: int | None = None, labels: ArrayLike | None = None) -> Outliers:
    """Measure how far every text stands apart from the others.

    Args:
        graph: The neighbours; equal vectors are one entry and share their outcome.
        k: Neighbours to look at, at most those of the graph; None for all of them.
        labels: Shape (N,) int: a label per row, −1 for none.

    Returns:
        One entry per row. With fewer than 2 distinct vectors, all distances are 0 and factors 1.

    Raises:
        InputError: k is out of range or `labels` has another length.

    Source:
        Breunig et al. 2000, LOF: identifying density-based local outliers; as in scikit-learn 1e-10 is added to
        the mean reachability. Tukey 1977 for the fence.
    """
    k = graph.n_neighbors if k is None else k
    check_whole(k, name="k", low=min(1, graph.n_neighbors), high=graph.n_neighbors)
    neighbors, distances = graph.neighbors[:, :k], graph.distances[:, :k].astype(np.float64)
    if k == 0:
        distance, lof = np.zeros(len(graph.first)), np.ones(len(graph.first))
    else:
        distance, lof = distances.mean(axis=1), local_outlier_factor(neighbors, distances)
    per_row = distance[graph.rows]
    low, high = np.percentile(per_row, [25, 75]) if len(per_row) else (0.0, 0.0)
    fence = float(high + _FENCE * (high - low))
    return Outliers(
        distance=per_row.astype(np.float32),
        lof=lof[graph.rows].astype(np.float32),
        disagreement=None if labels is None else _disagreement(graph, neighbors, np.asarray(labels)),
        is_far=per_row > fence,
        fence=fence,
        n_neighbors=k,
    )


def local_outlier_factor(neighbors: NDArray[np.int32], distances: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compare the density around each item with that around its neighbours.

    Args:
        neighbors: Shape (n, k), nearest first.
        distances: Shape (n, k).

    Returns:
        Shape (n,) float64.

    Source:
        Breunig et al. 2000; a ratio, which does not depend on the unit of the distances.
    """
    largest = float(distances.max(initial=0))
    if 0 < largest < _SMALL:
        distances = distances / largest
    reach = np.maximum(distances, distances[neighbors, -1])
    density = 1 / (reach.mean(axis=1) + 1e-10)
    factor: NDArray[np.float64] = density[neighbors].mean(axis=1) / density
    return factor


def _disagreement(graph: NeighborGraph, neighbors: NDArray[np.int32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Per row, the share of labelled rows with its own or a neighbouring vector that have another label."""
    if labels.shape != graph.rows.shape:
        raise InputError(f"labels has shape {labels.shape}; expected one per row, {graph.rows.shape}.")
    is_labelled = labels >= 0
    n_labels = int(labels.max(initial=-1)) + 1
    keys, counts = np.unique(
        graph.rows[is_labelled].astype(np.int64) * n_labels + labels[is_labelled], return_counts=True
    )
    labelled = np.bincount(graph.rows[is_labelled], minlength=len(graph.first))
    around = np.concatenate((np.arange(len(graph.first))[:, None], neighbors), axis=1)
    out = np.full(len(labels), np.nan, np.float32)
    if not len(keys):
        return out
    every = np.flatnonzero(is_labelled)
    for part in blocks(len(every), BLOCK):
        rows = every[part]
        nearby = around[graph.rows[rows]]
        wanted = nearby.astype(np.int64) * n_labels + labels[rows, None]
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        # The row itself is neither its own neighbour nor its own witness.
        same = np.where(keys[at] == wanted, counts[at], 0).sum(axis=1) - 1
        total = labelled[nearby].sum(axis=1) - 1
        out[rows] = np.where(total > 0, 1 - same / np.maximum(total, 1), np.nan)
    return out


def commonest_labels(
    near: NDArray[np.int32], labels: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The commonest label among the neighbours of some rows, and the share of the neighbours that have it.

    Args:
        near: Shape (n, k): neighbours of each row, nearest first, −1 for none.
        labels: Shape (n,): −1 for none.
        rows: Shape (m,): the rows that are asked about.

    Returns:
        The shares, shape (n,), 0 without labelled neighbours and for other rows; and the labels, shape (n,), −1 there.
        Of equally common labels the one that comes nearest.

    Cost: O(m·k²) time, O(m·k) memory and a block of votes.
    """
    asked = near[rows]
    around = np.where(asked < 0, -1, labels[asked])
    chosen, votes = vote(around)
    shares, commonest = np.zeros(len(near), np.float32), np.full(len(near), -1, np.int64)
    shares[rows], commonest[rows] = votes / max(around.shape[1], 1), chosen
    return shares, commonest


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of rows that say the same, largest group first, then by first row.

    Attributes:
        equal: Groups of rows with exactly the same vector.
        near: Groups of rows joined by steps of at most `threshold`, equal ones among them.
        threshold: Largest distance between near duplicates, in the metric of the graph.
    """

    equal: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]
    threshold: float


def find_duplicates(graph: NeighborGraph, *, threshold: float | None = None) -> Duplicates:
    """Find rows whose vectors are equal or nearly so.

    Args:
        graph: The neighbours. A near duplicate beyond the k nearest of both is joined through those between.
        threshold: In the metric of the graph; None takes a tenth of the median distance to the nearest neighbour,
            because what is near differs from model to model.

    Returns:
        The groups of two rows and more.

    Raises:
        InputError: `threshold` is negative.
    """
    if threshold is None:
        nearest = graph.distances[:, 0] if graph.n_neighbors else np.zeros(1)
        threshold = float(np.median(nearest)) / 10 if len(nearest) else 0.0
    check_range(threshold, name="threshold", low=0)
    parent = list(range(len(graph.first)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    near, place = np.nonzero(graph.distances <= threshold)
    for a, b in zip(near.tolist(), graph.neighbors[near, place].tolist(), strict=True):
        x, y = root(a), root(b)
        parent[max(x, y)] = min(x, y)
    joined = np.array([root(i) for i in range(len(parent))], np.int64)
    return Duplicates(_groups(graph.rows), _groups(joined[graph.rows]), threshold)


def _groups(owner: NDArray[np.integer]) -> tuple[tuple[int, ...], ...]:
    order = np.argsort(owner, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1) if len(order) else []
    groups = [tuple(part.tolist()) for part in parts if len(part) > 1]
    return tuple(sorted(groups, key=lambda group: (-len(group), group[0])))
