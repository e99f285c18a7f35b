"""How fast a server is asked: how many requests are under way at once, and how long to wait after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


_TIMES_BELIEVED = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """What a server is granted.

    Attributes:
        in_flight: Requests under way at once, at most.
        first_wait_s: After the first failure; doubled with each further one in a row.
        longest_wait_s: At most, unless the server asks for more.
        failures: In a row without any answer, after which the server counts as gone.
        refusals: Times in a row that it says it is busy, after which it counts as gone.
        longest_asked_s: A server that asks to wait longer than this is not waited for.
        deadline_s: For one request as a whole, the first answers included, which may load the model.
        shortest_deadline_s: Once a server is known to be faster, eight times its slowest answer, but no less.
        tries: Of one request, before it is taken apart or given up.
    """

    in_flight: int = 16
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    failures: int = 8
    refusals: int = 20
    longest_asked_s: float = 600.0
    deadline_s: float = 300.0
    shortest_deadline_s: float = 30.0
    tries: int = 4


class Pace:
    """Requests in flight by additive increase and multiplicative decrease, as TCP does.

    The window opens by one with each answer up to the place where the server last complained, from there by one per
    window of answers; a complaint halves it. Failures of requests that were sent before the last complaint belong to
    it and count once.

    Args:
        patience: The bounds.
        rng: For the jitter of waits, so that many clients do not come back at the same moment.
    """

    def __init__(self, patience: Patience, rng: np.random.Generator) -> None:
        self.patience = patience
        self.answers = 0
        self._rng = rng
        self._window = min(2.0, patience.in_flight)
        self._threshold = float("inf")
        self._failures = 0
        self._refusals = 0
        self._opens_at = 0.0
        self._cut_at = float("-inf")
        self._slowest_s = 0.0

    @property
    def window(self) -> int:
        """How many requests may be under way at once."""
        return int(self._window)

    @property
    def is_gone(self) -> bool:
        """Whether the server has failed so often in a row that it will not come back soon."""
        return self._failures >= self.patience.failures or self._refusals >= self.patience.refusals

    def wait_s(self, now: float) -> float:
        """How long nothing may be sent."""
        return max(0.0, self._opens_at - now)

    def deadline_s(self) -> float:
        """How long one request may take as a whole."""
        bounds = self.patience
        if self.answers < 3:
            return bounds.deadline_s
        return min(bounds.deadline_s, max(bounds.shortest_deadline_s, 8 * self._slowest_s))

    def answered(self, seconds: float) -> None:
        """A request was answered, be it with a refusal."""
        self.answers += 1
        self._failures = self._refusals = 0
        self._slowest_s = max(self._slowest_s, seconds)
        step = 1.0 if self._window < self._threshold else 1.0 / self._window
        self._window = min(float(self.patience.in_flight), self._window + step)

    def go_on(self) -> None:
        """What failed in a row will be tried in another way."""
        self._failures = 0

    def failed(self, sent_at: float, now: float, *, is_busy: bool, retry_after_s: float | None) -> None:
        """A request that was sent at some time was not answered."""
        if retry_after_s is not None:
            self._opens_at = max(self._opens_at, now + retry_after_s)
        if sent_at < self._cut_at:
            return
        self._cut_at = now
        self._threshold = max(1.0, self._window / 2)
        self._window = self._threshold
        if is_busy:
            self._refusals += 1
        else:
            self._failures += 1
        in_a_row = self._refusals if is_busy else self._failures
        # A server is believed when it says how long to wait, unless it was wrong before.
        if retry_after_s is not None and in_a_row <= _TIMES_BELIEVED:
            return
        wait = min(self.patience.longest_wait_s, self.patience.first_wait_s * 2.0 ** min(in_a_row - 1, 20))
        self._opens_at = max(self._opens_at, now + wait * float(self._rng.uniform(0.5, 1.0)))
