"""The hidden folder in which a Space is built, and what is left of it when its process is killed."""

from __future__ import annotations

import os
import re
import shutil
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from asterism._files import lock_folder
from asterism.errors import SpaceError
from asterism.store.manifest import FILE_NAME, read_manifest
from asterism.store.manifest import NAME as MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from asterism.store.manifest import Manifest

# Parts of a folder that are made from its rows, and go when those change.
DERIVED = ("graph", "projections")
# A draft in which nothing was written for so long is what a stopped process left.
STALE_SECONDS = 3600.0


def draft_beside(folder: Path) -> Path:
    """A fresh name for the draft of a Space; nothing is made."""
    return folder.with_name(f".{folder.name}.{uuid4().hex}.tmp")


def partial_folder(folder: Path) -> Path:
    """Where a Space lies until it is finished: NAME.space.partial beside NAME.space."""
    return folder.with_name(f"{folder.name}.partial")


def sweep_parts(folder: Path) -> None:
    """Remove the parts of a Space that is finished: its writer was killed after it gave the name.

    They are removed only where their manifest tells the same input, model and rows as that of the Space, and where it
    is sure that nobody writes them.

    Args:
        folder: The Space, which need not exist.
    """
    parts = partial_folder(folder)
    try:
        whole, begun = read_manifest(folder), read_manifest(parts)
        is_left = whole.is_complete and _origin(whole) == _origin(begun) and all(map(is_ours, parts.iterdir()))
        handle = lock_folder(parts) if is_left else None
    except (SpaceError, OSError):  # there is none, or it is in use
        return
    if handle is not None:
        shutil.rmtree(parts, ignore_errors=True)
        os.close(handle)


def _origin(manifest: Manifest) -> tuple[str, str, str, int]:
    """What parts and the whole have in common; a Space that was written in one go has no fingerprint."""
    rows = sum(shard.rows for shard in manifest.shards)
    return manifest.fingerprint or "one go", manifest.model.fingerprint, manifest.dtype, rows


def sweep_drafts(folder: Path) -> None:
    """Remove the drafts of a Space that processes left which were killed.

    Only a folder is removed that has the name of a draft of this Space, holds nothing but files of a Space, and was
    not written to for an hour.

    Args:
        folder: The Space, which need not exist.
    """
    name = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{32}}\.tmp")
    for path in folder.parent.iterdir():
        if name.fullmatch(path.name) and path.is_dir() and not path.is_symlink() and _is_left(path):
            shutil.rmtree(path, ignore_errors=True)


def is_ours(path: Path) -> bool:
    """Whether a file or folder in a folder is of the names that a Space has."""
    return path.name in {MANIFEST, *DERIVED} or path.name.startswith(".") or bool(FILE_NAME.fullmatch(path.name))


def _is_left(draft: Path) -> bool:
    try:
        inside = list(draft.iterdir())
        written = max(path.stat().st_mtime for path in (draft, *inside))
    except FileNotFoundError:  # it is in use
        return False
    return all(map(is_ours, inside)) and time.time() - written > STALE_SECONDS
