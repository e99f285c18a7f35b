"""Would the map come out alike once more? Layouts from other starts, compared by who stands beside whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._progress import SILENT
from asterism._rng import generator
from asterism._threads import thread_count
from asterism.project.init import principal_points
from asterism.project.methods import project
from asterism.project.quality import NEIGHBORS, overlap, shown_neighbors
from asterism.values import Stability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.values import NeighborGraph

RUNS = 3
NOISE = 0.1
"""Random share of a perturbed start, in its standard deviations: ten times that of the map's own."""


def measure_stability(
    method: str,
    vectors: NDArray[np.float32],
    graph: NeighborGraph | None,
    points: NDArray[np.float32],
    *,
    seed: int = 0,
    threads: int | None = None,
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - the method's own parameters
) -> Stability | None:
    """Lay the same vectors out three times more, and count the neighbours that come back.

    Each further run has a seed of its own and starts from principal components shaken by a tenth of their spread.

    Args:
        method: A registered name that lays out, not "given".
        vectors: Shape (n, d), distinct. Not modified.
        graph: Their neighbours.
        points: Shape (n, dim), the map. Not modified.
        seed: Of the map.
        threads: The numbers do not depend on it.
        report: Hears of each layout.
        params: The method's parameters, as for the map.

    Returns:
        See Stability; None when a run was interrupted, or where there are fewer than three vectors.

    Cost: Three more layouts, and O(n log n) a run.
    """
    n, dim = points.shape
    k = min(NEIGHBORS, n - 2)
    if k < 1:
        return None
    shown, _ = shown_neighbors(points, k, threads=threads)
    start = principal_points(vectors, dim, threads=thread_count(threads)).astype(np.float64)
    spread = float(start.std(axis=0).max()) or 1.0
    kept = np.zeros(n)
    runs = []
    for run in range(1, RUNS + 1):
        own = seed + run
        shaken = start + generator(own, "shaken start").normal(scale=NOISE * spread, size=start.shape)
        again = project(
            method, vectors, graph, dim=dim, seed=own, threads=threads, init=shaken, report=report, **params
        )
        if not again.is_whole:
            return None
        share = overlap(shown, shown_neighbors(again.points, k, threads=threads)[0])
        kept += share / RUNS
        runs.append(float(share.mean()))
    return Stability(float(np.mean(runs)), k / (n - 1), tuple(runs), k, kept.astype(np.float32))
