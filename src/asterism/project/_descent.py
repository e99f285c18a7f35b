"""The iterations of t-SNE: slice by slice, so that progress is told and an interrupt heard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from asterism.errors import ComputeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asterism._native import Tsne
    from asterism.project._options import Settings

KL_EVERY = 50
REORDER_AT = (0, 20, 50, 100, 200, 300, 400, 500, 600, 700)
COLLAPSING = 0.3  # Of the start's spread: a map that has shrunk so far is being drawn into one place.
EASE = 2 / 3
SLICE_S = 0.2  # The kernels hand control back this often.


@dataclass(frozen=True, slots=True)
class Phase:
    """Iterations that share their parameters.

    Attributes:
        count: How many.
        exaggeration: Of the attraction.
        learning_rate: Length of a step for gradient 1.
    """

    count: int
    exaggeration: float
    learning_rate: float

    def eased(self, ease: float, last: float) -> Phase:
        """The same with exaggeration lowered by a factor, not below the last one, and steps as much longer."""
        lowered = max(last, self.exaggeration * ease) if self.exaggeration > last else self.exaggeration
        return replace(self, exaggeration=lowered, learning_rate=self.learning_rate * self.exaggeration / lowered)


@dataclass(frozen=True, slots=True)
class Course:
    """What a descent came to.

    Attributes:
        done: Iterations, fewer than planned after an interrupt.
        ease: Factor by which early exaggeration was lowered, 1 where it was not.
    """

    done: int
    ease: float


class Ease:
    """The early exaggeration of maps that belong together, lowered where it would draw one of them into one place.

    That happens to texts whose neighbourhoods overlap a lot; what the start knows of the large shape would be lost.

    Args:
        descents: The native states, at their start.
        last: The exaggeration of the last phase, below which none is lowered.

    Attributes:
        factor: By which early exaggeration is lowered so far; 1 where it is not.
    """

    def __init__(self, descents: Sequence[Tsne], last: float) -> None:
        self._descents = descents
        self._first = [spread_of(descent) for descent in descents]
        self._last = last
        self.factor = 1.0

    def watch(self, phase: Phase) -> None:
        """Where a map has collapsed, lower the exaggeration by a third and enlarge all of them again."""
        if phase.exaggeration * self.factor <= self._last:
            return
        spreads = [spread_of(descent) for descent in self._descents]
        if any(0 < now < COLLAPSING * first for now, first in zip(spreads, self._first, strict=True)):
            self.factor *= EASE
            for descent, now, first in zip(self._descents, spreads, self._first, strict=True):
                if now > 0:
                    descent.scale(first / now)

    def on(self, phase: Phase) -> Phase:
        """A phase as it is to be run."""
        return phase.eased(self.factor, self._last)


def descend(descent: Tsne, phases: tuple[Phase, ...], *, momentum: float, entropy: float, settings: Settings) -> Course:
    """Run the phases, see `Ease`.

    Args:
        descent: The native state; it moves on.
        phases: In order.
        momentum: Share of the last step that is taken again.
        entropy: What makes the native cost the divergence.
        settings: Threads and reporter.

    Returns:
        See Course.

    Raises:
        ComputeError: A step would have thrown a point out of reach.
    """
    done = 0
    threads, report = settings.threads, settings.report
    ease = Ease([descent], phases[-1].exaggeration if phases else 1.0)
    report.start("t-SNE", sum(phase.count for phase in phases), unit="iterations")
    try:
        for phase in phases:
            end = done + phase.count
            while done < end:
                if done in REORDER_AT:
                    descent.reorder(threads)
                    ease.watch(phase)
                now = ease.on(phase)
                count = min(end, _next_stop(done)) - done
                taken = descent.run(count, now.exaggeration, now.learning_rate, momentum, threads, SLICE_S)
                if taken < 0:
                    raise ComputeError(
                        f"t-SNE diverged in iteration {done + 1}: a point left all reach. The learning rate was "
                        f"{now.learning_rate:g}. Give a lower one."
                    )
                done += taken
                report.advance(
                    taken, detail=f"KL {descent.cost(threads) + entropy:.3f}" if done % KL_EVERY == 0 else ""
                )
    except KeyboardInterrupt:
        pass  # what is whole is answered, and the caller says that it was stopped
    report.done()
    return Course(done, ease.factor)


def spread_of(descent: Tsne) -> float:
    """The standard deviation of the points along the widest axis."""
    return float(descent.points().std(axis=0, dtype=np.float64).max())


def _next_stop(done: int) -> int:
    """The next iteration at which the divergence is told or the points are put in order."""
    return min([(done // KL_EVERY + 1) * KL_EVERY, *(at for at in REORDER_AT if at > done)])
