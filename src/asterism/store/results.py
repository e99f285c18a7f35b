"""Graphs and projections that were computed before, found again by the fingerprint of what went into them."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.errors import InputError
from asterism.store.parts import load_graph, load_projection, save_graph, save_projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from asterism.values import NeighborGraph, Projection

# Raised whenever an algorithm gives other bits for the same inputs, so that old results are not found any more.
RESULTS_VERSION = 1
DEFAULT_CEILING_GB = 4.0


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


def ceiling_bytes() -> int:
    """How much the cache may hold: ASTERISM_CACHE_GB, 4 without it.

    Raises:
        InputError: The variable is not a number of at least 0.
    """
    named = os.environ.get("ASTERISM_CACHE_GB", str(DEFAULT_CEILING_GB))
    try:
        ceiling = float(named)
    except ValueError:
        ceiling = -1.0
    if not ceiling >= 0:
        raise InputError(f"ASTERISM_CACHE_GB is {named!r}; expected a number of gigabytes, at least 0.")
    return int(ceiling * 1e9)


def fingerprint_of(stage: str, array: NDArray[Any], **params: Any) -> str:  # noqa: ANN401 - plain JSON values
    """Identify a result by its stage, the array it is made from and its parameters.

    Args:
        stage: "graph" or "projection".
        array: Any shape and dtype; every byte counts.
        params: JSON values.

    Returns:
        32 hexadecimal digits.
    """
    digest = blake2b(digest_size=16)
    facts = {"version": RESULTS_VERSION, "stage": stage, "shape": array.shape, "dtype": array.dtype.str, **params}
    digest.update(json.dumps(facts, sort_keys=True).encode())
    rows = max(1, (1 << 24) // max(1, array.strides[0] if array.ndim else 1))
    for start in range(0, len(array), rows):
        digest.update(np.ascontiguousarray(array[start : start + rows]).data)
    return digest.hexdigest()


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
        entry = self._entry(key)
        return None if entry is None else load_graph(entry)

    def put_graph(self, key: str, graph: NeighborGraph) -> None:
        """Keep a graph under `key`."""
        self._put(key, lambda folder: save_graph(graph, folder))

    def projection(self, key: str) -> Projection | None:
        """The projection kept under `key`, None if there is none."""
        entry = self._entry(key)
        return None if entry is None else load_projection(entry, "map")

    def put_projection(self, key: str, projection: Projection) -> None:
        """Keep a projection under `key`."""
        self._put(key, lambda folder: save_projection(projection, folder, "map"))

    def _put(self, key: str, write: Callable[[Path], None]) -> None:
        if self._folder is None:
            return
        # Written under a name of its own and then renamed, so that an entry is whole or absent.
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=self._folder))
        write(draft)
        try:
            draft.rename(self._folder / key)
        except OSError:  # another process kept the same result first
            shutil.rmtree(draft)
        self._trim()

    def _entry(self, key: str) -> Path | None:
        if self._folder is None or not (self._folder / key).is_dir():
            return None
        os.utime(self._folder / key)
        return self._folder / key

    def _trim(self) -> None:
        if self._folder is None:
            return
        entries = sorted((entry.stat().st_mtime, entry) for entry in self._folder.iterdir() if entry.is_dir())
        sizes = [sum(file.stat().st_size for file in entry.rglob("*") if file.is_file()) for _, entry in entries]
        excess = sum(sizes) - self._ceiling
        for (_, entry), size in zip(entries, sizes, strict=True):
            if excess <= 0:
                return
            shutil.rmtree(entry)
            excess -= size


NO_CACHE = ResultCache(None)
