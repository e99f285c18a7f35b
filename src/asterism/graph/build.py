"""Vectors become a NeighborGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from asterism._check import as_vectors, check_choice, check_whole
from asterism._progress import SILENT
from asterism._topk import nearest_rows
from asterism.errors import InputError
from asterism.graph.descent import MOST_DIMENSIONS, DescentOptions, approximate_neighbors, measure_recall
from asterism.graph.rows import distinct_rows
from asterism.values import NeighborGraph

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from asterism._progress import Reporter
    from asterism.values import Metric

Method = Literal["auto", "exact", "nn-descent"]
EXACT_UP_TO = 10_000
"""Distinct vectors up to which "auto" is exact; docs/decisions/neighbor-graph.md has the measurement."""
LEAST_FOR_DESCENT = 1_000
"""Below, approximate search has nothing to save and is refused."""


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
        n_neighbors: k, at least 1. At most n − 1 of n distinct vectors exist; `params` hold how many there are, and how
            many were asked for.
        metric: "cosine" (distance 1 − similarity) or "euclidean".
        seed: For the approximate search; the exact one ignores it.
        threads: See `thread_count`.
        method: "exact", "nn-descent", or "auto": exact up to 10 000 distinct vectors, or above 33 000 dimensions.
        report: Hears of one stage, counted in vectors, or in steps where the search is approximate; and, then, of the
            recall.

    Returns:
        See `NeighborGraph`.

    Raises:
        InputError: Not a finite matrix, an unknown metric or method, or a zero vector with the metric "cosine".

    Cost: Exact: 2·n²·d operations. Approximate: see `approximate_neighbors`. n·k·8 bytes out. Where rows are equal the
    distinct ones are copied: n·d·4 bytes.
    """
    check_whole(n_neighbors, name="n_neighbors", low=1)
    check_choice(metric, ("cosine", "euclidean"), name="metric")
    check_choice(method, ("auto", "exact", "nn-descent"), name="method")
    matrix = as_vectors(vectors)
    if matrix.shape[1] == 0 and len(matrix):
        raise InputError(f"vectors has shape {matrix.shape}; expected at least one dimension.")
    rows, first = distinct_rows(matrix, threads=threads)
    distinct = matrix if len(first) == len(rows) else matrix[first]
    k = min(n_neighbors, max(len(first) - 1, 0))
    params: dict[str, Any] = {"n_neighbors": k, "asked": n_neighbors, "seed": seed}
    if method == "nn-descent" and len(first) < LEAST_FOR_DESCENT:
        raise InputError(
            f"method is 'nn-descent' for {len(first)} distinct vectors; expected at least {LEAST_FOR_DESCENT}. "
            "Use method='exact', which is faster there."
        )
    if method == "nn-descent" and matrix.shape[1] > MOST_DIMENSIONS:
        raise InputError(
            f"method is 'nn-descent' for vectors of {matrix.shape[1]} dimensions; expected at most {MOST_DIMENSIONS}. "
            "Use method='exact', or reduce the vectors first (space.reduce)."
        )
    suits_exact = len(first) <= EXACT_UP_TO or matrix.shape[1] > MOST_DIMENSIONS
    if method == "exact" or (method == "auto" and suits_exact):
        report.start("neighbours", len(first), unit="vectors")
        own = np.arange(len(first), dtype=np.int32)
        neighbors, distances = nearest_rows(
            distinct, distinct, k, metric=metric, exclude=own, threads=threads, report=report
        )
        report.done()
        return NeighborGraph(neighbors, distances, rows, first, metric, params=params)
    options = DescentOptions()
    report.start("neighbours", options.trees + options.rounds + 1, unit="steps")
    neighbors, distances, did = approximate_neighbors(
        distinct, k, metric=metric, seed=seed, threads=threads, options=options, report=report
    )
    recall, sample = measure_recall(distinct, neighbors, metric=metric, seed=seed, threads=threads)
    report.advance()
    report.done()
    report.remark(
        f"The neighbours are approximate: {recall:.1%} of the true {k} nearest, measured on {sample} vectors."
    )
    return NeighborGraph(neighbors, distances, rows, first, metric, "nn-descent", recall, sample, {**params, **did})
