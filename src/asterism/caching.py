"""The caches of this machine as one: vectors by text, and graphs and projections by what went into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asterism.embed.upkeep import CachedModel, cached_models, clear_vectors, collect_vectors, verify_vectors
from asterism.store.answers import answers_size, clear_answers
from asterism.store.results import VECTORS_CEILING_GB, ResultCache, cache_folder, ceiling_bytes

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CacheReport:
    """What the caches hold.

    Attributes:
        folder: ASTERISM_CACHE_DIR, otherwise the user's cache folder.
        models: Whose vectors, the one used last first.
        results: How many graphs and projections.
        results_size: Their bytes.
        answers: How many answers of servers.
        answers_size: Their bytes.
        vectors_ceiling: Bytes that vectors may take; the segments used longest ago go first.
        results_ceiling: Bytes that results may take.
    """

    folder: Path
    models: tuple[CachedModel, ...]
    results: int
    results_size: int
    answers: int
    answers_size: int
    vectors_ceiling: int
    results_ceiling: int

    @property
    def size(self) -> int:
        """Bytes of everything."""
        return self.results_size + self.answers_size + sum(model.size for model in self.models)


def cache_report() -> CacheReport:
    """What the caches hold.

    Raises:
        InputError: ASTERISM_CACHE_GB is no number.
    """
    folder = cache_folder()
    count, size = ResultCache(folder).size()
    models = tuple(cached_models(folder))
    return CacheReport(
        folder, models, count, size, *answers_size(folder), ceiling_bytes(VECTORS_CEILING_GB), ceiling_bytes()
    )


def verify_cache() -> tuple[int, tuple[Path, ...]]:
    """Read every segment of vectors and compare its checksum; results are checked whenever they are taken.

    Returns:
        How many were read, and those that were damaged; their rows will be computed again.
    """
    checked, damaged = verify_vectors(cache_folder())
    return checked, tuple(damaged)


def collect_cache() -> int:
    """Remove what is damaged or was left by stopped processes, join small segments, keep under the ceilings.

    Returns:
        Bytes freed.
    """
    folder = cache_folder()
    freed = collect_vectors(folder, ceiling=ceiling_bytes(VECTORS_CEILING_GB))
    return freed + ResultCache(folder, ceiling=ceiling_bytes()).collect()


def clear_cache() -> int:
    """Remove everything that can be computed again.

    Returns:
        Bytes freed.
    """
    folder = cache_folder()
    return clear_vectors(folder) + ResultCache(folder).clear() + clear_answers(folder)
