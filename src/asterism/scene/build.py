"""Join texts, metadata and projections into a Scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from asterism._check import check_column
from asterism.errors import InputError
from asterism.scene.answers import cluster_labels
from asterism.scene.columns import category_column, choose_color, to_columns
from asterism.scene.spec import CategoryColumn, Kind, Scene, TextColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from asterism.values import Clustering, Labels, Projection

# Up to these numbers of rows, names (numbers with a key) on a printed page can still be read.
MAX_NAMED_WORDS = 1000
MAX_NUMBERED_SENTENCES = 60
# A text is a word or a short name up to this length.
WORD_LENGTH = 24
CLUSTER = "cluster"
"""What the column of clusters is called, unless the input has a column of that name."""
# The finest level with at most so many clusters that matter is a column; smaller ones than this share of the clustered
# rows do not matter: beside one of half the rows, a few tiny ones say nothing of how coarse a level is.
MAX_COLORED_CLUSTERS = 50
LEAST_CLUSTER = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What a Scene is made of, besides its projections.

    Attributes:
        texts: n texts, "" for a row without one.
        table: n rows of metadata, the text column included.
        text_column: Its name in `table`.
        title: Heading of the picture.
        metric: Unit of the distances.
        remarks: Decisions people should know of.
        about: Facts for the footer.
    """

    texts: Sequence[str]
    table: pa.Table
    text_column: str | None
    title: str
    metric: str = "cosine"
    remarks: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)


def build_scene(
    sources: Sources,
    projections: tuple[Projection, ...],
    *,
    color: str | None = None,
    neighbors: tuple[NDArray[np.int32], NDArray[np.float32]] | None = None,
    groups: tuple[Clustering, Labels] | None = None,
) -> Scene:
    """Make the Scene that every view draws.

    Args:
        sources: Texts and metadata.
        projections: At least one, each of n rows.
        color: Column to colour by, that of the clusters among them; None chooses by a rule (see `choose_color`).
        neighbors: True nearest rows (n, k) and their distances, for the explorer.
        groups: Clusters with names: they are written on the map, and the finest level of at most 50 clusters of
            some size is a column, which colours the points where there is nothing else to.

    Returns:
        The Scene.

    Raises:
        InputError: There is no column of that name, or it holds nothing that can be a colour.
    """
    skip = [] if sources.text_column is None or sources.text_column == color else [sources.text_column]
    names = sources.table.column_names
    found = () if groups is None else (_cluster_column(*groups, names),)
    if color is not None:
        check_column(color, [*names, *(column.name for column in found)])
    given = to_columns(sources.table, skip=skip, color=color)
    columns, chosen = (*given, *found), choose_color(given, found) if color is None else color
    shown = next((column for column in columns if column.name == chosen), None)
    if color is not None and (shown is None or isinstance(shown, TextColumn)):
        kind = sources.table.schema.field(color).type
        raise InputError(f"Column {color!r} holds {kind}; expected categories, numbers or dates to colour by.")
    return Scene(
        title=sources.title,
        texts=sources.texts,
        kind=kind_of(sources.texts),
        projections=projections,
        columns=columns,
        color=chosen,
        neighbors=None if neighbors is None else neighbors[0],
        distances=None if neighbors is None else neighbors[1],
        metric=sources.metric,
        labels=() if groups is None else cluster_labels(*groups),
        remarks=sources.remarks,
        about=sources.about,
    )


def _cluster_column(clustering: Clustering, labels: Labels, taken: Sequence[str]) -> CategoryColumn:
    heading = next(name for name in (CLUSTER, f"{CLUSTER} (found)", f"{CLUSTER} (found here)") if name not in taken)
    number = max((i for i, level in enumerate(clustering.levels) if _n_large(level) <= MAX_COLORED_CLUSTERS), default=0)
    names = pa.array(labels.names[number], pa.string())
    level = clustering.levels[number]
    return category_column(heading, names.take(pa.array(level, mask=level < 0)))


def _n_large(level: NDArray[np.int32]) -> int:
    """How many clusters hold more than a trace of the clustered rows."""
    sizes = np.bincount(level[level >= 0])
    return int((sizes > LEAST_CLUSTER * sizes.sum()).sum())


def kind_of(texts: Sequence[str]) -> Kind:
    """Tell words, sentences and documents apart by how many there are and how long they are."""
    filled = [len(text) for text in texts[: MAX_NAMED_WORDS + 1] if text]
    if filled and len(texts) <= MAX_NAMED_WORDS and median(filled) <= WORD_LENGTH:
        return "words"
    return "sentences" if len(texts) <= MAX_NUMBERED_SENTENCES else "documents"
