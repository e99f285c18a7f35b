"""How far a projection can be believed, overall and point by point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_whole
from asterism._native import nearest_points
from asterism._progress import SILENT
from asterism._rng import draw_rows, generator
from asterism._threads import thread_count
from asterism._topk import frame, nearest_rows, pair_distances, ranked_rows, shared
from asterism.errors import InputError
from asterism.values import Quality, Scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.values import Metric, NeighborGraph

NEIGHBORS = 15
"""k of trustworthiness, continuity and the measures of each point, where so many neighbours exist."""
NEAR, WIDE = 10, 50
"""k of the two recalls."""
ALL_UP_TO = 10_000
"""Up to so many vectors each one is measured."""
SAMPLE = 2_000
"""Vectors measured where there are more."""
DRAWS = 50_000
"""Random triplets and pairs; all pairs where there are fewer."""
SHEPARD = 500
"""Pairs kept for a Shepard diagram, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is asked of the original space once, for every set of points that is compared with it."""

    sample: NDArray[np.int32]
    wide: NDArray[np.int32]
    triplets: NDArray[np.int32]
    pairs: NDArray[np.int32]
    is_nearer: NDArray[np.bool_]
    is_tied: NDArray[np.bool_]
    gaps: NDArray[np.float32]


def measure_quality(
    vectors: ArrayLike,
    points: ArrayLike,
    graph: NeighborGraph,
    *,
    pca_points: ArrayLike | None = None,
    seed: int = 0,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> Quality:
    """Measure what a projection keeps of the original space, beside chance and beside PCA; see `measure_qualities`."""
    return measure_qualities(
        vectors, [points], graph, pca_points=pca_points, seed=seed, threads=threads, report=report
    )[0]


def measure_qualities(
    vectors: ArrayLike,
    maps: Sequence[ArrayLike],
    graph: NeighborGraph,
    *,
    pca_points: ArrayLike | None = None,
    seed: int = 0,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> list[Quality]:
    """Measure what projections keep of the original space, which is asked once for all of them.

    The scores compare with exact neighbours and exact ranks among all vectors, never with the graph that made the
    map; above 10 000 vectors they are measured on 2 000 of them. `lost` and `false` come from the graph.
    docs/faithfulness.md says what each number means and what it does not.

    Args:
        vectors: Shape (n, d), finite, the distinct vectors of the graph. Not modified.
        maps: Each of shape (n, dim), finite, their places. Not modified.
        graph: Their neighbours, with the metric that distances are measured in.
        pca_points: Shape (n, any), the PCA to compare with; None for none.
        seed: Chooses the sample, the triplets and the pairs.
        threads: See `thread_count`; the numbers do not depend on it.
        report: Hears of one stage, counted in measured vectors.

    Returns:
        One `Quality` per map, beside chance and PCA. Of one or two vectors nothing can be wrong: every score is 1.

    Raises:
        InputError: Shapes that do not fit, or a value that is not finite.

    Cost: 2·m·n·d operations for m measured vectors, and O(n log n); memory O(n).

    Source:
        Venna & Kaski 2001, Neighborhood preservation in nonlinear projection methods (trustworthiness, continuity);
        Wang, Huang, Rudin & Shaposhnik 2021, Understanding how dimension reduction tools work (random triplets).
    """
    matrix, drawn = as_vectors(vectors), [as_vectors(points, name="points") for points in maps]
    for placed in drawn:
        if len(matrix) != len(placed) or len(matrix) != len(graph.neighbors):
            raise InputError(
                f"{len(matrix)} vectors, {len(placed)} points and a graph of {len(graph.neighbors)} were given; "
                "expected as many of each. Give the distinct vectors: vectors[graph.first]."
            )
    n, k = len(matrix), largest_k(len(matrix))
    sample = draw_sample(n, seed, "quality sample")
    report.start("quality", len(sample), unit="vectors")
    beside = [] if pca_points is None else [as_vectors(pca_points, name="pca_points")]
    measured = _measure(matrix, [*drawn, *beside], sample, k, graph.metric, (seed, threads, report))
    pca = measured[-1][0] if beside else None
    answers = []
    for placed, (scores, errors, pairs) in zip(drawn, measured, strict=False):
        lost, false = _point_by_point(matrix, placed, graph, min(NEIGHBORS, graph.n_neighbors), threads)
        answers.append(Quality(scores, chance(n), pca, k, len(sample), n, lost, false, errors, pairs))
    report.done()
    return answers


def largest_k(n: int) -> int:
    """The k of trustworthiness and continuity for n vectors: 15, and less than n/2, for which they are defined."""
    return max(0, min(NEIGHBORS, (n - 1) // 2))


def chance(n: int) -> Scores:
    """The expected scores of n points that are shuffled among the vectors; exact, not sampled."""
    if n < 3:
        return Scores(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    k = largest_k(n)
    # A neighbour in a random place has every rank 1 … n − 1 alike: Σ max(0, r − k) / (n − 1).
    penalty = (n - 1 - k) * (n - k) / (2 * (n - 1))
    trust = 1 - _normal(n, k) * k * penalty
    return Scores(min(NEAR, n - 1) / (n - 1), min(WIDE, n - 1) / (n - 1), trust, trust, 0.5, 0.0)


def _normal(n: int, k: int) -> float:
    """What turns the mean sum of r − k over a vector's neighbours into a share of the worst possible."""
    return 2 / (k * (2 * n - 3 * k - 1))


