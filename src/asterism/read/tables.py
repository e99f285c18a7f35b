"""Files become tables: which format a file is in, and who reads it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from asterism._check import check_choice
from asterism.errors import InputError
from asterism.read.content import STDIN, UNPACKERS, check_file, ending_of, read_bytes, shown, to_utf8
from asterism.read.delimited import read_delimited
from asterism.read.json_tables import read_json, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    Found = tuple[pa.Table, tuple[str, ...]]

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
BINARY = ("parquet", "feather")


def read_table(name: str, *, file_format: str | None, encoding: str | None, text_column: str | None) -> Found:
    """Read a file into a table.

    Args:
        name: Path, or "-" for stdin.
        file_format: One of the values of FORMATS; None goes by the ending of the name, and for stdin by the first
            bytes: Parquet and Feather by their magic, JSON or JSON Lines by a first "[" or "{", otherwise a
            text a line.
        encoding: Of a text file; None is UTF-8, or UTF-16/32 by the byte order mark.
        text_column: A column of a CSV or TSV file to read as text whatever it looks like.

    Returns:
        The table, and remarks.

    Raises:
        InputError: One line: what was wrong, in which row or column, what to do.
    """
    path = Path(name)
    kind = _format_of(path, name, file_format)
    if kind in BINARY and name != STDIN and path.suffix.lower() not in UNPACKERS:
        check_file(path, name)
        return _read_binary(kind, pa.memory_map(str(path)) if path.stat().st_size else BytesIO(), name), ()
    raw = read_bytes(path, name)
    name = shown(name)
    remarks: tuple[str, ...] = ()
    if kind is None:
        kind = _sniff(raw)
        if kind == "txt":
            remarks = (f"Each line of '{name}' is read as one text; if it is a table, say --format csv.",)
    if kind in BINARY:
        return _read_binary(kind, BytesIO(raw), name), ()
    text = to_utf8(raw, name, encoding)
    if kind in ("csv", "tsv"):
        return read_delimited(text, name, kind, text_column)
    readers: dict[str, Callable[[bytes, str], Found]] = {"jsonl": read_lines, "json": read_json, "txt": _read_txt}
    table, told = readers[kind](text, name)
    return table, (*remarks, *told)


def _format_of(path: Path, name: str, file_format: str | None) -> str | None:
    if file_format is not None:
        check_choice(file_format, sorted(set(FORMATS.values())), name="format")
        return file_format
    kind = FORMATS.get(ending_of(path))
    if kind is None and name != STDIN and path.is_file():
        raise InputError(
            f"Cannot tell the format of '{name}' from its ending; expected one of {', '.join(FORMATS)} (also with "
            ".gz, .bz2, .xz), or name it with --format."
        )
    return kind


def _sniff(raw: bytes) -> str:
    if raw.startswith(b"PAR1"):
        return "parquet"
    if raw.startswith((b"ARROW1", b"FEA1", b"\xff\xff\xff\xff")):
        return "feather"
    first = raw[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return "json" if first in (b"[", b"{") else "txt"


def _read_binary(kind: str, source: pa.NativeFile | BytesIO, name: str) -> pa.Table:
    try:
        table = pyarrow.parquet.ParquetFile(source).read() if kind == "parquet" else _read_feather(source)
        table.validate(full=True)  # damaged offsets would lead outside the buffers
        names = table.column_names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as exc:
        reason = str(exc).splitlines()[0].split(". ")[0]
        raise InputError(f"'{name}' is not a whole {kind} file ({reason}); write or fetch it again.") from exc
    return table.rename_columns(names)


def _read_feather(source: pa.NativeFile | BytesIO) -> pa.Table:
    """Feather, or the stream of record batches that goes by the ending .arrow as often."""
    start = source.read(4)
    source.seek(0)
    if start == b"\xff\xff\xff\xff":
        return pa.ipc.open_stream(source).read_all()
    return pyarrow.feather.read_table(source)


def _read_txt(text: bytes, name: str) -> Found:  # noqa: ARG001 - the signature of all readers
    lines = text.decode().removesuffix("\n").split("\n")
    return pa.table({"text": pa.array([line.removesuffix("\r") for line in lines], pa.string())}), ()
