"""What servers answered, kept in the cache folder: answers of language models, and vectors to know a model again by.

A file each, small: `answers/KEY.txt` and `servers/FINGERPRINT.f32`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANSWERS, SERVERS = "answers", "servers"


def answers_size(folder: Path) -> tuple[int, int]:
    """How many files there are in a cache folder, and their bytes."""
    sizes = [size for _, size in _files(folder)]
    return len(sizes), sum(sizes)


def clear_answers(folder: Path) -> int:
    """Remove them all from a cache folder; gives the bytes freed."""
    freed = 0
    for path, size in _files(folder):
        path.unlink(missing_ok=True)
        freed += size
    return freed


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for name in (ANSWERS, SERVERS):
        for path in sorted((folder / name).glob("*")):
            try:
                yield path, path.stat().st_size
            except FileNotFoundError:  # another process removed it
                continue
