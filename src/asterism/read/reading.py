"""Whatever holds texts becomes a Reading: a table, which of its columns holds the texts, and what was found odd."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from asterism._check import check_column, check_whole, list_columns
from asterism._rng import draw_rows
from asterism.errors import InputError
from asterism.read.columns import (
    as_text,
    coordinates,
    count_texts,
    distinct_columns,
    plain_columns,
    text_column,
    without_index,
)
from asterism.read.content import STDIN, ending_of, title_of
from asterism.read.frames import to_table
from asterism.read.tables import read_table
from asterism.read.vectors import as_matrix, column_vectors, is_vector_file, match_words, read_vectors
from asterism.store.data import take_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


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
        remarks: How the input was understood, one sentence each; for whoever reads it.
        caveats: What every picture of it must say, one sentence each: that it is a sample.
        title: The name of the file, without its ending.
    """

    table: pa.Table
    text_column: str
    vectors: NDArray[np.float32] | None = None
    coordinates: NDArray[np.float32] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    title: str = ""

    @property
    def texts(self) -> list[str | None]:
        """The texts, None where a row has none."""
        texts: list[str | None] = self.table.column(self.text_column).to_pylist()
        return texts

    def __repr__(self) -> str:
        columns = ", ".join(map(repr, self.table.column_names))
        return f"<Reading of {self.table.num_rows} rows, texts in {self.text_column!r}, columns {columns}>"

    def check_columns(self, *names: str | None) -> None:
        """Refuse names of columns that are not there, before any work is done; None is skipped.

        Raises:
            InputError: Says which are, and which comes near.
        """
        for name in names:
            if name is not None:
                check_column(name, self.table.column_names)


def read(
    source: Any,  # noqa: ANN401 - a path, a frame, a dataset, a list
    *,
    text: str | None = None,
    vectors: str | PathLike[str] | NDArray[Any] | None = None,
    x: str | None = None,
    y: str | None = None,
    z: str | None = None,
    file_format: str | None = None,
    encoding: str | None = None,
) -> Reading:
    """Read texts and their metadata.

    Args:
        source: A path to CSV, TSV, JSON, JSONL, Parquet, Feather or TXT (each also .gz, .bz2, .xz), to vectors
            (.npy, .npz, .safetensors, word2vec/GloVe text), "-" for stdin; a data frame, a dataset, a list of texts.
        text: The column that holds the texts. Without it: the only column of strings, else the first of the usual
            names (`TEXT_NAMES`), else the column of strings with the longest values on average.
        vectors: The column that holds them, else a file of them: one for each row, in order; word vectors in text
            format (word2vec, GloVe) are looked up by each text instead. Or an array of shape (n, d).
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
    named = {"text": text, "x": x, "y": y, "z": z, "file_format": file_format, "encoding": encoding}
    for option, value in named.items():
        if not isinstance(value, str | None):
            raise InputError(f"{option} is {value!r}; expected one name, as text.")
    table, given, remarks, title = _open(source, file_format=file_format, encoding=encoding, text=text)
    if table.num_rows == 0:
        raise InputError("The input holds no rows; expected at least one text.")
    table = without_index(table, {name for name in (text, x, y, z, vectors) if isinstance(name, str)})
    # What other programs wrote about the columns does not hold any more once they are chosen and renamed.
    table, changed = plain_columns(table)
    table, renamed = distinct_columns(table.replace_schema_metadata(None))
    points = coordinates(table, (x, y, z))
    axes = {name for name in (x, y, z) if name is not None}
    vector_column = {vectors} if isinstance(vectors, str) and vectors in table.column_names else set()
    column, how = text_column(table, text, axes | vector_column)
    texts = as_text(table.column(column), column)
    told = ""
    if vectors is not None:
        given, told = _vectors_beside(vectors, table, texts, encoding)
    table = table.set_column(table.column_names.index(column), column, texts)
    return Reading(
        table=table,
        text_column=column,
        vectors=given,
        coordinates=points,
        counts=count_texts(texts),
        remarks=(*remarks, *(remark for remark in (*changed, *renamed, how, told) if remark)),
        title=title,
    )


def sample(reading: Reading, n: int, *, seed: int = 0) -> Reading:
    """Draw rows at random, in their order.

    Args:
        reading: What was read.
        n: How many rows to keep; with at least as many as there are, nothing changes.
        seed: Of the draw.

    Returns:
        The sample; its caveats say so.
    """
    check_whole(n, name="n", low=0)
    total = reading.table.num_rows
    if n >= total:
        return reading
    rows = draw_rows(total, n, seed=seed, stage="sample")
    table = take_rows(reading.table, rows)
    return replace(
        reading,
        table=table,
        vectors=None if reading.vectors is None else reading.vectors[rows],
        coordinates=None if reading.coordinates is None else reading.coordinates[rows],
        counts=count_texts(table.column(reading.text_column)),
        caveats=(*reading.caveats, tell_sample(n, total, seed)),
    )


def tell_sample(n: int, total: int, seed: int) -> str:
    """What every picture of a sample says."""
    return f"A SAMPLE: {n:,} of {total:,} rows, drawn at random with seed {seed}."


def _open(
    source: Any,  # noqa: ANN401 - see read
    *,
    file_format: str | None,
    encoding: str | None,
    text: str | None,
) -> tuple[pa.Table, NDArray[np.float32] | None, tuple[str, ...], str]:
    if not isinstance(source, str | PathLike):
        table, remarks = to_table(source)
        return table, None, remarks, ""
    name = fspath(source)
    title = title_of(name)
    if name != STDIN and file_format is None and is_vector_file(name):
        matrix, words = read_vectors(name, encoding)
        remarks = ()
        if words is not None and ending_of(Path(name)) == ".txt":
            remarks = (f"'{name}' holds words and their vectors; to read its lines as texts, say --format txt.",)
        elif words is None:
            words = [f"row {i}" for i in range(1, len(matrix) + 1)]
            remarks = (f"'{name}' has no texts; rows are called by their number.",)
        return pa.table({"text": pa.array(words, pa.string())}), matrix, remarks, title
    table, remarks = read_table(name, file_format=file_format, encoding=encoding, text_column=text)
    return table, None, remarks, title


def _vectors_beside(
    vectors: str | PathLike[str] | NDArray[Any], table: pa.Table, texts: pa.ChunkedArray, encoding: str | None
) -> tuple[NDArray[np.float32], str]:
    if isinstance(vectors, str) and vectors in table.column_names:
        return column_vectors(table.column(vectors), vectors), ""
    if not isinstance(vectors, str | PathLike):
        matrix, words, name = as_matrix(vectors, "vectors"), None, "vectors"
    elif Path(vectors).is_file():
        name = fspath(vectors)
        matrix, words = read_vectors(name, encoding)
    else:
        known = list_columns(table.column_names, like=fspath(vectors))
        raise InputError(f"There is no column {fspath(vectors)!r} {known} and no file of that name either.")
    if words is not None:
        return match_words(texts.to_pylist(), words, matrix, name)
    if len(matrix) != table.num_rows:
        raise InputError(f"'{name}' holds {len(matrix)} vectors for {table.num_rows} rows; expected one for each.")
    return matrix, ""
