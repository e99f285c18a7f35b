"""manifest.json: what a folder holds, and the checksums that tell whether it still does."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from asterism._check import check_choice
from asterism.errors import Corrupt, FormatTooNew, NotASpace
from asterism.store.checked import read_checked, write_checked
from asterism.values import Model

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"
FORMAT = "asterism-space"
VERSION = 1
DTYPES = ("float32", "float16")
FILE_NAME = re.compile(r"(texts-\d{5,}\.parquet|vectors-\d{5,}\.npy)")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder: its name, bytes, and blake2b-128 in hexadecimal."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Shard:
    """Rows that are kept together: a Parquet file of texts and metadata, and a .npy file of their vectors."""

    number: int
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
    write_checked(folder / NAME, {"format": FORMAT, "version": VERSION, **asdict(manifest)})


def is_space(folder: Path) -> bool:
    """Whether a folder has a manifest; it may be damaged all the same."""
    return (folder / NAME).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder.

    Raises:
        NotASpace: There is none, or it is of another program.
        FormatTooNew: It was written by a later version.
        Corrupt: It was changed or cannot be understood.
    """
    path = folder / NAME
    try:
        content = read_checked(path)
    except (FileNotFoundError, NotADirectoryError) as exc:
        what = "there is no such folder" if not folder.exists() else f"it has no {NAME}"
        message = f"'{folder}' is no Space: {what}. Make one with: asterism embed FILE -o NAME.space"
        raise NotASpace(message) from exc
    except Corrupt:
        _check_format(path, _raw(path), folder)
        raise
    _check_format(path, content, folder)
    try:
        return _parse(content)
    except (ValueError, KeyError, TypeError) as exc:
        raise Corrupt(f"'{path}' cannot be understood ({exc!r}); restore it, or write the Space again.") from exc


@dataclass(frozen=True, slots=True)
class State:
    """A manifest and which writing of it this is: a Space may be replaced by another and then by the same again.

    Attributes:
        manifest: The facts.
        inode: Of the file.
        changed_ns: When the file was made or moved; inodes are used again.
    """

    manifest: Manifest
    inode: int
    changed_ns: int


def read_state(folder: Path) -> State:
    """Read the manifest of a folder in a way that shows whether it was replaced since.

    Raises:
        SpaceError: As `read_manifest`.
    """
    try:
        found = (folder / NAME).stat()  # before the manifest: one that comes in between is seen as a change
    except OSError:
        return State(read_manifest(folder), 0, 0)
    return State(read_manifest(folder), found.st_ino, found.st_ctime_ns)


def _raw(path: Path) -> dict[str, Any]:
    """The content as far as it can be read: a later version may have other checksums."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return {"format": FORMAT, "version": VERSION}
    return content if isinstance(content, dict) else {}


def _check_format(path: Path, content: dict[str, Any], folder: Path) -> None:
    if content.get("format") != FORMAT:
        raise NotASpace(f"'{folder}' is no Space: its {NAME} is of the format {content.get('format')!r}.")
    version = content.get("version")
    if not isinstance(version, int):
        raise Corrupt(f"'{path}' has the version {version!r}; expected a number. Restore it, or write the Space again.")
    if version > VERSION:
        raise FormatTooNew(
            f"'{folder}' has format version {version}; this version of Asterism reads up to {VERSION}. "
            "Upgrade Asterism, or write the Space again."
        )


def _parse(content: dict[str, Any]) -> Manifest:
    shards = tuple(
        Shard(shard["number"], shard["rows"], File(**shard["texts"]), File(**shard["vectors"]))
        for shard in content["shards"]
    )
    for shard in shards:
        for file in (shard.texts, shard.vectors):
            if not FILE_NAME.fullmatch(file.name):  # nothing outside the folder is ever opened
                message = f"file name {file.name!r}"
                raise ValueError(message)
    check_choice(content["dtype"], DTYPES, name="dtype")
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
