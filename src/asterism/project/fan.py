"""Texts with one and the same vector are laid out once; here they are spread so that each can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_range
from asterism._native import nearest_distances
from asterism._threads import thread_count
from asterism._topk import frame
from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SHARE = 0.2  # Of the distance to the nearest other place: twins then stay nearer to each other than to anyone else.
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def fan_out(points: ArrayLike, rows: NDArray[np.int32], *, threads: int | None = None) -> NDArray[np.float32]:
    """Give every row its own place: the first of equal rows the place itself, the others a small sunflower around it.

    The sunflower's radius is at most a fifth of the distance to the nearest other place, and of twice the median
    of these distances. No twin is therefore nearer to another place's rows than to its own.

    Args:
        points: Shape (n, dim), finite, one per distinct vector. Not modified.
        rows: Shape (N,), the distinct vector of each row.
        threads: The result does not depend on it.

    Returns:
        Shape (N, dim) float32. In one dimension, and in more than three, which nobody sees, twins share their place.

    Raises:
        InputError: `rows` names a point that is not there.

    Source:
        Vogel 1979, A better way to construct the sunflower head: equal areas at multiples of the golden angle.

    Cost: O(n log n) if there are twins, else a copy.
    """
    places = as_vectors(points, name="points")
    if len(rows):
        check_range(int(rows.min()), name="the smallest entry of rows", low=0)
        if int(rows.max()) >= len(places):
            raise InputError(f"rows names point {rows.max()}, but there are {len(places)}; expected indices below.")
    spread = places[rows]
    counts = np.bincount(rows, minlength=len(places))
    twins = np.flatnonzero(counts > 1).astype(np.int32)
    if len(twins) == 0 or places.shape[1] not in (2, 3):
        return spread
    radius = np.zeros(len(places))
    radius[twins] = SHARE * _room(places, twins, thread_count(threads))
    rank = _rank_among_equals(rows, counts)
    moved = np.flatnonzero(rank > 0)
    place = rows[moved]
    # Ranks 1 … c − 1 fill a disc around rank 0.
    reach = radius[place] * np.sqrt(rank[moved] / (counts[place] - 1))
    angle = rank[moved] * GOLDEN_ANGLE
    spread[moved, 0] += (reach * np.cos(angle)).astype(np.float32)
    spread[moved, 1] += (reach * np.sin(angle)).astype(np.float32)
    return spread


def _room(places: NDArray[np.float32], twins: NDArray[np.int32], threads: int) -> NDArray[np.float64]:
    """How much space there is around each of these places; 1 if there is no other place."""
    if len(places) == 1:
        return np.ones(len(twins))
    unit = frame(places, "euclidean")[1]  # in which squares keep their digits
    nearest = nearest_distances(places * np.float32(1 / unit), twins, threads).astype(np.float64)
    return np.asarray(np.minimum(nearest, 2 * np.median(nearest)) * unit)


def _rank_among_equals(rows: NDArray[np.int32], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each row, how many earlier rows have the same vector."""
    order = np.argsort(rows, kind="stable")
    first = np.cumsum(counts) - counts
    rank = np.empty(len(rows), np.intp)
    rank[order] = np.arange(len(rows)) - first[rows[order]]
    return rank
