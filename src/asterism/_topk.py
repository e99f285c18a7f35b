"""Exact nearest rows by blocks of matrix products; shared by the graph, the questions and the measures of quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_choice, check_rows, check_whole
from asterism._native import pair_gaps, scan_nearest
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from numpy.typing import NDArray

    from asterism._progress import Reporter

    Metric = Literal["cosine", "euclidean"]

MARGIN = 8
"""Rows proposed beyond k, so that rounding in the products cannot cost a neighbour."""
BLOCK = 65536
"""Rows read at a time where a pass over all vectors needs no more than a sum."""
ROWS = 4096
"""Rows read at a time where each is worked on."""
SHORT, LONG = 1e-15, 1e15
"""Lengths beyond which squares in float32 lose digits, or are no numbers."""
FEW_DIMENSIONS = 4
"""Up to here differences cost no more than products and lose nothing."""
WORK = 1e11
"""Multiplications handed to one native call, so that progress is told every second or so."""


def nearest_rows(
    queries: NDArray[np.float32],
    vectors: NDArray[np.float32],
    k: int,
    *,
    metric: Metric,
    exclude: NDArray[np.integer] | None = None,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the k nearest rows of `vectors` for every query, exactly.

    Candidates come from products in float32; their order is decided by direct differences, so that near-equal rows
    keep their digits. The same input gives the same bits for any number of threads and any grouping of queries.

    Args:
        queries: Shape (m, d) float32, finite, C-contiguous. Not modified.
        vectors: Shape (n, d) float32, finite, C-contiguous, maybe memory-mapped. Not modified.
        k: At least 0; where fewer rows exist the rest is filled with -1 and infinity.
        metric: "cosine" (1 − similarity) or "euclidean".
        exclude: Shape (m,), for each query the row that is not its neighbour (itself); None for none.
        threads: See `thread_count`.
        report: Advanced by the queries done; the caller starts and ends the stage.

    Returns:
        Rows (m, k) int32, nearest first, ties (equal in float32) by index; and their distances (m, k) float32.

    Raises:
        InputError: Shapes that do not fit, an unknown metric, or a zero vector with the metric "cosine".

    Cost: 2·m·n·d floating-point operations; memory m·(k + 8)·8 bytes and a few megabytes.
    """
    nobody = np.empty((len(queries), 0), np.int32)
    ids, distances, _ = ranked_rows(
        queries, vectors, k, nobody, metric=metric, exclude=exclude, threads=threads, report=report
    )
    return ids, distances


