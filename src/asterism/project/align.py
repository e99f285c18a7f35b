"""Make maps of the same items comparable: turned onto each other, or laid out together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import as_vectors, check_range
from asterism._progress import SILENT, Reporter
from asterism._threads import thread_count
from asterism.errors import InputError
from asterism.project.init import principal_points
from asterism.project.methods import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from asterism.values import NeighborGraph, Projection


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


def project_sequence(
    method: str,
    steps: Sequence[tuple[ArrayLike, NeighborGraph]],
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,
    coupling: float = 0.5,
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - the method's own parameters
) -> tuple[Projection, ...]:
    """Lay out the same items several times, under several models, layers or parameters, so that maps can be compared.

    All maps start from one place: the mean of the principal components, each turned onto the first. With `coupling`
    they are then laid out in two rounds: every map starts its second round from a blend of its own first result and
    the mean of its neighbours in the sequence, so that what the data leave open is decided alike. Each map still
    minimises its own objective alone, so none is less faithful for being aligned.

    Args:
        method: A registered name.
        steps: Per step, the vectors (n, d) and their graph over the same n items, in order.
        dim: Dimensions of the points.
        seed: At least 0.
        threads: The result does not depend on it.
        coupling: From 0, only the start is shared, to 1, the second round starts from the neighbours' mean.
        report: Hears how far the work has come.
        params: The method's parameters.

    Returns:
        One Projection per step, each turned onto the one before.

    Raises:
        InputError: Steps over different numbers of items, or `coupling` outside [0, 1].

    Cost: That of one layout per step, twice with coupling.
    """
    check_range(coupling, name="coupling", low=0, high=1)
    if not steps:
        return ()
    matrices = [as_vectors(vectors) for vectors, _ in steps]
    graphs = [graph for _, graph in steps]
    sizes = {len(matrix) for matrix in matrices}
    if len(sizes) > 1:
        raise InputError(f"The steps hold {sorted(sizes)} items; expected the same items in each.")

    def lay_out(starts: list[NDArray[np.float32]]) -> list[Projection]:
        return [
            project(method, matrix, graph, dim=dim, seed=seed, threads=threads, init=start, report=report, **params)
            for matrix, graph, start in zip(matrices, graphs, starts, strict=True)
        ]

    used = thread_count(threads)
    shared = _shared_start([principal_points(matrix, dim, threads=used) for matrix in matrices])
    answers = lay_out([shared] * len(steps))
    if coupling > 0 and len(steps) > 1:
        turned = _chained([answer.points for answer in answers])
        answers = lay_out([_blend(turned, at, coupling) for at in range(len(turned))])
    return tuple(
        replace(answer, points=points)
        for answer, points in zip(answers, _chained([answer.points for answer in answers]), strict=True)
    )


def _shared_start(starts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of all starts, each of spread 1 and turned onto the first."""
    unit = [start / (float(start.std()) or 1.0) for start in starts]
    turned = [unit[0], *(align(start, unit[0]).points for start in unit[1:])]
    return np.asarray(np.mean(turned, axis=0), np.float32)


def _chained(maps: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Each map turned onto the one before, which was turned already."""
    turned = [maps[0]]
    for points in maps[1:]:
        turned.append(align(points, turned[-1]).points)
    return turned


def _blend(maps: list[NDArray[np.float32]], at: int, coupling: float) -> NDArray[np.float32]:
    beside = [maps[i] for i in (at - 1, at + 1) if 0 <= i < len(maps)]
    mean = np.mean(beside, axis=0, dtype=np.float64)
    return ((1 - coupling) * maps[at] + coupling * mean).astype(np.float32)
