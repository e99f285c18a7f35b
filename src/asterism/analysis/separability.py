"""How well labels can be told apart in a space of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism._rng import generator
from asterism._topk import blocks, nearest_rows
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism.values import Metric

_FOLDS = 5
_RIDGE = 1e-2
MAX_QUERIES = 20_000
_BALLOTS = 1 << 24  # comparisons of labels at a time


@dataclass(frozen=True, slots=True)
class Separability:
    """How separable labels are in this space; beside each accuracy stands what guessing would reach.

    Attributes:
        knn_accuracy: Share of the rows whose label is the commonest among their k nearest others; of equally common
            labels the one that comes nearest counts.
        knn_purity: Mean share of the k nearest others with the same label.
        probe_accuracy: Accuracy of a linear classifier on rows that it was not fitted on, over 5 folds.
        silhouette: Mean silhouette in the cosine distance, in [−1, 1]; NaN with a single label.
        chance: Share of the commonest label: the accuracy of always guessing it.
        chance_purity: Purity expected of neighbours drawn at random.
        n_rows: Rows with a label.
        n_labels: Distinct labels.
        n_sampled: Rows that the neighbours were searched for; all rows are candidates.
        n_neighbors: k.
    """

    knn_accuracy: float
    knn_purity: float
    probe_accuracy: float
    silhouette: float
    chance: float
    chance_purity: float
    n_rows: int
    n_labels: int
    n_sampled: int
    n_neighbors: int


def measure_separability(
    vectors: NDArray[np.float32],
    labels: ArrayLike,
    *,
    k: int = 10,
    metric: Metric = "cosine",
    seed: int = 0,
    threads: int | None = None,
) -> Separability:
    """Measure how well labels can be told from vectors.

    Args:
        vectors: Shape (n, d) float32, finite; no zero vector under "cosine". Not modified.
        labels: Shape (n,) int; rows with −1 have no label and are left out.
        k: Neighbours that vote, fewer where there are not as many.
        metric: Of the neighbours.
        seed: Which rows form the folds, and which are asked above 20,000 rows.
        threads: See `thread_count`.

    Returns:
        The measures.

    Raises:
        InputError: Shapes differ, or fewer than two rows have a label.

    Source:
        Rousseeuw 1987 for the silhouette. The linear probe is ridge regression on one indicator per label, with the
        penalty 0.01 · n/d of unit vectors.

    Cost: min(n, 20,000)·n·d for the neighbours, n·d² for the probe, n·labels·d for the silhouette.
    """
    check_whole(k, name="k", low=1)
    given = np.asarray(labels)
    if given.shape != (len(vectors),):
        raise InputError(f"labels has shape {given.shape}; expected one per row, ({len(vectors)},).")
    kept = np.flatnonzero(given >= 0)
    if len(kept) < 2:
        found = "1 row has" if len(kept) == 1 else f"{len(kept)} rows have"
        raise InputError(f"{found} a label; expected at least two.")
    x = np.ascontiguousarray(vectors[kept], np.float32)
    values, codes, counts = np.unique(given[kept], return_inverse=True, return_counts=True)
    asked = np.arange(len(x))
    if len(x) > MAX_QUERIES:
        asked = np.sort(generator(seed, "separability").choice(len(x), MAX_QUERIES, replace=False))
    k = min(k, len(x) - 1)
    near, _ = nearest_rows(x[asked], x, k, metric=metric, exclude=asked, threads=threads)
    units = unit_rows(x)
    return Separability(
        knn_accuracy=float((_vote(codes[near]) == codes[asked]).mean()),
        knn_purity=float((codes[near] == codes[asked, None]).mean()),
        probe_accuracy=_probe(units, codes, len(values), seed),
        silhouette=cosine_silhouette(units, codes),
        chance=float(counts.max() / len(x)),
        chance_purity=float((counts * (counts - 1)).sum() / (len(x) * (len(x) - 1))),
        n_rows=len(x),
        n_labels=len(values),
        n_sampled=len(asked),
        n_neighbors=k,
    )


def _vote(near: NDArray[np.int64]) -> NDArray[np.int64]:
    """The commonest label of each row; of equally common ones the first."""
    won = np.empty(len(near), near.dtype)
    for part in blocks(len(near), max(1, _BALLOTS // near.shape[1] ** 2)):
        own = near[part]
        ballots = (own[:, :, None] == own[:, None, :]).sum(axis=2)
        won[part] = own[np.arange(len(own)), ballots.argmax(axis=1)]
    return won


def _probe(units: NDArray[np.float32], codes: NDArray[np.int64], n_labels: int, seed: int) -> float:
    """Cross-validated accuracy of ridge regression on indicators; folds hold equal parts of every label."""
    n, d = units.shape
    order = generator(seed, "probe").permutation(n)
    order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(n, np.int64)
    fold[order] = np.arange(n) % _FOLDS
    right = 0
    for part in range(min(_FOLDS, n)):
        train, test = fold != part, fold == part
        mean = units[train].mean(axis=0)
        x = (units[train] - mean).astype(np.float64)
        sums = np.zeros((n_labels, d))
        np.add.at(sums, codes[train], x)
        gram = x.T @ x + _RIDGE * max(len(x) / d, 1e-6) * np.eye(d)
        weights = np.linalg.solve(gram, sums.T)
        prior = np.bincount(codes[train], minlength=n_labels) / len(x)
        right += int(((((units[test] - mean) @ weights) + prior).argmax(axis=1) == codes[test]).sum())
    return float(right / n)


def cosine_silhouette(units: NDArray[np.float32], codes: NDArray[np.int64]) -> float:
    """Mean silhouette in the cosine distance, exactly, through the sums of each label's vectors.

    Args:
        units: Shape (n, d), rows of length 1.
        codes: Shape (n,) int, labels from 0 without gaps.

    Returns:
        In [−1, 1]; a row alone in its label counts 0; NaN with a single label.

    Cost: O(n·labels·d), where the distances themselves would be O(n²·d).
    """
    counts = np.bincount(codes)
    if len(counts) < 2:
        return float("nan")
    sums = np.zeros((len(counts), units.shape[1]))
    np.add.at(sums, codes, units.astype(np.float64))
    total = 0.0
    for start in range(0, len(units), 4096):
        x, own = units[start : start + 4096].astype(np.float64), codes[start : start + 4096]
        rows = np.arange(len(x))
        away = counts - x @ sums.T
        squares = np.einsum("ij,ij->i", x, x)
        within = (away[rows, own] - (1 - squares)) / np.maximum(counts[own] - 1, 1)
        away /= counts
        away[rows, own] = np.inf
        between = away.min(axis=1)
        larger = np.maximum(within, between)
        score = np.divide(between - within, larger, out=np.zeros(len(x)), where=larger > 0)
        total += float(score[counts[own] > 1].sum())
    return total / len(units)
