"""Whatever holds texts becomes a Reading: a table, which of its columns holds the texts, and what was found odd."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._rng import generator
from asterism.errors import InputError
from asterism.read.content import STDIN
from asterism.read.frames import to_table
from asterism.read.tables import read_table
from asterism.read.vectors import column_vectors, is_vector_file, read_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# Names that people give to the column of texts, most telling first.
TEXT_NAMES = (
    "text", "texts", "content", "sentence", "document", "body", "title", "headline", "word", "phrase", "question",
    "description", "abstract", "message", "review", "comment", "summary", "name",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read.

    Attributes:
        table: n rows, all columns.
        text_column: The column that holds the texts.
        vectors: Shape (n, d) float32, if they were brought along.
        coordinates: Shape (n, 2|3) float32, if they were brought along; NaN where a row has none.
        counts: "rows", "null", "empty" (white space only counts as empty), "duplicates" (rows beyond the first of
            equal texts).
        remarks: What was decided, one sentence each.
        title: The name of the file, without its ending.
    """

    table: pa.Table
    text_column: str
    vectors: NDArray[np.float32] | None = None
    coordinates: NDArray[np.float32] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    title: str = ""

    @property
    def texts(self) -> list[str | None]:
        """The texts, None where a row has none."""
        texts: list[str | None] = self.table.column(self.text_column).to_pylist()
        return texts


def read(
    source: Any,  # noqa: ANN401 - a path, a frame, a dataset, a list
    *,
    text: str | None = None,
    vectors: str | None = None,
    x: str | None = None,
    y: str | None = None,
    z: str | None = None,
    file_format: str | None = None,
    encoding: str | None = None,
) -> Reading:
    """Read texts and their metadata.

    Args:
        source: A path to CSV, TSV, JSON, JSONL, Parquet, Feather or TXT (each also .gz, .bz2, .xz), to vectors
            (.npy, .npz, .safetensors, .vec), "-" for stdin; a data frame, a dataset, a list of texts.
        text: The column that holds the texts. Without it: the only column of strings, else the first of the usual
            names (`TEXT_NAMES`), else the column of strings with the longest values on average.
        vectors: A file of vectors, or the column that holds them.
        x: Column of ready coordinates, with `y`.
        y: See `x`.
        z: Third column of ready coordinates.
        file_format: "csv", "tsv", "json", "jsonl", "parquet", "feather" or "txt", where the name does not tell.
        encoding: Of a text file that is neither UTF-8 nor marked UTF-16/32.

    Returns:
        The Reading; no row is dropped.

    Raises:
        InputError: One line: what was given, what was expected, what to do.
    """
    table, given, remarks, title = _open(source, file_format=file_format, encoding=encoding)
    if table.num_rows == 0:
        raise InputError("The input holds no rows; expected at least one text.")
    aside = {name for name in (x, y, z) if name is not None}
    if vectors is not None:
        given, aside = _vectors_beside(vectors, table, aside)
    column, how = _text_column(table, text, aside)
    if how:
        remarks = (*remarks, how)
    table = table.set_column(table.column_names.index(column), column, _as_text(table.column(column)))
    return Reading(
        table=table,
        text_column=column,
        vectors=given,
        coordinates=_coordinates(table, x, y, z),
        counts=_counts(table.column(column)),
        remarks=remarks,
        title=title,
    )


def sample(reading: Reading, n: int, *, seed: int = 0) -> Reading:
    """Draw rows at random, in their order.

    Args:
        reading: What was read.
        n: How many rows to keep; with at least as many as there are, nothing changes.
        seed: Of the draw.

    Returns:
        The sample; its remarks say so.
    """
    total = reading.table.num_rows
    if n >= total:
        return reading
    rows = np.sort(generator(seed, "sample").choice(total, n, replace=False))
    table = reading.table.take(rows)
    return replace(
        reading,
        table=table,
        vectors=None if reading.vectors is None else reading.vectors[rows],
        coordinates=None if reading.coordinates is None else reading.coordinates[rows],
        counts=_counts(table.column(reading.text_column)),
        remarks=(*reading.remarks, f"A SAMPLE: {n:,} of {total:,} rows, drawn at random with seed {seed}."),
    )


