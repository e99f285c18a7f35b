"""Every distance between every two of a few texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors
from asterism.analysis.linkage import leaf_order
from asterism.analysis.telling import tell_distances
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

MAX_TEXTS = 2000
# Texts whose distances are told as a table in a notebook.
MOST_TOLD = 12


@dataclass(frozen=True, slots=True, eq=False)
class DistanceTable:
    """Distances of n texts; every table has shape (n, n), float64, in the order of the texts as given.

    Attributes:
        texts: The texts.
        norms: Shape (n,): the length of each vector; where lengths differ, L1, L2 and dot mostly speak of them.
        cosine: Cosine similarity, in [−1, 1]; NaN beside a zero vector.
        euclidean: L2 distance of the vectors as they are.
        manhattan: L1 distance.
        dot: Inner product.
        angle: Degrees between the vectors, in [0, 180]; NaN beside a zero vector.
        order: Shape (n,): the texts arranged so that alike ones stand together (average linkage on the angle).
    """

    texts: tuple[str, ...]
    norms: NDArray[np.float64]
    cosine: NDArray[np.float64]
    euclidean: NDArray[np.float64]
    manhattan: NDArray[np.float64]
    dot: NDArray[np.float64]
    angle: NDArray[np.float64]
    order: NDArray[np.int64]

    def __repr__(self) -> str:
        if len(self.texts) > MOST_TOLD:
            return f"<Distances of {len(self.texts):,} texts>"
        return "\n".join(tell_distances(self, ("cosine", "euclidean")))


def check_number(n: int) -> None:
    """Refuse more texts than a table holds, before their vectors are looked for.

    Raises:
        InputError: There are more than 2,000.
    """
    if n > MAX_TEXTS:
        raise InputError(f"there are {n} texts; a table holds at most {MAX_TEXTS}. Choose some of them.")


def distance_table(texts: Sequence[str], vectors: ArrayLike) -> DistanceTable:
    """Measure every distance between every two texts.

    Differences are taken directly in float64, so that equal vectors are at 0 and nearly equal ones keep their digits.

    Args:
        texts: n texts, at most 2,000.
        vectors: Shape (n, d). Not modified.

    Returns:
        The tables.

    Raises:
        InputError: There are more than 2,000 texts, or not as many vectors as texts.

    Cost: O(n²·d) time, 5·n²·8 bytes out.
    """
    check_number(len(texts))
    x = as_vectors(vectors).astype(np.float64)
    if len(x) != len(texts):
        raise InputError(f"there are {len(texts)} texts and {len(x)} vectors; expected one vector per text.")
    norms = np.linalg.norm(x, axis=1)
    with np.errstate(invalid="ignore"):
        units = x / np.where(norms > 0, norms, np.nan)[:, None]
    manhattan, euclidean, sines, sums = (np.empty((len(x), len(x))) for _ in range(4))
    for i in range(len(x)):
        difference = np.abs(x - x[i])
        manhattan[i] = difference.sum(axis=1)
        euclidean[i] = np.linalg.norm(difference, axis=1)
        sines[i] = np.linalg.norm(units - units[i], axis=1)
        sums[i] = np.linalg.norm(units + units[i], axis=1)
    # Twice the angle whose tangent is |a − b| / |a + b|: exact also where arccos of the cosine loses half its digits.
    angle = np.degrees(2 * np.arctan2(sines, sums))
    return DistanceTable(
        texts=tuple(texts),
        norms=norms,
        cosine=np.clip(units @ units.T, -1, 1),
        euclidean=euclidean,
        manhattan=manhattan,
        dot=x @ x.T,
        angle=angle,
        order=leaf_order(np.where(np.isnan(angle), 180, angle)),
    )
