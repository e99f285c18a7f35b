"""A shard: rows of the table in a Parquet file, and their vectors in an .npy file."""

from __future__ import annotations

import shutil
import tokenize
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from asterism._files import atomic_file, checksum_of
from asterism.errors import Corrupt, InputError
from asterism.store.manifest import FILE_NAME, File, Manifest, Shard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism.store.data import SpaceData

# Columns beside those of the input; names that no input has by accident.
PLACED = "__placed__"
COORDINATES = "__coordinates__"
# Whatever NumPy raises over a header that is not as it should be.
HEADER_FAULTS = (ValueError, OSError, EOFError, SyntaxError, OverflowError, MemoryError, tokenize.TokenError)
REMEDY = "restore it from a copy, or write the Space again"


def write_shard(data: SpaceData, folder: Path, number: int, rows: slice, dtype: str) -> Shard:
    """Write one shard.

    Args:
        data: The Space that holds the rows.
        folder: The Space's folder.
        number: Of the shard.
        rows: Which rows of `data`.
        dtype: Of the vectors on disk.

    Returns:
        Its entry for the manifest. Equal rows give equal bytes.

    Raises:
        InputError: The table has a column of a name that is taken, or of a kind that Parquet cannot hold; a vector
            does not fit into float16.
        OSError: The disk is full or the folder cannot be written.
    """
    start, stop, _ = rows.indices(len(data.vectors))
    vectors = np.ascontiguousarray(_rounded(data.vectors[start:stop], dtype, start))
    return _write(folder, number, _with_marks(data, start, stop), [vectors])


def join_shards(folder: Path, manifest: Manifest, into: Path) -> Shard:
    """Write all rows of a folder as one shard, whose vectors can be mapped into memory as one.

    Args:
        folder: Holds the shards.
        manifest: Of the folder, with at least one shard.
        into: Another folder.

    Returns:
        Its entry for the manifest, number 0. In memory are the texts, and no vectors.

    Raises:
        Corrupt: A shard cannot be read.
        OSError: The disk is full or the folder cannot be written.
    """
    table = pa.concat_tables([read_texts(folder, shard) for shard in manifest.shards]).combine_chunks()
    return _write(into, 0, table, [map_vectors(folder, shard, manifest) for shard in manifest.shards])


def sweep(folder: Path, shards: Sequence[Shard]) -> None:
    """Remove what a stopped writer left: drafts, and shards that no manifest came to know."""
    known = {file.name for shard in shards for file in (shard.texts, shard.vectors)}
    for path in folder.iterdir():
        is_draft = path.name.startswith(".") and path.name.endswith(".tmp")
        if is_draft and path.is_dir():
            shutil.rmtree(path)
        elif is_draft or (FILE_NAME.fullmatch(path.name) and path.name not in known):
            path.unlink()


def check_file(folder: Path, file: File, *, verify: bool) -> None:
    """Compare a file with what the manifest says of it.

    Raises:
        Corrupt: It is missing, of another size, or (with `verify`) of another checksum.
    """
    path = folder / file.name
    if not path.is_file():
        raise Corrupt(f"'{path}' is missing; {REMEDY}.")
    size = path.stat().st_size
    if size != file.size:
        raise Corrupt(f"'{path}' has {size:,} bytes where the manifest says {file.size:,}; {REMEDY}.")
    if verify and checksum_of(path) != file.checksum:
        raise Corrupt(f"'{path}' has another checksum than the manifest says; {REMEDY}.")


def read_texts(folder: Path, shard: Shard) -> pa.Table:
    """The table of a shard, marks included.

    Raises:
        Corrupt: It cannot be read, or has other rows than the manifest says.
    """
    path = folder / shard.texts.name
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            table = file.read()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as exc:
        raise Corrupt(f"'{path}' cannot be read ({str(exc).splitlines()[0]}); {REMEDY}.") from exc
    if table.num_rows != shard.rows or PLACED not in table.column_names:
        raise Corrupt(f"'{path}' does not hold the {shard.rows:,} rows that the manifest says; {REMEDY}.")
    return table


