"""Data frames and data sets become tables, without importing the packages they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism.errors import InputError
from asterism.read.arrays import is_missing, to_array
from asterism.read.columns import unique_names
from asterism.read.json_tables import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    Found = tuple[pa.Table, tuple[str, ...]]

EXPECTED = "expected a path, a list of texts, a data frame (pandas, polars, pyarrow) or a datasets.Dataset"


def to_table(source: Any) -> Found:  # noqa: ANN401 - whatever speaks Arrow
    """Turn a frame, a dataset or a list into a table.

    Args:
        source: A pyarrow table or array, a pandas or polars frame or series, a `datasets.Dataset`, whatever else has
            `__arrow_c_stream__`, a list or array of strings, a list of dicts, or a dict of columns. Not modified.

    Returns:
        The table and remarks.

    Raises:
        InputError: None of these.
    """
    package = type(source).__module__.partition(".")[0]
    if package == "datasets":
        return _from_dataset(source), ()
    if package == "pandas":
        return _from_pandas(source)
    if isinstance(source, dict):
        return _from_columns(list(source), list(source.values()))
    if isinstance(source, np.ndarray) and source.ndim == 1:
        source = source.tolist()
    if isinstance(source, list | tuple):
        return _from_rows(source)
    return _from_arrow(source), ()


def _from_arrow(source: Any) -> pa.Table:  # noqa: ANN401 - whatever speaks Arrow
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.Array | pa.ChunkedArray):
        return pa.table({"text": source})
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return pa.table(source)
        except pa.ArrowInvalid as exc:
            fault = exc
        try:  # a series is a stream of plain values
            return pa.table({getattr(source, "name", None) or "text": pa.chunked_array(source)})
        except pa.ArrowInvalid as exc:
            raise InputError(
                f"Cannot read this {type(source).__name__}: {fault}. Cast the column that is meant, or leave it out."
            ) from exc
    if hasattr(source, "collect"):
        raise InputError(f"Cannot read a lazy {type(source).__name__}; hand over what its .collect() returns.")
    raise InputError(f"Cannot read a {type(source).__module__}.{type(source).__name__}; {EXPECTED}.")


def _from_dataset(source: Any) -> pa.Table:  # noqa: ANN401 - of a package that is not imported here
    if isinstance(source, dict):
        splits = ", ".join(map(repr, source))
        raise InputError(f"A {type(source).__name__} has several splits ({splits}); choose one, as dataset['train'].")
    if not hasattr(source, "with_format") or not hasattr(source, "__len__"):
        raise InputError(f"Cannot read a {type(source).__name__} of datasets; expected a datasets.Dataset.")
    table = source.with_format("arrow")[:]
    for number, name in enumerate(table.column_names):
        names = getattr(getattr(source, "features", {}).get(name), "names", None)
        if names:  # class labels are numbers there, −1 where there is none
            labels = pc.if_else(pc.greater_equal(table.column(name), 0), table.column(name), None)
            table = table.set_column(number, name, pa.array(names, pa.string()).take(labels))
    return table


def _from_pandas(frame: Any) -> Found:  # noqa: ANN401 - a frame or a series of a package that is not imported here
    if hasattr(frame, "to_frame"):
        frame = frame.to_frame(name="text" if getattr(frame, "name", None) is None else frame.name)
    if not hasattr(frame, "iloc"):
        raise InputError(f"Cannot read a pandas {type(frame).__name__}; {EXPECTED}.")
    pa.table({}).to_pandas()  # has pyarrow look for pandas again, which the command line hides from it
    names = unique_names([str(name) for name in frame.columns])
    columns, remarks = {}, []
    for i, name in enumerate(names):
        try:
            columns[name] = pa.Array.from_pandas(frame.iloc[:, i])
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            columns[name], told = to_array(frame.iloc[:, i].tolist())
            remarks += [f"Column {name!r} {told}"] if told else []
    return pa.table(columns), tuple(remarks)


def _from_columns(names: Sequence[Any], values: Sequence[Any]) -> Found:
    arrays, remarks = {}, []
    for name, column in zip(unique_names([str(name) for name in names]), values, strict=True):
        if isinstance(column, str) or not hasattr(column, "__len__"):
            raise InputError(f"Column {name!r} of the dict is a {type(column).__name__}; expected a list of values.")
        array, told = (column, "") if isinstance(column, pa.Array | pa.ChunkedArray) else to_array(column)
        arrays[name] = array
        remarks += [f"Column {name!r} {told}"] if told else []
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"The columns of the dict have different lengths ({lengths}); expected equal ones.")
    return pa.table(arrays), tuple(remarks)


def _from_rows(rows: Sequence[Any]) -> Found:
    if rows and all(isinstance(row, dict) for row in rows):
        return rows_table(rows, "the list")
    for number, row in enumerate(rows):
        if not isinstance(row, str) and not is_missing(row):
            raise InputError(f"Item {number} of the list is a {type(row).__name__}; expected texts, or dicts only.")
    array, told = to_array([None if is_missing(row) else row for row in rows])
    return pa.table({"text": array.cast(pa.string())}), (f"The list {told}",) if told else ()
