"""A Scene as bytes, for the page: a JSON header and compressed blocks. docs/formats-scene.md describes every byte.

`web/src/wire/decode.ts` is the other half; a test compares what it reads with what was written.
"""

from __future__ import annotations

import json
import math
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.scene._belief import encode_quality
from asterism.scene.palette import THEMES, category_colors, diverging_colors, sequential_colors
from asterism.scene.spec import CategoryColumn, DateColumn, NumberColumn, TextColumn
from asterism.values import METHOD_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.scene.palette import ThemeName
    from asterism.scene.spec import Column, Label, Scene
    from asterism.values import Projection

MAGIC = b"ASTERISM"
VERSION = 1
ALIGN = 8
# The grid that coordinates are rounded to; the last value marks a row without a place.
GRID = 65_534
NO_PLACE = 65_535
RAMP = 32
DISTANCE_STEPS = 127
# More colours than these repeat the hues so closely that the page reuses them.
MAX_COLORS = 256


class _Blocks:
    """Collects arrays; each becomes a block and is referred to by its number."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, array: NDArray[Any]) -> int:
        raw = np.ascontiguousarray(array).tobytes()
        squeezed = zlib.compress(raw, 6, wbits=-15)
        codec, data = ("deflate", squeezed) if len(squeezed) < 0.9 * len(raw) else ("raw", raw)
        self.entries.append(
            {"offset": self._size, "size": len(data), "raw": len(raw), "codec": codec, "dtype": array.dtype.str[1:]}
        )
        padding = -len(data) % ALIGN
        self._parts += [data, b"\0" * padding]
        self._size += len(data) + padding
        return len(self.entries) - 1

    @property
    def size(self) -> int:
        """Bytes of all so far, a multiple of ALIGN."""
        return self._size

    def bytes(self) -> bytes:
        return b"".join(self._parts)


def encode_scene(scene: Scene) -> bytes:
    """Write a Scene as the container that the page reads; first the blocks without which it cannot draw the map.

    Coordinates are rounded to a grid of 65 535 steps along the longer side, shares of faithfulness to 255 steps,
    neighbours' distances to 127 steps of the largest; numbers are exact.

    Args:
        scene: What to draw.

    Returns:
        The container.
    """
    blocks = _Blocks()
    grids = [_Grid(projection.points) for projection in scene.projections]
    names = _names(scene.projections)
    header: dict[str, Any] = {
        "title": scene.title,
        "kind": scene.kind,
        "n": len(scene.texts),
        "projections": [
            _projection(projection, name, grid, blocks)
            for projection, name, grid in zip(scene.projections, names, grids, strict=True)
        ],
        "columns": [None if isinstance(column, TextColumn) else _column(column, blocks) for column in scene.columns],
        "color": scene.color,
        "metric": scene.metric,
        "labels": _labels(scene.labels, scene.projections, blocks),
        "paths": [
            {
                "name": path.name,
                "captions": list(path.captions),
                "places": [blocks.add(points.astype("<f4")) for points in path.points],
            }
            for path in scene.paths
        ],
        "arrows": [
            {"name": arrow.name, "starts": _lists(arrow.start), "ends": _lists(arrow.end)} for arrow in scene.arrows
        ],
        "pins": [{"text": pin.text, "places": _lists(pin.points)} for pin in scene.pins],
        "pairs": [{"name": pairs.name, "rows": blocks.add(pairs.rows.astype("<i4"))} for pairs in scene.pairs],
        "remarks": list(scene.remarks),
        "about": dict(scene.about),
        "palette": {theme: _theme(theme, scene.columns) for theme in THEMES},
    }
    header["first"] = blocks.size
    header["texts"] = _texts(scene.texts, blocks)
    header["columns"] = [
        told or _column(column, blocks) for told, column in zip(header["columns"], scene.columns, strict=True)
    ]
    header["neighbors"] = _neighbors(scene, grids[0], blocks)
    header["blocks"] = blocks.entries
    text = json.dumps(header, ensure_ascii=True, separators=(",", ":"), default=_plain, allow_nan=False).encode()
    text += b" " * (-(len(MAGIC) + 8 + len(text)) % ALIGN)
    sizes = np.array([VERSION, len(text)], "<u4").tobytes()
    return b"".join((MAGIC, sizes, text, blocks.bytes()))


class _Grid:
    """Coordinates rounded to u16, one step for all axes so that shapes keep their proportions."""

    def __init__(self, points: NDArray[np.float32]) -> None:
        placed = np.isfinite(points).all(axis=1)
        inside = points[placed].astype(np.float64)
        self.low = inside.min(axis=0) if len(inside) else np.zeros(points.shape[1])
        spread = float((inside.max(axis=0) - self.low).max()) if len(inside) else 0.0
        self.step = spread / GRID if spread > 0 else 1.0
        self.points = np.full(points.shape, NO_PLACE, "<u2")
        self.points[placed] = np.rint((inside - self.low) / self.step).astype("<u2")


def _projection(projection: Projection, name: str, grid: _Grid, blocks: _Blocks) -> dict[str, Any]:
    return {
        "name": name,
        "method": projection.method,
        "params": dict(projection.params),
        "seed": projection.seed,
        "dim": projection.points.shape[1],
        "points": blocks.add(grid.points),
        "low": grid.low.tolist(),
        "step": grid.step,
        "axes": list(projection.axes),
        "notes": list(projection.notes),
        "quality": None if projection.quality is None else encode_quality(projection.quality, blocks.add),
    }


def _names(projections: Sequence[Projection]) -> list[str]:
    """A short name for each projection; with a number behind it where two would be called alike."""
    names: list[str] = []
    for projection in projections:
        base = projection.name or METHOD_NAMES.get(projection.method, projection.method)
        name = base if projection.points.shape[1] == 2 else f"{base} 3-D"
        alike = sum(other.rpartition(" #")[0] == name or other == name for other in names)
        names.append(f"{name} #{alike + 1}" if alike else name)
    return names


def _texts(texts: Sequence[str], blocks: _Blocks) -> dict[str, int]:
    parts = [text.encode("utf-8", "replace") for text in texts]
    lengths = np.fromiter(map(len, parts), "<u4", len(parts))
    return {"lengths": blocks.add(lengths), "bytes": blocks.add(np.frombuffer(b"".join(parts), np.uint8))}


def _column(column: Column, blocks: _Blocks) -> dict[str, Any]:
    if isinstance(column, CategoryColumn):
        values = _texts(column.values, blocks)
        return {"kind": "category", "name": column.name, "codes": blocks.add(_codes(column)), "values": values}
    if isinstance(column, NumberColumn):
        return {"kind": "number", "name": column.name, "values": blocks.add(_numbers(column))}
    if isinstance(column, DateColumn):
        moments = column.values.astype("<f8")
        moments[column.values == np.iinfo(np.int64).min] = np.nan
        return {"kind": "date", "name": column.name, "values": blocks.add(moments)}
    return {"kind": "text", "name": column.name, "values": _texts(column.values, blocks)}


def _numbers(column: NumberColumn) -> NDArray[Any]:
    """As float32 where that changes no value, otherwise as float64: what is read and downloaded is what came in."""
    with np.errstate(over="ignore"):
        short = column.values.astype("<f4")
    return short if np.array_equal(short.astype("<f8"), column.values, equal_nan=True) else column.values.astype("<f8")


def _codes(column: CategoryColumn) -> NDArray[Any]:
    """Codes moved up by one, so that 0 is none, in as few bytes as they need."""
    codes = column.codes + 1
    size = len(column.values)
    return codes.astype(np.uint8 if size < 2**8 else "<u2" if size < 2**16 else "<u4")


def _neighbors(scene: Scene, grid: _Grid, blocks: _Blocks) -> dict[str, Any] | None:
    """Rows by their places along a curve through the first projection, where neighbours have numbers close together.

    For the rows in that order, the difference to the row itself, in byte planes; distances in steps of the largest,
    and of these the increments from one neighbour to the next, all first ones, then all second ones, and so on.
    """
    if scene.neighbors is None:
        return None
    n, k = scene.neighbors.shape
    order = _along_curve(grid.points)
    rank = np.empty(n + 1, np.int64)
    rank[order] = np.arange(n)
    rank[-1] = -1
    rows = rank[scene.neighbors[order]]
    own = np.arange(n)[:, None]
    gaps = np.where(rows < 0, 0, np.where(rows > own, 2 * (rows - own), 2 * (own - rows) - 1) + 1).astype("<u4")
    planes = gaps.reshape(-1).view(np.uint8).reshape(-1, 4).T
    used = max(1, math.ceil(int(gaps.max(initial=0)).bit_length() / 8))
    told: dict[str, Any] = {"k": k, "planes": used, "rows": blocks.add(planes[:used]), "distances": None, "top": 0.0}
    if scene.distances is not None:
        known = np.where(rows < 0, 0.0, np.nan_to_num(scene.distances[order].astype(np.float64)))
        top = float(known.max(initial=0.0))
        steps = np.rint(known / top * DISTANCE_STEPS).astype(np.int16) if top > 0 else np.zeros(known.shape, np.int16)
        increments = (np.diff(steps, axis=1, prepend=0) & 255).astype(np.uint8)
        told |= {"distances": blocks.add(increments.T), "top": top}
    return told


def _along_curve(points: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Rows in Morton order: the bits of x and y in turn, ties by row."""
    codes = _spread(points[:, 0]) | (_spread(points[:, 1]) << np.uint64(1))
    return np.argsort(codes, kind="stable")


