"""Turn a map onto another of the same items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """A map turned onto another.

    Attributes:
        points: Shape (n, dim) float32, the map after it was moved, turned, perhaps mirrored, perhaps scaled.
        turn: Shape (dim, dim), orthogonal; its determinant is −1 where the map was mirrored.
        scale: Factor, 1 unless scaling was asked for.
        shift: Shape (dim,): points = scale · given @ turn + shift.
        disparity: What remains: the sum of squared distances as a share of the reference's spread, 0 for equal maps.
    """

    points: NDArray[np.float32]
    turn: NDArray[np.float64]
    scale: float
    shift: NDArray[np.float64]
    disparity: float


def align(points: ArrayLike, reference: ArrayLike, *, is_scaled: bool = False) -> Alignment:
    """Turn a map onto another of the same items, as close as can be; mirror images count as turns.

    Distances within the map are kept, but for a common factor with `is_scaled`.

    Args:
        points: Shape (n, dim). Not modified. A row with NaN in either map does not take part, and stays NaN.
        reference: Shape (n, dim). Not modified.
        is_scaled: Also scale the map to fit.

    Returns:
        See Alignment.

    Raises:
        InputError: Shapes that differ.

    Source:
        Schönemann 1966, A generalized solution of the orthogonal Procrustes problem; scale from Gower 1975.
    """
    moving, fixed = np.asarray(points, np.float64), np.asarray(reference, np.float64)
    if moving.shape != fixed.shape or moving.ndim != 2:
        raise InputError(f"points has shape {moving.shape} and reference {fixed.shape}; expected two equal (n, dim).")
    dim = moving.shape[1]
    both = np.isfinite(moving).all(axis=1) & np.isfinite(fixed).all(axis=1)
    if not both.any():
        return Alignment(moving.astype(np.float32), np.eye(dim), 1.0, np.zeros(dim), 0.0)
    centre, target = moving[both].mean(axis=0), fixed[both].mean(axis=0)
    a, b = moving[both] - centre, fixed[both] - target
    left, sizes, right = np.linalg.svd(np.einsum("ni,nj->ij", a, b))
    turn = left @ right
    own, spread = float(np.square(a).sum()), float(np.square(b).sum())
    scale = float(sizes.sum()) / own if is_scaled and own > 0 else 1.0
    shift = target - scale * centre @ turn
    aligned = scale * np.einsum("ni,ij->nj", moving, turn) + shift
    remains = float(np.square(aligned[both] - fixed[both]).sum())
    return Alignment(aligned.astype(np.float32), turn, scale, shift, remains / spread if spread > 0 else 0.0)
