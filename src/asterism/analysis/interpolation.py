"""What lies between two vectors, or along a list of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from asterism._check import check_choice, check_whole
from asterism.analysis.neighbors import find_neighbors, nearest_gaps
from asterism.analysis.ranking import leave_out
from asterism.analysis.telling import tell_interpolation
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from asterism.analysis.neighbors import NeighborMetric
    from asterism.analysis.ranking import Ranking
    from asterism.analysis.vocabulary import Vocabulary

Way = Literal["slerp", "lerp", "nlerp"]
MAX_STEPS = 10_000
"""From each stop to the next: each is a search among all texts, and no picture has so many points in a row."""
_SMALL_ANGLE = 1e-3
_GAUGE_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the way.

    Attributes:
        t: How far along, 0 at the first and 1 at the last text of the list.
        nearest: The nearest real texts, the ends among them.
        others: The nearest real texts that are not one of the ends.
        distance: To the nearest real text that is not an end, in the unit of the metric (cosine: 1 − similarity).
        to_start: Cosine similarity to the first text.
        to_end: Cosine similarity to the last text.
        is_change: Whether the nearest text is another one than at the step before.
    """

    t: float
    nearest: Ranking
    others: Ranking
    distance: float
    to_start: float
    to_end: float
    is_change: bool


@dataclass(frozen=True, slots=True, eq=False)
class Interpolation:
    """The way from one text to another.

    Attributes:
        texts: The texts along which it leads.
        rows: Their rows, −1 for a text that is not one of the rows.
        method: "slerp", "lerp" or "nlerp".
        metric: What "near" means.
        steps: From first to last.
        typical: Median distance from a real text to its nearest other one; a step much farther than this from every
            real text lies where there is nothing.
        points: Shape (steps, d) float32.
        remarks: What people should know, one sentence each.
    """

    texts: tuple[str, ...]
    rows: tuple[int, ...]
    method: Way
    metric: NeighborMetric
    steps: tuple[Step, ...]
    typical: float
    points: NDArray[np.float32]
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "\n".join((*tell_interpolation(self), *self.remarks))


