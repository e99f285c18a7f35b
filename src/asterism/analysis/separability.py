"""How well labels can be told apart in a space of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism._labelled import silhouette_widths, vote
from asterism._rng import draw_rows, generator
from asterism._topk import ROWS, blocks, nearest_rows
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism.values import Metric

_FOLDS = 5
_RIDGE = 1e-2
MAX_QUERIES = 20_000
_SCORES = 1 << 22  # scores of rows and labels at a time


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

    Cost: min(n, 20,000)·n·d for the neighbours, n·d² for the probe, n·labels·d for the silhouette; memory two copies of
    the vectors and 5·(labels + d)·d·8 bytes.
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
        asked = draw_rows(len(x), MAX_QUERIES, seed=seed, stage="separability")
    k = min(k, len(x) - 1)
    near, _ = nearest_rows(x[asked], x, k, metric=metric, exclude=asked, threads=threads)
    units = unit_rows(x)
    return Separability(
        knn_accuracy=float((vote(codes[near])[0] == codes[asked]).mean()),
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


def _probe(units: NDArray[np.float32], codes: NDArray[np.int64], n_labels: int, seed: int) -> float:
    """Cross-validated accuracy of ridge regression on indicators; folds hold equal parts of every label."""
    n, d = units.shape
    order = generator(seed, "probe").permutation(n)
    order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(n, np.int64)
    fold[order] = np.arange(n) % _FOLDS
    grams, sums = np.zeros((_FOLDS, d, d)), np.zeros((_FOLDS, n_labels, d))
    counts = np.bincount(fold * n_labels + codes, minlength=_FOLDS * n_labels).reshape(_FOLDS, n_labels)
    for part in blocks(n, ROWS):
        for number in range(_FOLDS):
            own = fold[part] == number
            x = units[part][own].astype(np.float64)
            grams[number] += x.T @ x
            np.add.at(sums[number], codes[part][own], x)
    right = 0
    for number in range(min(_FOLDS, n)):
        # What the fit wants of the rows outside a fold is that of all rows less that of the fold.
        n_train = n - int(counts[number].sum())
        labelled = counts.sum(axis=0) - counts[number]
        total = sums.sum(axis=0) - sums[number]
        mean = total.sum(axis=0) / n_train
        gram = grams.sum(axis=0) - grams[number] - n_train * np.outer(mean, mean)
        gram += _RIDGE * max(n_train / d, 1e-6) * np.eye(d)
        weights = np.linalg.solve(gram, (total - labelled[:, None] * mean).T)
        test = np.flatnonzero(fold == number)
        for part in blocks(len(test), max(1, min(ROWS, _SCORES // n_labels))):
            scores = (units[test[part]] - mean) @ weights + labelled / n_train
            right += int((scores.argmax(axis=1) == codes[test[part]]).sum())
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
    for part in blocks(len(units), ROWS):
        np.add.at(sums, codes[part], units[part].astype(np.float64))
    total = 0.0
    for part in blocks(len(units), max(1, min(ROWS, _SCORES // len(counts)))):
        x, own = units[part].astype(np.float64), codes[part]
        away = counts - x @ sums.T
        # No row is at a distance from itself, whatever the rounding of its length.
        away[np.arange(len(x)), own] -= 1 - np.einsum("ij,ij->i", x, x)
        total += float(silhouette_widths(away, own, counts)[counts[own] > 1].sum())
    return total / len(units)
