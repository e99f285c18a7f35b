"""The bytes of a file: unpacked, and in UTF-8 whatever they were before."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

UNPACKERS = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
STDIN = "-"


def ending_of(path: Path) -> str:
    """The ending that tells the format, in lower case: ".csv" for "NEWS.csv.gz"."""
    return _unpacked(path).suffix.lower()


def title_of(name: str) -> str:
    """The name of a file without the ending that tells the format: "NEWS.2024" for "NEWS.2024.csv.gz"."""
    return "stdin" if name == STDIN else _unpacked(Path(name)).stem


def _unpacked(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() in UNPACKERS else path


def read_bytes(path: Path, name: str) -> bytes:
    """All bytes of a file, unpacked if it is compressed, or of stdin.

    Args:
        path: The file; ignored when `name` is "-".
        name: As the user wrote it.

    Raises:
        InputError: It does not exist, is a directory, cannot be read, is empty, or its compressed data end early.
    """
    if name == STDIN:
        if sys.stdin is None:
            raise InputError("There is no stdin to read texts from; pipe them in, or name a file.")
        raw = sys.stdin.buffer.read()
        name = shown(name)
    else:
        check_file(path, name)
        try:
            raw = path.read_bytes()
        except OSError as exc:
            raise InputError(f"'{name}' cannot be read ({exc.strerror}); check its permissions.") from exc
    unpack = UNPACKERS.get(path.suffix.lower()) or (gzip.decompress if raw[:2] == b"\x1f\x8b" else None)
    if unpack is not None and raw:
        try:
            raw = unpack(raw)
        except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as exc:  # a cut .bz2 is a ValueError
            raise InputError(
                f"'{name}' cannot be unpacked ({exc}); it may have been cut short. Fetch it again."
            ) from exc
    check_filled(raw, name)
    return raw


def shown(name: str) -> str:
    """What messages call an input."""
    return "stdin" if name == STDIN else name


def check_filled(content: bytes, name: str) -> None:
    """Refuse what holds nothing but white space.

    Raises:
        InputError: It does.
    """
    if not content or content.isspace():
        raise InputError(f"'{name}' is empty; expected at least one text.")


def check_file(path: Path, name: str) -> None:
    """Refuse what is no file.

    Raises:
        InputError: It does not exist, or is a directory.
    """
    if not name:
        raise InputError("The name of the input is empty; expected a file, a folder that ends in .space, or -.")
    if path.is_dir():
        raise InputError(f"'{name}' is a directory; expected a file of texts, or a folder that ends in .space.")
    if not path.exists():
        raise InputError(f"There is no file '{name}'; check the name and the folder you are in.")


def peek(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of a file, unpacked; none where it cannot be read, which reading it will tell."""
    try:
        opener: Callable[..., BinaryIO] = OPENERS.get(path.suffix.lower(), open)
        with opener(path, "rb") as file:
            return file.read(size)
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return b""


def to_utf8(raw: bytes, name: str, encoding: str | None) -> bytes:
    """The same text in UTF-8, without a byte order mark.

    UTF-16 and UTF-32 are known by their byte order mark; everything else is UTF-8 unless `encoding` says otherwise.

    Raises:
        InputError: A byte that is not in the encoding, an encoding that does not exist, or no text at all.
    """
    encoding = _marked(raw) if encoding is None else encoding
    try:
        is_utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
        text = raw if is_utf8 and _is_valid_utf8(raw) else raw.decode(encoding).encode()
    except LookupError as exc:
        raise InputError(
            f"There is no text encoding {encoding!r}; expected a name such as utf-8, latin-1 or cp1252."
        ) from exc
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].decode(encoding, "ignore").count("\n") + 1
        raise InputError(
            f"'{name}' is not {encoding}: line {line} holds the byte 0x{raw[exc.start]:02x} (byte {exc.start + 1} of "
            "the file). Name its encoding, for example --encoding latin-1 or --encoding cp1252."
        ) from exc
    except UnicodeError as exc:
        raise InputError(f"'{name}' cannot be read as {encoding} ({exc}); name its encoding with --encoding.") from exc
    text = text.removeprefix(codecs.BOM_UTF8)
    check_filled(text, name)
    return text


def _marked(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def _is_valid_utf8(raw: bytes) -> bool:
    """Checked where it lies: decoding would need up to four times the memory."""
    offsets = pa.py_buffer(np.array([0, len(raw)], np.int64).tobytes())
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(raw)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
