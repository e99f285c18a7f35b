"""NAME.space: a folder of shards, each a Parquet file of texts and metadata beside an .npy file of vectors."""

from __future__ import annotations

import shutil
from dataclasses import replace
from errno import EEXIST, ENOENT, ENOTEMPTY
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pyarrow as pa

from asterism._check import check_choice
from asterism._files import exchange, sync_folder
from asterism.errors import Corrupt, FingerprintMismatch, InputError, OutputExists
from asterism.store.data import SpaceData
from asterism.store.drafts import DERIVED, draft_beside, sweep_drafts, sweep_parts
from asterism.store.manifest import DTYPES, Manifest, is_space, read_manifest, read_state, write_manifest
from asterism.store.parts import save_projection
from asterism.store.shards import (
    COORDINATES,
    PLACED,
    check_file,
    map_vectors,
    read_schema,
    read_texts,
    sweep,
    write_shard,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism.values import Model, Projection

# Up to so many rows are one shard, whose vectors are opened without reading them.
SHARD_ROWS = 1 << 26
# Runs that give a folder the same name at the same moment may get in each other's way so often.
ATTEMPTS = 10
ROUNDED = "The vectors are kept as float16: rounded to 11 significant bits, about three decimal digits."


def save_space(
    data: SpaceData,
    folder: Path,
    *,
    dtype: str = "float32",
    force: bool = False,
    shard_rows: int = SHARD_ROWS,
    projections: Sequence[Projection] = (),
) -> None:
    """Write a Space to a folder.

    It is built under a hidden name beside it and renamed, so that the folder is whole or absent; with `force` the two
    swap names in one step (on Linux; elsewhere the old one is renamed first, and for a moment there is none). What a
    killed process left of an earlier try is removed when nothing was written to it for an hour.

    Args:
        data: The Space.
        folder: Where; by custom `NAME.space`.
        dtype: "float32", or "float16" for half the size and about three decimal digits, which the remarks then say.
        force: Replace what is there, if it is a Space, a file or an empty folder.
        shard_rows: Rows of a shard.
        projections: To lie in the folder from the first, each under the name of its method.

    Raises:
        OutputExists: There is something, and `force` is not given, or it is a folder that is no Space.
        InputError: Another dtype, no folder to write into, a column or vector that cannot be kept.
        OSError: The disk is full or the folder cannot be written; nothing half-written remains.
    """
    check_choice(dtype, DTYPES, name="dtype")
    folder = check_free(folder, force=force)
    sweep_drafts(folder)
    draft = draft_beside(folder)
    draft.mkdir()
    try:
        starts = range(0, max(len(data.vectors), 1), shard_rows)
        shards = tuple(
            write_shard(data, draft, number, slice(start, start + shard_rows), dtype)
            for number, start in enumerate(starts)
        )
        manifest = Manifest(
            model=data.model,
            dtype=dtype,
            text_column=data.text_column,
            shards=shards,
            counts=dict(data.counts),
            remarks=data.remarks if dtype == "float32" else (*data.remarks, ROUNDED),
        )
        for projection in projections:
            save_projection(projection, draft, projection.method)
        write_manifest(draft, manifest)
        put_in_place(draft, check_free(folder, force=force))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def open_space(folder: Path, *, verify: bool = False) -> SpaceData:
    """Open a Space. Vectors of a single float32 shard stay on disk until they are used.

    Those of float16, and of several shards (rows were appended, or the disk had no room to join them), are read into
    memory.

    Args:
        folder: A `NAME.space` folder. It may be replaced or grow meanwhile: what comes back is one state of it.
        verify: Compare the checksums of vectors too, which reads every byte; otherwise those of manifest and texts, and
            the sizes and shapes of vectors.

    Returns:
        The Space.

    Raises:
        NotASpace: There is no manifest.
        FormatTooNew: Written by a later version.
        Corrupt: A file is missing, cut short or changed, or the writing was never finished.
    """
    state = read_state(folder)
    while True:
        try:
            data = _open(folder, state.manifest, verify=verify)
        except Corrupt:
            if (now := read_state(folder)) == state:
                raise
        else:
            if (now := read_state(folder)) == state:
                return data
        state = now


def append(folder: Path, data: SpaceData) -> None:
    """Add rows to a Space, as shards of their own; the manifest is replaced last, so that all rows are there or none.

    A graph and projections that lie in the folder are removed, since they know nothing of the new rows. One process
    at a time may append to a folder.

    Args:
        folder: A `NAME.space` folder.
        data: Rows with the same columns and the same model. A column that one side lacks is null there. Of the counts
            each is added up, so "duplicates" are those within each part.

    Raises:
        FingerprintMismatch: Another model made its vectors.
        InputError: A column has another type, or lacks values that it must have; or one side has coordinates, or more
            of them, and the other not.
        SpaceError: As `open_space`.
    """
    manifest = _complete(folder, read_manifest(folder))
    model = _joined_model(folder, manifest.model, data.model)
    known = read_schema(folder, manifest.shards[0])
    data = replace(data, table=_conformed(data, known, manifest.text_column), text_column=manifest.text_column)
    sweep(folder, manifest.shards)
    number = manifest.shards[-1].number + 1
    shards = tuple(
        write_shard(data, folder, number + i, slice(start, start + SHARD_ROWS), manifest.dtype)
        for i, start in enumerate(range(0, len(data.vectors), SHARD_ROWS))
    )
    for part in DERIVED:
        if (folder / part).exists():
            shutil.rmtree(folder / part)
    counts = {key: manifest.counts.get(key, 0) + data.counts.get(key, 0) for key in {**manifest.counts, **data.counts}}
    remarks = (*manifest.remarks, *(remark for remark in data.remarks if remark not in manifest.remarks))
    write_manifest(
        folder, replace(manifest, model=model, shards=(*manifest.shards, *shards), counts=counts, remarks=remarks)
    )


def check_free(folder: Path, *, force: bool) -> Path:
    """Refuse a place where a Space may not be written; parts that a finished Space left beside it are removed.

    Returns:
        The place; where a symbolic link leads to, if `folder` is one.

    Raises:
        OutputExists: There is something, and `force` is not given, or it is a folder that is no Space.
        InputError: The folder above does not exist.
    """
    folder = folder.resolve() if folder.is_symlink() else folder
    if not folder.parent.is_dir():
        raise InputError(f"There is no folder '{folder.parent}' to write '{folder.name}' to; create it first.")
    if not folder.exists():
        return folder
    sweep_parts(folder)
    if not force:
        raise OutputExists(f"'{folder}' exists; choose another name, or replace it with --force (force=True).")
    if folder.is_dir() and not is_space(folder) and any(folder.iterdir()):
        raise OutputExists(f"'{folder}' is a folder that is no Space; it is not replaced. Choose another name.")
    return folder


def put_in_place(draft: Path, folder: Path) -> None:
    """Give a finished folder its name; what had the name is removed. Of several at one moment the last has it."""
    sync_folder(draft)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            old = _swap(draft, folder)
            break
        except OSError as exc:  # meanwhile another run took the name, or is about to
            if attempt == ATTEMPTS or exc.errno not in (ENOENT, EEXIST, ENOTEMPTY) or not draft.exists():
                raise
    sync_folder(folder.parent)
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink(missing_ok=True)


def _swap(draft: Path, folder: Path) -> Path:
    """Give a folder a name; gives what is to be removed, which is nothing if it is the draft's old name."""
    if not folder.exists():
        draft.rename(folder)
    elif not exchange(draft, folder):
        old = folder.with_name(f".{folder.name}.{uuid4().hex}.old")
        folder.rename(old)
        try:
            draft.rename(folder)
        except OSError:
            shutil.rmtree(old) if folder.exists() else old.rename(folder)
            raise
        return old
    return draft


def _complete(folder: Path, manifest: Manifest) -> Manifest:
    if not manifest.is_complete or not manifest.shards:
        raise Corrupt(
            f"'{folder}' was never finished; run the command that writes it again, and it goes on from there."
        )
    return manifest


def _open(folder: Path, manifest: Manifest, *, verify: bool) -> SpaceData:
    for shard in _complete(folder, manifest).shards:
        check_file(folder, shard.texts, verify=True)  # read as a whole anyway
        check_file(folder, shard.vectors, verify=verify)
    try:
        table = pa.concat_tables([read_texts(folder, shard) for shard in manifest.shards])
        table.column(manifest.text_column)
    except (pa.ArrowInvalid, KeyError) as exc:
        raise Corrupt(f"The shards of '{folder}' do not fit together ({exc}); write the Space again.") from exc
    points = None
    if COORDINATES in table.column_names:
        column = table.column(COORDINATES)
        flat = [np.asarray(chunk.flatten(), np.float32) for chunk in column.chunks]
        points = np.concatenate([np.empty(0, np.float32), *flat]).reshape(table.num_rows, column.type.list_size)
    return SpaceData(
        table=table.drop_columns([name for name in (PLACED, COORDINATES) if name in table.column_names]),
        text_column=manifest.text_column,
        vectors=_join_vectors(folder, manifest),
        placed=np.asarray(table.column(PLACED).to_numpy(), np.bool_),
        model=manifest.model,
        counts=manifest.counts,
        remarks=manifest.remarks,
        coordinates=points,
    )


def _join_vectors(folder: Path, manifest: Manifest) -> NDArray[np.float32]:
    shards = [map_vectors(folder, shard, manifest) for shard in manifest.shards]
    if len(shards) == 1:
        return shards[0].astype(np.float32, copy=False)
    joined = np.empty((sum(map(len, shards)), manifest.model.dim), np.float32)
    start = 0
    for array in shards:
        joined[start : start + len(array)] = array
        start += len(array)
    return joined


def _joined_model(folder: Path, old: Model, new: Model) -> Model:
    if (old.dim, old.metric) != (new.dim, new.metric):
        raise FingerprintMismatch(
            f"'{folder}' holds {old.metric} vectors of {old.dim} numbers, the new rows {new.metric} vectors of "
            f"{new.dim}; expected the same."
        )
    if old.fingerprint == new.fingerprint:
        return old
    if (old.name, new.name) != ("given", "given"):
        raise FingerprintMismatch(
            f"'{folder}' was made with the model {old.name!r} ({old.fingerprint}), the new rows with {new.name!r} "
            f"({new.fingerprint}); embed them with the same model."
        )
    # Vectors that were brought along are known by their bytes alone: those of the whole are both.
    both = blake2b(f"{old.fingerprint} {new.fingerprint}".encode(), digest_size=16).hexdigest()
    return replace(old, fingerprint=both)


def _conformed(data: SpaceData, known: pa.Schema, text_column: str) -> pa.Table:
    """The table of new rows with the columns of the folder, in their order and types."""
    axes = known.field(COORDINATES).type.list_size if COORDINATES in known.names else 0
    brought = 0 if data.coordinates is None else data.coordinates.shape[1]
    if axes != brought:
        told = f"The Space has {axes or 'no'} coordinates and a new row {brought or 'none'}"
        raise InputError(f"{told}; expected as many.")
    table = data.table
    if data.text_column != text_column:
        if text_column in table.column_names:
            raise InputError(f"The new rows have their texts in {data.text_column!r}, the Space in {text_column!r}.")
        table = table.rename_columns([text_column if n == data.text_column else n for n in table.column_names])
    extra = [name for name in table.column_names if name not in known.names]
    if extra:
        raise InputError(f"The Space has no column {extra[0]!r}; leave it out of the new rows.")
    schema = pa.schema([column for column in known if column.name not in (PLACED, COORDINATES)])
    return pa.table([_conformed_column(table, column) for column in schema], schema=schema)


def _conformed_column(table: pa.Table, column: pa.Field) -> pa.Array | pa.ChunkedArray:
    """A column of new rows in the type of the folder; nulls where they lack it."""
    values = pa.nulls(table.num_rows, column.type)
    if column.name in table.column_names:
        try:
            values = table.column(column.name).cast(column.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
            found = table.schema.field(column.name).type
            raise InputError(f"Column {column.name!r} of the new rows holds {found}; expected {column.type}.") from exc
    if values.null_count and not column.nullable:
        raise InputError(f"Column {column.name!r} has a value in every row of the Space; expected so of the new rows.")
    return values