def between(a: ArrayLike, b: ArrayLike, t: ArrayLike, *, method: Way = "slerp") -> NDArray[np.float32]:
    """Find the vectors at parts `t` of the way from a to b.

    Args:
        a: Shape (d,).
        b: Shape (d,).
        t: Shape (m,), each in [0, 1]; 0 gives a, 1 gives b.
        method: "lerp": the straight line. "nlerp": the straight line scaled to length 1, as directions. "slerp": equal
            t is equal angle, while the length changes evenly. Opposite vectors have no one arc between them: slerp
            then takes the one through the coordinate axis that is most at right angles to a.

    Returns:
        Shape (m, d) float32.

    Raises:
        InputError: Shapes differ, a value is not finite, a direction is wanted of a zero vector, or nlerp leads
            through zero.

    Source:
        Shoemake 1985, Animating rotation with quaternion curves.
    """
    check_choice(method, get_args(Way), name="method")
    x, y, parts = (np.asarray(value, np.float64) for value in (a, b, t))
    if x.shape != y.shape or x.ndim != 1:
        raise InputError(f"the ends have shapes {x.shape} and {y.shape}; expected two vectors of one length.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("an end holds NaN or infinity; expected finite numbers.")
    parts = np.atleast_1d(parts)[:, None]
    if method == "lerp":
        return np.asarray((1 - parts) * x + parts * y, np.float32)
    lengths = np.linalg.norm(x), np.linalg.norm(y)
    if not (lengths[0] and lengths[1]):
        raise InputError(f"an end is the zero vector, which has no direction; use method 'lerp' instead of {method!r}.")
    x, y = x / lengths[0], y / lengths[1]
    if method == "nlerp":
        line = (1 - parts) * x + parts * y
        norms = np.linalg.norm(line, axis=1, keepdims=True)
        if (norms < 1e-6).any():
            raise InputError("the ends are opposite, so that nlerp leads through zero; use method 'slerp'.")
        return np.asarray(line / norms, np.float32)
    return np.asarray(_arc(x, y, parts) * ((1 - parts) * lengths[0] + parts * lengths[1]), np.float32)


def _arc(x: NDArray[np.float64], y: NDArray[np.float64], parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points on the great circle from unit x to unit y."""
    angle = 2 * np.arctan2(np.linalg.norm(x - y), np.linalg.norm(x + y))
    if angle < _SMALL_ANGLE:
        line = (1 - parts) * x + parts * y
        return np.asarray(line / np.linalg.norm(line, axis=1, keepdims=True))
    across = y - (x @ y) * x
    if np.pi - angle < _SMALL_ANGLE:
        axis = np.eye(len(x))[int(np.argmin(np.abs(x)))]
        across = axis - (axis @ x) * x
        if not across.any():
            raise InputError("the ends are opposite in one dimension, where no arc joins them; use method 'lerp'.")
    across /= np.linalg.norm(across)
    arc = np.cos(parts * angle) * x + np.sin(parts * angle) * across
    return np.asarray(np.where(parts == 1, y, arc))


def interpolate(
    vocabulary: Vocabulary,
    stops: NDArray[np.floating],
    texts: Sequence[str],
    *,
    rows: Sequence[int] | None = None,
    steps: int = 10,
    method: Way = "slerp",
    metric: NeighborMetric = "cosine",
    k: int = 3,
) -> Interpolation:
    """Walk from the first stop over the others to the last, and tell the real texts near each step.

    Args:
        vocabulary: The real texts.
        stops: Shape (s, d), at least 2.
        texts: The s texts of the stops.
        rows: The row of each stop, −1 for a text that is not one of the rows; None for none of them.
        steps: Steps from each stop to the next, from 1 to MAX_STEPS; the way has (s − 1)·steps + 1 points.
        method: See `between`.
        metric: "cosine", "euclidean" or "manhattan".
        k: Texts told per step.

    Returns:
        The way.

    Raises:
        InputError: Fewer than two stops, too many steps, or ends that the method cannot join.

    Cost: One pass over the vectors per step, and one for 200 texts that tell what is usual.
    """
    if len(stops) < 2 or len(stops) != len(texts):
        raise InputError(f"there are {len(stops)} stops and {len(texts)} texts; expected at least two of each.")
    check_whole(steps, name="steps", low=1, high=MAX_STEPS)
    own = tuple(rows) if rows is not None else (-1,) * len(texts)
    # The last point of a stretch is the first of the next.
    parts = np.arange(steps) / steps
    stretches = [between(a, b, parts, method=method) for a, b in pairwise(stops)]
    last = unit_rows(np.asarray(stops[-1:], np.float32)) if method == "nlerp" else np.asarray(stops[-1:], np.float32)
    points = np.concatenate([*stretches, last])
    found: list[Step] = []
    for i, point in enumerate(points):
        found.append(_step(vocabulary, point, stops, i / (len(points) - 1), own, metric, k, found))
    typical, n_measured = _typical_distance(vocabulary, metric)
    return Interpolation(
        texts=tuple(texts),
        rows=own,
        method=method,
        metric=metric,
        steps=tuple(found),
        typical=typical,
        points=points,
        remarks=_remarks(np.asarray(stops, np.float32), found, typical, n_measured),
    )


def _step(
    vocabulary: Vocabulary,
    point: NDArray[np.float32],
    stops: NDArray[np.floating],
    t: float,
    own: tuple[int, ...],
    metric: NeighborMetric,
    k: int,
    before: Sequence[Step],
) -> Step:
    near = find_neighbors(vocabulary, point, k=k + len(own), metric=metric)
    others, nearest = leave_out(near, own, k=k), leave_out(near, (), k=k)
    score = others.scores[0] if others.scores else float("nan")
    ends = unit_rows(np.asarray(stops, np.float32))[[0, -1]] @ unit_rows(point)
    return Step(
        t=t,
        nearest=nearest,
        others=others,
        distance=1 - score if metric == "cosine" else score,
        to_start=float(ends[0]),
        to_end=float(ends[1]),
        is_change=bool(before) and before[-1].nearest.rows[:1] != nearest.rows[:1],
    )


def _typical_distance(vocabulary: Vocabulary, metric: NeighborMetric) -> tuple[float, int]:
    """Median distance to the nearest other text, over evenly spaced rows; and over how many."""
    placed = np.arange(len(vocabulary)) if vocabulary.placed is None else np.flatnonzero(vocabulary.placed)
    chosen = placed[np.unique(np.linspace(0, len(placed) - 1, min(_GAUGE_SAMPLE, len(placed))).astype(np.int64))]
    gaps = nearest_gaps(vocabulary, chosen.tolist(), metric=metric)
    gaps = gaps[np.isfinite(gaps)]
    return (float(np.median(gaps)) if len(gaps) else float("nan")), len(gaps)


def _remarks(stops: NDArray[np.float32], steps: Sequence[Step], typical: float, n_measured: int) -> tuple[str, ...]:
    remarks = []
    cosines = [float(a @ b) for a, b in pairwise(unit_rows(stops))]
    if any(cosine > 1 - 1e-6 for cosine in cosines):
        remarks.append("Two texts that follow each other have the same direction; there is nothing between them.")
    if any(cosine < -1 + 1e-6 for cosine in cosines):
        remarks.append("Two texts that follow each other are exactly opposite; which way leads round is arbitrary.")
    far = sum(step.distance > 2 * typical for step in steps)
    if far:
        remarks.append(
            f"{far} of {len(steps)} steps are more than twice as far from every other text as texts usually are from "
            f"their nearest ({typical:.3f}, median of {n_measured}): little is there."
        )
    return tuple(remarks)
