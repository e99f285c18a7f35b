"""Pictures of answers: each becomes a map that can be saved as a figure, as a page or as a table."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from asterism.analysis.arithmetic import Arithmetic
from asterism.analysis.axes import Axis
from asterism.analysis.distances import DistanceTable
from asterism.analysis.interpolation import Interpolation
from asterism.analysis.neighbors import Neighbors
from asterism.analysis.plane import axis_plane
from asterism.errors import InputError
from asterism.maps import Map
from asterism.pipeline import enter_vectors
from asterism.questions import Clusters, OutlierReport
from asterism.scene.answers import (
    arithmetic_arrows,
    arithmetic_ends,
    caption,
    cluster_labels,
    draw_arithmetic,
    draw_interpolation,
    interpolation_path,
    row_labels,
)
from asterism.scene.spec import Pairs
from asterism.values import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.project import Placement
    from asterism.scene.spec import Label
    from asterism.space import Space

Answer = Interpolation | Arithmetic | Neighbors | Axis | DistanceTable | OutlierReport | Clusters | Projection
DRAWN_ALONE = (Interpolation, Arithmetic, Axis, DistanceTable, Projection)
"""Answers that are drawn on axes of their own unless a map is given."""
MAX_COMPARED = 50
NAMED_AT_ENDS = 4
PLANE = "axes"


def draw(space: Space, answer: Answer, *, on: Map | None = None, title: str | None = None) -> Map:
    """Make a picture of an answer; see `asterism.Space.draw`.

    Args:
        space: That gave the answer.
        answer: What it said.
        on: A map of the Space to draw it on.
        title: Heading of the picture; None says what was asked.

    Returns:
        The picture.

    Raises:
        InputError: It is no answer; or it has a projection of its own, which is drawn on no other map.
    """
    if not isinstance(answer, Answer):
        raise InputError(f"Cannot draw {answer!r:.60}; expected an answer of the Space, such as space.neighbors(…).")
    if isinstance(answer, Projection | Axis | DistanceTable):
        if on is not None:
            raise InputError("This answer is a projection of its own; it cannot be drawn on another map.")
        return _own_projection(space, answer, title)
    if isinstance(answer, Neighbors):
        return _neighbors(answer, on or space.map(), title)
    if isinstance(answer, OutlierReport):
        return _outliers(space, answer, on or space.map(clusters=False), title)
    if isinstance(answer, Clusters):
        return _clusters(space, answer, on or space.map(clusters=False), title)
    if on is not None:
        return _over_map(space, answer, on, title)
    if isinstance(answer, Interpolation):
        drawn = draw_interpolation(answer, space.vectors, space.placed, metric=space.data.model.metric)
    else:
        drawn = draw_arithmetic(answer, space.vectors, _term_vectors(space, answer))
    made = Map(space.select(drawn.rows), (drawn.projection,), None, title=title or _asked(answer))
    name, values = _found(answer, len(space))
    return made.over(paths=drawn.paths, arrows=drawn.arrows, pins=drawn.pins).with_found(name, values[drawn.rows])


def _found(answer: Interpolation | Arithmetic | Neighbors, n: int) -> tuple[str, NDArray[np.float64]]:
    """What an answer says of n rows, as a column: its name, and NaN for rows that it does not name."""
    values = np.full(n, np.nan)
    if isinstance(answer, Interpolation):
        for step in reversed(answer.steps):  # where a text is nearest more than once, its first step stays
            values[list(step.nearest.rows[:1])] = step.t
        return "nearest_at", values
    values[list(answer.rows)] = answer.scores
    if isinstance(answer, Arithmetic):
        return "score", values
    return "similarity" if answer.metric == "cosine" else "distance", values


def _asked(answer: Interpolation | Arithmetic) -> str:
    return answer.expression if isinstance(answer, Arithmetic) else f"{answer.texts[0]} → {answer.texts[-1]}"


def _term_vectors(space: Space, answer: Arithmetic) -> NDArray[np.float32]:
    """The vectors of the terms, in their order."""
    fresh = [term.text for term in answer.terms if term.row < 0]
    made = dict(zip(fresh, space.encode(fresh), strict=True)) if fresh else {}
    known = [made[term.text] if term.row < 0 else space.vectors[term.row] for term in answer.terms]
    return np.stack(known).astype(np.float32)


def _over_map(space: Space, answer: Interpolation | Arithmetic, on: Map, title: str | None) -> Map:
    """The way or the arrows over a map that stands, every step placed on it as a new text would be."""
    heading, remarks = title or _asked(answer), on.scene.remarks
    if isinstance(answer, Interpolation):
        placed = on.places(answer.points)
        path = interpolation_path(answer, [each.points for each in placed])
        made = on.over(title=heading, labels=(), paths=(path,), remarks=(*remarks, _say_placed(placed[0], "steps")))
        return made.with_found(*_found(answer, len(space)))
    terms = _term_vectors(space, answer)
    at_terms, at_ends = on.places(terms), on.places(arithmetic_ends(answer, terms))
    arrows, pins = arithmetic_arrows(answer, [each.points for each in at_terms], [each.points for each in at_ends])
    named = [term.row for term in answer.terms if term.row >= 0] + list(answer.rows[:3])
    made = on.over(
        title=heading,
        labels=_names(on, named),
        arrows=arrows,
        pins=pins,
        remarks=(*remarks, _say_placed(at_ends[0], "ends of arrows")),
    )
    return made.with_found(*_found(answer, len(space)))


def _say_placed(placed: Placement, what: str) -> str:
    """How far the places on a map can be believed."""
    off = int(placed.is_off.sum())
    return (
        f"The {what} are placed on the map as new texts would be, each by the texts nearest to it; the map bends "
        f"straight ways. {off} of {len(placed.is_off)} lie farther from every text than 99 % of the texts do."
    )


def _names(on: Map, rows: Sequence[int]) -> tuple[Label, ...]:
    """Labels for rows of a map that does not write its texts anyway."""
    return row_labels(on.scene.texts, rows) if on.scene.kind == "documents" else ()


def _neighbors(answer: Neighbors, on: Map, title: str | None) -> Map:
    made = on.over(
        title=title or (f"Nearest to “{answer.query}”" if answer.query else "Nearest to a vector"),
        labels=_names(on, [row for row in (answer.row, *answer.rows) if row >= 0]),
    ).with_found(*_found(answer, len(on.space)))
    return made if answer.row >= 0 or not answer.query else made.with_pins(made.place([answer.query]))


def _own_projection(space: Space, answer: Projection | Axis | DistanceTable, title: str | None) -> Map:
    if isinstance(answer, Projection):
        if answer.method != PLANE:
            return Map(space, (answer,), None, title=title)
        made = Map(space, (answer,), None, title=title or " · ".join(answer.axes))
        return made.over(labels=_names(made, _outermost(answer.points)))
    if isinstance(answer, DistanceTable):
        return _compared(space, answer, title)
    plane = axis_plane(space.vectors, space.placed, answer.direction)
    projection = Projection(
        points=np.stack((answer.positions, plane.heights), axis=1),
        method="axis",
        params={"axis": answer.name},
        axes=(answer.name, f"beside the axis ({100 * plane.explained:.0f} %)"),
        notes=(
            "0 is the mean of the start, 1 that of the end. The height is the direction in which the texts differ "
            "most beside the axis.",
        ),
    )
    made = Map(space, (projection,), None, title=title or answer.name)
    return made.over(labels=_names(made, [*answer.lowest.rows, *answer.highest.rows]))


def _outermost(points: NDArray[np.float32]) -> list[int]:
    """The rows farthest towards either end of each axis; a row without a place is none."""
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    orders = [rows[np.argsort(points[rows, axis], kind="stable")] for axis in range(points.shape[1])]
    ends = [row for order in orders for row in (*order[:NAMED_AT_ENDS].tolist(), *order[-NAMED_AT_ENDS:].tolist())]
    return list(dict.fromkeys(ends))


def _compared(space: Space, answer: DistanceTable, title: str | None) -> Map:
    """The texts of a distance table on their principal axes, with a column of similarities to each of them."""
    if not answer.texts:
        raise InputError("The table holds no texts, so that none can be drawn.")
    columns: dict[str, object] = {"text": pa.array(answer.texts, pa.string())}
    for i, text in enumerate(answer.texts[:MAX_COMPARED]):
        name = f"cosine to {caption(text)}"
        columns[name if name not in columns else f"{name} ({i})"] = pa.array(answer.cosine[:, i])
    data = enter_vectors(space.vectors_of(answer.texts), pa.table(columns), text_column="text", model=space.data.model)
    return type(space)(data).map(
        method="pca",
        color=f"cosine to {caption(answer.texts[0])}",
        cache=False,
        clusters=False,
        title=title or f"Distances of {len(answer.texts)} texts",
    )


def _outliers(space: Space, answer: OutlierReport, on: Map, title: str | None) -> Map:
    """The map coloured by how far texts stand apart, the farthest named, near duplicates joined."""
    measures, n = answer.measures, len(space)
    group = np.full(n, None, object)
    for number, members in enumerate(answer.duplicates.near, 1):
        group[list(members)] = f"{number} ({len(members)} texts)"
    columns: dict[str, object] = {
        "neighbor_distance": pa.array(measures.distance, mask=np.isnan(measures.distance)),
        "outlier_factor": pa.array(measures.lof, mask=np.isnan(measures.lof)),
        "is_far": pa.array(measures.is_far),
        "duplicate_group": pa.array(group.tolist(), pa.string()),
    }
    if measures.disagreement is not None:
        columns["label_disagreement"] = pa.array(measures.disagreement, mask=np.isnan(measures.disagreement))
    wider = space.with_columns(columns)
    made = Map(wider, on.projections, on.graph, color="neighbor_distance", title=title or f"Outliers of {space.title}")
    steps = [pair for members in answer.duplicates.near for pair in pairwise(members)]
    pairs = (Pairs("near duplicates", np.array(steps, np.int32)),) if steps else ()
    return made.over(labels=_names(made, answer.farthest.rows), pairs=pairs)


def _clusters(space: Space, answer: Clusters, on: Map, title: str | None) -> Map:
    """The map with the names of all levels, and a column of names per level."""
    levels, names = answer.clustering.levels, answer.labels.names
    columns = {
        f"cluster_{i}": pa.array(names[i], pa.string()).take(pa.array(level, mask=level < 0))
        for i, level in enumerate(levels)
    }
    if not columns:
        raise InputError("No clusters were found, so that none can be drawn.")
    wider = space.with_columns(columns)
    made = Map(wider, on.projections, on.graph, color="cluster_0", title=title or f"Clusters of {space.title}")
    return made.over(labels=cluster_labels(answer.clustering, answer.labels))
