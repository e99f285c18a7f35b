"""The cache of vectors as a whole: how much it holds, whether it is sound, and making room.

Every function may run while other processes read and write: what vanishes meanwhile is passed over, and a segment is
only ever replaced by one that holds its rows.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.embed.cache import ABOUT, DAMAGED, ENDING, FOLDER, JOURNAL, Segment, read_segments, write_segment

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

# Segments with fewer rows are joined when there are several: each costs a look at the disk in every run.
SMALL = 4096
# Rows of a joined segment: what has to be computed again when a byte of it breaks.
JOINED = 65_536
# A draft or a journal untouched for so long is what a stopped process left.
STALE_SECONDS = 7 * 24 * 3600.0
DRAFT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class CachedModel:
    """What the cache holds of one model.

    Attributes:
        name: As a user wrote it when the first vectors were kept; "" if that is not known.
        fingerprint: Of the model.
        dim: Length of a vector.
        rows: How many vectors.
        segments: In how many files.
        size: Bytes of all files.
        damaged: Files that were found damaged and set aside.
        used: When vectors were last taken or kept, in seconds since 1970.
        options: With which the model was opened, by name; empty if there were none, or if that is not known.
    """

    name: str
    fingerprint: str
    dim: int
    rows: int
    segments: int
    size: int
    damaged: int
    used: float
    options: Mapping[str, object]


def cached_models(folder: Path) -> list[CachedModel]:
    """What the cache holds, the model used last first.

    Args:
        folder: The cache folder.
    """
    models = [_look(path) for path in _model_folders(folder)]
    return sorted(models, key=lambda model: -model.used)


def verify_vectors(folder: Path) -> tuple[int, list[Path]]:
    """Compare every segment with its checksum; damaged ones are set aside, so that their rows are computed again.

    Args:
        folder: The cache folder.

    Returns:
        How many segments were read, and the damaged ones. Cost: reads the whole cache.
    """
    checked, damaged = 0, []
    for path in _model_folders(folder):
        before = set(path.glob(f"*{DAMAGED}"))
        for segment in read_segments(sorted(path.glob(f"*{ENDING}"))):
            checked += 1
            if not segment.is_whole():
                segment.set_aside()
        damaged.extend(sorted(set(path.glob(f"*{DAMAGED}")) - before))
    return checked, damaged


def collect_vectors(folder: Path, *, ceiling: int) -> int:
    """Remove damaged segments and what stopped processes left, join small segments, and keep under the ceiling.

    Args:
        folder: The cache folder.
        ceiling: Bytes that may stay.

    Returns:
        Bytes freed.
    """
    before = _size(folder)
    for path in _model_folders(folder):
        for left in (*path.glob(f"*{DAMAGED}"), *_stale(path, f"*{JOURNAL}", STALE_SECONDS)):
            left.unlink(missing_ok=True)
        for left in _stale(path, ".*.tmp", DRAFT_SECONDS):
            left.unlink(missing_ok=True)
        _join(path)
    trim_vectors(folder, ceiling=ceiling)
    return before - _size(folder)


def trim_vectors(folder: Path, *, ceiling: int) -> int:
    """Remove the segments used longest ago until the cache holds no more than `ceiling` bytes.

    Returns:
        Bytes freed.
    """
    found = [(stat.st_mtime, stat.st_size, path) for path, stat in _stats(folder, f"*{ENDING}")]
    excess = sum(size for _, size, _ in found) - ceiling
    freed = 0
    for _, size, path in sorted(found):
        if freed >= excess:
            break
        path.unlink(missing_ok=True)
        freed += size
    return freed


def clear_vectors(folder: Path) -> int:
    """Remove all vectors.

    Returns:
        Bytes freed.
    """
    size = _size(folder)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    return size


def _model_folders(folder: Path) -> list[Path]:
    root = folder / FOLDER
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _look(path: Path) -> CachedModel:
    told = _told(path / ABOUT)
    options = told.get("options")
    segments = list(read_segments(sorted(path.glob(f"*{ENDING}"))))
    stats = [stat for _, stat in _stats(path.parent.parent, "*", only=path.name)]
    return CachedModel(
        name=str(told.get("name", "")),
        fingerprint=path.name,
        dim=segments[0].dim if segments else 0,
        rows=sum(segment.n for segment in segments),
        segments=len(segments),
        size=sum(stat.st_size for stat in stats),
        damaged=len(list(path.glob(f"*{DAMAGED}"))),
        used=max((stat.st_mtime for stat in stats), default=0.0),
        options=options if isinstance(options, dict) else {},
    )


def _told(about: Path) -> dict[str, object]:
    """Name, d and options; nothing where that cannot be read, since only people need it."""
    try:
        told = json.loads(about.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _join(path: Path) -> None:
    """Small segments of a model become larger ones; equal rows are kept once."""
    small = [segment for segment in read_segments(sorted(path.glob(f"*{ENDING}"))) if segment.n < SMALL]
    by_dim = {dim: [segment for segment in small if segment.dim == dim] for dim in {segment.dim for segment in small}}
    for group in by_dim.values():
        taken: list[Segment] = []
        for segment in group:
            if not segment.is_whole():
                segment.set_aside()
                continue
            taken.append(segment)
            if sum(each.n for each in taken) >= JOINED:
                _join_group(path, taken)
                taken = []
        if len(taken) > 1:
            _join_group(path, taken)


def _join_group(path: Path, segments: list[Segment]) -> None:
    try:
        keys = np.concatenate([segment.keys() for segment in segments])
        vectors = np.concatenate([segment.vectors() for segment in segments])
    except FileNotFoundError:  # another process joins them
        return
    _, first = np.unique(keys, axis=0, return_index=True)
    write_segment(path, keys[np.sort(first)], vectors[np.sort(first)])
    for segment in segments:
        segment.path.unlink(missing_ok=True)


def _stats(folder: Path, pattern: str, *, only: str = "*") -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in (folder / FOLDER).glob(f"{only}/{pattern}"):
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:  # another process made room
            continue
    return found


def _stale(path: Path, pattern: str, seconds: float) -> list[Path]:
    now = time.time()
    found = _stats(path.parent.parent, pattern, only=path.name)
    return [left for left, stat in found if now - stat.st_mtime > seconds]


def _size(folder: Path) -> int:
    return sum(stat.st_size for _, stat in _stats(folder, "*"))
