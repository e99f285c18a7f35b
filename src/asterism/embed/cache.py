"""Vectors that were computed before, found again text by text.

A folder per model fingerprint holds immutable segments. A segment is

    8 bytes   magic "ASTSEG01"
    4 bytes   n, rows, little-endian unsigned
    4 bytes   d, dimensions, little-endian unsigned
    16 n      keys: blake2b-128 of fingerprint, a zero byte, and the text in UTF-8
    4 n d     vectors, float32, little-endian, row by row
    16 bytes  blake2b-128 of everything before

Every process writes segments of its own under fresh names, so that any number of them can share a folder without a
lock. A segment that is cut short or has a changed byte is set aside, and its rows are computed again.
"""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from asterism._files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism.embed.base import Embedder
    from asterism.embed.options import EmbedOptions

MAGIC = b"ASTSEG01"
HEADER = len(MAGIC) + 8
KEY = 16
CHECKSUM = 16
FOLDER = "vectors"
ENDING = ".seg"
# Ending of a run's journal, see `asterism.embed.journal`.
JOURNAL = ".run"
ABOUT = "model.json"
# What a reader found damaged keeps its bytes under this ending until `gc`, so that it can be looked at.
DAMAGED = ".damaged"


def text_keys(fingerprint: str, texts: Sequence[str]) -> NDArray[np.uint64]:
    """The keys of texts under one model.

    Args:
        fingerprint: Of the model.
        texts: n strings; lone surrogates are kept apart, too.

    Returns:
        Shape (n, 2) uint64.
    """
    start = blake2b(fingerprint.encode() + b"\0", digest_size=KEY)
    keys = bytearray()
    for text in texts:
        digest = start.copy()
        digest.update(text.encode("utf-8", "surrogatepass"))
        keys += digest.digest()
    return np.frombuffer(bytes(keys), "<u8").reshape(-1, 2)


@dataclass(slots=True, eq=False)
class Segment:
    """A file of rows of one model: n keys and n vectors of length d."""

    path: Path
    n: int
    dim: int
    is_checked: bool = False

    def keys(self) -> NDArray[np.uint64]:
        """Shape (n, 2), see `text_keys`."""
        return np.fromfile(self.path, "<u8", count=2 * self.n, offset=HEADER).reshape(self.n, 2)

    def vectors(self) -> NDArray[np.float32]:
        """Shape (n, d), mapped into memory."""
        return np.memmap(self.path, "<f4", "r", offset=HEADER + KEY * self.n, shape=(self.n, self.dim))

    def is_whole(self) -> bool:
        """Compare the checksum, once; False also if another process removed the file."""
        if not self.is_checked:
            try:
                content = self.path.read_bytes()
            except FileNotFoundError:
                return False
            self.is_checked = blake2b(content[:-CHECKSUM], digest_size=CHECKSUM).digest() == content[-CHECKSUM:]
        return self.is_checked

    def touch(self) -> None:
        """Note the use, by which `gc` goes; where that may not be written, the file counts as used when it was made."""
        with suppress(FileNotFoundError, PermissionError):
            os.utime(self.path)

    def set_aside(self) -> bool:
        """Rename a damaged file, so that its rows are computed again; False if another process removed it."""
        try:
            self.path.rename(self.path.with_suffix(DAMAGED))
        except FileNotFoundError:
            return False
        return True


@dataclass(slots=True, eq=False)
class _Index:
    """Where each key lies, sorted by the first half of the key."""

    segments: list[Segment] = field(default_factory=list)
    keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty((0, 2), np.uint64))
    segment: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    row: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Places in the index, −1 where a key is not in it."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.int64)
        places = np.minimum(np.searchsorted(self.keys[:, 0], keys[:, 0]), len(self.keys) - 1)
        return np.where((self.keys[places] == keys).all(axis=1), places, -1)


