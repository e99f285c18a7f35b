"""The order in which a local model sees texts: sorted by length, cut into batches of a token budget, put back in order.

Padding is what costs on a CPU: texts in arrival order spend three quarters of the arithmetic on it. What shares a batch
moves the last bits of a vector, so a run writes down which rows it set out to embed; when it was interrupted, the next
one cuts the same batches and ends with the same bits.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from asterism._files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

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
    missing = np.flatnonzero(~found)
    if not len(missing):
        return vectors
    journal = None if cache is None else Journal(cache.folder, texts)
    if journal is not None:
        missing, budget = journal.begin(missing, budget)
    with _Keeper(texts, vectors, cache) as keeper:
        for picked in plan_batches(lengths[missing], budget):
            batch = missing[picked]
            new = batch[~found[batch]]
            if not len(new):
                continue
            fresh = encode([texts[i] for i in batch])
            vectors[new] = fresh[~found[batch]]
            keeper.add(new)
            report.advance(len(new))
    if journal is not None:
        journal.end()
    return vectors


class Journal:
    """Which rows a run set out to embed, kept beside the cache until it has.

    Args:
        folder: Where the segments of the model lie.
        texts: All texts of the run, in order; the same texts find the same journal.
    """

    def __init__(self, folder: Path, texts: Sequence[str]) -> None:
        digest = blake2b(digest_size=16)
        for text in texts:
            digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
        self._path = folder / f"{digest.hexdigest()}.run"

    def begin(self, missing: NDArray[np.int64], budget: int) -> tuple[NDArray[np.int64], int]:
        """Write the plan down, or take the one of the run that was interrupted.

        Args:
            missing: Rows to embed.
            budget: Tokens per batch.

        Returns:
            Rows and budget to plan with; rows that have been embedded since are among them.
        """
        if self._path.is_file():
            recorded = np.frombuffer(self._path.read_bytes(), "<i8")
            # Where the cache has lost rows since (a damaged segment), the old plan cannot give them.
            if len(recorded) and np.isin(missing, recorded[1:]).all():
                return recorded[1:], int(recorded[0])
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, np.concatenate(([budget], missing)).astype("<i8").tobytes())
        return missing, budget

    def end(self) -> None:
        """The run is finished."""
        self._path.unlink(missing_ok=True)


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
