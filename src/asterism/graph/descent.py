"""Approximate nearest neighbours: cells of near rows, then NN-descent, both on 8-bit copies of the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import check_range, check_whole
from asterism._native import Descent
from asterism._progress import SILENT
from asterism._rng import draw_rows
from asterism._threads import thread_count
from asterism._topk import frame, in_unit, nearest_rows, row_scales, shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.values import Metric

MOST_SAMPLED = 64
"""Room that the kernel has for neighbours that take part in a round."""
MOST_DIMENSIONS = 33_000
"""Beyond, the squared distance of two 8-bit rows, up to 254² a dimension, may not fit into 31 bits."""
RECALL_SAMPLE = 500
"""Vectors whose exact neighbours are found to measure the recall."""


@dataclass(frozen=True, slots=True)
class DescentOptions:
    """How hard to search. docs/decisions/neighbor-graph.md has the measurements behind the defaults.

    Attributes:
        trees: How many times the vectors are divided into cells, at random each time; all of a cell meet each other.
        leaf: Largest number of vectors in a cell.
        spare: Neighbours kept beyond k until exact distances decide, at least; they make up for the 8 bits.
        sample: Neighbours that take part in a round of descent, of those not yet seen and of those seen, from 1 to 64.
        rounds: Rounds of descent, at most.
        settled: Descent ends when a round changes less than this share of the neighbours.
    """

    trees: int = 12
    leaf: int = 1024
    spare: int = 8
    sample: int = 31
    rounds: int = 12
    settled: float = 0.03

    def __post_init__(self) -> None:
        """Refuse what the search cannot hold."""
        check_whole(self.trees, name="trees", low=1)
        check_whole(self.leaf, name="leaf", low=2)
        check_whole(self.spare, name="spare", low=0)
        check_whole(self.sample, name="sample", low=1, high=MOST_SAMPLED)
        check_whole(self.rounds, name="rounds", low=0)
        check_range(self.settled, name="settled", low=0)


def approximate_neighbors(
    vectors: NDArray[np.float32],
    k: int,
    *,
    metric: Metric,
    seed: int = 0,
    threads: int | None = None,
    options: DescentOptions | None = None,
    report: Reporter = SILENT,
) -> tuple[NDArray[np.int32], NDArray[np.float32], dict[str, Any]]:
    """Find most of the k nearest other rows of every row.

    The same input and seed give the same bits for any number of threads: distances of 8-bit rows are exact sums of
    integers, and every list keeps the smallest of what it was offered whatever the order. Of the rows found, the
    distances and their order are those of `nearest_rows`.

    Args:
        vectors: Shape (n, d) float32, finite, C-contiguous, distinct, maybe memory-mapped. Not modified.
        k: At least 1 and less than n.
        metric: "cosine" or "euclidean".
        seed: Of the pivots of the cells and of the neighbours that take part in a round.
        threads: See `thread_count`.
        options: None for the defaults.
        report: Advanced by one for each tree and round; the caller starts and ends the stage.

    Returns:
        Rows (n, k) int32, nearest first, ties by index; distances (n, k) float32; and what the search did: its
        options, the number of rounds, and how many vectors met fewer than k others and were searched exactly.

    Raises:
        InputError: A zero vector with the metric "cosine".

    Source:
        Dong, Moses & Li 2011, Efficient k-nearest neighbor graph construction for generic similarity measures (§2.3,
        with its sampling and its early end). We start from cells around random pivots instead of random neighbours.

    Cost: About trees·n·leaf/4 + rounds·n·sample² distances of d bytes. Memory: n·(d + 8·(k + 8) + 16·sample) bytes.
    """
    chosen = options or DescentOptions()
    n = len(vectors)
    width = -(-(k + chosen.spare + 1) // 8) * 8 - 1  # with its head, a list fills whole cache lines
    _, unit = frame(vectors, metric)
    scale = row_scales(vectors, metric, unit)
    search = Descent(vectors, scale, width, chosen.sample, seed, thread_count(threads))
    for tree in range(chosen.trees):
        search.plant(tree, chosen.leaf)
        report.advance(detail=f"cells {tree + 1} of {chosen.trees}")
    done = 0
    for done in range(1, chosen.rounds + 1):
        share = search.iterate(done) / (n * k)
        report.advance(detail=f"round {done}, {share:.1%} new")
        if share < chosen.settled:
            break
    report.advance(chosen.rounds - done)  # rounds that it did not need
    ids = np.empty((n, k), np.int32)
    squares = np.empty((n, k), np.float32)
    search.finish(ids, squares)
    distances = in_unit(squares, metric, unit)
    short = np.flatnonzero(ids[:, -1] < 0)
    ids[short], distances[short] = nearest_rows(
        vectors[short], vectors, k, metric=metric, exclude=short, threads=threads
    )
    params = {"trees": chosen.trees, "leaf": chosen.leaf, "sample": chosen.sample, "rounds": done}
    return ids, distances, {**params, "completed": len(short)}


def measure_recall(
    vectors: NDArray[np.float32],
    neighbors: NDArray[np.int32],
    *,
    metric: Metric,
    seed: int = 0,
    threads: int | None = None,
) -> tuple[float, int]:
    """Compare a graph with the exact neighbours of some of its vectors.

    Args:
        vectors: Shape (n, d) float32, finite, C-contiguous. Not modified.
        neighbors: Shape (n, k) int32.
        metric: "cosine" or "euclidean".
        seed: Chooses the vectors.
        threads: See `thread_count`.

    Returns:
        The share of their true k nearest that the graph holds; and how many vectors were compared, at most 500.

    Raises:
        InputError: A zero vector with the metric "cosine".

    Cost: 1 000·n·d operations.
    """
    n, k = neighbors.shape
    size = min(n, RECALL_SAMPLE)
    sample = draw_rows(n, size, seed=seed, stage="graph recall").astype(np.int32)
    true, _ = nearest_rows(vectors[sample], vectors, k, metric=metric, exclude=sample, threads=threads)
    return float(shared(true, neighbors[sample]).sum() / max(true.size, 1)), size
