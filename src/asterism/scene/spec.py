"""What to draw, undrawn: the one input of every view. Views read it and never run a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from asterism.values import Projection

Kind = Literal["words", "sentences", "documents"]


@dataclass(frozen=True, slots=True, eq=False)
class CategoryColumn:
    """A column of few distinct values.

    Attributes:
        name: Its heading.
        codes: Shape (n,) int32, index into `values`; −1 where the row has none.
        values: The distinct values as text, largest category first, ties by value.
    """

    name: str
    codes: NDArray[np.int32]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NumberColumn:
    """A column of numbers.

    Attributes:
        name: Its heading.
        values: Shape (n,) float64, NaN where the row has none.
    """

    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DateColumn:
    """A column of moments.

    Attributes:
        name: Its heading.
        values: Shape (n,) int64, milliseconds since 1970-01-01 UTC; the least int64 where the row has none.
    """

    name: str
    values: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """A column shown only in full: on the card of a point and in the table.

    Attributes:
        name: Its heading.
        values: n strings, "" where the row has none.
    """

    name: str
    values: Sequence[str]


Column = CategoryColumn | NumberColumn | DateColumn | TextColumn


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A name written on the map.

    Attributes:
        text: The words.
        level: 0 is the coarsest; finer levels appear as one zooms in.
        members: Rows that it names, shape (m,) int32; the views write it at their median.
        row: The row whose place it marks instead; −1 for the median of `members`.
    """

    text: str
    level: int
    members: NDArray[np.int32]
    row: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way through the map, drawn in a gradient from a start to an end star.

    Attributes:
        name: What it is, for the legend.
        points: Per projection (same order as the Scene's), shape (m, 2|3) float32.
        captions: m short texts, one per step.
    """

    name: str
    points: tuple[NDArray[np.float32], ...]
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Arrow:
    """An arrow from one place to another, as in king − man + woman.

    Attributes:
        name: Its caption.
        start: Per projection, shape (2|3,) float32.
        end: Per projection, shape (2|3,) float32.
    """

    name: str
    start: tuple[NDArray[np.float32], ...]
    end: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """A new text placed on the map.

    Attributes:
        text: The text.
        points: Per projection, shape (2|3,) float32.
    """

    text: str
    points: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows that belong together, joined by thin lines: translations, duplicates, before and after.

    Attributes:
        name: What joins them.
        rows: Shape (m, 2) int32.
    """

    name: str
    rows: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything a view needs.

    Attributes:
        title: Heading of the picture.
        texts: n texts, "" for a row without one.
        kind: How texts are shown: names on the map, numbers with a key, or on demand only.
        projections: At least one; all have n rows. Their `quality` holds one entry per row.
        columns: Metadata, in the order of the input.
        color: Name of the column that colours the points, None for none.
        neighbors: Shape (n, k) int32, the true nearest rows in the original space, −1 where there are none; or None.
        distances: Shape (n, k) float32 beside `neighbors`; or None.
        metric: Unit of `distances`.
        labels: Names on the map at several levels.
        paths: Ways through the map.
        arrows: Arrows on the map.
        pins: New texts placed on the map.
        pairs: Rows joined by lines.
        remarks: Decisions people should know of (counts, sampling, truncation), one sentence each.
        about: Facts for the footer and the panel: "model", "rows", "created", "version".
    """

    title: str
    texts: Sequence[str]
    kind: Kind
    projections: tuple[Projection, ...]
    columns: tuple[Column, ...] = ()
    color: str | None = None
    neighbors: NDArray[np.int32] | None = None
    distances: NDArray[np.float32] | None = None
    metric: str = "cosine"
    labels: tuple[Label, ...] = ()
    paths: tuple[Path, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    pins: tuple[Pin, ...] = ()
    pairs: tuple[Pairs, ...] = ()
    remarks: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str | None) -> Column | None:
        """The column of that name, None if there is none."""
        return next((column for column in self.columns if column.name == name), None)
