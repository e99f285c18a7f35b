"""JSON and JSON Lines become tables."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.json

from asterism.errors import InputError
from asterism.read.arrays import in_blocks, to_array, to_columns

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_lines(text: bytes, name: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Read JSON Lines: an object or a string a line; empty lines are no rows.

    Args:
        text: UTF-8.
        name: Of the file, for messages.

    Returns:
        The table and remarks; a key that an object lacks is null there.

    Raises:
        InputError: A line is not JSON, or neither object nor string.
    """

    def parse(block: int) -> pa.Table:
        return pyarrow.json.read_json(pa.BufferReader(text), pyarrow.json.ReadOptions(block_size=block))

    try:
        return in_blocks(len(text), parse), ()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _read_one_by_one(text, name)


def read_json(text: bytes, name: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Read a JSON list of objects or strings, or an object of columns: lists, or objects of values by row number.

    The last is what pandas' `to_json` writes unless told otherwise.

    Args:
        text: UTF-8.
        name: Of the file, for messages.

    Raises:
        InputError: Anything else; says what it is.
    """
    try:
        content = json.loads(text)
    except RecursionError as exc:
        raise InputError(f"'{name}' is nested too deeply; expected a list of objects or of strings.") from exc
    except ValueError as exc:
        if re.match(rb"\s*\{", text):
            return read_lines(text, name)
        raise InputError(
            f"'{name}' is not JSON ({_why(exc)}); mend it, or use --format jsonl for one object a line, txt for plain "
            "text."
        ) from exc
    if isinstance(content, dict) and content and all(isinstance(value, list) for value in content.values()):
        lengths = {key: len(value) for key, value in content.items()}
        if len(set(lengths.values())) > 1:
            raise InputError(f"'{name}' is an object of lists of different lengths ({lengths}); expected equal ones.")
        return to_columns(content)
    if isinstance(content, dict) and _is_by_row_number(content):
        return _from_row_numbers(content, name)
    if isinstance(content, dict):
        return read_lines(json.dumps(content).encode(), name)
    if not isinstance(content, list):
        raise InputError(f"'{name}' holds {_kind(content)}; expected a list of objects or of strings.")
    return rows_table(content, name)


def rows_table(rows: Sequence[Any], name: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Make a table of objects, or of texts.

    Args:
        rows: All dicts, or all strings and Nones.
        name: What they are from, for messages.

    Raises:
        InputError: There are none, or one is of another kind.
    """
    if not rows:
        raise InputError(f"'{name}' holds no rows; expected at least one text.")
    if all(row is None or isinstance(row, str) for row in rows):
        array, told = to_array(rows)
        return pa.table({"text": array.cast(pa.string())}), (f"The list {told}",) if told else ()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InputError(f"'{name}': row {number} is {_kind(row)}; expected objects, or strings only.")
    named = [{str(key): value for key, value in row.items()} for row in rows]
    names = dict.fromkeys(key for row in named for key in row)
    return to_columns({column: [row.get(column) for row in named] for column in names})


def _read_one_by_one(text: bytes, name: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Name the line at fault; take what pyarrow refuses: plain strings, columns of several kinds."""
    rows = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except RecursionError as exc:
            raise InputError(f"'{name}': line {number} is nested too deeply; mend or remove it.") from exc
        except ValueError as exc:
            raise InputError(
                f"'{name}': line {number} is not JSON ({_why(exc, in_line=True)}); mend or remove it."
            ) from exc
    return rows_table(rows, name)


def _from_row_numbers(content: dict[str, dict[str, Any]], name: str) -> tuple[pa.Table, tuple[str, ...]]:
    table, told = to_columns({column: list(values.values()) for column, values in content.items()})
    numbers = list(next(iter(content.values())))
    if numbers != [str(row) for row in range(len(numbers))]:
        told = (*told, f"Row numbers in '{name}' ({numbers[0]} … {numbers[-1]}) give the order of rows; no column.")
    return table, told


def _is_by_row_number(content: dict[str, Any]) -> bool:
    """Whether it is {column: {row number: value}}, with the same rows in every column."""
    columns = list(content.values())
    if not all(isinstance(column, dict) and column for column in columns):
        return False
    rows = list(columns[0]) if columns else []
    return all(row.isdecimal() for row in rows) and all(list(column) == rows for column in columns)


def _why(error: ValueError, *, in_line: bool = False) -> str:
    """What was found and where; numbers of thousands of digits are no fault of the syntax and have no place."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error).partition(";")[0]
    line = "" if in_line else f"line {error.lineno}, "
    return f"{line}column {error.colno}: {error.msg}"


def _kind(value: object) -> str:
    kinds = {str: "a string", int: "a number", float: "a number", bool: "a boolean", list: "a list"}
    return kinds.get(type(value), "null")
