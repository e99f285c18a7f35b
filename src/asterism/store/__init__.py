"""A Space at rest: folder format, manifest, shards, append, select, checksums."""

from __future__ import annotations

from asterism.store.data import SpaceData, select
from asterism.store.folder import open_space, save_space
from asterism.store.parts import load_graph, load_projection, save_graph, save_projection

__all__ = [
    "SpaceData",
    "load_graph",
    "load_projection",
    "open_space",
    "save_graph",
    "save_projection",
    "save_space",
    "select",
]
