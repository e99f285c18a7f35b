"""The best of a long stream of scores, in bounded memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._threads import thread_count
from asterism.analysis.telling import tell_ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

# Elements of a block of scores: small enough to stay in a core's cache beside the vectors it came from.
_BLOCK_ELEMENTS = 1 << 22
_BLOCK_ROWS = 4096
_BLOCKS_EACH = 4  # fewer blocks than this are not worth a thread


@dataclass(frozen=True, slots=True)
class Ranking:
    """Texts with a score each, best first.

    Attributes:
        texts: The texts.
        rows: Their rows.
        scores: Their scores.
    """

    texts: tuple[str, ...]
    rows: tuple[int, ...]
    scores: tuple[float, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The texts, under the name that suits a vocabulary."""
        return self.texts

    def __repr__(self) -> str:
        return "\n".join(tell_ranking(self))


def leave_out(ranking: Ranking, rows: Collection[int], *, k: int) -> Ranking:
    """The k best of a ranking that are not among some rows.

    Args:
        ranking: Best first. Not modified.
        rows: Rows to leave out.
        k: How many to keep.

    Returns:
        At most k texts.
    """
    kept = [i for i, row in enumerate(ranking.rows) if row not in rows][:k]
    return Ranking(
        texts=tuple(ranking.texts[i] for i in kept),
        rows=tuple(ranking.rows[i] for i in kept),
        scores=tuple(ranking.scores[i] for i in kept),
    )


def make_ranking(
    rows: NDArray[np.int64],
    scores: NDArray[np.float32],
    texts: Sequence[str | None],
    *,
    k: int,
    exclude: Collection[int] = (),
) -> Ranking:
    """Turn one ranking of `best_rows` into its texts, leaving out excluded rows and padding.

    Args:
        rows: Shape (m,), best first, −1 for padding.
        scores: Shape (m,).
        texts: All texts.
        k: How many to keep.
        exclude: Rows to leave out.

    Returns:
        At most k texts.
    """
    kept = [i for i, row in enumerate(rows.tolist()) if row >= 0 and row not in exclude][:k]
    return Ranking(
        texts=tuple(texts[rows[i]] or "" for i in kept),
        rows=tuple(int(rows[i]) for i in kept),
        scores=tuple(float(scores[i]) for i in kept),
    )


def best_rows(
    score: Callable[[int, int], NDArray[np.float32]],
    *,
    n_rows: int,
    n_rankings: int,
    k: int,
    threads: int | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Keep the k highest scores of each ranking while the rows stream by.

    Args:
        score: Given the first row and the row after the last, the scores of those rows, shape (n_rankings, stop −
            start); −inf for rows that must not appear. Called from several threads.
        n_rows: How many rows there are.
        n_rankings: How many rankings each call of `score` answers.
        k: How many rows to keep.
        threads: How many parts of the rows stream side by side; the result does not depend on it.

    Returns:
        Rows, shape (n_rankings, k) int64, highest score first, ties by row; −1 where there are not enough.
        Scores, shape (n_rankings, k) float32, beside them; −inf where there are not enough.
    """
    step = max(1, min(_BLOCK_ROWS, _BLOCK_ELEMENTS // max(n_rankings, 1)))
    n_parts = max(1, min(thread_count(threads), n_rows // (_BLOCKS_EACH * step)))
    bounds = [part * n_rows // n_parts for part in range(n_parts + 1)]

    def best_of(part: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows = np.full((n_rankings, k), -1, np.int64)
        scores = np.full((n_rankings, k), -np.inf, np.float32)
        for start in range(bounds[part], bounds[part + 1], step):
            block = score(start, min(start + step, bounds[part + 1]))
            for i in np.flatnonzero((block > scores[:, -1:]).any(axis=1)):
                _merge(rows[i], scores[i], block[i], start)
        return rows, scores

    if n_parts == 1:
        return best_of(0)
    with ThreadPoolExecutor(n_parts) as pool:
        found = list(pool.map(best_of, range(n_parts)))
    rows, scores = (np.concatenate(each, axis=1) for each in zip(*found, strict=True))
    # Missing rows, −1 at −inf, stand behind all others.
    order = np.lexsort((np.where(rows < 0, n_rows, rows), -scores))[:, :k]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _merge(rows: NDArray[np.int64], scores: NDArray[np.float32], fresh: NDArray[np.float32], start: int) -> None:
    """Bring the better of the fresh scores into one ranking, in place."""
    k = len(rows)
    floor = scores[-1]
    candidates = np.flatnonzero(fresh > floor)
    if len(candidates) > 4 * k:
        floor = np.partition(fresh[candidates], -k)[-k]
        candidates = candidates[fresh[candidates] >= floor]
    all_scores = np.concatenate((scores, fresh[candidates]))
    all_rows = np.concatenate((rows, candidates + start))
    order = np.lexsort((all_rows, -all_scores))[:k]
    rows[:], scores[:] = all_rows[order], all_scores[order]
