"""A Space at rest: folder format, manifest, shards, append, select, checksums."""

from __future__ import annotations

from asterism.store.data import Facts, SpaceData, facts_of, select
from asterism.store.drafts import partial_folder
from asterism.store.folder import append, check_free, open_space, save_space
from asterism.store.parts import list_projections, load_graph, load_projection, save_graph, save_projection
from asterism.store.writer import SpaceWriter

__all__ = [
    "Facts",
    "SpaceData",
    "SpaceWriter",
    "append",
    "check_free",
    "facts_of",
    "list_projections",
    "load_graph",
    "load_projection",
    "open_space",
    "partial_folder",
    "save_graph",
    "save_projection",
    "save_space",
    "select",
]