def draw_sample(n: int, seed: int, stage: str) -> NDArray[np.int32]:
    """Which of n rows are measured: all up to 10 000, otherwise 2 000, ascending."""
    if n <= ALL_UP_TO:
        return np.arange(n, dtype=np.int32)
    return draw_rows(n, SAMPLE, seed=seed, stage=stage).astype(np.int32)


def _measure(
    vectors: NDArray[np.float32],
    maps: list[NDArray[np.float32]],
    sample: NDArray[np.int32],
    k: int,
    metric: Metric,
    context: tuple[int, int | None, Reporter],
) -> list[tuple[Scores, Scores, NDArray[np.float32]]]:
    """The scores of each set of points, their standard errors, and pairs of distances for a Shepard diagram."""
    seed, threads, report = context
    n = len(vectors)
    if n < 3:
        perfect, exact = Scores(1.0, 1.0, 1.0, 1.0, 1.0, 1.0), Scores(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        return [(perfect, exact, np.empty((0, 2), np.float32))] * len(maps)
    wide = min(WIDE, n - 1)
    shown = [nearest_rows(p[sample], p, wide, metric="euclidean", exclude=sample, threads=threads)[0] for p in maps]
    targets = np.concatenate([near[:, :k] for near in shown], axis=1)
    true, _, ranks = ranked_rows(
        vectors[sample], vectors, wide, targets, metric=metric, exclude=sample, threads=threads, report=report
    )
    truth = _truth(vectors, sample, true, metric, (seed, threads))
    return [
        _scores(truth, points, near, ranks[:, i * k : (i + 1) * k], threads)
        for i, (points, near) in enumerate(zip(maps, shown, strict=True))
    ]


def _truth(
    vectors: NDArray[np.float32],
    sample: NDArray[np.int32],
    wide: NDArray[np.int32],
    metric: Metric,
    context: tuple[int, int | None],
) -> Truth:
    """Distances of random triplets and pairs in the original space."""
    seed, threads = context
    n = len(vectors)
    rng = generator(seed, "quality draws")
    triplets = _distinct_draws(rng, n, 3)
    if n * (n - 1) // 2 <= DRAWS:
        pairs = np.stack(np.triu_indices(n, 1), axis=1).astype(np.int32)
    else:
        pairs = _distinct_draws(rng, n, 2)
    sides = pair_distances(vectors, triplets[:, 0], triplets[:, 1:], metric=metric, threads=threads)
    gaps = pair_distances(vectors, pairs[:, 0], pairs[:, 1:], metric=metric, threads=threads)[:, 0]
    return Truth(sample, wide, triplets, pairs, sides[:, 0] < sides[:, 1], sides[:, 0] == sides[:, 1], gaps)


def _distinct_draws(rng: np.random.Generator, n: int, size: int) -> NDArray[np.int32]:
    """DRAWS tuples of different numbers below n, each tuple alike."""
    drawn = np.empty((DRAWS, size), np.int64)
    for i in range(size):
        value = rng.integers(0, n - i, DRAWS)
        for before in np.sort(drawn[:, :i], axis=1).T:
            value += value >= before
        drawn[:, i] = value
    return drawn.astype(np.int32)


def _scores(
    truth: Truth,
    points: NDArray[np.float32],
    shown: NDArray[np.int32],
    ranks: NDArray[np.float32],
    threads: int | None,
) -> tuple[Scores, Scores, NDArray[np.float32]]:
    n, k = len(points), ranks.shape[1]
    true_near = truth.wide[:, :k]
    _, _, map_ranks = ranked_rows(
        points[truth.sample], points, 1, true_near, metric="euclidean", exclude=truth.sample, threads=threads
    )
    sides = pair_distances(points, truth.triplets[:, 0], truth.triplets[:, 1:], metric="euclidean", threads=threads)
    gaps = pair_distances(points, truth.pairs[:, 0], truth.pairs[:, 1:], metric="euclidean", threads=threads)[:, 0]
    agreement = np.where((sides[:, 0] < sides[:, 1]) == truth.is_nearer, 1.0, 0.0)
    agreement[(sides[:, 0] == sides[:, 1]) | truth.is_tied] = 0.5
    spearman = _correlation(_ranks(truth.gaps), _ranks(gaps))
    recall = overlap(truth.wide[:, :NEAR], shown[:, :NEAR])
    recall_50 = overlap(truth.wide, shown)
    trust = 1 - _normal(n, k) * np.maximum(ranks - k, 0).sum(axis=1, dtype=np.float64)
    continuity = 1 - _normal(n, k) * np.maximum(map_ranks - k, 0).sum(axis=1, dtype=np.float64)
    all_pairs = 2 * len(truth.pairs) == n * (n - 1)
    scores = Scores(
        float(recall.mean()),
        float(recall_50.mean()),
        float(trust.mean()),
        float(continuity.mean()),
        float(agreement.mean()),
        spearman,
    )
    errors = Scores(
        standard_error(recall, n),
        standard_error(recall_50, n),
        standard_error(trust, n),
        standard_error(continuity, n),
        float(agreement.std() / np.sqrt(len(agreement))),
        0.0 if all_pairs else float((1 - spearman**2) / np.sqrt(len(gaps) - 1)),
    )
    # Random pairs, or all of them in order: evenly taken, either is a fair sample.
    some = np.linspace(0, len(gaps) - 1, min(SHEPARD, len(gaps))).astype(np.int64)
    return scores, errors, np.stack([truth.gaps[some], gaps[some]], axis=1)


def standard_error(values: NDArray[np.float64], n: int) -> float:
    """Of the mean of values drawn without replacement from n."""
    m = len(values)
    return float(values.std(ddof=1) / np.sqrt(m) * np.sqrt((n - m) / (n - 1))) if m < n else 0.0


def overlap(a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of the entries of each row of `a` that stand in the same row of `b`."""
    return np.asarray(shared(a, b) / a.shape[1])


def _ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Ranks from 0; ties share their mean."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts + 1) / 2)[which]
    return ranks


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson's coefficient; 0 where one side does not vary, which says nothing of the other."""
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 0 else 0.0


def _point_by_point(
    vectors: NDArray[np.float32], points: NDArray[np.float32], graph: NeighborGraph, k: int, threads: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shares of true neighbours lost and of false neighbours shown, around every point."""
    if k == 0:
        return np.zeros(len(points), np.float32), np.zeros(len(points), np.float32)
    shown, away = shown_neighbors(points, k, threads=threads)
    own = np.arange(len(points), dtype=np.int32)
    true = graph.neighbors[:, :k]
    true_reach, shown_reach = graph.distances[:, k - 1], away.max(axis=1)
    on_map = pair_distances(points, own, true, metric="euclidean", threads=threads)
    in_space = pair_distances(vectors, own, shown, metric=graph.metric, threads=threads)
    lost = (on_map > np.maximum(shown_reach[:, None], shown_reach[true])).mean(axis=1, dtype=np.float32)
    false = (in_space > np.maximum(true_reach[:, None], true_reach[shown])).mean(axis=1, dtype=np.float32)
    return lost, false


def shown_neighbors(
    points: NDArray[np.float32], k: int, *, threads: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the k nearest points of every point of a map, exactly.

    Args:
        points: Shape (n, dim) float32, finite, C-contiguous. Not modified.
        k: At least 0 and less than n.
        threads: See `thread_count`.

    Returns:
        Points (n, k) int32, nearest first, ties by index, never the point itself; and their distances (n, k) float32.

    Raises:
        InputError: `k` is out of range.

    Cost: O(n log n) in 2 or 3 dimensions, n² in others.
    """
    check_whole(k, name="k", low=0, high=max(len(points) - 1, 0))
    own = np.arange(len(points), dtype=np.int32)
    if points.shape[1] not in (2, 3):
        return nearest_rows(points, points, k, metric="euclidean", exclude=own, threads=threads)
    ids = np.empty((len(points), k), np.int32)
    if ids.size == 0:
        return ids, np.empty(ids.shape, np.float32)
    scaled = points * np.float32(1 / frame(points, "euclidean")[1])
    nearest_points(scaled, ids, np.empty(ids.shape, np.float32), thread_count(threads))
    return ids, pair_distances(points, own, ids, metric="euclidean", threads=threads)
