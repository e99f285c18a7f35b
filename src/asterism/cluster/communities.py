"""Groups of a NeighborGraph at several granularities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism._native import communities
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism.errors import InputError
from asterism.values import Clustering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.values import NeighborGraph

RESOLUTIONS = (0.3, 1.0, 4.0, 16.0)
MOST_NOISE = 1 / 3
_MAX_NEIGHBORS = 15
_PASSES = 3


def cluster(
    graph: NeighborGraph,
    *,
    resolutions: Sequence[float] = RESOLUTIONS,
    min_size: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> Clustering:
    """Group the vectors of a graph so that neighbours stay together, at several granularities.

    Every level is nested: a cluster lies within one cluster of each coarser level, but for noise. A level that comes
    out equal to the one before, or leaves more than a third of the vectors as noise, is not told, nor one that holds
    all vectors together where a finer one does not. The same graph, options and seed give the same clusters on any
    number of threads.

    Args:
        graph: At most its 15 nearest neighbours count, and no more than the square root of how many vectors there
            are, lest in a small set everything neighbours everything. Mutual neighbours count twice.
        resolutions: One per granularity, above 0; larger gives more and smaller clusters.
        min_size: Smaller clusters are noise; None takes a twentieth of the vectors, between 2 and 10.
        seed: The order in which vectors are visited.
        threads: How many clusters of a level are split at a time; the result does not depend on it.
        report: Hears of one stage, counted in levels.

    Returns:
        The levels, coarse first, over the distinct vectors; clusters are numbered from the largest, ties by the
        first member; −1 for noise. `params["resolutions"]` holds the resolution of each level.

    Raises:
        InputError: No resolution, one that is not positive, or min_size below 1.

    Source:
        Traag, Waltman & van Eck 2019 (Leiden) for modularity with resolution (Reichardt & Bornholdt 2006). The coarsest
        level is found in the whole graph, each finer one within the clusters of the level before.

    Cost: A few passes over the edges; about two seconds for 100,000 vectors.
    """
    wanted = sorted(dict.fromkeys(float(resolution) for resolution in resolutions))
    if not wanted or not all(0 < resolution < np.inf for resolution in wanted):
        raise InputError(f"resolutions is {tuple(resolutions)}; expected numbers above 0, at least one.")
    n = len(graph.first)
    size = min(10, max(2, n // 20)) if min_size is None else min_size
    check_whole(size, name="min_size", low=1)
    check_whole(seed, name="seed", low=0)
    k = min(graph.n_neighbors, _MAX_NEIGHBORS, max(1, int(np.sqrt(n))))
    report.start("cluster", len(wanted), unit="levels")
    source, to = _edges(graph.neighbors[:, :k])
    strength = np.bincount(source, minlength=n).astype(np.float64)
    member = np.zeros(n, np.int32)
    levels: list[NDArray[np.int32]] = []
    told: list[float] = []
    for resolution in wanted:
        # Without the edges that leave a cluster of the level before, this one can only split it.
        inside = member[source] == member[to]
        source, to = source[inside], to[inside]
        scale = resolution / max(float(strength.sum()), 1.0)
        member = _split(source, to, strength, member, scale=scale, seed=seed, threads=thread_count(threads))
        level = _number(member, size)
        report.advance()
        if levels and (np.array_equal(level, levels[-1]) or (level < 0).mean() > MOST_NOISE):
            continue
        if levels and levels[0].max(initial=-1) < 1:
            levels, told = [], []
        levels.append(level)
        told.append(resolution)
    report.done()
    params = {"resolutions": tuple(told), "asked": tuple(wanted), "min_size": size, "n_neighbors": k, "seed": seed}
    return Clustering(tuple(levels), "leiden", params)


def noise_shares(clustering: Clustering) -> tuple[float, ...]:
    """Share of rows that belong to no cluster, per level; 0 without rows.

    Args:
        clustering: The groups.

    Returns:
        One number per level.
    """
    return tuple(float((level < 0).mean()) if len(level) else 0.0 for level in clustering.levels)


def _edges(neighbors: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Edges in both directions, by source; those of mutual neighbours stand twice."""
    n, k = neighbors.shape
    near = np.repeat(np.arange(n, dtype=np.int32), k)
    source = np.concatenate((near, neighbors.ravel()))
    order = np.argsort(source, kind="stable")
    return source[order], np.concatenate((neighbors.ravel(), near))[order]


def _split(
    source: NDArray[np.int32],
    to: NDArray[np.int32],
    strength: NDArray[np.float64],
    member: NDArray[np.int32],
    *,
    scale: float,
    seed: int,
    threads: int,
) -> NDArray[np.int32]:
    """Split every cluster into its communities; edges, by source, join members of one cluster only.

    Args:
        source: Shape (e,).
        to: Shape (e,).
        strength: Shape (n,): of each vector in the whole graph.
        member: Shape (n,): the cluster of each.
        scale: Resolution over the sum of all strengths.
        seed: Of the visits.
        threads: Clusters at a time.

    Returns:
        Shape (n,): another number for every community.
    """
    n = len(member)
    order = np.argsort(member, kind="stable").astype(np.int32)
    place = np.empty(n, np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    degree = np.bincount(source, minlength=n)
    begin = np.cumsum(degree) - degree
    start = np.concatenate(([0], np.cumsum(degree[order])))
    edges = np.repeat(begin[order] - start[:-1], degree[order]) + np.arange(len(to))
    near, weight, strong = place[to[edges]], np.ones(len(to)), strength[order]
    found = np.zeros(n, np.int32)
    ends = np.flatnonzero(np.diff(member[order], append=-1)) + 1
    parts = list(zip(np.concatenate(([0], ends[:-1])).tolist(), ends.tolist(), strict=True)) if n else []

    def split(part: tuple[int, int]) -> None:
        low, high = part
        own = slice(start[low], start[high])
        inner = start[low : high + 1] - start[low]
        communities(inner, near[own] - low, weight[own], strong[low:high], scale, _PASSES, seed, found[low:high])
        found[low:high] += low

    with ThreadPoolExecutor(threads) as pool:
        # The largest first, lest one of them is left alone to the end.
        for _ in pool.map(split, sorted(parts, key=lambda part: part[0] - part[1])):
            pass
    return found[place]


def _number(member: NDArray[np.int32], min_size: int) -> NDArray[np.int32]:
    """Number groups from the largest, ties by first member; −1 for those below the size."""
    _, first, place, sizes = np.unique(member, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order))
    number[sizes < min_size] = -1
    return number[place]
