"""CSV and TSV: pyarrow parses, this chooses the separator, keeps codes as text, and says what went wrong where."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from asterism.errors import InputError
from asterism.read.arrays import in_blocks
from asterism.read.columns import distinct_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The header is looked for so far.
HEADER = 1 << 20
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Excel's convention: a line before the header that names the separator.
NAMED_SEPARATOR = re.compile(rb'"?sep=([^\w"\r\n\x80-\xff])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
# Digits that are no number: codes with leading zeros, and more digits than a double keeps.
LEADING_ZERO = "^[+-]?0[0-9]"
TOO_LONG = "^[+-]?[0-9]{17,}$"


@dataclass(frozen=True, slots=True)
class _Dialect:
    delimiter: str
    has_one_column: bool
    is_quoted: bool = True
    types: Mapping[str, pa.DataType] | None = None


def read_delimited(text: bytes, name: str, kind: str, text_column: str | None) -> tuple[pa.Table, tuple[str, ...]]:
    """Read CSV or TSV; the first line names the columns.

    Args:
        text: UTF-8.
        name: Of the file, for messages.
        kind: "csv": what a first line "sep=…" names (Excel's convention, which is no row); without it commas, or
            semicolons or tabs where the header has no comma but those. "tsv": tabs.
        text_column: A column to read as text whatever it looks like.

    Returns:
        The table and remarks. Numbers, booleans and dates have types; a column with a number that begins with 0, or
        with more digits than a double keeps, stays text, and so does one without any value. An empty line is an empty
        text where there is one column, and no row otherwise. Where tabs separate and quotes do not pair up, quotes are
        ordinary characters.

    Raises:
        InputError: A ragged row, an open quote, no rows.
    """
    text = text.lstrip(b"\r\n")
    named = NAMED_SEPARATOR.match(text) if kind == "csv" else None
    if named is not None:
        text = text[named.end() :].lstrip(b"\r\n")
    if not text:
        raise InputError(f"'{name}' names a separator and holds nothing else; expected at least one text.")
    header = text[:HEADER].splitlines()[0].decode(errors="ignore")  # which may end within a character
    if named is not None:
        delimiter = named[1].decode()
    else:
        delimiter = "\t" if kind == "tsv" else next((mark for mark in SEPARATORS if mark in header), ",")
    remarks: tuple[str, ...] = ()
    if kind == "csv" and delimiter != ",":
        remarks = (f"'{name}' is separated by {SEPARATORS.get(delimiter, repr(delimiter))}.",)
    types = {} if text_column is None else {text_column: pa.string()}
    dialect = _Dialect(delimiter, delimiter not in header, types=types)
    try:
        table = _parse(text, dialect)
    except pa.ArrowInvalid as exc:
        plain = replace(dialect, is_quoted=False)
        unquoted = _parse_unquoted(text, plain) if delimiter == "\t" else None
        if unquoted is None:
            raise InputError(_fault(text, dialect, name, str(exc))) from exc
        table, dialect = unquoted, plain
        remarks = (*remarks, f"Quotes do not pair up in '{name}'; they are read as ordinary characters.")
    if table.num_rows == 0:
        raise InputError(f"'{name}' holds a header and no rows; expected at least one text.")
    table, renamed = distinct_columns(_keep_codes(text, dialect, table))
    return table, (*remarks, *renamed)


def _parse(
    text: bytes,
    dialect: _Dialect,
    *,
    only: Sequence[str] = (),
    handler: Callable[[pyarrow.csv.InvalidRow], str] | None = None,
) -> pa.Table:
    def parse(block: int) -> pa.Table:
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(
                block_size=block,
                use_threads=handler is None,  # rows have numbers on one thread only
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.is_quoted else False,
                newlines_in_values=dialect.is_quoted,
                ignore_empty_lines=not dialect.has_one_column,
                invalid_row_handler=handler,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                strings_can_be_null=False, column_types=dialect.types, include_columns=list(only)
            ),
        )

    return in_blocks(len(text), parse)


def _parse_unquoted(text: bytes, dialect: _Dialect) -> pa.Table | None:
    try:
        return _parse(text, dialect)
    except pa.ArrowInvalid:
        return None


def _keep_codes(text: bytes, dialect: _Dialect, table: pa.Table) -> pa.Table:
    """Read columns again as text whose digits are no numbers, and those that hold nothing."""
    patterns = {place: _pattern(column.type) for place, column in enumerate(table.schema)}
    suspects = {place: pattern for place, pattern in patterns.items() if pattern is not None}
    if not suspects:
        return table
    names = table.column_names
    types = {names[place]: pa.string() for place in suspects}
    # Columns are left out by name, which only works where names tell them apart.
    only = list(types) if len(set(names)) == len(names) else []
    read = _parse(text, replace(dialect, types={**(dialect.types or {}), **types}), only=only)
    for order, (place, pattern) in enumerate(suspects.items()):
        column = read.column(order if only else place)
        if pc.any(pc.match_substring_regex(column, pattern)).as_py():
            table = table.set_column(place, names[place], column)
    return table


def _pattern(kind: pa.DataType) -> str | None:
    if pa.types.is_null(kind):
        return ""
    if pa.types.is_integer(kind):
        return LEADING_ZERO
    return f"{LEADING_ZERO}|{TOO_LONG}" if pa.types.is_floating(kind) else None


def _fault(text: bytes, dialect: _Dialect, name: str, reason: str) -> str:
    """Parse again on one thread, to say which row is ragged."""
    ragged: list[pyarrow.csv.InvalidRow] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    try:
        _parse(text, dialect, handler=note)
    except pa.ArrowInvalid as exc:
        reason = str(exc)
    if not ragged:
        return f"'{name}' cannot be parsed: {reason.splitlines()[0]}"
    row = ragged[0]
    place = "a row" if row.number is None else f"row {row.number} (the header is row 1)"
    if row.text.count('"') % 2:
        remedy = "A quote is opened there and not closed; close it, or write a quote inside a field twice."
    elif dialect.has_one_column:
        remedy = "Quote fields that hold the separator; if each line is one text, use --format txt."
    else:
        remedy = "Quote fields that hold the separator, or mend the row."
    found = "1 field" if row.actual_columns == 1 else f"{row.actual_columns} fields"
    return f"'{name}': {place} has {found} where the header has {row.expected_columns} ({row.text[:60]!r}). {remedy}"