class VectorCache:
    """The vectors of one model, kept per text.

    Args:
        folder: The cache folder; segments go into a folder of it named by the fingerprint.
        fingerprint: Of the model.
        dim: Length of a vector.
        about: Whose vectors they are, for people; written beside the first of them.
    """

    def __init__(
        self, folder: Path, fingerprint: str, dim: int, *, about: Mapping[str, object] = MappingProxyType({})
    ) -> None:
        self.folder = folder / FOLDER / fingerprint
        self._fingerprint = fingerprint
        self._dim = dim
        self._about = about
        self._index = _Index()
        self._damaged: list[Path] = []

    @property
    def damaged(self) -> tuple[Path, ...]:
        """Segments that this object found damaged and set aside."""
        return tuple(self._damaged)

    def get(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Look texts up.

        Args:
            texts: n strings.

        Returns:
            Vectors (n, d), zeros where there is none, and whether each was found (n,).
        """
        vectors = np.zeros((len(texts), self._dim), np.float32)
        found = np.zeros(len(texts), np.bool_)
        if not texts or not self.folder.is_dir():
            return vectors, found
        self._index = self._read_index()
        places = self._index.find(text_keys(self._fingerprint, texts))
        held = np.flatnonzero(places >= 0)
        owners = self._index.segment[places[held]]
        for number in np.unique(owners):
            segment = self._index.segments[number]
            rows = held[owners == number]
            with suppress(FileNotFoundError):  # another process made room
                if self._is_usable(segment):
                    vectors[rows] = segment.vectors()[self._index.row[places[rows]]]
                    found[rows] = True
                    segment.touch()
        return vectors, found

    def put(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, as one segment.

        Args:
            texts: n different strings.
            vectors: Shape (n, d).

        Raises:
            OSError: The disk is full or the folder cannot be written; nothing half-written remains.
        """
        if not texts:
            return
        self.introduce()
        write_segment(self.folder, text_keys(self._fingerprint, texts), vectors)

    def introduce(self) -> None:
        """Make the folder and note whose vectors it is for.

        Raises:
            OSError: The disk is full or the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._about and not (self.folder / ABOUT).is_file():
            write_atomically(self.folder / ABOUT, json.dumps(dict(self._about), ensure_ascii=False).encode())

    def _is_usable(self, segment: Segment) -> bool:
        if segment.is_whole():
            return True
        if segment.set_aside():
            self._damaged.append(segment.path)
        return False

    def _read_index(self) -> _Index:
        known = {segment.path: segment for segment in self._index.segments}
        paths = sorted(self.folder.glob(f"*{ENDING}"))
        if paths == list(known):
            return self._index
        usable, parts = [], []
        for segment in read_segments(paths):
            if segment.dim == self._dim:
                with suppress(FileNotFoundError):  # another process made room
                    parts.append(segment.keys())
                    usable.append(known.get(segment.path, segment))
        if not usable:
            return _Index()
        keys = np.concatenate(parts)
        owner = np.repeat(np.arange(len(usable), dtype=np.int32), [segment.n for segment in usable])
        row = np.concatenate([np.arange(segment.n, dtype=np.int32) for segment in usable])
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        return _Index(usable, keys[order], owner[order], row[order])


def open_cache(folder: Path, embedder: Embedder, options: EmbedOptions) -> VectorCache:
    """The kept vectors of an embedder.

    Args:
        folder: The cache folder.
        embedder: Its name is written beside the segments, for people who look at the folder.
        options: With which it was opened; they are, too.

    Raises:
        OSError: The folder cannot be made or written.
    """
    about = {"name": embedder.name, "dim": embedder.dim, "options": options.given()}
    cache = VectorCache(folder, embedder.fingerprint, embedder.dim, about=about)
    kept = cache.folder if cache.folder.is_dir() else cache.folder.parent
    kept.mkdir(parents=True, exist_ok=True)
    if not os.access(kept, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(kept))
    return cache


def write_segment(folder: Path, keys: NDArray[np.uint64], vectors: NDArray[np.float32]) -> None:
    """Write rows as a segment under a fresh name.

    Args:
        folder: Of the model.
        keys: Shape (n, 2), see `text_keys`.
        vectors: Shape (n, d).

    Raises:
        OSError: The disk is full or the folder cannot be written; nothing half-written remains.
    """
    shape = np.array(vectors.shape, "<u4").tobytes()
    rows = (keys.astype("<u8", copy=False).tobytes(), np.ascontiguousarray(vectors, "<f4").tobytes())
    content = b"".join((MAGIC, shape, *rows))
    checksum = blake2b(content, digest_size=CHECKSUM).digest()
    write_atomically(folder / f"{uuid4().hex}{ENDING}", content + checksum)


def read_segments(paths: Sequence[Path]) -> Iterator[Segment]:
    """The segments in files; a file whose header or size is wrong is set aside, one that vanished is passed over."""
    for path in paths:
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                header = file.read(HEADER)
        except FileNotFoundError:  # another process made room
            continue
        n, dim = np.frombuffer(header[len(MAGIC) :], "<u4").tolist() if len(header) == HEADER else (0, 0)
        segment = Segment(path, n, dim)
        if header[: len(MAGIC)] == MAGIC and size == HEADER + n * (KEY + 4 * dim) + CHECKSUM:
            yield segment
        else:
            segment.set_aside()
