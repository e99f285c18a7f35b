"""The bytes of a file: unpacked, and in UTF-8 whatever they were before."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import sys
import zlib
from typing import TYPE_CHECKING

from asterism.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

UNPACKERS = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
STDIN = "-"


def read_bytes(path: Path, name: str) -> bytes:
    """All bytes of a file, unpacked if it is compressed, or of stdin.

    Args:
        path: The file; ignored when `name` is "-".
        name: As the user wrote it.

    Raises:
        InputError: It does not exist, is a directory, is empty, or its compressed data end early.
    """
    if name == STDIN:
        raw = sys.stdin.buffer.read()
    elif path.is_dir():
        raise InputError(f"'{name}' is a directory; expected a file of texts, or a folder that ends in .space.")
    elif not path.exists():
        raise InputError(f"There is no file '{name}'; check the name and the folder you are in.")
    else:
        raw = path.read_bytes()
    unpack = UNPACKERS.get(path.suffix.lower()) or (gzip.decompress if raw[:2] == b"\x1f\x8b" else None)
    if unpack is not None:
        try:
            raw = unpack(raw)
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as exc:
            raise InputError(
                f"'{name}' cannot be unpacked ({exc}); it may have been cut short. Fetch it again."
            ) from exc
    if not raw.strip():
        raise InputError(f"'{name}' is empty; expected at least one text.")
    return raw


def to_utf8(raw: bytes, name: str, encoding: str | None) -> bytes:
    """The same text in UTF-8, without a byte order mark.

    UTF-16 and UTF-32 are known by their byte order mark; everything else is UTF-8 unless `encoding` says otherwise.

    Raises:
        InputError: A byte that is not in the encoding, or an encoding that does not exist.
    """
    if encoding is None:
        if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            encoding = "utf-32"
        elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        else:
            encoding = "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except LookupError as exc:
        raise InputError(
            f"There is no encoding {encoding!r}; expected a name such as utf-8, latin-1 or cp1252."
        ) from exc
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        raise InputError(
            f"'{name}' is not {encoding.removesuffix('-sig')}: line {line} holds the byte 0x{raw[exc.start]:02x}. "
            "Name its encoding, for example --encoding latin-1 or --encoding cp1252."
        ) from exc
    return text.encode("utf-8", "surrogatepass")
