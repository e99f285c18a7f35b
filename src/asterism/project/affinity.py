"""How much each point is drawn to its neighbours: symmetric weights by rows, from the NeighborGraph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_range, check_whole
from asterism._native import perplexity_weights as calibrated
from asterism._native import symmetric_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.values import NeighborGraph

USUAL = (1e-6, 1e6)
"""Distances between which nothing is lost where they are squared, and their squares once more."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A sparse symmetric matrix with positive entries, by rows.

    Attributes:
        start: Shape (n + 1,) int64: row i holds the entries start[i] to start[i + 1].
        index: Shape (entries,) int32: the column of each, ascending within a row.
        weight: Shape (entries,) float32.
    """

    start: NDArray[np.int64]
    index: NDArray[np.int32]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.start) - 1


def nearest(graph: NeighborGraph, k: int) -> NeighborGraph:
    """The same graph with at most `k` neighbours each.

    Args:
        graph: Not modified.
        k: At least 1.

    Returns:
        The graph itself where it has no more.
    """
    if k >= graph.n_neighbors:
        return graph
    return replace(graph, neighbors=graph.neighbors[:, :k], distances=graph.distances[:, :k])


def squared_distances(graph: NeighborGraph) -> NDArray[np.float32]:
    """Squared Euclidean distances of the graph's neighbours.

    For the cosine metric they are those between the vectors scaled to unit length: |u − v|² = 2 (1 − u·v). Euclidean
    ones of a row whose squares float32 could not hold are told in a unit of that row, see `units_of`.

    Args:
        graph: Not modified. A missing neighbour (−1) counts as infinitely far.

    Returns:
        Shape (n, k) float32.
    """
    is_known = graph.neighbors >= 0
    distances = np.where(is_known, graph.distances, np.float32(0))
    if graph.metric == "cosine":
        squared = 2.0 * np.maximum(distances, 0.0)
    else:
        squared = np.square(distances / units_of(distances.max(axis=1, initial=0))[:, None])
    return np.ascontiguousarray(np.where(is_known, squared, np.float32(1e30)), dtype=np.float32)


def units_of(largest: NDArray[np.floating]) -> NDArray[np.float32]:
    """What distances are divided by before they are weighed: weights depend on ratios, and float32 has its bounds.

    Args:
        largest: Shape (n,), the largest distance of each group; 0 where there is none.

    Returns:
        Shape (n,): a power of two near the largest, by which dividing is exact, where it is beyond `USUAL`; else 1.
    """
    is_usual = (largest == 0) | ((largest > USUAL[0]) & (largest < USUAL[1]))
    _, exponent = np.frexp(largest)
    return np.ldexp(np.float32(1), np.where(is_usual, 0, exponent.clip(-120, 120))).astype(np.float32)


def perplexity_weights(graph: NeighborGraph, perplexities: Sequence[float], *, threads: int) -> Weights:
    """Gaussian weights whose width is set, point by point, to reach a perplexity.

    Args:
        graph: With k neighbours each.
        perplexities: Each between 1 and k; of several, the weights are averaged (multi-scale).
        threads: The result does not depend on it.

    Returns:
        Weights that sum to 1 over the whole matrix.

    Raises:
        InputError: A perplexity outside [1, k].

    Source:
        van der Maaten & Hinton 2008, section 2; the mean over scales as in Kobak & Berens 2019, methods.

    Cost: O(n k) times some ten evaluations of the entropy.
    """
    k = graph.n_neighbors
    for perplexity in perplexities:
        check_range(perplexity, name="perplexity", low=1, high=k)
    if not perplexities:
        raise InputError("perplexity names no value; expected one or several numbers.")
    squared = squared_distances(graph)
    scales = [calibrated(squared, float(p), threads)[0] for p in perplexities]
    directed = np.asarray(np.mean(scales, axis=0, dtype=np.float32))
    return _joined(graph, directed, threads)


def uniform_weights(graph: NeighborGraph, n_neighbors: int, *, threads: int) -> Weights:
    """The same weight for each of the nearest neighbours.

    Args:
        graph: With at least `n_neighbors` each.
        n_neighbors: How many of them count, at least 1.
        threads: The result does not depend on it.

    Returns:
        Weights that sum to 1 over the whole matrix.

    Raises:
        InputError: The graph holds fewer neighbours.
    """
    check_whole(n_neighbors, name="n_neighbors", low=1, high=graph.n_neighbors)
    nearest = np.ascontiguousarray(graph.neighbors[:, :n_neighbors])
    directed = np.full(nearest.shape, 1.0 / n_neighbors, dtype=np.float32)
    return _normalized(*symmetric_rows(nearest, directed, is_union=False, threads=threads))


def _joined(graph: NeighborGraph, directed: NDArray[np.floating], threads: int) -> Weights:
    neighbors = np.ascontiguousarray(graph.neighbors, dtype=np.int32)
    return _normalized(*symmetric_rows(neighbors, directed, is_union=False, threads=threads))


def _normalized(start: NDArray[np.int64], index: NDArray[np.int32], weight: NDArray[np.float32]) -> Weights:
    total = float(weight.sum(dtype=np.float64))
    return Weights(start, index, (weight / np.float32(total)) if total > 0 else weight)
