"""Texts to vectors by way of the cache: what is there is taken, what is missing is embedded and kept."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from asterism._progress import SILENT
from asterism.embed.base import Planned, Refusing
from asterism.embed.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.embed.cache import VectorCache
    from asterism.embed.journal import Plan

# What is finished goes to the disk after so many rows, or so many seconds: that is lost at most when a run is killed.
SEGMENT_ROWS = 4096
SEGMENT_SECONDS = 15.0


def is_cached(embedder: Embedder) -> bool:
    """Whether vectors of an embedder are worth keeping: computing them takes longer than reading them."""
    return not getattr(embedder, "is_cheap", False)


def embed_texts(
    embedder: Embedder,
    texts: Sequence[str],
    *,
    cache: VectorCache | None = None,
    report: Reporter = SILENT,
    begun: Callable[[Plan], None] | None = None,
) -> NDArray[np.float32]:
    """Embed texts, each at most once in the life of a cache.

    Args:
        embedder: Which.
        texts: n different strings.
        cache: Of the embedder's fingerprint; None neither takes nor keeps.
        report: Advanced by the texts done; the caller starts and ends the stage.
        begun: Told the plan by which batches are cut, before anything is kept.

    Returns:
        Shape (n, dim) float32, in the order of `texts`.

    Raises:
        EmbedError: The model failed; what was finished is kept.
    """
    if cache is None or not is_cached(embedder):
        return embedder.encode(texts, report=report)
    vectors, found = cache.get(texts)
    report.advance(int(found.sum()))
    missing = np.flatnonzero(~found)
    if not len(missing):
        return vectors
    with _Keeper(texts, vectors, cache) as keeper:
        if isinstance(embedder, Planned):
            _encode_planned(embedder, found, keeper, report, begun)
        else:
            _encode_missing(embedder, missing, keeper, report)
    return vectors


def _encode_missing(embedder: Embedder, missing: NDArray[np.int64], keeper: _Keeper, report: Reporter) -> None:
    chosen = [keeper.texts[i] for i in missing]
    fresh = embedder.encode(chosen, report=report, keep=lambda rows, new: keeper.add(missing[rows], new))
    refused = embedder.refused if isinstance(embedder, Refusing) else {}
    # Rows of which `keep` was not told: those without content, or all of an embedder that does not tell.
    rest = [place for place, row in enumerate(missing) if not keeper.kept[row] and chosen[place] not in refused]
    keeper.add(missing[rest], fresh[rest])


def _encode_planned(
    embedder: Planned,
    found: NDArray[np.bool_],
    keeper: _Keeper,
    report: Reporter,
    begun: Callable[[Plan], None] | None,
) -> None:
    """Embed what is missing in the batches that an interrupted run would have cut."""
    missing = np.flatnonzero(~found)
    journal = Journal(keeper.cache.folder, keeper.texts)
    recorded = journal.read(missing)
    rows, plan = (missing, embedder.plan) if recorded is None else recorded
    # The plan that an empty one comes to stays with the embedder, so that a later call of this run takes it, too.
    planned = embedder.with_plan(plan) if plan else embedder
    is_begun = False

    def keep(picked: NDArray[np.int64], fresh: NDArray[np.float32]) -> None:
        nonlocal is_begun
        if not is_begun:
            keeper.cache.introduce()
            journal.write(rows, planned.plan)
            if begun is not None:
                begun(planned.plan)
            is_begun = True
        new = ~found[rows[picked]]
        keeper.add(rows[picked[new]], fresh[new])

    planned.encode([keeper.texts[i] for i in rows], report=report, keep=keep, done=found[rows])
    keeper.flush()
    journal.end()


class _Keeper:
    """Gathers finished rows and writes them to the cache in segments, the rest at the end, however the end comes."""

    def __init__(self, texts: Sequence[str], vectors: NDArray[np.float32], cache: VectorCache) -> None:
        self.texts = texts
        self.cache = cache
        self.kept = np.zeros(len(texts), np.bool_)
        self._vectors = vectors
        self._waiting: list[int] = []
        self._written = monotonic()

    def add(self, rows: NDArray[np.int64], fresh: NDArray[np.float32]) -> None:
        self._vectors[rows] = fresh
        self.kept[rows] = True
        self._waiting.extend(rows.tolist())
        if len(self._waiting) >= SEGMENT_ROWS or monotonic() - self._written > SEGMENT_SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self.cache.put([self.texts[i] for i in self._waiting], self._vectors[self._waiting])
        self._waiting.clear()
        self._written = monotonic()

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
