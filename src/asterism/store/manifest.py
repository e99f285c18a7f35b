"""manifest.json: what a folder holds, and the checksums that tell whether it still does."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from asterism._files import write_atomically
from asterism.errors import Corrupt, FormatTooNew, NotASpace
from asterism.values import Model

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"
FORMAT = "asterism-space"
VERSION = 1


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder: its name, bytes, and blake2b-128 in hexadecimal."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows that are kept together: a Parquet file of texts and metadata, and a .npy file of their vectors."""

    rows: int
    texts: File
    vectors: File


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts of a folder.

    Attributes:
        model: Which model made the vectors.
        dtype: Of the vectors on disk: "float32" or "float16".
        text_column: The column that holds the texts.
        shards: In row order.
        counts: What was found odd when the texts entered.
        remarks: What was decided then.
        is_complete: False while a writer is at work, or was stopped.
        fingerprint: Of the input of that writer; "" where the folder was written in one go.
    """

    model: Model
    dtype: str
    text_column: str
    shards: tuple[Shard, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    is_complete: bool = True
    fingerprint: str = ""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of a folder; a reader sees the old one or the new one."""
    content = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
    write_atomically(folder / NAME, json.dumps(content, ensure_ascii=False, indent=1).encode())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder.

    Raises:
        NotASpace: There is none.
        FormatTooNew: It was written by a later version.
        Corrupt: It cannot be understood.
    """
    path = folder / NAME
    if not path.is_file():
        raise NotASpace(f"'{folder}' is no Space: it has no {NAME}. Make one with: asterism embed FILE -o NAME.space")
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            raise NotASpace(f"'{folder}' is no Space: its {NAME} is of the format {content['format']!r}.")
        if content["version"] > VERSION:
            raise FormatTooNew(
                f"'{folder}' has format version {content['version']}; this version of Asterism reads up to {VERSION}. "
                "Upgrade Asterism, or write the Space again."
            )
        return _parse(content)
    except (ValueError, KeyError, TypeError) as exc:
        raise Corrupt(f"'{path}' is damaged ({exc!r}); restore it, or write the Space again.") from exc


def _parse(content: dict[str, Any]) -> Manifest:
    shards = tuple(
        Shard(rows=shard["rows"], texts=File(**shard["texts"]), vectors=File(**shard["vectors"]))
        for shard in content["shards"]
    )
    return Manifest(
        model=Model(**content["model"]),
        dtype=content["dtype"],
        text_column=content["text_column"],
        shards=shards,
        counts=content["counts"],
        remarks=tuple(content["remarks"]),
        is_complete=content["is_complete"],
        fingerprint=content["fingerprint"],
    )
