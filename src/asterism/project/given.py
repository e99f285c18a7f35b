"""Projections that need no search: coordinates that someone brings, and random directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._progress import SILENT, Reporter
from asterism._rng import generator
from asterism.errors import InputError
from asterism.values import Projection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from asterism.values import NeighborGraph


def no_neighbors(n: int, params: Mapping[str, Any]) -> int:  # noqa: ARG001 - one signature for every method
    """No graph is needed."""
    return 0


def project_given(
    vectors: NDArray[np.float32],
    graph: NeighborGraph | None,  # noqa: ARG001 - one signature for every method
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,  # noqa: ARG001 - likewise
    init: NDArray[np.float32] | None = None,
    report: Reporter = SILENT,  # noqa: ARG001 - likewise
    **params: Any,  # noqa: ANN401 - refused below
) -> Projection:
    """Take the coordinates that were brought along.

    Args:
        vectors: Shape (n, d). Not used.
        graph: Not used.
        dim: Dimensions of the points.
        seed: Recorded.
        threads: Not used.
        init: Shape (n, dim), the coordinates.
        report: Not used.
        params: None is known.

    Returns:
        A copy of `init`.

    Raises:
        InputError: No coordinates, or not one for each vector, or a parameter was given.
    """
    _refuse(params, "given")
    if init is None:
        raise InputError("method 'given' was asked for without coordinates; expected init, shape (n, dim).")
    if init.shape != (len(vectors), dim):
        raise InputError(f"init has shape {init.shape}; expected ({len(vectors)}, {dim}).")
    return Projection(points=init.astype(np.float32, copy=True), method="given", seed=seed)


def project_random(
    vectors: NDArray[np.float32],
    graph: NeighborGraph | None,  # noqa: ARG001 - one signature for every method
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,  # noqa: ARG001 - likewise
    init: NDArray[np.float32] | None = None,  # noqa: ARG001 - likewise
    report: Reporter = SILENT,  # noqa: ARG001 - likewise
    **params: Any,  # noqa: ANN401 - refused below
) -> Projection:
    """Look at the vectors from random directions: the least that a projection can do, and a fair baseline.

    Args:
        vectors: Shape (n, d), finite. Not modified.
        graph: Not used.
        dim: Dimensions of the points.
        seed: Chooses the directions.
        threads: Not used.
        init: Not used.
        report: Not used.
        params: None is known.

    Returns:
        Centred points. Squared distances are right on average: directions are normal with variance 1 / dim.

    Raises:
        InputError: A parameter was given.

    Source:
        Johnson & Lindenstrauss 1984; Dasgupta & Gupta 2003 for the normal directions.
    """
    _refuse(params, "random")
    directions = generator(seed, "random directions").normal(scale=dim**-0.5, size=(vectors.shape[1], dim))
    # einsum without a plan sums in one order; a matrix product's order may depend on the number of threads.
    points = np.einsum("nd,dk->nk", vectors, directions, optimize=False)
    points -= points.mean(axis=0) if len(points) else 0.0
    return Projection(points=points.astype(np.float32), method="random", seed=seed)


def _refuse(params: Mapping[str, Any], method: str) -> None:
    if params:
        raise InputError(f"{method} was given {', '.join(sorted(params))}; expected no parameters. Leave them out.")
