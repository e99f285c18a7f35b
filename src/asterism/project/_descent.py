"""The iterations of t-SNE: slice by slice, so that progress is told and an interrupt heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asterism.errors import ComputeError

if TYPE_CHECKING:
    from asterism._native import Tsne
    from asterism.project._options import Settings

KL_EVERY = 50
REORDER_AT = (0, 20, 50, 100, 200, 300, 400, 500, 600, 700)
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


def descend(descent: Tsne, phases: tuple[Phase, ...], *, momentum: float, entropy: float, settings: Settings) -> int:
    """Run the phases.

    Args:
        descent: The native state; it moves on.
        phases: In order.
        momentum: Share of the last step that is taken again.
        entropy: What makes the native cost the divergence.
        settings: Threads and reporter.

    Returns:
        The iterations done, fewer than planned after an interrupt.

    Raises:
        ComputeError: A step would have thrown a point out of reach.
    """
    done = 0
    threads, report = settings.threads, settings.report
    report.start("t-SNE", sum(phase.count for phase in phases), unit="iterations")
    try:
        for phase in phases:
            end = done + phase.count
            while done < end:
                if done in REORDER_AT:
                    descent.reorder(threads)
                count = min(end, _next_stop(done)) - done
                taken = descent.run(count, phase.exaggeration, phase.learning_rate, momentum, threads, SLICE_S)
                if taken < 0:
                    raise ComputeError(
                        f"t-SNE diverged in iteration {done + 1}: a point left all reach. The learning rate was "
                        f"{phase.learning_rate:g}. Give a lower one."
                    )
                done += taken
                report.advance(
                    taken, detail=f"KL {descent.cost(threads) + entropy:.3f}" if done % KL_EVERY == 0 else ""
                )
    except KeyboardInterrupt:
        return done
    report.done()
    return done


def _next_stop(done: int) -> int:
    """The next iteration at which the divergence is told or the points are put in order."""
    return min([(done // KL_EVERY + 1) * KL_EVERY, *(at for at in REORDER_AT if at > done)])
