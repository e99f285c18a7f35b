"""Files become tables; pyarrow parses, this says what went wrong and where."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet

from asterism.errors import InputError
from asterism.read.content import STDIN, UNPACKERS, read_bytes, to_utf8

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".txt": "txt",
}
BLOCK = 1 << 24


def read_table(name: str, *, file_format: str | None, encoding: str | None) -> tuple[pa.Table, tuple[str, ...]]:
    """Read a file into a table.

    Args:
        name: Path, or "-" for stdin.
        file_format: One of the values of FORMATS; None goes by the ending of the name, and for stdin by the first
            bytes: Parquet and Feather by their magic, JSON by a first "[" or "{", otherwise a text per line.
        encoding: Of a text file; None is UTF-8, or UTF-16/32 by the byte order mark.

    Returns:
        The table, and remarks.

    Raises:
        InputError: One line: what was wrong, in which row or column, what to do.
    """
    path = Path(name)
    ending = path.with_suffix("").suffix if path.suffix.lower() in UNPACKERS else path.suffix
    kind = file_format or FORMATS.get(ending.lower())
    if kind is not None and kind not in FORMATS.values():
        raise InputError(f"There is no format {kind!r}; expected one of {', '.join(sorted(set(FORMATS.values())))}.")
    if kind is None and name != STDIN and path.is_file():
        known = ", ".join(FORMATS)
        raise InputError(
            f"Cannot tell the format of '{name}' from its ending; expected one of {known}, or --format NAME."
        )
    if kind in ("parquet", "feather") and path.is_file() and path.suffix.lower() not in UNPACKERS:
        return _read_binary(kind, str(path), name), ()
    raw = read_bytes(path, name)
    kind = kind or _sniff(raw)
    if kind in ("parquet", "feather"):
        return _read_binary(kind, BytesIO(raw), name), ()
    text = to_utf8(raw, name, encoding)
    if kind in ("csv", "tsv"):
        return _read_delimited(text, name, kind)
    readers: dict[str, Callable[[bytes, str], pa.Table]] = {"jsonl": _read_lines, "json": _read_json, "txt": _read_txt}
    return readers[kind](text, name), ()


def _sniff(raw: bytes) -> str:
    if raw.startswith(b"PAR1"):
        return "parquet"
    if raw.startswith(b"ARROW1"):
        return "feather"
    first = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"[": "json", b"{": "jsonl"}.get(first, "txt")


def _read_binary(kind: str, source: str | BytesIO, name: str) -> pa.Table:
    read = pyarrow.parquet.read_table if kind == "parquet" else pyarrow.feather.read_table
    try:
        return read(source)
    except (pa.ArrowException, OSError) as exc:
        reason = str(exc).splitlines()[0]
        raise InputError(f"'{name}' is not a whole {kind} file ({reason}); write or fetch it again.") from exc


def _read_delimited(text: bytes, name: str, kind: str) -> tuple[pa.Table, tuple[str, ...]]:
    delimiter = "\t"
    remarks: tuple[str, ...] = ()
    if kind == "csv":
        delimiter = _delimiter(text)
        if delimiter != ",":
            remarks = (f"'{name}' is separated by {'tabs' if delimiter == chr(9) else 'semicolons'}.",)
    try:
        table = _parse_delimited(text, delimiter, use_threads=True)
    except pa.ArrowInvalid as exc:
        raise InputError(_delimited_fault(text, delimiter, name, str(exc))) from exc
    if table.num_rows == 0:
        raise InputError(f"'{name}' holds a header and no rows; expected at least one text.")
    return table, remarks


def _delimiter(text: bytes) -> str:
    """A comma, unless the header has none but has semicolons or tabs."""
    header = text.split(b"\n", 1)[0].decode()
    return next((mark for mark in (",", ";", "\t") if mark in header), ",")


def _parse_delimited(
    text: bytes,
    delimiter: str,
    *,
    use_threads: bool,
    handler: Callable[[pyarrow.csv.InvalidRow], str] | None = None,
) -> pa.Table:
    return pyarrow.csv.read_csv(
        BytesIO(text),
        # One block holds everything that a row could: a row longer than a block cannot be parsed.
        read_options=pyarrow.csv.ReadOptions(block_size=max(BLOCK, min(len(text), 1 << 30)), use_threads=use_threads),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            invalid_row_handler=handler,
            ignore_empty_lines=delimiter != "\n",
        ),
        convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=False),
    )


def _delimited_fault(text: bytes, delimiter: str, name: str, reason: str) -> str:
    """Parse again on one thread, where rows have numbers, to say which row is ragged."""
    ragged: list[pyarrow.csv.InvalidRow] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    try:
        _parse_delimited(text, delimiter, use_threads=False, handler=note)
    except pa.ArrowInvalid as exc:
        reason = str(exc)
    if ragged:
        row = ragged[0]
        place = f"row {row.number} " if row.number is not None else "a row "
        return (
            f"'{name}': {place}has {row.actual_columns} fields where the header has {row.expected_columns} "
            f"({row.text[:60]!r}). Quote fields that hold the separator, or mend the row."
        )
    return f"'{name}' cannot be parsed: {reason.splitlines()[0]}."


def _read_lines(text: bytes, name: str) -> pa.Table:
    options = pyarrow.json.ReadOptions(block_size=max(BLOCK, min(len(text), 1 << 30)))
    try:
        return pyarrow.json.read_json(BytesIO(text), read_options=options)
    except pa.ArrowInvalid:
        return _read_lines_one_by_one(text, name)


def _read_lines_one_by_one(text: bytes, name: str) -> pa.Table:
    """Name the line that is at fault; lines that are plain strings, which pyarrow refuses, are texts."""
    rows = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except ValueError as exc:
            raise InputError(f"'{name}': line {number} is not JSON ({exc}); mend or remove it.") from exc
    return _table_of(rows, name)


def _read_json(text: bytes, name: str) -> pa.Table:
    try:
        content = json.loads(text)
    except ValueError as exc:
        if re.match(rb"\s*\{", text):
            return _read_lines(text, name)
        raise InputError(
            f"'{name}' is not JSON ({exc}); mend it, or use --format jsonl for one object a line."
        ) from exc
    if isinstance(content, dict) and content and all(isinstance(value, list) for value in content.values()):
        lengths = {key: len(value) for key, value in content.items()}
        if len(set(lengths.values())) > 1:
            raise InputError(f"'{name}' is an object of lists of different lengths ({lengths}); expected equal ones.")
        return pa.table(content)
    if not isinstance(content, list):
        raise InputError(f"'{name}' is a JSON {type(content).__name__}; expected a list of objects or of strings.")
    return _table_of(content, name)


def _table_of(rows: list[object], name: str) -> pa.Table:
    if not rows:
        raise InputError(f"'{name}' holds no rows; expected at least one text.")
    if all(isinstance(row, str | None) for row in rows):
        return pa.table({"text": pa.array(rows, pa.string())})
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InputError(f"'{name}': row {number} is a {type(row).__name__}; expected objects, or strings only.")
    names = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    columns = {}
    for column in names:
        values = [row.get(column) for row in rows if isinstance(row, dict)]
        try:
            columns[column] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as exc:
            fault = str(exc).splitlines()[0]
            raise InputError(f"'{name}': column {column!r} mixes kinds of values ({fault}); make them alike.") from exc
    return pa.table(columns)


def _read_txt(text: bytes, name: str) -> pa.Table:  # noqa: ARG001 - the signature of all readers
    lines = text.decode("utf-8", "surrogatepass").removesuffix("\n").split("\n")
    return pa.table({"text": pa.array([line.removesuffix("\r") for line in lines], pa.string())})
