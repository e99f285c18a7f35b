"""Python values become Arrow columns, whatever they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

BLOCK = 1 << 24
MAX_BLOCK = 1 << 30


def in_blocks(size: int, read: Callable[[int], pa.Table]) -> pa.Table:
    """Parse by blocks that several threads share, or by one of the whole size where a row is longer than a block.

    Args:
        size: Bytes of the text.
        read: Parses with a block size.

    Raises:
        ArrowInvalid: What `read` raised.
    """
    try:
        return read(BLOCK)
    except pa.ArrowInvalid as exc:
        if size <= BLOCK or "straddl" not in str(exc):
            raise
    return read(min(size, MAX_BLOCK))


def to_float32(array: NDArray[np.generic]) -> NDArray[np.float32]:
    """Real numbers as float32, not copied if they are; too large ones become infinite, which sets their row aside."""
    with np.errstate(over="ignore"):
        return array.astype(np.float32, copy=False)


def to_array(values: Sequence[Any]) -> tuple[pa.Array, str]:
    """Make a column of values.

    Args:
        values: Anything JSON can hold; None, and NaN among texts, is a missing value.

    Returns:
        The column, and what had to be decided, completing "Column 'name' …"; "" where nothing had to. Values of
        several kinds are kept as text, what is no text as JSON. Half of a surrogate pair, which JSON can spell and
        UTF-8 cannot, becomes U+FFFD.
    """
    try:
        return pa.array(values), ""
    except UnicodeEncodeError:
        told = "holds half surrogate pairs; they are shown as U+FFFD."
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        told = "mixes kinds of values; all are kept as text."
    texts = [_text(value) for value in values]
    if all(value is None or isinstance(value, str) or is_missing(value) for value in values) and "mixes" in told:
        told = ""
    return pa.array(texts, pa.string()), told


def to_columns(columns: Mapping[str, Sequence[Any]]) -> tuple[pa.Table, tuple[str, ...]]:
    """Make a table of columns of values, all of one length; see `to_array`."""
    made = {name: to_array(values) for name, values in columns.items()}
    remarks = tuple(f"Column {name!r} {told}" for name, (_, told) in made.items() if told)
    return pa.table({name: array for name, (array, _) in made.items()}), remarks


def is_missing(value: object) -> bool:
    """Whether a value stands for none: None, or the NaN that pandas puts among texts."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN is unequal to itself


def _text(value: object) -> str | None:
    if is_missing(value):
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