def read_schema(folder: Path, shard: Shard) -> pa.Schema:
    """The columns of a shard, marks included.

    Raises:
        Corrupt: It cannot be read.
    """
    path = folder / shard.texts.name
    try:
        return pyarrow.parquet.read_schema(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as exc:
        raise Corrupt(f"'{path}' cannot be read ({str(exc).splitlines()[0]}); {REMEDY}.") from exc


def map_vectors(folder: Path, shard: Shard, manifest: Manifest) -> NDArray[np.floating]:
    """The vectors of a shard as they lie on disk, memory-mapped and read-only.

    Raises:
        Corrupt: It cannot be read, or has another shape or dtype than the manifest says.
    """
    path = folder / shard.vectors.name
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except HEADER_FAULTS as exc:
        raise Corrupt(f"'{path}' cannot be read ({exc!r}); {REMEDY}.") from exc
    expected = (shard.rows, manifest.model.dim)
    if mapped.shape != expected or mapped.dtype != np.dtype(manifest.dtype).newbyteorder("<"):
        raise Corrupt(f"'{path}' holds {mapped.shape} {mapped.dtype}; expected {expected} {manifest.dtype}. {REMEDY}.")
    array: NDArray[np.floating] = np.asarray(mapped)
    return array


def _write(folder: Path, number: int, table: pa.Table, blocks: Sequence[NDArray[np.floating]]) -> Shard:
    """Write a table with its marks, and vectors that come block by block, all of one dtype and length."""
    texts_path, vectors_path = folder / f"texts-{number:05}.parquet", folder / f"vectors-{number:05}.npy"
    try:
        with atomic_file(texts_path) as file:
            # The names of list items stay as they are, so that the table comes back with the very same types.
            pyarrow.parquet.write_table(table, file, compression="zstd", use_compliant_nested_type=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
        raise InputError(f"The table cannot be kept as Parquet: {str(exc).splitlines()[0]}") from exc
    with atomic_file(vectors_path) as file:
        # The bytes of np.save, which says nothing of a full disk when it runs into one.
        header = np.lib.format.header_data_from_array_1_0(blocks[0])
        np.lib.format.write_array_header_1_0(file, header | {"shape": (table.num_rows, blocks[0].shape[1])})
        for block in blocks:
            file.write(block.data)
    return Shard(number, table.num_rows, _described(texts_path), _described(vectors_path))


def _with_marks(data: SpaceData, start: int, stop: int) -> pa.Table:
    for name in (PLACED, COORDINATES):
        if name in data.table.column_names:
            raise InputError(f"The table has a column {name!r}, a name that Asterism needs itself; rename it.")
    table = data.table.slice(start, stop - start).combine_chunks()
    table = table.append_column(PLACED, pa.array(data.placed[start:stop]))
    if data.coordinates is not None:
        flat = pa.array(np.ascontiguousarray(data.coordinates[start:stop], np.float32).ravel())
        lists = pa.FixedSizeListArray.from_arrays(flat, data.coordinates.shape[1])
        table = table.append_column(COORDINATES, lists)
    return table


def _rounded(vectors: NDArray[np.float32], dtype: str, start: int) -> NDArray[np.floating]:
    if dtype == "float32":
        return np.ascontiguousarray(vectors, "<f4")
    with np.errstate(over="ignore"):
        rounded = np.ascontiguousarray(vectors, "<f2")
    lost = ~np.isfinite(rounded).all(axis=1) | ((rounded == 0).all(axis=1) & (vectors != 0).any(axis=1))
    if lost.any():
        row = start + int(np.argmax(lost))
        raise InputError(f"The vector of row {row} does not fit into float16 (6e-8 to 65504); keep float32.")
    return rounded


def _described(path: Path) -> File:
    return File(path.name, path.stat().st_size, checksum_of(path))