def _open(
    source: Any,  # noqa: ANN401 - see read
    *,
    file_format: str | None,
    encoding: str | None,
) -> tuple[pa.Table, NDArray[np.float32] | None, tuple[str, ...], str]:
    if not isinstance(source, str | PathLike):
        return to_table(source), None, (), ""
    name = fspath(source)
    title = "stdin" if name == STDIN else Path(name).name.split(".")[0]
    if name != STDIN and file_format is None and is_vector_file(name):
        matrix, words = read_vectors(name)
        texts = words if words is not None else [f"row {i + 1}" for i in range(len(matrix))]
        remarks: tuple[str, ...] = (
            () if words is not None else (f"'{name}' has no texts; rows are called by their number.",)
        )
        return pa.table({"text": pa.array(texts, pa.string())}), matrix, remarks, title
    table, remarks = read_table(name, file_format=file_format, encoding=encoding)
    return table, None, remarks, title


def _vectors_beside(vectors: str, table: pa.Table, aside: set[str]) -> tuple[NDArray[np.float32], set[str]]:
    if vectors in table.column_names:
        return column_vectors(table.column(vectors), vectors), aside | {vectors}
    if not Path(vectors).is_file():
        raise InputError(f"There is no column {vectors!r} {_known(table, vectors)} and no file of that name either.")
    matrix, _ = read_vectors(vectors)
    if len(matrix) != table.num_rows:
        raise InputError(f"'{vectors}' holds {len(matrix)} vectors for {table.num_rows} rows; expected one for each.")
    return matrix, aside


def _text_column(table: pa.Table, named: str | None, aside: set[str]) -> tuple[str, str]:
    if named is not None:
        _check_column(table, named)
        return named, ""
    strings = [name for name in table.column_names if _is_string(table.column(name).type) and name not in aside]
    if not strings:
        raise InputError(f"No column holds text {_known(table, '')}; name one with --text.")
    if len(strings) == 1:
        return strings[0], f"Texts are taken from column {strings[0]!r}, the only one that holds text."
    lower = {name.lower(): name for name in reversed(strings)}
    usual = next((lower[name] for name in TEXT_NAMES if name in lower), None)
    if usual is not None:
        return usual, f"Texts are taken from column {usual!r}, by its name; choose another with --text."
    longest = max(strings, key=lambda name: pc.mean(pc.utf8_length(_plain(table.column(name)))).as_py() or 0)
    return longest, f"Texts are taken from column {longest!r}, which holds the longest; choose another with --text."


def _check_column(table: pa.Table, name: str) -> None:
    if name not in table.column_names:
        raise InputError(f"There is no column {name!r} {_known(table, name)}.")


def _known(table: pa.Table, name: str) -> str:
    near = get_close_matches(name, table.column_names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"(the columns are {', '.join(map(repr, table.column_names))}{hint})"


def _coordinates(table: pa.Table, x: str | None, y: str | None, z: str | None) -> NDArray[np.float32] | None:
    if x is None and y is None and z is None:
        return None
    if x is None or y is None:
        raise InputError("Ready coordinates need both --x and --y (and --z for three dimensions).")
    columns = []
    for name in (x, y) if z is None else (x, y, z):
        _check_column(table, name)
        kind = table.column(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            raise InputError(f"Column {name!r} holds {kind}; expected numbers for coordinates.")
        columns.append(pc.fill_null(pc.cast(table.column(name), pa.float64()), float("nan")).to_numpy())
    points = np.column_stack(columns).astype(np.float32)
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return points


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    trimmed = pc.utf8_trim_whitespace(column)
    rows, null = len(column), column.null_count
    empty = int(pc.sum(pc.equal(trimmed, "")).as_py() or 0)
    filled = column.filter(pc.fill_null(pc.not_equal(trimmed, ""), False))
    duplicates = len(filled) - (pc.count_distinct(filled).as_py() if len(filled) else 0)
    return {"rows": rows, "null": null, "empty": empty, "duplicates": duplicates}


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(_plain(column), pa.string())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _is_string(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
