"""Data frames and data sets become tables, without importing the packages they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def to_table(source: Any) -> pa.Table:  # noqa: ANN401 - whatever speaks Arrow
    """Turn a frame, a dataset or a list into a table.

    Args:
        source: A pyarrow table, a pandas or polars frame, a `datasets.Dataset`, a list of strings, a list of dicts,
            or a dict of columns.

    Raises:
        InputError: None of these.
    """
    return _without_views(_to_table(source))


def _without_views(table: pa.Table) -> pa.Table:
    """Strings as plain strings: string views, which polars hands over, are strange to much of Arrow."""
    for i, column in enumerate(table.schema):
        if pa.types.is_string_view(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.large_string()))
    return table


def _to_table(source: Any) -> pa.Table:  # noqa: ANN401 - see to_table
    if isinstance(source, pa.Table):
        return source
    package = type(source).__module__.partition(".")[0]
    if package == "datasets" and hasattr(source, "with_format"):
        return source.with_format("arrow")[:]
    if package == "pandas":
        return _from_pandas(source)
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    if isinstance(source, dict):
        return pa.table(source)
    if isinstance(source, list | tuple):
        return _from_rows(source)
    raise InputError(
        f"Cannot read a {type(source).__module__}.{type(source).__name__}; expected a path, a list of texts, a data "
        "frame (pandas, polars, pyarrow) or a datasets.Dataset (not a DatasetDict: choose a split)."
    )


def _from_pandas(frame: Any) -> pa.Table:  # noqa: ANN401 - a frame or a series of a package that is not imported here
    if hasattr(frame, "to_frame"):
        frame = frame.to_frame(name=frame.name or "text")
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _from_rows(rows: Sequence[Any]) -> pa.Table:
    if rows and all(isinstance(row, dict) for row in rows):
        return pa.Table.from_pylist(list(rows))
    for number, row in enumerate(rows):
        if row is not None and not isinstance(row, str):
            raise InputError(f"Item {number} of the list is a {type(row).__name__}; expected texts, or dicts only.")
    return pa.table({"text": pa.array(rows, pa.string())})
