"""Directions that mean something: from cheap to expensive, from man to woman."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism.analysis.ranking import Ranking, best_rows, make_ranking
from asterism.analysis.telling import tell_axis
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.analysis.vocabulary import Vocabulary

_ARROW = re.compile(r"\s*(?:->|→|⟶|=>)\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A direction from one set of texts to another.

    Attributes:
        start: The texts at its beginning.
        end: The texts at its end.
        positions: Shape (n,) float32: where each text lies along it; 0 where the mean of the start texts lies, 1
            where that of the end texts lies; NaN for rows that were set aside.
        lowest: The texts farthest towards the start, and beyond.
        highest: The texts farthest towards the end, and beyond.
        direction: Shape (d,) float32, length 1.
        length: Distance between the two means of unit vectors, at most 2; near 0 the axis is mostly noise.
    """

    start: tuple[str, ...]
    end: tuple[str, ...]
    positions: NDArray[np.float32]
    lowest: Ranking
    highest: Ranking
    direction: NDArray[np.float32]
    length: float

    @property
    def name(self) -> str:
        """The axis as a person writes it: "cheap → expensive"."""
        return f"{', '.join(self.start)} → {', '.join(self.end)}"

    def __repr__(self) -> str:
        return "\n".join(tell_axis(self))


def parse_axis(axis: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read ``cheap -> expensive`` or ``cheap, budget -> expensive, luxury``.

    Args:
        axis: Two lists of texts with an arrow between them; commas separate texts.

    Returns:
        The texts of the start and of the end.

    Raises:
        InputError: There is not exactly one arrow, or a side is empty.
    """
    sides = [tuple(text.strip() for text in side.split(",") if text.strip()) for side in _ARROW.split(axis)]
    if len(sides) != 2 or not all(sides):
        raise InputError(f'the axis is {axis!r}; expected texts on both sides of one arrow: "cheap -> expensive".')
    return sides[0], sides[1]


def find_axis(
    vocabulary: Vocabulary,
    start: NDArray[np.floating],
    end: NDArray[np.floating],
    *,
    names: tuple[Sequence[str], Sequence[str]],
    k: int = 10,
) -> Axis:
    """Project every text on the direction from one set of vectors to another.

    All vectors count with length 1: the direction leads from the mean of the start's unit vectors to that of the end's.

    Args:
        vocabulary: The texts to project.
        start: Shape (p, d), p at least 1.
        end: Shape (q, d), q at least 1.
        names: The texts of both sets.
        k: How many texts to tell at either side.

    Returns:
        The axis with the position of every text.

    Raises:
        InputError: A set is empty, or both have the same mean direction.

    Cost: One pass over the vectors.
    """
    check_whole(k, name="k", low=1)
    if not (len(start) and len(end)):
        raise InputError(f"the axis has {len(start)} start and {len(end)} end texts; expected at least one of each.")
    origin = unit_rows(np.asarray(start, np.float32)).mean(axis=0)
    step = unit_rows(np.asarray(end, np.float32)).mean(axis=0) - origin
    length = float(np.linalg.norm(step))
    if length < 1e-6:
        raise InputError("both sides of the axis have the same direction; nothing leads from one to the other.")
    direction = (step / length).astype(np.float32)
    positions = np.empty(len(vocabulary), np.float32)

    def score(first: int, stop: int) -> NDArray[np.float32]:
        along = np.vecdot(vocabulary.block(first, stop), direction) * vocabulary.inverse_norms[first:stop]
        positions[first:stop] = (along - float(origin @ direction)) / length
        return vocabulary.mask(np.stack((-positions[first:stop], positions[first:stop])), first)

    rows, scores = best_rows(score, n_rows=len(vocabulary), n_rankings=2, k=max(1, min(k, len(vocabulary))))
    if vocabulary.placed is not None:
        positions[~vocabulary.placed] = np.nan
    return Axis(
        start=tuple(names[0]),
        end=tuple(names[1]),
        positions=positions,
        lowest=make_ranking(rows[0], -scores[0], vocabulary.texts, k=k),
        highest=make_ranking(rows[1], scores[1], vocabulary.texts, k=k),
        direction=direction,
        length=length,
    )


def axes_cosine(first: Axis, second: Axis) -> float:
    """How far two axes say the same: the cosine between them. In a plane of both, anything but 0 is a slant.

    Args:
        first: One axis.
        second: Another of the same Space.

    Returns:
        In [−1, 1].
    """
    return float(np.clip(first.direction @ second.direction, -1, 1))
