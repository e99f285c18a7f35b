"""Equal rows: collapsed before the search, fanned out after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism._native import number_distinct
from asterism._threads import thread_count
from asterism._topk import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism.values import NeighborGraph

ENTRIES_AT_A_TIME = 16384


def distinct_rows(
    vectors: NDArray[np.float32], *, threads: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find rows that are equal value by value; −0 equals 0.

    Args:
        vectors: Shape (N, d) float32, finite, C-contiguous. Not modified.
        threads: See `thread_count`.

    Returns:
        `rows` (N,) int32, the number of the distinct vector of each row, in order of first appearance; and `first`
        (n,) int32, the first row that holds each, ascending.

    Cost: One pass over the vectors and about 24 bytes a row.
    """
    rows = np.empty(len(vectors), np.int32)
    number_distinct(vectors, rows, thread_count(threads))
    seen = np.maximum.accumulate(rows) if len(rows) else rows
    is_first = np.ones(len(rows), bool)
    is_first[1:] = seen[1:] > seen[:-1]
    return rows, np.flatnonzero(is_first).astype(np.int32)


def row_neighbors(graph: NeighborGraph, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Tell the neighbours of every row of the input, where the graph tells those of every distinct vector.

    Args:
        graph: Not modified.
        k: How many, at least 0; may be more than the graph holds.

    Returns:
        Rows (N, k) int32: first those with an equal vector, at distance 0, by index; then nearest first, ties by
        index; never the row itself; −1 where there are not enough. And their distances (N, k) float32, infinite there.

    Cost: N·k·8 bytes out, and about as much again while it runs.
    """
    check_whole(k, name="k", low=0)
    if len(graph.first) == len(graph.rows):
        return _padded(graph.neighbors, k, -1), _padded(graph.distances, k, np.inf)
    order = np.argsort(graph.rows, kind="stable").astype(np.int32)
    counts = np.bincount(graph.rows, minlength=len(graph.first))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    near = np.full((len(graph.first), k + 1), -1, np.int32)
    away = np.full((len(graph.first), k + 1), np.inf, np.float32)
    for part in blocks(len(graph.first), ENTRIES_AT_A_TIME):
        _fan_out(graph, part, (order, counts, starts), near[part], away[part])
    ids = np.empty((len(graph.rows), k), np.int32)
    distances = np.empty((len(graph.rows), k), np.float32)
    for part in blocks(len(graph.rows), ENTRIES_AT_A_TIME):
        candidates = near[graph.rows[part]]
        own = candidates == np.arange(part.start, part.stop, dtype=np.int32)[:, None]
        at = np.where(own.any(axis=1), own.argmax(axis=1), k)
        kept = np.arange(k) + (np.arange(k) >= at[:, None])
        ids[part] = np.take_along_axis(candidates, kept, axis=1)
        distances[part] = np.take_along_axis(away[graph.rows[part]], kept, axis=1)
    return ids, distances


def _fan_out(
    graph: NeighborGraph,
    part: slice,
    members: tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.intp]],
    near: NDArray[np.int32],
    away: NDArray[np.float32],
) -> None:
    """Fill the first rows around each entry of `part`: its own, then those of its neighbours."""
    order, counts, starts = members
    width = near.shape[1]
    own = np.arange(part.start, part.stop, dtype=np.int32)[:, None]
    entries = np.concatenate([own, graph.neighbors[part]], axis=1)
    # Own rows sort before any other, also before another direction at distance 0.
    gaps = np.concatenate([np.full(own.shape, -1, np.float32), graph.distances[part]], axis=1)
    sizes = np.minimum(np.where(entries >= 0, counts[entries], 0), width).ravel()
    total = int(sizes.sum())
    inside = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = order[np.repeat(starts[entries.ravel()], sizes) + inside]
    gap = np.repeat(gaps.ravel(), sizes)
    home = np.repeat(np.arange(len(own)), sizes.reshape(entries.shape).sum(axis=1))
    sort = np.lexsort((rows, gap, home))
    rows, gap, home = rows[sort], np.maximum(gap[sort], 0), home[sort]
    per_home = np.bincount(home, minlength=len(own))
    rank = np.arange(total) - np.repeat(np.cumsum(per_home) - per_home, per_home)
    kept = rank < width
    near[home[kept], rank[kept]] = rows[kept]
    away[home[kept], rank[kept]] = gap[kept]


def _padded(values: NDArray, k: int, filler: float) -> NDArray:  # type: ignore[type-arg]
    out = np.full((len(values), k), filler, values.dtype)
    out[:, : values.shape[1]] = values[:, :k]
    return out
