"""NAME.space: a folder of shards, each a Parquet file of texts and metadata beside a .npy file of vectors."""

from __future__ import annotations

import shutil
from hashlib import blake2b
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from asterism._check import check_choice
from asterism._files import sync_folder, write_atomically
from asterism.errors import Corrupt, OutputExists
from asterism.store.data import SpaceData
from asterism.store.manifest import File, Manifest, Shard, read_manifest, write_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Rows of a shard: the unit of work and of recovery.
SHARD_ROWS = 65_536
# Columns beside those of the input; a name that no input has by accident.
PLACED = "__placed__"
COORDINATES = "__coordinates__"
DTYPES = ("float32", "float16")


def save_space(
    data: SpaceData, folder: Path, *, dtype: str = "float32", force: bool = False, shard_rows: int = SHARD_ROWS
) -> None:
    """Write a Space to a folder.

    It is built under another name and renamed, so that the folder is whole or absent; with `force` the old one is
    moved away first and removed last.

    Args:
        data: The Space.
        folder: Where; by custom `NAME.space`.
        dtype: "float32", or "float16" for half the size and about three decimal digits.
        force: Replace what is there.
        shard_rows: Rows of a shard.

    Raises:
        OutputExists: There is something, and `force` is not given.
        InputError: Another dtype.
        OSError: The disk is full or the folder cannot be written; nothing half-written remains.
    """
    check_choice(dtype, DTYPES, name="dtype")
    if folder.exists() and not force:
        raise OutputExists(f"'{folder}' exists; choose another name, or replace it with --force (force=True).")
    draft = folder.with_name(f".{folder.name}.{uuid4().hex}.tmp")
    draft.mkdir()
    try:
        shards = tuple(
            write_shard(data, draft, number, slice(start, start + shard_rows), dtype)
            for number, start in enumerate(range(0, len(data.vectors), shard_rows))
        )
        manifest = Manifest(
            model=data.model,
            dtype=dtype,
            text_column=data.text_column,
            shards=shards,
            counts=dict(data.counts),
            remarks=data.remarks,
        )
        write_manifest(draft, manifest)
        _swap(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def write_shard(data: SpaceData, folder: Path, number: int, rows: slice, dtype: str) -> Shard:
    """Write one shard.

    Args:
        data: The Space that holds the rows.
        folder: The Space's folder.
        number: Of the shard.
        rows: Which rows of `data`.
        dtype: Of the vectors on disk.

    Returns:
        Its entry for the manifest.
    """
    start, stop, _ = rows.indices(len(data.vectors))
    table = data.table.slice(start, stop - start).append_column(PLACED, pa.array(data.placed[start:stop]))
    if data.coordinates is not None:
        lists = pa.FixedSizeListArray.from_arrays(
            pa.array(data.coordinates[start:stop].ravel()), data.coordinates.shape[1]
        )
        table = table.append_column(COORDINATES, lists)
    buffer = BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    texts = _write(folder / f"texts-{number:05}.parquet", buffer.getvalue())
    buffer = BytesIO()
    np.save(buffer, np.ascontiguousarray(data.vectors[start:stop], dtype), allow_pickle=False)
    return Shard(stop - start, texts, _write(folder / f"vectors-{number:05}.npy", buffer.getvalue()))


def open_space(folder: Path, *, verify: bool = False) -> SpaceData:
    """Open a Space; vectors of a single float32 shard stay on disk until they are used.

    Args:
        folder: A `NAME.space` folder.
        verify: Compare every checksum, which reads every byte; otherwise only sizes and row counts.

    Returns:
        The Space.

    Raises:
        NotASpace: There is no manifest.
        FormatTooNew: Written by a later version.
        Corrupt: A file is missing, cut short or changed, or the writing was never finished.
    """
    manifest = read_manifest(folder)
    if not manifest.is_complete:
        raise Corrupt(
            f"'{folder}' was never finished; run the command that writes it again, and it goes on from there."
        )
    for shard in manifest.shards:
        for file in (shard.texts, shard.vectors):
            check_file(folder, file, verify=verify)
    table = _read_tables(folder, manifest)
    coordinates = None
    if COORDINATES in table.column_names:
        column = table.column(COORDINATES)
        coordinates = np.concatenate([np.asarray(chunk.flatten()) for chunk in column.chunks])
        coordinates = coordinates.reshape(table.num_rows, column.type.list_size)
    return SpaceData(
        table=table.drop_columns([name for name in (PLACED, COORDINATES) if name in table.column_names]),
        text_column=manifest.text_column,
        vectors=_read_vectors(folder, manifest),
        placed=table.column(PLACED).to_numpy().astype(np.bool_),
        model=manifest.model,
        counts=manifest.counts,
        remarks=manifest.remarks,
        coordinates=coordinates,
    )


def check_file(folder: Path, file: File, *, verify: bool) -> None:
    """Compare a file with what the manifest says of it.

    Raises:
        Corrupt: It is missing, of another size, or (with `verify`) of another checksum.
    """
    path = folder / file.name
    remedy = "restore it from a copy, or write the Space again"
    if not path.is_file():
        raise Corrupt(f"'{path}' is missing; {remedy}.")
    size = path.stat().st_size
    if size != file.size:
        raise Corrupt(f"'{path}' has {size:,} bytes where the manifest says {file.size:,}; {remedy}.")
    if verify and _checksum(path.read_bytes()) != file.checksum:
        raise Corrupt(f"'{path}' has another checksum than the manifest says; {remedy}.")


def _write(path: Path, content: bytes) -> File:
    write_atomically(path, content)
    return File(path.name, len(content), _checksum(content))


def _checksum(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _read_tables(folder: Path, manifest: Manifest) -> pa.Table:
    tables = []
    for shard in manifest.shards:
        path = folder / shard.texts.name
        try:
            table = pyarrow.parquet.read_table(path)
        except (pa.ArrowException, OSError) as exc:
            raise Corrupt(f"'{path}' cannot be read ({str(exc).splitlines()[0]}); write the Space again.") from exc
        if table.num_rows != shard.rows:
            raise Corrupt(f"'{path}' holds {table.num_rows} rows where the manifest says {shard.rows}.")
        tables.append(table)
    return pa.concat_tables(tables)


def _read_vectors(folder: Path, manifest: Manifest) -> NDArray[np.float32]:
    shards = []
    for shard in manifest.shards:
        path = folder / shard.vectors.name
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError) as exc:
            raise Corrupt(f"'{path}' cannot be read ({exc}); write the Space again.") from exc
        if array.shape != (shard.rows, manifest.model.dim) or array.dtype != manifest.dtype:
            expected = (shard.rows, manifest.model.dim)
            raise Corrupt(f"'{path}' holds {array.shape} {array.dtype}; expected {expected} {manifest.dtype}.")
        shards.append(array)
    if len(shards) == 1:
        single: NDArray[np.float32] = shards[0].astype(np.float32, copy=False)
        return single
    joined = np.empty((sum(map(len, shards)), manifest.model.dim), np.float32)
    start = 0
    for array in shards:
        joined[start : start + len(array)] = array
        start += len(array)
    return joined


def _swap(draft: Path, folder: Path) -> None:
    sync_folder(draft)
    old = folder.with_name(f".{folder.name}.{uuid4().hex}.old")
    had_one = folder.exists()
    if had_one:
        folder.rename(old)
    draft.rename(folder)
    sync_folder(folder.parent)
    if had_one:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
