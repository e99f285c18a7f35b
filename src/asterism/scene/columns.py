"""Table columns become what can be shown: categories, numbers, dates or plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism.scene.spec import CategoryColumn, Column, DateColumn, NumberColumn, TextColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A string column is a category while its values repeat and stay short; above these bounds it is shown as text.
MAX_CATEGORIES = 10_000
MAX_CATEGORY_LENGTH = 80
# Whole numbers as few as these are codes (a class, a rating) rather than amounts.
MAX_CODES = 20
# Names that people give to the column they would colour by, most telling first.
COLOR_NAMES = ("label", "category", "topic", "class", "cluster", "group", "genre", "subject", "type")


def to_columns(table: pa.Table, *, skip: Sequence[str], color: str | None = None) -> tuple[Column, ...]:
    """Turn the columns of a table into columns to show.

    Args:
        table: n rows.
        skip: Names of columns that are shown otherwise (the text itself, coordinates).
        color: A column that the user chose to colour by: strings in it are categories however many there are, whole
            numbers are rounded to doubles.

    Returns:
        In the order of the table; columns of lists, structs and bytes are left out. Whole numbers that a double does
        not hold are text, each digit of it, unless they are to colour by.
    """
    columns = [
        _to_column(name, table.column(name), is_color=name == color) for name in table.column_names if name not in skip
    ]
    return tuple(column for column in columns if column is not None)


def choose_color(columns: Sequence[Column], found: Sequence[Column] = ()) -> str | None:
    """The column to colour by when the user named none.

    The first of the usual names for a class; otherwise the first category of words, with at most 50 values that each
    stand for at least three rows on average; otherwise what was found; otherwise such a category of numbers or of
    yes and no, which may as well be a count; None if there is none.

    Args:
        columns: Of the input.
        found: The clusters, where they were asked for.
    """
    named = {column.name.lower(): column.name for column in columns if not isinstance(column, TextColumn)}
    for name in COLOR_NAMES:
        if name in named:
            return named[name]
    few = [column for column in columns if isinstance(column, CategoryColumn) and _has_few_values(column)]
    words = [column for column in few if not all(map(_is_code, column.values))]
    return next((column.name for column in (*words, *found, *few)), None)


def _has_few_values(column: CategoryColumn) -> bool:
    return 2 <= len(column.values) <= min(50, int((column.codes >= 0).sum()) / 3)


def _is_code(value: str) -> bool:
    return value in ("true", "false") or value.lstrip("-").isdecimal()


def category_column(name: str, values: pa.ChunkedArray | pa.Array) -> CategoryColumn:
    """Encode a column as categories, the largest first, ties by value."""
    encoded = pc.dictionary_encode(pc.cast(_plain(values), pa.string()))
    array = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    if isinstance(array, pa.ChunkedArray):  # an empty column has no chunk to combine
        array = pa.array([], pa.string()).dictionary_encode()
    texts = [str(value) for value in array.dictionary.to_pylist()]
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    order = sorted(range(len(texts)), key=lambda i: (-counts[i], texts[i]))
    rank = np.empty(len(texts) + 1, np.int32)
    rank[order] = np.arange(len(texts), dtype=np.int32)
    rank[-1] = -1
    return CategoryColumn(name=name, codes=rank[codes], values=tuple(texts[i] for i in order))


def _to_column(name: str, values: pa.ChunkedArray, *, is_color: bool) -> Column | None:
    values = _plain(values)
    kind = values.type
    if pa.types.is_boolean(kind) or (pa.types.is_integer(kind) and _holds_codes(values)):
        return category_column(name, values)
    if pa.types.is_integer(kind) and not is_color and not _is_exact(values):  # long ids, of which each digit counts
        return _text_column(name, values.cast(pa.string()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return NumberColumn(name=name, values=_to_float(values))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        moments = pc.cast(values, pa.timestamp("ms"), safe=False).cast(pa.int64())
        return DateColumn(name=name, values=pc.fill_null(moments, np.iinfo(np.int64).min).to_numpy())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = _filled(values)
        return category_column(name, values) if is_color or _holds_categories(values) else _text_column(name, values)
    return None


def _filled(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Strings, those without a visible character missing: an empty cell of a file is no category."""
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), pa.scalar(None, values.type), values)


def _text_column(name: str, values: pa.ChunkedArray) -> TextColumn:
    return TextColumn(name=name, values=["" if value is None else value for value in values.to_pylist()])


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _to_float(values: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(pc.fill_null(pc.cast(values, pa.float64(), safe=False), float("nan")).to_numpy(), np.float64)


def _is_exact(values: pa.ChunkedArray) -> bool:
    """Whether a double holds each of these whole numbers."""
    least, most = pc.min_max(values).as_py().values()
    return least is None or max(-least, most) <= 1 << 53


def _holds_codes(values: pa.ChunkedArray) -> bool:
    distinct = pc.count_distinct(values).as_py()
    return bool(distinct <= MAX_CODES and 3 * distinct <= len(values))


def _holds_categories(values: pa.ChunkedArray) -> bool:
    distinct = pc.count_distinct(values).as_py()
    if distinct > MAX_CATEGORIES or 2 * distinct > max(len(values) - values.null_count, 2):
        return False
    longest = pc.max(pc.utf8_length(values)).as_py()
    return longest is not None and longest <= MAX_CATEGORY_LENGTH
