"""Where new vectors fall on a map that stands: each by itself, nothing on the map moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_whole
from asterism._native import perplexity_weights
from asterism._progress import SILENT, Reporter
from asterism._threads import thread_count
from asterism._topk import blocks, nearest_rows, shared
from asterism.errors import InputError
from asterism.project.affinity import squared_distances

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism.values import NeighborGraph

N_NEIGHBORS = 15
ROUNDS = 50
REACH_QUANTILE = 0.99
ROWS_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Places of new vectors on a map.

    Attributes:
        points: Shape (m, dim) float32.
        neighbors: Shape (m, k) int32, the map's vectors nearest to each, nearest first.
        distances: Shape (m, k) float32, how far they are, in the unit of the metric.
        is_off: Shape (m,) bool: nearer to no vector of the map than `reach`, so the place means little.
        reach: The distance within which 99 % of the map's own vectors have their nearest neighbour.
        kept: Shape (m,) float32 in [0, 1]: share of the k nearest vectors that are among the k nearest points of the
            place. Low where the map tears a neighbourhood apart.
    """

    points: NDArray[np.float32]
    neighbors: NDArray[np.int32]
    distances: NDArray[np.float32]
    is_off: NDArray[np.bool_]
    reach: float
    kept: NDArray[np.float32]


def place(
    new_vectors: ArrayLike,
    vectors: ArrayLike,
    points: ArrayLike,
    *,
    graph: NeighborGraph,
    n_neighbors: int = N_NEIGHBORS,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> Placement:
    """Find where new vectors fall on a map.

    A place depends on the new vector and the map alone, never on what is placed with it. A vector that the map holds
    falls on its own point.

    Args:
        new_vectors: Shape (m, d), finite. Not modified.
        vectors: Shape (n, d), the map's distinct vectors, n at least 1. Not modified.
        points: Shape (n, dim), their points, finite. Not modified.
        graph: Their NeighborGraph; gives the metric, and how far neighbours are on this map.
        n_neighbors: How many of the map's vectors decide; at least 1.
        threads: The result does not depend on it.
        report: Hears how many have been placed.

    Returns:
        See Placement.

    Raises:
        InputError: Shapes that do not fit, a map without points, or a zero vector with the metric "cosine".

    Source:
        The pull of t-SNE towards the neighbours alone: y minimises Σ p ln(1 + |y − yⱼ|² / s²), p with perplexity k / 3
        as in van der Maaten & Hinton 2008, s the median distance to the neighbours. A robust centre: neighbours
        elsewhere on the map do not drag it into the void between. Found by reweighted means (Huber & Ronchetti 2009,
        section 7.8) from the neighbour's point with the least sum.

    Cost: m·n·(d + dim) for the neighbours in both spaces, m·k² beyond.
    """
    new, old = as_vectors(new_vectors, name="new_vectors"), as_vectors(vectors)
    drawn = as_vectors(points, name="points")
    check_whole(n_neighbors, name="n_neighbors", low=1)
    if len(old) == 0:
        raise InputError("The map holds no points; expected at least one to place new vectors beside.")
    if len(drawn) != len(old) or len(graph.neighbors) != len(old):
        raise InputError(
            f"There are {len(old)} vectors, {len(drawn)} points and a graph over {len(graph.neighbors)}; expected the "
            "same number of each: pass those of the distinct vectors."
        )
    k = min(n_neighbors, len(old))
    used = thread_count(threads)
    report.start("place", len(new), unit="texts")
    neighbors, distances = nearest_rows(new, old, k, metric=graph.metric, threads=used, report=report)
    report.done()
    squared = squared_distances(replace(graph, neighbors=neighbors, distances=distances))
    weights, _ = perplexity_weights(squared, max(1.0, k / 3), used)
    placed = np.empty((len(new), drawn.shape[1]), np.float32)
    for part in blocks(len(new), ROWS_AT_A_TIME):
        placed[part] = _centres(drawn[neighbors[part]].astype(np.float64), weights[part].astype(np.float64))
    for rank in range(min(k, 3)):  # Rounding may put a near-equal vector before the equal one.
        twins = (new == old[neighbors[:, rank]]).all(axis=1)
        placed[twins] = drawn[neighbors[twins, rank]]
    reach = _reach(graph)
    shown, _ = nearest_rows(placed, drawn, k, metric="euclidean", threads=used)
    kept = (shared(neighbors, shown) / k).astype(np.float32)
    return Placement(placed, neighbors, distances, distances[:, 0] > reach, reach, kept)


def _centres(around: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The robust centre of each row's points (m, k, dim) under its weights (m, k)."""
    apart = np.square(around[:, :, None, :] - around[:, None, :, :]).sum(axis=3)
    scale = np.maximum(np.median(apart, axis=2), 1e-30)  # Squared, as seen from each of the points.
    costs = (weights[:, None, :] * np.log1p(apart / scale[:, :, None])).sum(axis=2)
    best = costs.argmin(axis=1)
    each = np.arange(len(around))
    at, width = around[each, best], scale[each, best]
    for _ in range(ROUNDS):
        pull = weights / (1 + np.square(around - at[:, None, :]).sum(axis=2) / width[:, None])
        at = (pull[:, :, None] * around).sum(axis=1) / pull.sum(axis=1)[:, None]
    return np.asarray(at)


def _reach(graph: NeighborGraph) -> float:
    """How far the nearest neighbour is for all but one in a hundred of the map's vectors."""
    if graph.n_neighbors == 0 or len(graph.distances) == 0:
        return np.inf
    return float(np.quantile(graph.distances[:, 0], REACH_QUANTILE))
