"""Which column holds the texts, which the coordinates, and what is odd about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._check import check_column, list_columns
from asterism.errors import InputError
from asterism.read.arrays import to_float32

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

# Names that people give to the column of texts, most telling first.
INDEX = re.compile(r"__index_level_\d+__")
TEXT_NAMES = (
    "text", "texts", "content", "sentence", "document", "body", "title", "headline", "word", "phrase", "question",
    "description", "abstract", "message", "review", "comment", "summary", "name",
)  # fmt: skip
# An array of strings counts its bytes with 31 bits.
MOST_BYTES = 2**31 - 1


def unique_names(names: Sequence[str]) -> list[str]:
    """Names by which each column can be told: a second "text" becomes "text_2", a nameless one "column 3"."""
    taken = set(names)
    seen: set[str] = set()
    unique = []
    for number, name in enumerate(names, 1):
        given = name or f"column {number}"
        candidate, count = given, 2
        while candidate in seen or (candidate != name and candidate in taken):
            candidate, count = f"{given}_{count}", count + 1
        seen.add(candidate)
        unique.append(candidate)
    return unique


def without_index(table: pa.Table, named: Collection[str]) -> pa.Table:
    """The table without the nameless row numbers that pandas keeps beside it, unless one is asked for by name."""
    index = [name for name in table.column_names if INDEX.fullmatch(name) and name not in named]
    return table.drop_columns(index) if len(index) < table.num_columns else table


def plain_columns(table: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """The table with the same values in kinds that files and views know, and a remark for each that becomes text.

    Strings and bytes come out of views, which polars hands over; runs are written out; a dictionary loses its null.
    Unions and calendar intervals, which no file holds, become text.
    """
    remarks = []
    for number, field in enumerate(table.schema):
        column, kind = table.column(number), field.type
        if pa.types.is_union(kind) or pa.types.is_interval(kind):
            texts = [None if value is None else str(value) for value in column.to_pylist()]
            made = pa.chunked_array([texts], pa.string())
            remarks.append(f"Column {field.name!r} holds {kind}, which becomes text.")
        else:
            made = _plain(column)
        if made is not column:
            table = table.set_column(number, field.name, made)
    return table, tuple(remarks)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_run_end_encoded(kind):
        return pa.chunked_array([_plain(pc.run_end_decode(chunk)) for chunk in column.chunks], kind.value_type)
    if pa.types.is_dictionary(kind) and any(chunk.dictionary.null_count for chunk in column.chunks):
        return column.cast(kind.value_type).dictionary_encode()
    return column


def distinct_columns(table: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """The table with a name of its own for each column (see `unique_names`), and a remark for each new name."""
    names = unique_names(table.column_names)
    changed = [
        f"Column {number} ({old!r}) is called {new!r}."
        for number, (old, new) in enumerate(zip(table.column_names, names, strict=True), 1)
        if old != new
    ]
    return table.rename_columns(names), tuple(changed)


def text_column(table: pa.Table, named: str | None, aside: Collection[str]) -> tuple[str, str]:
    """Choose the column of texts.

    Args:
        table: All columns.
        named: The column asked for; None goes by the rule.
        aside: Columns that hold vectors or coordinates.

    Returns:
        The only column of strings, else the first of the usual names (`TEXT_NAMES`, in any case), else the one whose
        values are longest on average, the first of equals; and a sentence that says so, "" for a named column.

    Raises:
        InputError: There is no such column, or none holds strings.
    """
    if named is not None:
        check_column(named, table.column_names)
        return named, ""
    strings = [column.name for column in table.schema if _is_string(column.type) and column.name not in aside]
    if not strings:
        raise InputError(f"No column holds text {list_columns(table.column_names)}; name one with --text.")
    if len(strings) == 1:
        return strings[0], f"Texts are taken from column {strings[0]!r}, the only one that holds text."
    lower = {name.lower(): name for name in reversed(strings)}
    usual = next((lower[name] for name in TEXT_NAMES if name in lower), None)
    if usual is not None:
        return usual, f"Texts are taken from column {usual!r}, by its name; choose another with --text."
    longest = max(strings, key=lambda name: pc.mean(pc.utf8_length(as_text(table.column(name), name))).as_py() or 0)
    return longest, f"Texts are taken from column {longest!r}, which holds the longest; choose another with --text."


def coordinates(table: pa.Table, names: Sequence[str | None]) -> NDArray[np.float32] | None:
    """Ready coordinates.

    Args:
        table: n rows.
        names: Of the columns x, y and z; None where not given.

    Returns:
        Shape (n, 2|3), NaN where a row lacks one; None if none was asked for.

    Raises:
        InputError: x or y is missing, or a column is not there or holds no numbers.
    """
    given = [name for name in names if name is not None]
    if not given:
        return None
    if None in names[:2]:
        raise InputError("Ready coordinates need both --x and --y (and --z for three dimensions).")
    columns = []
    for name in given:
        check_column(name, table.column_names)
        kind = table.column(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
            raise InputError(f"Column {name!r} holds {kind}; expected numbers for coordinates.")
        columns.append(pc.fill_null(pc.cast(table.column(name), pa.float64(), safe=False), float("nan")).to_numpy())
    points = to_float32(np.column_stack(columns))
    points[~np.isfinite(points).all(axis=1)] = np.nan
    return points


def count_texts(column: pa.ChunkedArray) -> dict[str, int]:
    """Count "rows", "null", "empty" (or white space only) and "duplicates" (beyond the first of equals)."""
    is_blank = pc.or_(pc.equal(pc.binary_length(column), 0), pc.utf8_is_space(column))
    texts = column.filter(pc.fill_null(pc.invert(is_blank), False))
    distinct = len(pc.unique(texts.cast(pa.large_string())))  # all of them in one array
    empty = len(column) - column.null_count - len(texts)
    return {"rows": len(column), "null": column.null_count, "empty": empty, "duplicates": len(texts) - distinct}


def as_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column as strings: numbers and dates are written out.

    Raises:
        InputError: It holds lists or structs, or bytes that are no UTF-8.
    """
    kind = column.type
    try:
        plain = column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column
        pieces = [piece for chunk in plain.chunks for piece in _pieces(chunk)]
        return pa.chunked_array(pieces, plain.type).cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
        raise InputError(f"Column {name!r} holds {kind}, which is no text; name another with --text.") from exc


def _pieces(chunk: pa.Array) -> list[pa.Array]:
    """A chunk in pieces that a plain array of strings can hold, as frames keep all of a column in one."""
    if chunk.nbytes <= MOST_BYTES or len(chunk) < 2:
        return [chunk]
    middle = len(chunk) // 2
    # Joined with nothing, a slice becomes an array whose positions begin at 0.
    halves = (pa.concat_arrays([chunk.slice(0, middle)]), pa.concat_arrays([chunk.slice(middle)]))
    return [piece for half in halves for piece in _pieces(half)]


def _is_string(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
