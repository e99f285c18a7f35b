"""Answers as lines of text, the same in a notebook and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._terminal import one_line, table_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.analysis.arithmetic import Arithmetic
    from asterism.analysis.axes import Axis
    from asterism.analysis.distances import DistanceTable
    from asterism.analysis.interpolation import Interpolation
    from asterism.analysis.neighbors import Neighbors
    from asterism.analysis.outliers import Outliers
    from asterism.analysis.ranking import Ranking

MEASURES = ("cosine", "euclidean", "manhattan", "dot", "angle")
# Columns of a text that heads a column of numbers.
WIDEST_HEAD = 16
# Clusters of a level that are told where they stand on one line.
MOST_CLUSTERS = 5


def tell_ranking(ranking: Ranking, *, head: str = "score", width: int | None = None) -> list[str]:
    """Texts with their scores and rows.

    Args:
        ranking: Best first.
        head: What the scores are.
        width: Columns of the terminal; None where lines may have any length, as for all that follow.
    """
    rows = zip(ranking.scores, ranking.rows, ranking.texts, strict=True)
    return table_lines((head, "row", "text"), rows, width=width)


def tell_neighbors(found: Neighbors, *, width: int | None = None) -> list[str]:
    """The nearest texts, with similarities or distances."""
    return tell_ranking(found, head="similarity" if found.metric == "cosine" else "distance", width=width)


def tell_arithmetic(found: Arithmetic, *, width: int | None = None) -> list[str]:
    """The answer to an expression, and what it is to be judged by."""
    others = [("with the terms left in", found.unexcluded)]
    others += [(f"nearest to {term} alone", ranking) for term, ranking in found.baselines]
    first = [(name, ", ".join(ranking.texts[:5])) for name, ranking in others]
    distances = [(each.text, each.euclidean, each.manhattan, each.cosine) for each in found.distances]
    return [
        f"{found.expression}  ({found.method})",
        *table_lines(("score", "text"), zip(found.scores, found.texts, strict=True), width=width),
        "",
        "to judge it by:",
        *table_lines(("", "first five"), first, width=width),
        "",
        "distances of the result:",
        *table_lines(("to", "L2", "L1", "cosine"), distances),
    ]


def tell_interpolation(found: Interpolation, *, width: int | None = None) -> list[str]:
    """The steps of a way, with the text nearest to each."""
    heads = ("t", "to start", "to end", "distance", "", "nearest text")
    rows = [
        (
            step.t,
            step.to_start,
            step.to_end,
            step.distance,
            "*" if step.is_change else "",
            "".join(step.nearest.texts[:1]),
        )
        for step in found.steps
    ]
    return [
        *table_lines(heads, rows, width=width),
        "",
        f"distance: to the nearest text that is not an end; between texts it is usually {found.typical:.3f}",
        *(["*: the nearest text is another than at the step before"] if any(s.is_change for s in found.steps) else []),
    ]


def tell_fence(measures: Outliers) -> str:
    """How many texts stand apart, and from where on they do."""
    return (
        f"{int(measures.is_far.sum())} texts are beyond the fence: farther than {measures.fence:.4f} on average "
        f"from their {measures.n_neighbors} nearest"
    )


def tell_level(i: int, members: NDArray[np.int32], names: Sequence[str], noise: float) -> str:
    """A level of clusters on one line: the largest, with how many texts they have."""
    sizes = np.bincount(members[members >= 0], minlength=len(names)).tolist()
    by_size = sorted(zip(names, sizes, strict=True), key=lambda each: -each[1])
    largest = [f"{name} ({size:,})" for name, size in by_size[:MOST_CLUSTERS]]
    more = "; …" if len(names) > MOST_CLUSTERS else ""
    return f"level {i}: {len(names)} clusters, {100 * noise:.1f} % noise: {'; '.join(largest)}{more}"


def tell_axis(axis: Axis, *, width: int | None = None) -> list[str]:
    """The texts at both ends of an axis, in the order in which they lie on it."""
    rows = [*zip(axis.lowest.scores, axis.lowest.texts, strict=True)]
    rows += [*zip(axis.highest.scores, axis.highest.texts, strict=True)][::-1]
    return [
        f"{axis.name}  (length {axis.length:.3f} of 2)",
        *table_lines(("position", "text"), dict.fromkeys(rows), width=width),
    ]


def tell_distances(table: DistanceTable, measures: Sequence[str] = MEASURES) -> list[str]:
    """A table for each measure, then the lengths; alike texts stand together."""
    order, lines = table.order.tolist(), []
    heads = [one_line(table.texts[i], WIDEST_HEAD) for i in order]
    for measure in measures:
        values = getattr(table, measure)
        lines += [*table_lines((measure, *heads), [(table.texts[i], *values[i, order]) for i in order]), ""]
    return [*lines, *table_lines(("text", "length"), [(table.texts[i], table.norms[i]) for i in order])]
