"""Vectors that users already have. Nothing is ever unpickled."""

from __future__ import annotations

import json
import tokenize
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from asterism._check import real_matrix
from asterism.errors import InputError
from asterism.read.arrays import to_float32
from asterism.read.content import UNPACKERS, check_file, ending_of, peek, read_bytes, to_utf8
from asterism.read.words import looks_like_words, read_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

WORD_VECTORS = (".vec", ".glove", ".w2v")
ENDINGS = (".npy", ".npz", ".safetensors", *WORD_VECTORS)
# What the array is called in a file of several, most telling first.
NAMES = ("vectors", "embeddings", "embedding", "vector", "arr_0")

# Whatever NumPy and zipfile raise over bytes that are not as they should be.
DAMAGE = (
    ValueError, OSError, EOFError, KeyError, SyntaxError, MemoryError, OverflowError, RuntimeError, zlib.error,
    zipfile.BadZipFile, tokenize.TokenError,
)  # fmt: skip


def is_vector_file(name: str) -> bool:
    """Whether a file holds vectors, by its ending; a .txt file by what its first two lines look like."""
    path = Path(name)
    ending = ending_of(path)
    return ending in ENDINGS or (ending == ".txt" and path.is_file() and looks_like_words(peek(path)))


def read_vectors(name: str, encoding: str | None = None) -> tuple[NDArray[np.float32], list[str] | None]:
    """Read a file of vectors.

    Args:
        name: `.npy` (memory-mapped unless compressed), `.npz`, `.safetensors`, or word2vec/GloVe text under any other
            ending; each may be compressed.
        encoding: Of word2vec/GloVe text that is not UTF-8.

    Returns:
        Shape (n, d) float32, and the words of a word2vec/GloVe file, None for the others.

    Raises:
        InputError: Damaged, pickled, of several arrays none of which stands out, or not a matrix.
    """
    path = Path(name)
    check_file(path, name)
    ending = ending_of(path)
    if ending in (".npy", ".npz"):
        return as_matrix(_load_numpy(path, name), name), None
    if ending == ".safetensors":
        return as_matrix(_load_safetensors(read_bytes(path, name), name), name), None
    if ending == ".bin":
        raise InputError(f"'{name}' is a binary file of word vectors; save it as text (binary=False) or as .npy.")
    return read_words(to_utf8(read_bytes(path, name), name, encoding), name)


