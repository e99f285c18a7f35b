"""A map as a table: the input's columns, then coordinates and the faithfulness of every point."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from asterism._files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asterism.values import Places, Projection

COORDINATES = ("x", "y", "z")
FAITHFULNESS = ("lost", "false")


def map_table(table: pa.Table, projection: Projection) -> pa.Table:
    """Join a table with the coordinates of its rows.

    Args:
        table: n rows.
        projection: n points.

    Returns:
        The columns of `table`, then `x, y[, z]`, then, where the quality was measured, `lost` and `false`: the share
        of true neighbours that the picture puts elsewhere, and of shown neighbours that are not true ones; and
        `stability`, where it was measured: the share of shown neighbours that come back in other runs. A row that was
        set aside has nulls there. A column of the input that has one of these names gets `_input` behind its name.
    """
    columns = {name: projection.points[:, i] for i, name in enumerate(COORDINATES[: projection.points.shape[1]])}
    if projection.quality is not None:
        columns |= dict(zip(FAITHFULNESS, (projection.quality.lost, projection.quality.false), strict=True))
        if projection.quality.stability is not None:
            columns["stability"] = projection.quality.stability.kept
    taken = set(table.column_names) | set(columns)
    joined = table.rename_columns([_free_name(name, taken) if name in columns else name for name in table.column_names])
    for name, values in columns.items():
        joined = joined.append_column(name, pa.array(values, mask=np.isnan(values)))
    return joined


def places_table(places: Places, texts: Sequence[str]) -> pa.Table:
    """New texts on a map as a table.

    Args:
        places: m new texts.
        texts: Those of the map, n.

    Returns:
        m rows: `text, x, y[, z], kept, distance, is_off, nearest`, the last the map's nearest text. A text without a
        place has nulls behind its text.
    """
    has_place = places.nearest >= 0
    columns: dict[str, pa.Array] = {"text": pa.array(places.texts, pa.string())}
    for axis, values in zip(COORDINATES, places.points.T, strict=False):
        columns[axis] = pa.array(values, mask=~has_place)
    for name, values in (("kept", places.kept), ("distance", places.distances), ("is_off", places.is_off)):
        columns[name] = pa.array(values, mask=~has_place)
    columns["nearest"] = pa.array([texts[row] if row >= 0 else None for row in places.nearest], pa.string())
    return pa.table(columns)


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet or CSV, by the ending of the name.

    Lists, structs and what else CSV cannot hold are written there as JSON-like text.

    Raises:
        OSError: It cannot be written.
    """
    buffer = BytesIO()
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(_flat(table), buffer)
    else:
        pyarrow.parquet.write_table(table, buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())


def coordinate_columns(path: Path) -> dict[str, str]:
    """The columns of coordinates in a table that holds a map.

    Args:
        path: A file; only `.parquet` and `.csv` are looked into.

    Returns:
        Name of the axis to name of the column; empty if it is no table of a map, by its columns `x, y, lost, false`.
    """
    if path.suffix not in (".parquet", ".csv") or not path.is_file():
        return {}
    try:
        found = pa.parquet.read_schema(path) if path.suffix == ".parquet" else pa.csv.open_csv(path).schema
    except pa.ArrowInvalid:  # reading it will say why
        return {}
    if not {"x", "y", *FAITHFULNESS} <= set(found.names):
        return {}
    return {name: name for name in COORDINATES if name in found.names}


def _free_name(name: str, taken: set[str]) -> str:
    free = f"{name}_input"
    while free in taken:
        free += "_"
    taken.add(free)
    return free


def _is_foreign(kind: pa.DataType) -> bool:
    """Whether CSV cannot hold it."""
    return pa.types.is_nested(kind) or pa.types.is_interval(kind) or isinstance(kind, pa.BaseExtensionType)


def _is_bytes(kind: pa.DataType) -> bool:
    return any(each(kind) for each in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary))


def _readable(value: bytes) -> str:
    """Bytes as UTF-8, what is none of it escaped."""
    return value.decode(errors="backslashreplace")


def _flat(table: pa.Table) -> pa.Table:
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            flat = pc.cast(table.column(i), field.type.value_type)
        elif _is_foreign(field.type) or _is_bytes(field.type):
            as_text = _readable if _is_bytes(field.type) else str
            values = table.column(i).to_pylist()
            flat = pa.array([None if value is None else as_text(value) for value in values], pa.string())
        else:
            continue
        table = table.set_column(i, field.name, flat)
    return table
