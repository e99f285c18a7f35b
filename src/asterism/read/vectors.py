"""Vectors that users already have. Nothing is ever unpickled."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from asterism.errors import InputError
from asterism.read.content import UNPACKERS, read_bytes, to_utf8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

WORD_VECTORS = (".vec", ".glove", ".w2v")
ENDINGS = (".npy", ".npz", ".safetensors", *WORD_VECTORS)
# What the array is called in a file of several, most telling first.
NAMES = ("vectors", "embeddings", "embedding", "vector", "arr_0")


def is_vector_file(name: str) -> bool:
    """Whether the ending of a name says that it holds vectors (.txt does not: it may hold texts)."""
    path = Path(name)
    return (path.with_suffix("").suffix if path.suffix.lower() in UNPACKERS else path.suffix).lower() in ENDINGS


def read_vectors(name: str) -> tuple[NDArray[np.float32], list[str] | None]:
    """Read a file of vectors.

    Args:
        name: `.npy` (memory-mapped), `.npz`, `.safetensors`, or word2vec/GloVe text under any other ending.

    Returns:
        Shape (n, d) float32, and the words of a word2vec/GloVe file, None for the others.

    Raises:
        InputError: Damaged, pickled, of several arrays none of which stands out, or not a matrix.
    """
    path = Path(name)
    if not path.is_file():
        raise InputError(f"There is no file '{name}' of vectors; check the name and the folder you are in.")
    if path.suffix == ".npy":
        return _matrix(_load_numpy(path, name), name), None
    if path.suffix == ".npz":
        return _matrix(_pick(dict(_load_numpy(path, name)), name), name), None
    if path.suffix == ".safetensors":
        return _matrix(_pick(_load_safetensors(path, name), name), name), None
    return _read_words(path, name)


def column_vectors(column: pa.ChunkedArray, name: str) -> NDArray[np.float32]:
    """The vectors in a column of lists, or of strings that hold JSON lists.

    Raises:
        InputError: Other values, or lists of different lengths; names the first row at fault.
    """
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        rows: list[list[float] | None] = [_parse_list(v, number, name) for number, v in enumerate(column.to_pylist())]
    elif (
        pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type)
    ):
        chunks: list[Any] = column.chunks
        lengths = np.concatenate([np.asarray(chunk.value_lengths().fill_null(0)) for chunk in chunks])
        if not column.null_count and (lengths == lengths[0]).all():
            flat = np.concatenate([np.asarray(chunk.flatten(), np.float32) for chunk in chunks])
            return flat.reshape(len(lengths), -1)
        rows = column.to_pylist()
    else:
        raise InputError(f"Column {name!r} holds {column.type}; expected lists of numbers.")
    dim = next((len(row) for row in rows if row is not None), 0)
    matrix = np.full((len(rows), dim), np.nan, np.float32)
    for number, row in enumerate(rows):
        if row is None:
            continue
        if len(row) != dim:
            raise InputError(f"Column {name!r}: row {number + 1} has {len(row)} numbers, the first row {dim}.")
        matrix[number] = row
    return matrix


def _parse_list(value: str | None, number: int, name: str) -> list[float] | None:
    if value is None or not value.strip():
        return None
    try:
        row = json.loads(value)
    except ValueError as exc:
        raise InputError(f"Column {name!r}: row {number + 1} is no list of numbers ({value[:40]!r}).") from exc
    if not isinstance(row, list):
        raise InputError(f"Column {name!r}: row {number + 1} is no list of numbers ({value[:40]!r}).")
    return row


def _load_numpy(path: Path, name: str) -> NDArray[np.generic]:
    try:
        loaded: NDArray[np.generic] = np.load(
            path, mmap_mode="r" if path.suffix == ".npy" else None, allow_pickle=False
        )
    except (ValueError, OSError, EOFError) as exc:
        reason = "it holds pickled objects" if "pickle" in str(exc).lower() else str(exc).splitlines()[0]
        raise InputError(
            f"'{name}' cannot be read as vectors: {reason}. Save a matrix of numbers with numpy.save."
        ) from exc
    return loaded


def _load_safetensors(path: Path, name: str) -> dict[str, NDArray[np.generic]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays: dict[str, NDArray[np.generic]] = load_file(path)
    except (SafetensorError, OSError) as exc:
        raise InputError(f"'{name}' is not a whole safetensors file ({exc}); write or fetch it again.") from exc
    return arrays


def _pick(arrays: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[np.generic]:
    for wanted in NAMES:
        if wanted in arrays:
            return arrays[wanted]
    matrices = {key: array for key, array in arrays.items() if array.ndim == 2}
    if len(matrices) == 1:
        return next(iter(matrices.values()))
    found = ", ".join(f"{key} {array.shape}" for key, array in arrays.items())
    raise InputError(f"'{name}' holds {found or 'no array'}; expected one matrix, or one named 'vectors'.")


def _matrix(array: NDArray[np.generic], name: str) -> NDArray[np.float32]:
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InputError(f"'{name}' holds shape {array.shape} of {array.dtype}; expected (n, d) real numbers.")
    return array.astype(np.float32, copy=False)


def _read_words(path: Path, name: str) -> tuple[NDArray[np.float32], list[str]]:
    """Word2vec and GloVe text: a word and its numbers a line; word2vec has a first line of two counts."""
    text = to_utf8(read_bytes(path, name), name, None)
    first = text.split(b"\n", 1)[0].split()
    has_header = len(first) == 2 and all(part.isdigit() for part in first)
    try:
        table = pyarrow.csv.read_csv(
            BytesIO(text),
            read_options=pyarrow.csv.ReadOptions(
                autogenerate_column_names=True,
                skip_rows=int(has_header),
                block_size=max(1 << 24, min(len(text), 1 << 30)),
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=" ", quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types={"f0": pa.string()}, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as exc:
        reason = str(exc).splitlines()[0]
        raise InputError(
            f"'{name}' is not word2vec or GloVe text ({reason}); expected a word and its numbers a line."
        ) from exc
    columns = table.columns[1:]
    if columns and columns[-1].null_count == table.num_rows:  # the C tool ends each line with a space
        columns = columns[:-1]
    odd = next((column.type for column in columns if not _is_number(column.type)), None)
    if not columns or odd is not None:
        raise InputError(
            f"'{name}' is not word2vec or GloVe text: expected a word and its numbers a line, found {odd}."
        )
    vectors = np.column_stack([column.to_numpy().astype(np.float32) for column in columns])
    if has_header and (len(vectors), vectors.shape[1]) != (int(first[0]), int(first[1])):
        expected = f"{int(first[0])} words × {int(first[1])}"
        raise InputError(f"'{name}' promises {expected} and holds {len(vectors)} × {vectors.shape[1]}; fetch it again.")
    return vectors, table.column(0).to_pylist()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))