def column_vectors(column: pa.ChunkedArray, name: str) -> NDArray[np.float32]:
    """The vectors in a column of lists, or of strings that hold lists as JSON or NumPy writes them.

    Args:
        column: n lists of d numbers.
        name: Of the column.

    Returns:
        Shape (n, d), NaN in a row without a list.

    Raises:
        InputError: Other values, or lists of different lengths; names the first row at fault.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _stack([_parse_list(value, number, name) for number, value in enumerate(column.to_pylist(), 1)], name)
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not is_list or not (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)):
        raise InputError(f"Column {name!r} holds {kind}; expected lists of numbers.")
    if not column.null_count:
        lengths = np.concatenate([np.zeros(0, np.int64), *(_lengths(chunk) for chunk in column.chunks)])
        if len(lengths) and (lengths == lengths[0]).all():
            matrix = np.empty((len(lengths), lengths[0]), np.float32)
            start = 0
            for chunk in column.chunks:
                values = chunk.flatten().to_numpy(zero_copy_only=False)
                matrix[start : start + len(chunk)] = to_float32(values).reshape(len(chunk), lengths[0])
                start += len(chunk)
            return matrix
    return _stack(column.to_pylist(), name)


def match_words(
    texts: Sequence[str | None], words: Sequence[str], vectors: NDArray[np.float32], name: str
) -> tuple[NDArray[np.float32], str]:
    """The vector of each text in a file of word vectors.

    Args:
        texts: n texts.
        words: m words; of equal ones the first counts.
        vectors: Shape (m, d).
        name: Of the file.

    Returns:
        Shape (n, d), NaN where a text is no word of the file; and a remark that counts those, "" without any.

    Raises:
        InputError: None of the texts is there.
    """
    places = {word: place for place, word in reversed(list(enumerate(words)))}
    rows = np.array([places.get(text, -1) if text is not None else -1 for text in texts], np.int64)
    missing = int((rows < 0).sum())
    if missing == len(rows):
        raise InputError(f"None of the {len(rows)} texts is a word of '{name}'; expected texts that are such words.")
    matched = vectors[rows]
    matched[rows < 0] = np.nan
    return matched, f"{missing:,} of {len(rows):,} texts are no words of '{name}'." if missing else ""


def _lengths(chunk: pa.Array) -> NDArray[np.int64]:
    if pa.types.is_fixed_size_list(chunk.type):
        return np.full(len(chunk), chunk.type.list_size, np.int64)
    return np.asarray(chunk.value_lengths(), np.int64)


def _stack(rows: Sequence[list[float] | None], name: str) -> NDArray[np.float32]:
    first, dim = next(((number, len(row)) for number, row in enumerate(rows, 1) if row is not None), (0, 0))
    matrix = np.full((len(rows), dim), np.nan, np.float32)
    for number, row in enumerate(rows, 1):
        if row is None:
            continue
        if len(row) != dim:
            raise InputError(f"Column {name!r}: row {number} has {len(row)} numbers and row {first} has {dim}.")
        try:
            matrix[number - 1] = to_float32(np.array(row, np.float64))
        except (TypeError, ValueError) as exc:
            raise InputError(f"Column {name!r}: row {number} holds something that is no number.") from exc
    return matrix


def _parse_list(value: str | None, number: int, name: str) -> list[float] | None:
    if value is None or not value.strip():
        return None
    try:
        row = json.loads(value)
    except (ValueError, RecursionError):  # as NumPy prints an array, numbers split by spaces
        row = value.strip("[]() \n").replace(",", " ").split()
    try:
        if isinstance(row, list):
            return [float("nan") if item is None else float(item) for item in row]
    except (TypeError, ValueError):
        pass
    raise InputError(f"Column {name!r}: row {number} is no list of numbers ({value[:40]!r}).")


def _load_numpy(path: Path, name: str) -> NDArray[np.generic]:
    is_packed = path.suffix.lower() in UNPACKERS
    try:
        if ending_of(path) == ".npz":
            return _load_npz(BytesIO(read_bytes(path, name)) if is_packed else path, name)
        if is_packed:
            return np.lib.format.read_array(BytesIO(read_bytes(path, name)), allow_pickle=False)
        return np.lib.format.open_memmap(path, mode="r")
    except InputError:
        raise
    except DAMAGE as exc:
        is_pickled = any(word in str(exc) for word in ("pickle", "Python objects", "Object arrays"))
        reason = (str(exc) or type(exc).__name__).splitlines()[0]
        if is_pickled:
            reason = "it holds pickled objects, which are never loaded"
        raise InputError(
            f"'{name}' cannot be read as vectors: {reason}. Save a matrix of numbers with numpy.save."
        ) from exc


def _load_npz(source: Path | BytesIO, name: str) -> NDArray[np.generic]:
    """Only the array that is wanted: of the others, the shapes in their headers."""
    with zipfile.ZipFile(source) as archive:
        members = {member.removesuffix(".npy"): member for member in archive.namelist()}
        shapes = {}
        for key, member in members.items():
            with archive.open(member) as file:
                shapes[key] = _shape(file)
        with archive.open(members[_choose(shapes, name)]) as file:
            return np.lib.format.read_array(file, allow_pickle=False)


def _shape(file: IO[bytes]) -> tuple[int, ...]:
    """The shape in the header of an .npy file; () for what holds no numbers."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return tuple(shape) if dtype.kind in "fiu" else ()


def _load_safetensors(content: bytes, name: str) -> NDArray[np.generic]:
    from safetensors import SafetensorError, deserialize

    try:
        found = cast("list[tuple[str, dict[str, Any]]]", deserialize(content))  # type: ignore[no-untyped-call]
    except SafetensorError as exc:
        raise InputError(f"'{name}' is not a whole safetensors file ({exc}); write or fetch it again.") from exc
    tensors = dict(found)
    facts = tensors[_choose({key: tuple(facts["shape"]) for key, facts in found}, name)]
    shape, dtype, data = facts["shape"], facts["dtype"], facts["data"]
    if dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    known = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
    if dtype not in known:
        raise InputError(f"'{name}' holds numbers of the kind {dtype}; expected one of BF16, {', '.join(known)}.")
    return np.frombuffer(data, known[dtype]).reshape(shape)


def _choose(shapes: dict[str, tuple[int, ...]], name: str) -> str:
    """The array that holds the vectors: by its name, else the only matrix."""
    matrices: Iterable[str] = [key for key, shape in shapes.items() if len(shape) == 2]
    for wanted in (*NAMES, *(matrices if len(list(matrices)) == 1 else ())):
        if wanted in shapes:
            return wanted
    found = ", ".join(f"{key} {shape}" for key, shape in shapes.items())
    raise InputError(f"'{name}' holds {found or 'no array'}; expected one matrix, or one named 'vectors'.")


def as_matrix(array: ArrayLike, name: str) -> NDArray[np.float32]:
    """A matrix of real numbers as float32, not copied if it is one.

    Raises:
        InputError: It is none, or its rows hold no number.
    """
    given = real_matrix(array, name=f"'{name}'")
    if given.shape[1] == 0:
        raise InputError(f"'{name}' has shape {given.shape}; expected at least one number a row.")
    return to_float32(given)
