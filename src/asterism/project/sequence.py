"""Lay the same items out several times, under several models, layers or parameters, so that maps can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import as_vectors, check_range
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism.errors import ComputeError, InputError
from asterism.project._descent import REORDER_AT, SLICE_S, Course, Ease
from asterism.project._options import Settings, read_options
from asterism.project.align import align
from asterism.project.init import principal_points
from asterism.project.methods import project
from asterism.project.tsne import Task, TsneOptions, finish, isometric, prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.values import NeighborGraph, Projection

TURN = 10  # Iterations that one map takes while the others wait.
BLEND = 0.5  # Share of its neighbours in the start of a second round.


def project_sequence(
    method: str,
    steps: Sequence[tuple[ArrayLike, NeighborGraph]],
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,
    tether: float = 0.1,
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - the method's own parameters
) -> tuple[Projection, ...]:
    """Lay out the same items step by step, so that what moves from map to map moves for a reason.

    All maps start from one place: the mean of the principal components, each turned onto the first. By t-SNE they are
    then laid out together, minimising one objective: the sum of their divergences and of the squared distances that
    items move between maps that follow each other. By other methods there are two rounds: every map starts its
    second one half way between its own first result and its neighbours'.

    Args:
        method: A registered name.
        steps: Per step, the vectors (n, d) and their graph over the same n items, in order.
        dim: Dimensions of the points.
        seed: At least 0.
        threads: The result does not depend on it.
        tether: λ, how much movement counts; 0 leaves only the start in common.
        report: Hears how far the work has come.
        params: The method's parameters.

    Returns:
        One Projection per step; by t-SNE, `params` has its own divergence, "kl", and "tether".

    Raises:
        InputError: Steps over different numbers of items, or `tether` below 0.
        ComputeError: A step threw a point out of reach.

    Source:
        Rauber, Falcão & Telea 2016, Visualizing time-dependent data using dynamic t-SNE: Σ KL + λ / 2n · Σ |moves|².
        We descend on the maps in turn, ten iterations each, towards the mean of those beside them.

    Cost: That of one layout per step; twice by other methods.
    """
    check_range(tether, name="tether", low=0)
    matrices = [as_vectors(vectors) for vectors, _ in steps]
    graphs = [graph for _, graph in steps]
    if len({len(matrix) for matrix in matrices}) > 1:
        sizes = sorted({len(matrix) for matrix in matrices})
        raise InputError(f"The steps hold {sizes} items; expected the same items in each.")
    if not steps:
        return ()
    used = thread_count(threads)
    start = _shared_start([principal_points(matrix, dim, threads=used) for matrix in matrices])
    settings = Settings(dim=dim, seed=seed, threads=used, init=start, report=report)
    if method == "tsne":
        options = read_options(TsneOptions, params, method="tsne")
        return _joint(matrices, graphs, options, settings, tether)
    blend = BLEND if tether > 0 and len(steps) > 1 else 0.0
    return _in_rounds(method, matrices, graphs, settings, blend, params)


def _joint(
    matrices: list[NDArray[np.float32]],
    graphs: list[NeighborGraph],
    options: TsneOptions,
    settings: Settings,
    tether: float,
) -> tuple[Projection, ...]:
    if len(matrices[0]) <= settings.dim + 1:
        maps = [isometric(matrix, settings, "tsne") for matrix in matrices]
        return tuple(
            replace(each, points=points)
            for each, points in zip(maps, _chained([each.points for each in maps]), strict=True)
        )
    tasks = [prepare(matrix, graph, options, settings) for matrix, graph in zip(matrices, graphs, strict=True)]
    course = _descend_in_turn(tasks, options, settings, tether)
    told = {"tether": tether}
    finished = [finish(task, options, settings, course) for task in tasks]
    return tuple(replace(each, params={**each.params, **told}) for each in finished)


def _descend_in_turn(tasks: list[Task], options: TsneOptions, settings: Settings, tether: float) -> Course:
    """Run all descents side by side, all under one exaggeration."""
    report, done = settings.report, 0
    ease = Ease([task.descent for task in tasks], tasks[0].phases[-1].exaggeration if tasks[0].phases else 1.0)
    report.start("t-SNE", sum(phase.count for phase in tasks[0].phases), unit=f"iterations of {len(tasks)} maps")
    try:
        for phase in tasks[0].phases:
            end = done + phase.count
            while done < end:
                count = min(end, (done // TURN + 1) * TURN) - done
                if done in REORDER_AT:
                    for task in tasks:
                        task.descent.reorder(settings.threads)
                    ease.watch(phase)
                now = ease.on(phase)
                for at, task in enumerate(tasks):
                    _tie(tasks, at, tether)
                    left = count
                    while left > 0:
                        taken = task.descent.run(
                            left, now.exaggeration, now.learning_rate, options.momentum, settings.threads, SLICE_S
                        )
                        if taken < 0:
                            raise ComputeError(
                                f"t-SNE diverged in iteration {done + 1}: a point left all reach. The tether was "
                                f"{tether:g}. Give a lower one, or a lower learning_rate."
                            )
                        left -= taken
                done += count
                report.advance(count)
    except KeyboardInterrupt:
        pass  # every map is answered as it is, and `finish` says that it was stopped
    report.done()
    return Course(done, ease.factor)


def _tie(tasks: list[Task], at: int, tether: float) -> None:
    """Tie one map's points to the mean of theirs on the maps beside it."""
    beside = [tasks[i].descent.points() for i in (at - 1, at + 1) if 0 <= i < len(tasks)]
    if not beside or tether == 0:
        return
    places = np.asarray(np.mean(beside, axis=0, dtype=np.float64), np.float32)
    # The kernels hold a quarter of the gradient.
    tasks[at].descent.tether(np.ascontiguousarray(places), tether * len(beside) / (4 * len(places)))


def _in_rounds(
    method: str,
    matrices: list[NDArray[np.float32]],
    graphs: list[NeighborGraph],
    settings: Settings,
    blend: float,
    params: dict[str, Any],
) -> tuple[Projection, ...]:
    common: dict[str, Any] = {"dim": settings.dim, "seed": settings.seed, "threads": settings.threads}

    def lay_out(starts: list[NDArray[np.float32]]) -> list[Projection]:
        return [
            project(method, matrix, graph, init=start, report=settings.report, **common, **params)
            for matrix, graph, start in zip(matrices, graphs, starts, strict=True)
        ]

    shared = np.zeros((len(matrices[0]), settings.dim), np.float32) if settings.init is None else settings.init
    answers = lay_out([shared] * len(matrices))
    if blend > 0:
        turned = _chained([answer.points for answer in answers])
        answers = lay_out([_blend(turned, at, blend) for at in range(len(turned))])
    return tuple(
        replace(answer, points=points)
        for answer, points in zip(answers, _chained([answer.points for answer in answers]), strict=True)
    )


def _shared_start(starts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of all starts, each of spread 1 and turned onto the first."""
    unit = [start / ((float(start.std(dtype=np.float64)) if start.size else 0.0) or 1.0) for start in starts]
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
