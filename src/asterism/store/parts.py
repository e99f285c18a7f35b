"""Graphs and projections at rest."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from asterism._files import atomic_file, checksum_of
from asterism.errors import Corrupt, InputError
from asterism.store.checked import read_checked, write_checked
from asterism.store.table import COORDINATES
from asterism.values import LabelQuality, LabelScores, NeighborGraph, Projection, Quality, Scores, Stability

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS = ("neighbors", "distances", "rows", "first")


PLAIN_NAME = re.compile(r"[\w][\w .+-]*")


def save_graph(graph: NeighborGraph, folder: Path) -> None:
    """Write a graph into `graph/` of a folder: an .npy file per array and graph.json, which is written last.

    Args:
        graph: What to write.
        folder: A Space or any other folder.

    Raises:
        OSError: It cannot be written.
    """
    target = folder / "graph"
    target.mkdir(parents=True, exist_ok=True)
    for name in ARRAYS:
        with atomic_file(target / f"{name}.npy") as file:
            np.save(file, getattr(graph, name), allow_pickle=False)
    facts = {name: getattr(graph, name) for name in ("metric", "method", "recall", "recall_sample")}
    checksums = {name: checksum_of(target / f"{name}.npy") for name in ARRAYS}
    write_checked(target / "graph.json", {**facts, "params": dict(graph.params), "files": checksums})


def load_graph(folder: Path) -> NeighborGraph:
    """Read what `save_graph` wrote, comparing every checksum.

    Raises:
        Corrupt: A file is missing or damaged.
    """
    target = folder / "graph"
    try:
        facts = read_checked(target / "graph.json")
        checksums = facts.pop("files")
        for name in ARRAYS:
            _check(target / f"{name}.npy", checksums[name])
        arrays = {name: np.load(target / f"{name}.npy", allow_pickle=False) for name in ARRAYS}
        return NeighborGraph(**arrays, **facts)
    except (OSError, ValueError, TypeError, KeyError, Corrupt) as exc:
        raise Corrupt(
            f"The graph in '{target}' is damaged ({exc}); remove that folder to have it computed anew."
        ) from exc


def save_projection(projection: Projection, folder: Path, name: str) -> None:
    """Write a projection into `projections/` of a folder: NAME.parquet and NAME.json, last.

    The columns of the table are `x, y[, z]` and, where they were measured, `lost`, `false` and `stability`.

    Args:
        projection: What to write. Parameters become JSON: tuples come back as lists.
        folder: A Space or any other folder.
        name: Letters, digits, space, and any of `_.+-`.

    Raises:
        InputError: Another name.
        OSError: It cannot be written.
    """
    target = folder / "projections"
    _check_name(name)
    target.mkdir(parents=True, exist_ok=True)
    columns = {axis: projection.points[:, i] for i, axis in enumerate(COORDINATES[: projection.points.shape[1]])}
    quality = projection.quality
    if quality is not None:
        columns |= {"lost": quality.lost, "false": quality.false}
        if quality.stability is not None:
            columns["stability"] = quality.stability.kept
    with atomic_file(target / f"{name}.parquet") as file:
        pyarrow.parquet.write_table(pa.table(columns), file)
    facts: dict[str, Any] = {
        "method": projection.method,
        "params": dict(projection.params),
        "seed": projection.seed,
        "axes": projection.axes,
        "notes": projection.notes,
        "name": projection.name,
        "is_whole": projection.is_whole,
        "quality": None if quality is None else _quality_facts(quality),
        "points": checksum_of(target / f"{name}.parquet"),
    }
    write_checked(target / f"{name}.json", facts)


def load_projection(folder: Path, name: str) -> Projection:
    """Read what `save_projection` wrote, comparing every checksum.

    Raises:
        InputError: A name that no projection can have.
        Corrupt: A file is missing or damaged.
    """
    target = folder / "projections"
    _check_name(name)
    try:
        facts = read_checked(target / f"{name}.json")
        _check(target / f"{name}.parquet", facts["points"])
        with pyarrow.parquet.ParquetFile(target / f"{name}.parquet") as file:
            table = file.read()
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
            # Written since projections have them.
            name=facts.get("name", ""),
            is_whole=facts.get("is_whole", True),
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, Corrupt) as exc:
        raise Corrupt(f"The projection '{name}' in '{target}' is damaged ({exc}); remove it to lay out anew.") from exc


def list_projections(folder: Path) -> list[str]:
    """The names of the projections in a folder, sorted."""
    return sorted(path.stem for path in (folder / "projections").glob("*.json") if not path.name.startswith("."))


def _check_name(name: str) -> None:
    if not PLAIN_NAME.fullmatch(name):
        raise InputError(f"A projection cannot be called {name!r}; expected letters, digits, spaces and any of _.+-")


def _check(path: Path, checksum: str) -> None:
    if checksum_of(path) != checksum:
        raise Corrupt(f"'{path.name}' has another checksum than recorded")


def _quality_facts(quality: Quality) -> dict[str, Any]:
    apart = ("lost", "false", "shepard", "stability")
    names = [item.name for item in fields(Quality) if item.name not in apart]
    facts = {name: getattr(quality, name) for name in names}
    told = {name: asdict(value) if isinstance(value, Scores | LabelQuality) else value for name, value in facts.items()}
    told["shepard"] = None if quality.shepard is None else quality.shepard.astype(float).tolist()
    stable = quality.stability
    if stable is not None:
        told["stability"] = {name: getattr(stable, name) for name in ("overlap", "chance", "runs", "n_neighbors")}
    return told


def _quality(facts: Mapping[str, Any], table: pa.Table) -> Quality:
    told: dict[str, Any] = dict(facts)
    for name in ("scores", "chance", "pca", "errors"):
        told[name] = None if told.get(name) is None else Scores(**told[name])
    if told.get("shepard") is not None:
        told["shepard"] = np.array(told["shepard"], np.float32).reshape(-1, 2)
    if told.get("stability") is not None:
        stable = told["stability"]
        told["stability"] = Stability(**stable | {"runs": tuple(stable["runs"]), "kept": _column(table, "stability")})
    if told.get("labels") is not None:
        parts = ("space", "map", "shuffled", "pca", "errors")
        scores = {part: LabelScores(**told["labels"][part]) if told["labels"][part] else None for part in parts}
        told["labels"] = LabelQuality(**told["labels"] | scores)
    return Quality(**told, lost=_column(table, "lost"), false=_column(table, "false"))


def _column(table: pa.Table, name: str) -> NDArray[np.float32]:
    values: NDArray[np.float32] = table.column(name).to_numpy()
    return values
