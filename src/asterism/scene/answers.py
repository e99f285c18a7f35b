"""What answers look like on a map: names of clusters and texts, the way between texts, arrows of arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.analysis.plane import joint_plane
from asterism.analysis.vocabulary import unit_rows
from asterism.scene.spec import Arrow, Label, Path, Pin
from asterism.values import Projection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from asterism.analysis.arithmetic import Arithmetic
    from asterism.analysis.interpolation import Interpolation
    from asterism.values import Clustering, Labels, Metric

_LONGEST = 60


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


def row_labels(texts: Sequence[str | None], rows: Iterable[int]) -> tuple[Label, ...]:
    """Labels that write the texts of some rows at their places; rows without a text have none."""
    return tuple(
        Label(name, 0, np.array([row], np.int32), row=row)
        for row in dict.fromkeys(rows)
        if (name := caption(texts[row] or ""))
    )


def interpolation_path(answer: Interpolation, places: Sequence[NDArray[np.float32]]) -> Path:
    """The way of an interpolation; it names its stops, and the nearest text where that becomes another.

    Args:
        answer: The way.
        places: Per projection, shape (steps, 2|3): where its steps are drawn.

    Returns:
        The path.
    """
    captions = [caption(s.nearest.texts[0]) if s.nearest.texts and s.is_change else "" for s in answer.steps]
    per_stop = (len(answer.steps) - 1) // (len(answer.texts) - 1)
    captions[::per_stop] = map(caption, answer.texts)
    return Path(f"{caption(answer.texts[0])} → {caption(answer.texts[-1])}", tuple(places), tuple(captions))


def arithmetic_ends(answer: Arithmetic, term_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """What an expression has come to after each of its terms.

    Args:
        answer: The answer.
        term_vectors: Shape (t, d), of the terms, in their order.

    Returns:
        Shape (t, d): the running sums of the weighted unit vectors.
    """
    weights = np.array([term.weight for term in answer.terms], np.float32)
    return np.cumsum(weights[:, None] * unit_rows(np.asarray(term_vectors, np.float32)), axis=0)


def arithmetic_arrows(
    answer: Arithmetic, terms: Sequence[NDArray[np.float32]], ends: Sequence[NDArray[np.float32]]
) -> tuple[tuple[Arrow, ...], tuple[Pin, ...]]:
    """Arrows and pins of an expression.

    For b − a + c the arrows are the parallelogram: from a to b, and from c to the result. Other expressions are walked
    term by term.

    Args:
        answer: The answer.
        terms: Per projection, shape (t, 2|3): where the terms are drawn.
        ends: Per projection, shape (t, 2|3): where the sums of `arithmetic_ends` are drawn.

    Returns:
        The arrows; and pins for the result and for terms that are no rows.
    """
    names = [term.text for term in answer.terms]
    weights = [term.weight for term in answer.terms]

    def at(places: Sequence[NDArray[np.float32]], i: int) -> tuple[NDArray[np.float32], ...]:
        return tuple(each[i] for each in places)

    if sorted(weights) == [-1, 1, 1]:
        a, (b, c) = weights.index(-1), [i for i, weight in enumerate(weights) if weight > 0]
        arrows = [
            Arrow(f"{names[b]} − {names[a]}", at(terms, a), at(terms, b)),
            Arrow(answer.expression, at(terms, c), at(ends, -1)),
        ]
    else:
        first = terms if weights[0] == 1 else ends
        arrows = [
            Arrow(f"{'−' if weights[i] < 0 else '+'} {names[i]}", at(first if i == 1 else ends, i - 1), at(ends, i))
            for i in range(1, len(names))
        ]
    pins = [Pin(term.text, at(terms, i)) for i, term in enumerate(answer.terms) if term.row < 0]
    return tuple(arrows), (*pins, Pin("result", at(ends, -1)))


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
        The drawing of the placed rows.
    """
    rows = np.flatnonzero(placed)
    ground, way = np.asarray(vectors[rows], np.float32), answer.points
    if metric == "cosine":
        ground, way = unit_rows(ground), unit_rows(way)
    plane = joint_plane(ground, way)
    note = "Texts and way are drawn together on the principal axes of both; a straight way stays straight."
    projection = _projection(plane.background, plane.explained, note)
    return Drawing(rows, projection, (interpolation_path(answer, (plane.path,)),))


def draw_arithmetic(answer: Arithmetic, vectors: NDArray[np.float32], term_vectors: NDArray[np.float32]) -> Drawing:
    """Draw the terms, the result and the texts near it in the plane that shows them best.

    Args:
        answer: The answer.
        vectors: Shape (n, d), of all rows.
        term_vectors: Shape (t, d), of the terms, in their order.

    Returns:
        The drawing of the terms' rows and of those in the answer, with the arrows of `arithmetic_arrows`.
    """
    near = [row for _, ranking in answer.baselines for row in ranking.rows[:3]]
    own = [term.row for term in answer.terms if term.row >= 0]
    rows = np.array(list(dict.fromkeys([*own, *answer.rows, *near])), np.int64)
    terms = unit_rows(np.asarray(term_vectors, np.float32))
    way = np.concatenate((terms, arithmetic_ends(answer, term_vectors)))
    plane = joint_plane(unit_rows(np.asarray(vectors[rows], np.float32)), way)
    arrows, pins = arithmetic_arrows(answer, (plane.path[: len(terms)],), (plane.path[len(terms) :],))
    note = (
        f"{answer.expression} on the principal axes of its terms and the texts near, all of length 1; the result is "
        "where the arrows end, at its own length."
    )
    return Drawing(rows, _projection(plane.background, plane.explained, note), arrows=arrows, pins=pins)


def _projection(points: NDArray[np.float32], explained: NDArray[np.float64], note: str) -> Projection:
    axes = tuple(f"axis {i + 1} ({100 * share:.0f} %)" for i, share in enumerate(explained))
    shown = f"They show {100 * explained.sum():.0f} % of the variance."
    return Projection(points, "pca", {"fitted": "together"}, axes=axes, notes=(note, shown))


def caption(text: str) -> str:
    """A text as one line of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
