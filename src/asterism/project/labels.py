"""How far labels can be told apart on a map, beside how far they can be in the original space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors
from asterism._labelled import silhouette_widths, vote
from asterism._rng import generator
from asterism._topk import blocks, nearest_rows, pair_distances
from asterism.errors import InputError
from asterism.project.quality import draw_sample, standard_error
from asterism.values import LabelQuality, LabelScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from asterism.values import Metric

NEIGHBORS = 10
"""How many neighbours vote, where the label of the middle text has that many other texts."""
WIDTHS = 2_000
"""Texts whose silhouettes are taken, where there are more."""
OTHERS = 20_000
"""Texts that a silhouette is measured against, where there are more."""
ROWS_AT_A_TIME = 64


def measure_labels(
    vectors: ArrayLike,
    maps: Sequence[ArrayLike],
    labels: ArrayLike,
    *,
    column: str,
    metric: Metric,
    pca_points: ArrayLike | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> tuple[LabelQuality, ...] | None:
    """Measure how well labels can be told from neighbours, in the original space, on maps and on the PCA.

    Neighbours are exact and searched among all labelled texts. Ten vote; fewer where half of the texts have a label
    with fewer others, so that strangers need not outvote a group that is all there. Above 10 000 labelled texts 2 000
    are asked; silhouettes are taken of at most 2 000 against at most 20 000.

    Args:
        vectors: Shape (n, d), finite, distinct. Not modified.
        maps: Each of shape (n, dim), finite. Not modified.
        labels: Shape (n,) whole numbers; −1 for none, those take no part.
        column: What the labels are called.
        metric: Of the vectors.
        pca_points: Shape (n, any), the PCA to compare with; None for none.
        seed: Chooses the sample and shuffles.
        threads: The numbers do not depend on it.

    Returns:
        One LabelQuality per map; None where there are fewer than two labels, or than three labelled texts.

    Raises:
        InputError: Shapes that do not fit.

    Source:
        Rousseeuw 1987, Silhouettes: a graphical aid to the interpretation and validation of cluster analysis.

    Cost: 2·m·n·d for the neighbours of m asked texts, m·labels·d or m·others·d for the silhouettes; memory O(n).
    """
    matrix, given = as_vectors(vectors), np.asarray(labels)
    drawn = [as_vectors(points, name="points") for points in maps]
    if given.shape != (len(matrix),) or any(len(points) != len(matrix) for points in drawn):
        raise InputError(
            f"{len(matrix)} vectors, {[len(points) for points in drawn]} points and labels of shape {given.shape} were "
            "given; expected as many of each."
        )
    labelled = np.flatnonzero(given >= 0)
    names, codes = np.unique(given[labelled], return_inverse=True)
    if len(names) < 2 or len(labelled) < 3:
        return None
    asked = draw_sample(len(labelled), seed, "label quality")
    shuffled = generator(seed, "shuffled labels").permutation(codes)
    n_neighbors = _voters(codes)

    def told(space: NDArray[np.float32], kind: Metric, of: NDArray[np.int64]) -> tuple[LabelScores, LabelScores]:
        return _scores(np.ascontiguousarray(space[labelled]), of, asked, kind, (n_neighbors, seed, threads))

    truth = told(matrix, metric, codes)[0]
    pca = None if pca_points is None else told(as_vectors(pca_points, name="pca_points"), "euclidean", codes)[0]
    answers = []
    for points in drawn:
        scores, errors = told(points, "euclidean", codes)
        answers.append(
            LabelQuality(
                column=column,
                space=truth,
                map=scores,
                shuffled=told(points, "euclidean", shuffled)[0],
                pca=pca,
                errors=errors,
                n_neighbors=n_neighbors,
                n_labels=len(names),
                n_sampled=len(asked),
                n_labelled=len(labelled),
            )
        )
    return tuple(answers)


def _voters(codes: NDArray[np.int64]) -> int:
    """How many neighbours vote: as many as the label of the middle text has others, from 1 to 10."""
    others = int(np.median(np.bincount(codes)[codes])) - 1
    return max(1, min(NEIGHBORS, others))


def _scores(
    space: NDArray[np.float32],
    codes: NDArray[np.int64],
    asked: NDArray[np.int32],
    metric: Metric,
    context: tuple[int, int, int | None],
) -> tuple[LabelScores, LabelScores]:
    """The three scores in one space, and their standard errors."""
    n_neighbors, seed, threads = context
    n = len(space)
    near, _ = nearest_rows(space[asked], space, n_neighbors, metric=metric, exclude=asked, threads=threads)
    right = (vote(codes[near])[0] == codes[asked]).astype(np.float64)
    same = (codes[near] == codes[asked, None]).mean(axis=1)
    some = asked[np.linspace(0, len(asked) - 1, min(WIDTHS, len(asked))).astype(np.int64)]
    width = silhouettes(space, codes, some, metric=metric, seed=seed, threads=threads)
    scores = LabelScores(float(right.mean()), float(same.mean()), float(width.mean()))
    return scores, LabelScores(*(standard_error(values, n) for values in (right, same, width)))


def silhouettes(
    space: NDArray[np.float32],
    codes: NDArray[np.int64],
    asked: NDArray[np.int32],
    *,
    metric: Metric,
    seed: int = 0,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """How much nearer each asked row is to its own label than to the next one.

    Args:
        space: Shape (n, d) float32, finite. Not modified.
        codes: Shape (n,), labels from 0 without gaps.
        asked: Shape (m,), rows, ascending.
        metric: Of the distances.
        seed: Chooses the others where there are more than 20 000.
        threads: See `thread_count`.

    Returns:
        Shape (m,), in [−1, 1]; 0 for a row that is alone with its label.
    """
    if len(space) > OTHERS:
        drawn = generator(seed, "silhouette others").choice(len(space), OTHERS - len(asked), replace=False)
        kept = np.union1d(drawn, asked)
        space, codes, asked = space[kept], codes[kept], np.searchsorted(kept, asked).astype(np.int32)
    present, codes = np.unique(codes, return_inverse=True)
    counts = np.bincount(codes, minlength=len(present))
    if len(present) < 2:
        return np.zeros(len(asked))
    if metric == "cosine":
        sums = _cosine_sums(space, codes, asked, len(present))
    else:
        sums = _distance_sums(space, codes, asked, threads)
    return silhouette_widths(sums, codes[asked], counts)


def _cosine_sums(
    space: NDArray[np.float32], codes: NDArray[np.int64], asked: NDArray[np.int32], n_labels: int
) -> NDArray[np.float64]:
    """Sum of the cosine distances of each asked row to each label, through the sum of the label's unit vectors."""
    totals = np.zeros((n_labels, space.shape[1]))
    for part in blocks(len(space), 8192):
        np.add.at(totals, codes[part], _units(space[part]))
    counts = np.bincount(codes, minlength=n_labels)
    out = np.empty((len(asked), n_labels))
    for part in blocks(len(asked), 1024):
        # einsum without a plan sums in one order; a matrix product's order may depend on the number of threads.
        out[part] = counts - np.einsum("id,ld->il", _units(space[asked[part]]), totals, optimize=False)
    return out


def _units(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    exact = rows.astype(np.float64)
    return np.asarray(exact / np.sqrt(np.einsum("id,id->i", exact, exact))[:, None])


def _distance_sums(
    space: NDArray[np.float32], codes: NDArray[np.int64], asked: NDArray[np.int32], threads: int | None
) -> NDArray[np.float64]:
    """Sum of the distances of each asked row to each label."""
    order = np.argsort(codes, kind="stable").astype(np.int32)
    starts = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    sums = np.empty((len(asked), len(starts)))
    ordered = space[order].T.astype(np.float64) if space.shape[1] <= 3 else None
    for part in blocks(len(asked), ROWS_AT_A_TIME):
        if ordered is not None:
            gaps = np.zeros((part.stop - part.start, len(order)))
            for own, others in zip(space[asked[part]].T.astype(np.float64), ordered, strict=True):
                gaps += np.square(own[:, None] - others)
            np.sqrt(gaps, out=gaps)
        else:
            wanted = np.broadcast_to(order, (part.stop - part.start, len(order)))
            gaps = pair_distances(space, asked[part], wanted, metric="euclidean", threads=threads).astype(np.float64)
        sums[part] = np.add.reduceat(gaps, starts, axis=1)
    return sums