def ranked_rows(
    queries: NDArray[np.float32],
    vectors: NDArray[np.float32],
    k: int,
    targets: NDArray[np.int32],
    *,
    metric: Metric,
    exclude: NDArray[np.integer] | None = None,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Find the k nearest rows of every query, as `nearest_rows` does, and the ranks of given rows among all.

    Args:
        queries: See `nearest_rows`.
        vectors: See `nearest_rows`.
        k: See `nearest_rows`.
        targets: Shape (m, t) int32, the rows whose rank around each query is wanted; −1 for none.
        metric: See `nearest_rows`.
        exclude: See `nearest_rows`.
        threads: See `thread_count`.
        report: See `nearest_rows`.

    Returns:
        Rows and distances as `nearest_rows`; and ranks (m, t) float32: 1 for the nearest, the mean rank for rows that
        tie, 0 for none. Squared distances that differ by less than 1e-7 of the spread of the vectors may tie or swap.

    Raises:
        InputError: See `nearest_rows`; or a target that is no row.

    Cost: That of `nearest_rows`, and 4·m·n·t comparisons.
    """
    check_choice(metric, ("cosine", "euclidean"), name="metric")
    check_whole(k, name="k", low=0)
    if queries.shape[1] != vectors.shape[1]:
        raise InputError(
            f"queries have {queries.shape[1]} dimensions and vectors {vectors.shape[1]}; expected the same number."
        )
    m, (n, d) = len(queries), vectors.shape
    check_rows(targets, n, name="targets")
    own = np.full(m, -1, np.int32) if exclude is None else np.ascontiguousarray(exclude, np.int32)
    ids = np.full((m, k), -1, np.int32)
    distances = np.full((m, k), np.inf, np.float32)
    ranks = np.zeros(targets.shape, np.float32)
    found = min(k, n)
    if m == 0 or found == 0:
        return ids, distances, ranks
    centre, unit = frame(vectors, metric)
    scale = row_scales(vectors, metric, unit)
    own_scale = row_scales(queries, metric, unit, name="queries")
    for part in blocks(m, max(256, int(WORK / (n * max(d, 1))))):
        part_ids = np.empty((part.stop - part.start, found), np.int32)
        part_distances = np.empty(part_ids.shape, np.float32)
        scan_nearest(
            queries[part], own_scale[part], vectors, scale, centre, metric == "cosine",
            metric == "euclidean" and d <= FEW_DIMENSIONS, own[part], np.ascontiguousarray(targets[part]), MARGIN,
            part_ids, part_distances, ranks[part], thread_count(threads),
        )  # fmt: skip
        ids[part, :found] = part_ids
        distances[part, :found] = in_unit(part_distances, metric, unit)
        report.advance(part.stop - part.start)
    distances[ids < 0] = np.inf
    return ids, distances, ranks


def frame(vectors: NDArray[np.float32], metric: Metric) -> tuple[NDArray[np.float64], float]:
    """Choose the origin and the unit in which products of the vectors lose least.

    Args:
        vectors: Shape (n, d), n at least 1.
        metric: See `nearest_rows`.

    Returns:
        The origin (d,): the mean, or 0 for cosine; and the unit: a power of two near the largest deviation from it,
        by which dividing is exact; 1 for cosine.
    """
    d = vectors.shape[1]
    if metric == "cosine" or d == 0:
        return np.zeros(d), 1.0
    total = np.zeros(d)
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    for part in blocks(len(vectors), BLOCK):
        block = vectors[part]
        total += block.sum(axis=0, dtype=np.float64)
        np.minimum(low, block.min(axis=0), out=low)
        np.maximum(high, block.max(axis=0), out=high)
    mean = total / len(vectors)
    largest = float(max((high - mean).max(), (mean - low).max()))
    return mean, 2.0 ** np.clip(np.ceil(np.log2(largest)), -120, 120) if largest > 0 else 1.0


def row_scales(
    vectors: NDArray[np.float32], metric: Metric, unit: float, *, name: str = "vectors"
) -> NDArray[np.float32]:
    """What each row is multiplied by before rows are compared: 1/length for cosine, else 1/unit.

    Args:
        vectors: Shape (n, d).
        metric: See `nearest_rows`.
        unit: From `frame`.
        name: What the caller calls the vectors.

    Returns:
        Shape (n,) float32.

    Raises:
        InputError: A zero vector with the metric "cosine", which has no direction.
    """
    if metric == "euclidean":
        return np.full(len(vectors), 1 / unit, np.float32)
    scales = np.empty(len(vectors), np.float32)
    for part in blocks(len(vectors), BLOCK):
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors[part], vectors[part], dtype=np.float64))
        usable = (lengths > 1e-38) & (lengths < 1e38)
        if not usable.all():
            row = part.start + int(np.argmin(usable))
            raise InputError(
                f"{name} holds a vector of length {lengths[row - part.start]:g} in row {row}, which has no usable "
                "direction; expected none with the metric 'cosine'. Leave such rows out, or use metric='euclidean'."
            )
        scales[part] = 1 / lengths
    return scales


def inverse_lengths(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """1 / length of each row.

    Args:
        vectors: Shape (n, d), maybe memory-mapped; read in blocks. Not modified.

    Returns:
        Shape (n,) float32; 0 for a vector shorter than 1e-38, which has no usable direction.
    """
    inverse = np.zeros(len(vectors), np.float32)
    for part in blocks(len(vectors), ROWS):
        lengths = row_lengths(np.asarray(vectors[part], np.float32))
        inverse[part] = np.divide(1, lengths, out=np.zeros(len(lengths)), where=lengths > 1e-38)
    return inverse


def row_lengths(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The length of each row, also where squares in float32 lose digits or are no numbers.

    Args:
        rows: Shape (n, d). Not modified.

    Returns:
        Shape (n,) float64, exact to the digits of float32.
    """
    with np.errstate(over="ignore"):
        lengths: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", rows, rows)).astype(np.float64)
    odd = np.flatnonzero(~((lengths > SHORT) & (lengths < LONG)))
    lengths[odd] = np.sqrt(np.einsum("ij,ij->i", rows[odd], rows[odd], dtype=np.float64))
    return lengths


def pair_distances(
    vectors: NDArray[np.float32],
    of: NDArray[np.integer],
    others: NDArray[np.integer],
    *,
    metric: Metric,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Distances between chosen rows, with the bits that `nearest_rows` gives them.

    Args:
        vectors: Shape (n, d) float32, finite, C-contiguous. Not modified.
        of: Shape (m,), rows.
        others: Shape (m, t), rows to measure from each of `of`; −1 for none.
        metric: See `nearest_rows`.
        threads: See `thread_count`.

    Returns:
        Shape (m, t) float32, infinite where there is no row.

    Raises:
        InputError: A row that is not there, or a zero vector with the metric "cosine".
    """
    wanted = np.ascontiguousarray(others, np.int32)
    if wanted.size == 0:
        return np.empty(wanted.shape, np.float32)
    check_rows(of, len(vectors), name="of", least=0)
    check_rows(wanted, len(vectors), name="others")
    _, unit = frame(vectors, metric)
    out = np.empty(wanted.shape, np.float32)
    scale = row_scales(vectors, metric, unit)
    pair_gaps(vectors, scale, np.ascontiguousarray(of, np.int32), wanted, out, thread_count(threads))
    distances = in_unit(out, metric, unit)
    distances[wanted < 0] = np.inf
    return distances


def shared(a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.intp]:
    """How many entries of each row of `a` stand in the same row of `b`.

    Args:
        a: Shape (n, k), rows without repetition but for −1, which stands for none.
        b: Shape (n, m), likewise.

    Returns:
        Shape (n,).
    """
    both = np.sort(np.concatenate([a, b], axis=1), axis=1)
    return np.asarray(((both[:, 1:] == both[:, :-1]) & (both[:, 1:] >= 0)).sum(axis=1))


def in_unit(squared: NDArray[np.float32], metric: Metric, unit: float) -> NDArray[np.float32]:
    """Turn squared differences of scaled rows into distances of the metric.

    Args:
        squared: Any shape; ‖x − y‖² of rows as scaled by `row_scales`.
        metric: See `nearest_rows`.
        unit: From `frame`.

    Returns:
        Cosine: 1 − similarity = ½‖x − y‖² of unit vectors, at most 2. Euclidean: ‖x − y‖.
    """
    distances: NDArray[np.float32]
    if metric == "cosine":
        distances = np.minimum(squared / np.float32(2), np.float32(2))
    else:
        distances = np.sqrt(squared) * np.float32(unit)
    return distances


def blocks(n: int, size: int) -> Iterator[slice]:
    """Consecutive slices of at most `size` that cover range(n)."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
