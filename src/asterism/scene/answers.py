"""What answers look like on a map: names of clusters, the way between texts, arrows of arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.analysis.plane import joint_plane
from asterism.analysis.vocabulary import unit_rows
from asterism.scene.spec import Arrow, Label, Path, Pin
from asterism.values import Projection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism.analysis.arithmetic import Arithmetic
    from asterism.analysis.interpolation import Interpolation
    from asterism.values import Clustering, Labels, Metric

_CAPTION = 60


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A projection of some rows, and what lies over it.

    Attributes:
        rows: Shape (m,): the rows that are drawn.
        projection: Of those rows.
        paths: Ways over them.
        arrows: Arrows over them.
        pins: Texts that are no rows.
    """

    rows: NDArray[np.int64]
    projection: Projection
    paths: tuple[Path, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    pins: tuple[Pin, ...] = ()


def cluster_labels(clustering: Clustering, labels: Labels) -> tuple[Label, ...]:
    """The names of all clusters, to write on the map at their level.

    Args:
        clustering: Levels over the rows of the map, coarse first.
        labels: Their names.

    Returns:
        Coarse first; within a level the largest first. A cluster that has the name of a coarser one is not named
        again.
    """
    found: list[Label] = []
    written: set[str] = set()
    for depth, (level, names) in enumerate(zip(clustering.levels, labels.names, strict=True)):
        order = np.argsort(level, kind="stable").astype(np.int32)
        ends = np.searchsorted(level[order], np.arange(len(names) + 1))
        found += [
            Label(name, depth, order[ends[c] : ends[c + 1]]) for c, name in enumerate(names) if name not in written
        ]
        written.update(names)
    return tuple(found)


def draw_interpolation(
    answer: Interpolation, vectors: NDArray[np.float32], placed: NDArray[np.bool_], *, metric: Metric
) -> Drawing:
    """Lay all texts and the way out together on their principal axes.

    Args:
        answer: The way.
        vectors: Shape (n, d).
        placed: Shape (n,): which rows may be drawn.
        metric: Under "cosine" all vectors count with length 1.

    Returns:
        The drawing of the placed rows; the way names the nearest text where it becomes another.
    """
    rows = np.flatnonzero(placed)
    ground, way = np.asarray(vectors[rows], np.float32), answer.points
    if metric == "cosine":
        ground, way = unit_rows(ground), unit_rows(way)
    plane = joint_plane(ground, way)
    note = "Texts and way are drawn together on the principal axes of both; a straight way stays straight."
    captions = tuple(
        _caption(step.nearest.texts[0]) if step.nearest.texts and (step.is_change or not i) else ""
        for i, step in enumerate(answer.steps)
    )
    name = f"{_caption(answer.texts[0])} → {_caption(answer.texts[-1])}"
    return Drawing(rows, _projection(plane.background, plane.explained, note), (Path(name, (plane.path,), captions),))


def draw_arithmetic(answer: Arithmetic, vectors: NDArray[np.float32], term_vectors: NDArray[np.float32]) -> Drawing:
    """Draw the terms, the result and the texts near it in the plane that shows them best.

    For b − a + c the arrows are the parallelogram: from a to b, and from c to the result. Other expressions are walked
    term by term.

    Args:
        answer: The answer.
        vectors: Shape (n, d), of all rows.
        term_vectors: Shape (t, d), of the terms, in their order.

    Returns:
        The drawing of the terms' rows and of those in the answer; terms that are no rows are pins.
    """
    near = [row for _, ranking in answer.baselines for row in ranking.rows[:3]]
    own = [term.row for term in answer.terms if term.row >= 0]
    rows = np.array(list(dict.fromkeys([*own, *answer.rows, *near])), np.int64)
    terms = unit_rows(np.asarray(term_vectors, np.float32))
    weights = np.array([term.weight for term in answer.terms], np.float32)
    ends = np.cumsum(weights[:, None] * terms, axis=0)
    plane = joint_plane(unit_rows(np.asarray(vectors[rows], np.float32)), np.concatenate((terms, ends)))
    at_terms, at_ends = plane.path[: len(terms)], plane.path[len(terms) :]
    names = [term.text for term in answer.terms]
    if sorted(weights.tolist()) == [-1, 1, 1]:
        (a,), (b, c) = np.flatnonzero(weights < 0), np.flatnonzero(weights > 0)
        arrows = [
            Arrow(f"{names[b]} − {names[a]}", (at_terms[a],), (at_terms[b],)),
            Arrow(answer.expression, (at_terms[c],), (at_ends[-1],)),
        ]
    else:
        starts = np.concatenate((at_terms[:1] if weights[0] == 1 else at_ends[:1], at_ends[:-1]))
        arrows = [
            Arrow(f"{'−' if weight < 0 else '+'} {name}", (start,), (end,))
            for name, weight, start, end in list(zip(names, weights.tolist(), starts, at_ends, strict=True))[1:]
        ]
    pins = [Pin(term.text, (at_terms[i],)) for i, term in enumerate(answer.terms) if term.row < 0]
    note = f"{answer.expression} on the principal axes of its terms and the texts near; all vectors have length 1."
    projection = _projection(plane.background, plane.explained, note)
    return Drawing(rows, projection, arrows=tuple(arrows), pins=(*pins, Pin("result", (at_ends[-1],))))


def _projection(points: NDArray[np.float32], explained: NDArray[np.float64], note: str) -> Projection:
    axes = tuple(f"axis {i + 1} ({100 * share:.0f} %)" for i, share in enumerate(explained))
    shown = f"They show {100 * explained.sum():.0f} % of the variance."
    return Projection(points, "pca", {"fitted": "together"}, axes=axes, notes=(note, shown))


def _caption(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CAPTION else line[: _CAPTION - 1].rstrip() + "…"
