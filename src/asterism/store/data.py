"""A Space in memory: tables and arrays, row-aligned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from asterism.values import Model


@dataclass(frozen=True, slots=True)
class Facts:
    """What is to be told of a Space.

    Attributes:
        rows: n.
        placed: How many of them have a usable vector.
        counts: What was found odd, by name.
        text_column: The column that holds the texts.
        model: Which model made the vectors.
        remarks: What was decided, one sentence each.
    """

    rows: int
    placed: int
    counts: Mapping[str, int]
    text_column: str
    model: Model
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SpaceData:
    """Texts, metadata and vectors.

    Attributes:
        table: n rows, all columns of the input.
        text_column: The column of `table` that holds the texts.
        vectors: Shape (n, d) float32, finite; memory-mapped and read-only where the folder allows it. Zeros where
            the vector held NaN or infinity.
        placed: Shape (n,): whether the row has a usable vector.
        model: Which model made the vectors.
        counts: What was found odd, by name: "null", "empty", "duplicates" and so on.
        remarks: What was decided, one sentence each.
        coordinates: Shape (n, 2|3) float32 if they were brought along, NaN where a row has none; otherwise None.
    """

    table: pa.Table
    text_column: str
    vectors: NDArray[np.float32]
    placed: NDArray[np.bool_]
    model: Model
    counts: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    coordinates: NDArray[np.float32] | None = None

    @property
    def texts(self) -> list[str]:
        """The texts, "" where a row has none."""
        texts: list[str] = pc.fill_null(self.table.column(self.text_column), "").to_pylist()
        return texts


def facts_of(data: SpaceData) -> Facts:
    """What is to be told of a Space that is in memory."""
    placed = int(data.placed.sum())
    return Facts(len(data.placed), placed, dict(data.counts), data.text_column, data.model, tuple(data.remarks))


def take_rows(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Rows of a table, whose texts may take more than the 2 GiB that one array of strings can hold.

    Args:
        table: n rows.
        rows: Numbers from 0 to n − 1, in the order wanted, maybe repeated.

    Returns:
        The rows; without repetition and in ascending order chunk by chunk, otherwise in one array.
    """
    wanted = np.zeros(table.num_rows, np.bool_)
    wanted[rows] = True
    chosen = table.filter(pa.array(wanted))
    if (np.diff(rows) > 0).all():
        return chosen
    return chosen.take(np.cumsum(wanted)[rows] - 1)


def select(data: SpaceData, rows: NDArray[np.int64] | NDArray[np.bool_]) -> SpaceData:
    """Take some of the rows.

    Args:
        data: The Space.
        rows: Row numbers in the order wanted, or n booleans.

    Returns:
        A Space of those rows; counts and remarks are those of the whole.

    Raises:
        InputError: A row number is out of range, or the booleans are not n.
    """
    n = len(data.vectors)
    if rows.dtype == np.bool_:
        if rows.shape != (n,):
            raise InputError(f"The selection has shape {rows.shape}; expected ({n},), a boolean per row.")
        rows = np.flatnonzero(rows)
    elif rows.ndim != 1 or (rows.dtype.kind not in "iu" and len(rows)):
        raise InputError(f"The selection has shape {rows.shape} of {rows.dtype}; expected row numbers or booleans.")
    rows = rows.astype(np.int64)
    outside = rows[(rows < -n) | (rows >= n)]
    if len(outside):
        raise InputError(f"Row {outside[0]} is out of range; the Space has {n} rows.")
    chosen = np.asarray(np.where(rows < 0, rows + n, rows), np.int64)
    return replace(
        data,
        table=take_rows(data.table, chosen),
        vectors=data.vectors[chosen],
        placed=data.placed[chosen],
        coordinates=None if data.coordinates is None else data.coordinates[chosen],
    )