def _spread(values: NDArray[np.uint16]) -> NDArray[np.uint64]:
    """Put a zero bit between the bits of 16-bit numbers."""
    spread = values.astype(np.uint64)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
    return spread


def _labels(labels: Sequence[Label], projections: Sequence[Projection], blocks: _Blocks) -> dict[str, Any]:
    rows = [np.array([label.row]) if label.row >= 0 else label.members for label in labels]
    places = []
    for projection in projections:
        middles = np.full((len(labels), projection.points.shape[1]), np.nan, "<f4")
        for number, members in enumerate(rows):
            points = projection.points[members]
            points = points[np.isfinite(points).all(axis=1)]
            if len(points):
                middles[number] = np.median(points, axis=0)
        places.append(blocks.add(middles))
    return {
        "texts": _texts([label.text for label in labels], blocks),
        "levels": blocks.add(np.array([label.level for label in labels], np.uint8)),
        "sizes": blocks.add(np.array([max(1, len(label.members)) for label in labels], "<u4")),
        "places": places,
    }


def _lists(arrays: Sequence[NDArray[np.float32]]) -> list[list[float] | None]:
    return [array.astype(float).tolist() if np.isfinite(array).all() else None for array in arrays]


def _theme(name: ThemeName, columns: Sequence[Column]) -> dict[str, Any]:
    most = max((len(column.values) for column in columns if isinstance(column, CategoryColumn)), default=0)
    theme = THEMES[name]
    return {
        "categories": category_colors(min(most, MAX_COLORS), theme=name),
        "none": theme.none,
        "other": theme.other,
        "background": theme.background,
        "ink": theme.ink,
        "muted": theme.muted,
        "faint": theme.faint,
        "sequential": sequential_colors(RAMP, theme=name),
        "diverging": diverging_colors(RAMP, theme=name),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - NumPy scalars that parameters may hold
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)
