"""The hidden folder in which a Space is built, and what is left of it when its process is killed."""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from asterism.store.manifest import FILE_NAME
from asterism.store.manifest import NAME as MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

# Parts of a folder that are made from its rows, and go when those change.
DERIVED = ("graph", "projections")
# A draft in which nothing was written for so long is what a stopped process left.
STALE_SECONDS = 3600.0


def draft_beside(folder: Path) -> Path:
    """A fresh name for the draft of a Space; nothing is made."""
    return folder.with_name(f".{folder.name}.{uuid4().hex}.tmp")


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
