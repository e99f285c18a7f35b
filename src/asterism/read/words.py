"""Word vectors in the text formats of word2vec and GloVe: a word and its numbers a line, split by single spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv

from asterism.errors import InputError
from asterism.read.arrays import in_blocks, to_float32

if TYPE_CHECKING:
    from numpy.typing import NDArray

# So many numbers behind a word, alike in two lines, are vectors rather than texts.
MIN_NUMBERS = 8


def looks_like_words(start: bytes) -> bool:
    """Whether a file that begins like this holds word vectors.

    Args:
        start: At least two lines, or all of it.

    Returns:
        True if the first two lines (after two counts, if there are) are a word and the same number of numbers, at
        least 8.
    """
    lines = start.split(b"\n")[:3]
    if _header(lines[0]) is not None:
        lines = lines[1:]
    counts = [_count_numbers(line) for line in lines[:2] if line.strip()]
    return len(counts) > 0 and counts[0] >= MIN_NUMBERS and len(set(counts)) == 1


def read_words(text: bytes, name: str) -> tuple[NDArray[np.float32], list[str]]:
    """Read word vectors.

    Args:
        text: UTF-8; with the header of word2vec (two counts) or without, as GloVe. A word may hold spaces.
        name: Of the file, for messages.

    Returns:
        Shape (n, d) float32 and n words.

    Raises:
        InputError: A line has other than d numbers, or the header promises other counts; says which line.
    """
    first = text[: 1 << 24].split(b"\n", 1)[0]
    header = _header(first)
    parsed = _parse(text, skip=int(header is not None))
    vectors, words = parsed if parsed is not None else _parse_by_line(text, name, header)
    if header is not None and vectors.shape != header:
        promised, found = (f"{n} words × {d} numbers" for n, d in (header, vectors.shape))
        raise InputError(f"'{name}' promises {promised} and holds {found}; it may have been cut short.")
    return vectors, words


def _header(line: bytes) -> tuple[int, int] | None:
    parts = line.split()
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 and all(part.isdigit() for part in parts) else None


def _count_numbers(line: bytes) -> int:
    numbers = line.strip().split(b" ")[1:]
    try:
        np.array(numbers, dtype="S").astype(np.float64)
    except ValueError:
        return -1
    return len(numbers)


def _parse(text: bytes, *, skip: int) -> tuple[NDArray[np.float32], list[str]] | None:
    """The fast way; None where a line does not fit, as when a word holds a space."""

    def parse(block: int) -> pa.Table:
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            pyarrow.csv.ReadOptions(autogenerate_column_names=True, skip_rows=skip, block_size=block),
            pyarrow.csv.ParseOptions(delimiter=" ", quote_char=False),
            pyarrow.csv.ConvertOptions(column_types={"f0": pa.string()}, strings_can_be_null=False),
        )

    try:
        table = in_blocks(len(text), parse)
    except pa.ArrowInvalid:
        return None
    columns = table.columns[1:]
    if columns and columns[-1].null_count == table.num_rows:  # the C tool ends each line with a space
        columns = columns[:-1]
    if not columns or not all(pa.types.is_floating(c.type) or pa.types.is_integer(c.type) for c in columns):
        return None
    vectors = np.empty((table.num_rows, len(columns)), np.float32)
    for i, column in enumerate(columns):
        vectors[:, i] = to_float32(column.to_numpy())
    return vectors, table.column(0).to_pylist()


def _parse_by_line(text: bytes, name: str, header: tuple[int, int] | None) -> tuple[NDArray[np.float32], list[str]]:
    lines = [line.rstrip(b" \r") for line in text.split(b"\n")]
    start = int(header is not None)
    dim = header[1] if header is not None else len(lines[0].split(b" ")) - 1
    words: list[str] = []
    rows: list[NDArray[np.float32]] = []
    for number, line in enumerate(lines[start:], start + 1):
        if not line:
            continue
        word, *numbers = line.rsplit(b" ", dim) if dim else [line]
        try:
            row = to_float32(np.array(numbers, dtype="S").astype(np.float64))
        except ValueError:
            row = np.empty(0, np.float32)
        if not dim or len(row) != dim:
            expected = f"a word and {dim} numbers" if dim else "a word and its numbers"
            raise InputError(
                f"'{name}' is not word2vec or GloVe text: line {number} is {line[:40].decode(errors='replace')!r}; "
                f"expected {expected}, split by single spaces."
            )
        words.append(word.decode())
        rows.append(row)
    return (np.stack(rows) if rows else np.empty((0, dim), np.float32)), words
