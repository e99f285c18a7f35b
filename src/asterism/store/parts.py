"""Graphs and projections at rest."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from asterism._files import write_atomically
from asterism.errors import Corrupt
from asterism.store.table import COORDINATES
from asterism.values import NeighborGraph, Projection, Quality, Scores

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS = ("neighbors", "distances", "rows", "first")


def save_graph(graph: NeighborGraph, folder: Path) -> None:
    """Write a graph into `graph/` of a folder: an .npy file per array and graph.json, which is written last."""
    target = folder / "graph"
    target.mkdir(parents=True, exist_ok=True)
    for name in ARRAYS:
        buffer = BytesIO()
        np.save(buffer, getattr(graph, name), allow_pickle=False)
        write_atomically(target / f"{name}.npy", buffer.getvalue())
    facts = {name: getattr(graph, name) for name in ("metric", "method", "recall", "recall_sample")}
    _write_json(target / "graph.json", {**facts, "params": dict(graph.params)})


def load_graph(folder: Path) -> NeighborGraph:
    """Read what `save_graph` wrote.

    Raises:
        Corrupt: A file is missing or damaged.
    """
    target = folder / "graph"
    try:
        arrays = {name: np.load(target / f"{name}.npy", allow_pickle=False) for name in ARRAYS}
        return NeighborGraph(**arrays, **json.loads((target / "graph.json").read_bytes()))
    except (OSError, ValueError, TypeError) as exc:
        raise Corrupt(
            f"The graph in '{target}' is damaged ({exc}); remove that folder to have it computed anew."
        ) from exc


def save_projection(projection: Projection, folder: Path, name: str) -> None:
    """Write a projection into `projections/` of a folder: NAME.parquet (x, y[, z], lost, false) and NAME.json."""
    target = folder / "projections"
    target.mkdir(parents=True, exist_ok=True)
    columns = {axis: projection.points[:, i] for i, axis in enumerate(COORDINATES[: projection.points.shape[1]])}
    quality = projection.quality
    if quality is not None:
        columns |= {"lost": quality.lost, "false": quality.false}
    buffer = BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), buffer)
    write_atomically(target / f"{name}.parquet", buffer.getvalue())
    facts: dict[str, Any] = {
        "method": projection.method,
        "params": dict(projection.params),
        "seed": projection.seed,
        "axes": projection.axes,
        "notes": projection.notes,
        "quality": None if quality is None else _quality_facts(quality),
    }
    _write_json(target / f"{name}.json", facts)


def load_projection(folder: Path, name: str) -> Projection:
    """Read what `save_projection` wrote.

    Raises:
        Corrupt: A file is missing or damaged.
    """
    target = folder / "projections"
    try:
        facts = json.loads((target / f"{name}.json").read_bytes())
        table = pyarrow.parquet.read_table(target / f"{name}.parquet")
        points = np.column_stack([_column(table, axis) for axis in COORDINATES if axis in table.column_names])
        quality = None if facts["quality"] is None else _quality(facts["quality"], table)
        return Projection(
            points=points,
            method=facts["method"],
            params=facts["params"],
            seed=facts["seed"],
            axes=tuple(facts["axes"]),
            notes=tuple(facts["notes"]),
            quality=quality,
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as exc:
        raise Corrupt(f"The projection '{name}' in '{target}' is damaged ({exc}); remove it to lay out anew.") from exc


def _quality_facts(quality: Quality) -> dict[str, Any]:
    names = [item.name for item in fields(Quality) if item.name not in ("lost", "false")]
    facts = {name: getattr(quality, name) for name in names}
    return {name: asdict(value) if isinstance(value, Scores) else value for name, value in facts.items()}


def _quality(facts: Mapping[str, Any], table: pa.Table) -> Quality:
    told: dict[str, Any] = {key: Scores(**value) if isinstance(value, dict) else value for key, value in facts.items()}
    return Quality(**told, lost=_column(table, "lost"), false=_column(table, "false"))


def _column(table: pa.Table, name: str) -> NDArray[np.float32]:
    values: NDArray[np.float32] = table.column(name).to_numpy()
    return values


def _write_json(path: Path, facts: Mapping[str, Any]) -> None:
    write_atomically(path, json.dumps(facts, ensure_ascii=False, indent=1, default=_plain).encode())


def _plain(value: Any) -> Any:  # noqa: ANN401 - NumPy scalars that parameters may hold
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    message = f"cannot write a {type(value).__name__} as JSON"
    raise TypeError(message)
