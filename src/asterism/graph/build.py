"""Vectors become a NeighborGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from asterism._check import as_vectors, check_choice, check_range
from asterism._progress import SILENT
from asterism._topk import nearest_rows
from asterism.errors import InputError
from asterism.graph.rows import distinct_rows
from asterism.values import NeighborGraph

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.values import Metric

Method = Literal["auto", "exact"]


def build_graph(
    vectors: ArrayLike,
    *,
    n_neighbors: int,
    metric: Metric = "cosine",
    seed: int = 0,
    threads: int | None = None,
    method: Method = "auto",
    report: Reporter = SILENT,
) -> NeighborGraph:
    """Find the nearest neighbours of every distinct vector.

    Equal rows are one entry of the graph; a vector is never its own neighbour. The same vectors, parameters and seed
    give the same bits for any number of threads.

    Args:
        vectors: Shape (N, d), finite, maybe memory-mapped. Not modified. Need not have unit length.
        n_neighbors: k, at least 1. At most n − 1 of n distinct vectors exist; fewer than asked for is remarked.
        metric: "cosine" (distance 1 − similarity) or "euclidean".
        seed: For the approximate search; the exact one ignores it.
        threads: See `thread_count`.
        method: "exact", or "auto".
        report: Hears of one stage, counted in vectors.

    Returns:
        See `NeighborGraph`.

    Raises:
        InputError: Not a finite matrix, an unknown metric or method, or a zero vector with the metric "cosine".

    Cost: 2·n²·d operations; n·k·8 bytes out. Where rows are equal the distinct ones are copied: n·d·4 bytes.
    """
    check_range(n_neighbors, name="n_neighbors", low=1)
    check_choice(metric, ("cosine", "euclidean"), name="metric")
    check_choice(method, ("auto", "exact"), name="method")
    matrix = as_vectors(vectors)
    if matrix.shape[1] == 0 and len(matrix):
        raise InputError(f"vectors has shape {matrix.shape}; expected at least one dimension.")
    rows, first = distinct_rows(matrix, threads=threads)
    distinct = matrix if len(first) == len(rows) else matrix[first]
    k = min(n_neighbors, max(len(first) - 1, 0))
    if k < n_neighbors:
        report.remark(f"{len(first)} distinct vectors have at most {k} neighbours each; {n_neighbors} were asked for.")
    params: dict[str, Any] = {"n_neighbors": k, "asked": n_neighbors, "seed": seed}
    report.start("neighbours", len(first), unit="vectors")
    neighbors, distances = _exact(distinct, k, metric, threads, report)
    report.done()
    return NeighborGraph(neighbors, distances, rows, first, metric, params=params)


def _exact(
    vectors: NDArray[np.float32], k: int, metric: Metric, threads: int | None, report: Reporter
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    own = np.arange(len(vectors), dtype=np.int32)
    return nearest_rows(vectors, vectors, k, metric=metric, exclude=own, threads=threads, report=report)
