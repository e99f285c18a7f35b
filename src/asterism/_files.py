"""Files that are whole or absent: written under a temporary name, flushed, then renamed."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from errno import ENOENT
from hashlib import blake2b
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 20
# From the headers of Linux: relative to the current folder; swap the two names.
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or absent, also after a power cut.

    Args:
        path: Where; replaced if it exists.
        content: What.

    Raises:
        OSError: The disk is full or the folder cannot be written; the temporary file is removed.
    """
    with atomic_file(path) as file:
        file.write(content)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name when the block ends well, and vanishes when it does not.

    Args:
        path: Where; replaced if it exists.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        # Of a write it does not say where, else a name that nobody knows.
        if exc.errno is not None and str(exc.filename) in ("None", str(draft)):
            raise OSError(exc.errno, exc.strerror, str(path)) from exc
        raise
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last; where folders cannot be opened (Windows) the system does so itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock_folder(folder: Path) -> int | None:
    """Keep a folder for oneself: until the handle is closed, or the process ends in whatever way.

    Args:
        folder: A folder; it may be renamed meanwhile.

    Returns:
        The handle, for `os.close`; None where the system (Windows) or the file system has no such locks.

    Raises:
        BlockingIOError: Somebody else keeps it.
        FileNotFoundError: It is not there, or got another name at this moment.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_it = os.path.samestat(os.fstat(handle), folder.stat())
    except (BlockingIOError, FileNotFoundError):
        os.close(handle)
        raise
    except OSError:  # of file systems over a network
        os.close(handle)
        return None
    if not is_it:
        os.close(handle)
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(folder))
    return handle


def checksum_of(path: Path) -> str:
    """blake2b-128 of a file's bytes, in hexadecimal; read block by block.

    Raises:
        OSError: It cannot be read.
    """
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, so that there is no moment without either (renameat2, Linux).

    Args:
        one: A file or folder.
        other: Another, on the same file system.

    Returns:
        Whether it was done; False where the system or the file system cannot.
    """
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return int(rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)) == 0
