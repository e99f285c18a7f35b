"""The texts nearest to a vector, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from asterism._check import check_choice, check_whole
from asterism._topk import row_lengths
from asterism.analysis.ranking import Ranking, best_rows, make_ranking
from asterism.analysis.telling import tell_neighbors
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from asterism.analysis.vocabulary import Vocabulary

NeighborMetric = Literal["cosine", "euclidean", "manhattan"]


@dataclass(frozen=True, slots=True)
class Neighbors(Ranking):
    """The nearest texts, nearest first.

    `scores` holds the cosine similarity (higher is nearer) for metric "cosine", and the distance (lower is nearer)
    for "euclidean" (L2) and "manhattan" (L1).

    Attributes:
        metric: What "near" means.
        query: The text that was asked about; "" for a bare vector.
        row: Its own row, left out of the answer; −1 where it is not one of the rows.
    """

    metric: NeighborMetric
    query: str = ""
    row: int = -1

    def __repr__(self) -> str:
        return "\n".join(tell_neighbors(self))


def find_neighbors(
    vocabulary: Vocabulary,
    vector: NDArray[np.floating],
    *,
    k: int = 10,
    metric: NeighborMetric = "cosine",
    query: str = "",
    row: int = -1,
) -> Neighbors:
    """Find the texts nearest to a vector, comparing it with every one.

    An item is kept out of its own answer by its row, not by its distance, so that duplicates of it show.

    Args:
        vocabulary: The texts to search.
        vector: Shape (d,).
        k: How many, at least 1; fewer where there are not as many.
        metric: "cosine", "euclidean" (L2) or "manhattan" (L1).
        query: The text that `vector` stands for, repeated in the answer.
        row: The row of that text, left out of the answer; −1 for none.

    Returns:
        At most k neighbours, ties by row.

    Raises:
        InputError: The vector has another length, is not finite, or is zero with metric "cosine".

    Cost: One pass over the vectors in blocks.
    """
    check_whole(k, name="k", low=1)
    check_choice(metric, get_args(NeighborMetric), name="metric")
    exclude = (row,) if row >= 0 else ()
    score = _SCORES[metric](vocabulary, _as_query(vector, vocabulary.dim, metric))
    rows, scores = best_rows(score, n_rows=len(vocabulary), n_rankings=1, k=_enough(k, exclude, vocabulary))
    found = make_ranking(
        rows[0], scores[0] if metric == "cosine" else -scores[0], vocabulary.texts, k=k, exclude=exclude
    )
    return Neighbors(found.texts, found.rows, found.scores, metric, query, row)


def neighbors_of(vocabulary: Vocabulary, row: int, *, k: int = 10, metric: NeighborMetric = "cosine") -> Neighbors:
    """Find the texts nearest to one of the texts; see `find_neighbors`.

    Args:
        vocabulary: The texts to search.
        row: Whose neighbours.
        k: How many.
        metric: "cosine", "euclidean" (L2) or "manhattan" (L1).

    Returns:
        At most k neighbours.

    Raises:
        InputError: There is no such row, or it is not placed.
    """
    check_whole(row, name="row", low=0, high=len(vocabulary) - 1)
    if vocabulary.placed is not None and not vocabulary.placed[row]:
        raise InputError(f"row {row} was set aside: it has no usable vector. Ask about another row.")
    text = vocabulary.texts[row] or ""
    return find_neighbors(vocabulary, vocabulary.vector(row), k=k, metric=metric, query=text, row=row)


def nearest_gaps(vocabulary: Vocabulary, rows: Sequence[int], *, metric: NeighborMetric) -> NDArray[np.float64]:
    """Measure how far some texts are from the nearest other one, all in one pass.

    Args:
        vocabulary: The texts to search.
        rows: m rows, each placed and, under "cosine", not zero.
        metric: "cosine" (1 − similarity), "euclidean" or "manhattan".

    Returns:
        Shape (m,), the distances of `find_neighbors`; infinite where there is no other text.

    Cost: One pass over the vectors in blocks, m·n·d operations.
    """
    asked = [_SCORES[metric](vocabulary, _as_query(vocabulary.vector(row), vocabulary.dim, metric)) for row in rows]

    def score(start: int, stop: int) -> NDArray[np.float32]:
        return np.concatenate([each(start, stop) for each in asked])

    if not asked:
        return np.empty(0)
    found, scores = best_rows(score, n_rows=len(vocabulary), n_rankings=len(asked), k=2)
    is_own = found == np.asarray(rows)[:, None]
    best: NDArray[np.float64] = np.where(is_own, -np.inf, scores.astype(np.float64)).max(axis=1)
    return 1 - best if metric == "cosine" else -best


def _enough(k: int, exclude: Collection[int], vocabulary: Vocabulary) -> int:
    return max(1, min(k + len(exclude), len(vocabulary)))


def _as_query(vector: NDArray[np.floating], dim: int, metric: str) -> NDArray[np.float32]:
    query = np.asarray(vector, dtype=np.float32)
    if query.shape != (dim,):
        raise InputError(f"the vector has shape {query.shape}; the texts have vectors of length {dim}.")
    if not np.isfinite(query).all():
        raise InputError("the vector holds NaN or infinity; expected finite numbers.")
    if metric == "cosine" and not query.any():
        raise InputError("the vector is zero, which has no direction; use metric 'euclidean' or another vector.")
    return query


def _cosine(vocabulary: Vocabulary, query: NDArray[np.float32]) -> Callable[[int, int], NDArray[np.float32]]:
    unit, inverse = unit_rows(query), vocabulary.inverse_norms

    def score(start: int, stop: int) -> NDArray[np.float32]:
        products = np.vecdot(vocabulary.block(start, stop), unit)
        return vocabulary.mask((products * inverse[start:stop])[None], start)

    return score


def _euclidean(vocabulary: Vocabulary, query: NDArray[np.float32]) -> Callable[[int, int], NDArray[np.float32]]:
    def score(start: int, stop: int) -> NDArray[np.float32]:
        distances = row_lengths(vocabulary.block(start, stop) - query)
        return vocabulary.mask(-distances.astype(np.float32)[None], start)

    return score


def _manhattan(vocabulary: Vocabulary, query: NDArray[np.float32]) -> Callable[[int, int], NDArray[np.float32]]:
    def score(start: int, stop: int) -> NDArray[np.float32]:
        difference = vocabulary.block(start, stop) - query
        return vocabulary.mask(-np.abs(difference, out=difference).sum(axis=1)[None], start)

    return score


_SCORES = {"cosine": _cosine, "euclidean": _euclidean, "manhattan": _manhattan}
