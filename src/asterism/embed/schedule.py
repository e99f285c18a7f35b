"""The order in which a local model sees texts: sorted by length, cut into batches of a token budget, put back in order.

Padding is what costs on a CPU: texts in arrival order spend three quarters of the arithmetic on it. The plan depends
on all texts at once, never on which of them are cached, so that a run that was interrupted repeats the batches of the
first, and with them the last bits of its vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.embed.cache import VectorCache

# Rows between two segments of the cache: what is lost at most when a run is killed.
SEGMENT_ROWS = 4096


def plan_batches(lengths: NDArray[np.int64], budget: int) -> list[NDArray[np.int64]]:
    """Cut texts into batches of similar length.

    Args:
        lengths: Shape (n,), tokens per text, at least 1.
        budget: Padded tokens a batch may hold; a text longer than that is a batch of its own.

    Returns:
        Row numbers, longest texts first, so that a batch too large for the memory fails at once; ties by row.
    """
    order = np.lexsort((np.arange(len(lengths)), -lengths))
    batches = []
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, int(lengths[order[start]])))
        batches.append(order[start : start + size])
        start += size
    return batches


def encode_planned(
    texts: Sequence[str],
    lengths: NDArray[np.int64],
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
    *,
    budget: int,
    dim: int,
    cache: VectorCache | None,
    report: Reporter,
) -> NDArray[np.float32]:
    """Embed texts batch by batch, taking from the cache what is there and keeping what is new.

    Args:
        texts: n different strings.
        lengths: Shape (n,), tokens per text.
        encode: Embeds one batch.
        budget: See `plan_batches`.
        dim: Length of a vector.
        cache: Where vectors are kept; None keeps none.
        report: Advanced by the texts done.

    Returns:
        Shape (n, dim) float32, in the order of `texts`.
    """
    vectors = np.zeros((len(texts), dim), np.float32)
    found = np.zeros(len(texts), np.bool_)
    if cache is not None:
        vectors, found = cache.get(texts)
        report.advance(int(found.sum()))
    with _Keeper(texts, vectors, cache) as keeper:
        for batch in _unfinished(plan_batches(lengths, budget), found):
            fresh = encode([texts[i] for i in batch])
            new = ~found[batch]
            vectors[batch[new]] = fresh[new]
            keeper.add(batch[new])
            report.advance(int(new.sum()))
    return vectors


def _unfinished(batches: list[NDArray[np.int64]], found: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    return (batch for batch in batches if not found[batch].all())


class _Keeper:
    """Writes a segment for every SEGMENT_ROWS new rows, and the rest at the end, however the end comes."""

    def __init__(self, texts: Sequence[str], vectors: NDArray[np.float32], cache: VectorCache | None) -> None:
        self._texts = texts
        self._vectors = vectors
        self._cache = cache
        self._waiting: list[int] = []

    def add(self, rows: NDArray[np.int64]) -> None:
        self._waiting.extend(rows.tolist())
        if len(self._waiting) >= SEGMENT_ROWS:
            self._write()

    def _write(self) -> None:
        if self._cache is not None:
            self._cache.put([self._texts[i] for i in self._waiting], self._vectors[self._waiting])
        self._waiting.clear()

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self._write()
