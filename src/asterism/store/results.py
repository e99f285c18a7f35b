"""Graphs and projections that were computed before, found again by the fingerprint of what went into them."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from asterism.errors import AsterismWarning, Corrupt, InputError
from asterism.store.checked import to_plain
from asterism.store.parts import load_graph, load_projection, save_graph, save_projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from asterism.values import NeighborGraph, Projection

T = TypeVar("T")

# Raised whenever an algorithm gives other bits for the same inputs, so that old results are not found any more.
RESULTS_VERSION = 4
DEFAULT_CEILING_GB = 4.0
VECTORS_CEILING_GB = 16.0
# A draft untouched for so long is what a stopped process left.
DRAFT_SECONDS = 3600


def cache_folder() -> Path:
    """Where results are kept between runs: ASTERISM_CACHE_DIR, otherwise the user's cache folder."""
    named = os.environ.get("ASTERISM_CACHE_DIR")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "asterism"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "asterism"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asterism"


def ceiling_bytes(default: float = DEFAULT_CEILING_GB) -> int:
    """How much a part of the cache may hold: ASTERISM_CACHE_GB; without it 4 for results, 16 for vectors.

    Args:
        default: Gigabytes, where the variable is not set.

    Raises:
        InputError: The variable is not a number of at least 0.
    """
    named = os.environ.get("ASTERISM_CACHE_GB", str(default))
    try:
        ceiling = float(named)
    except ValueError:
        ceiling = -1.0
    if not 0 <= ceiling < inf:
        raise InputError(f"ASTERISM_CACHE_GB is {named!r}; expected a number of gigabytes, at least 0.")
    return int(ceiling * 1e9)


def fingerprint_of(stage: str, array: NDArray[Any], **params: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Identify a result by its stage, the array it is made from and its parameters.

    Args:
        stage: "graph" or "projection".
        array: Any shape and dtype; every byte counts.
        params: JSON values, NumPy scalars and arrays.

    Returns:
        32 hexadecimal digits.
    """
    digest = blake2b(digest_size=16)
    facts = {"version": RESULTS_VERSION, "stage": stage, "shape": array.shape, "dtype": array.dtype.str, **params}
    digest.update(json.dumps(facts, sort_keys=True, default=to_plain).encode())
    rows = max(1, (1 << 24) // max(1, array.strides[0] if array.ndim else 1))
    for start in range(0, len(array), rows):
        digest.update(np.ascontiguousarray(array[start : start + rows]).data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    used: float
    size: int

    @classmethod
    def of(cls, path: Path) -> _Entry | None:
        """None if it vanished meanwhile."""
        try:
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            return cls(path, path.stat().st_mtime, size)
        except FileNotFoundError:
            return None


class ResultCache:
    """A folder of results with a ceiling; what was used longest ago goes first.

    Args:
        folder: Where to keep them; None keeps nothing and finds nothing.
        ceiling: Bytes it may hold.
    """

    def __init__(self, folder: Path | None, *, ceiling: int = 0) -> None:
        self._folder = None if folder is None else folder / "results"
        self._ceiling = ceiling

    def graph(self, key: str) -> NeighborGraph | None:
        """The graph kept under `key`, None if there is none."""
        return self._take(key, load_graph)

    def put_graph(self, key: str, graph: NeighborGraph) -> None:
        """Keep a graph under `key`."""
        self._put(key, lambda folder: save_graph(graph, folder))

    def projection(self, key: str) -> Projection | None:
        """The projection kept under `key`, None if there is none."""
        return self._take(key, lambda entry: load_projection(entry, "map"))

    def put_projection(self, key: str, projection: Projection) -> None:
        """Keep a projection under `key`."""
        self._put(key, lambda folder: save_projection(projection, folder, "map"))

    def size(self) -> tuple[int, int]:
        """How many results are kept, and their bytes."""
        entries = self._entries()
        return len(entries), sum(entry.size for entry in entries)

    def collect(self) -> int:
        """Remove what stopped processes left, and what is above the ceiling.

        Returns:
            Bytes freed.
        """
        before = self.size()[1]
        self._trim()
        now = time.time()
        for entry in self._entries():
            if entry.path.name.startswith(".") and now - entry.used >= DRAFT_SECONDS:
                shutil.rmtree(entry.path, ignore_errors=True)
        return before - self.size()[1]

    def clear(self) -> int:
        """Remove all results.

        Returns:
            Bytes freed.
        """
        size = self.size()[1]
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        return size

    def _take(self, key: str, load: Callable[[Path], T]) -> T | None:
        if self._folder is None:
            return None
        entry = self._folder / key
        if not os.access(entry, os.F_OK):
            return None
        with suppress(OSError):  # where it may only be read, the entry counts as used when it was made
            os.utime(entry)
        try:
            return load(entry)
        except Corrupt:  # also where another process makes room while this one reads
            shutil.rmtree(entry, ignore_errors=True)
            return None

    def _put(self, key: str, write: Callable[[Path], None]) -> None:
        if self._folder is None:
            return
        try:
            # Written under a name of its own and then renamed, so that an entry is whole or absent.
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".", dir=self._folder))
            try:
                write(draft)
                if not (self._folder / key).is_dir():
                    draft.rename(self._folder / key)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            self._trim()
        except OSError as exc:  # a result that cannot be kept is a result all the same
            message = f"Results are not kept in '{self._folder}' ({exc.strerror}); they will be computed again."
            warnings.warn(message, AsterismWarning, stacklevel=3)

    def _entries(self) -> list[_Entry]:
        if self._folder is None or not self._folder.is_dir():
            return []
        return [entry for path in self._folder.iterdir() if (entry := _Entry.of(path)) is not None]

    def _trim(self) -> None:
        """Remove what was used longest ago; other processes may do so at the same time."""
        known = sorted(self._entries(), key=lambda entry: entry.used)
        excess = sum(entry.size for entry in known) - self._ceiling
        now = time.time()
        for entry in known:
            if excess <= 0:
                return
            if entry.path.name.startswith(".") and now - entry.used < DRAFT_SECONDS:
                continue  # perhaps another process is writing it
            shutil.rmtree(entry.path, ignore_errors=True)
            excess -= entry.size


NO_CACHE = ResultCache(None)
