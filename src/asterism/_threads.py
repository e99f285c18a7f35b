"""How many threads to use. Results never depend on it."""

from __future__ import annotations

import os

from asterism._check import check_whole
from asterism.errors import InputError


def thread_count(threads: int | None = None) -> int:
    """Settle the number of threads.

    Args:
        threads: As asked for by the caller; None takes ASTERISM_THREADS, and without it every core at hand.

    Returns:
        At least 1.

    Raises:
        InputError: The number, or the environment variable, is not a positive whole number.
    """
    if threads is not None:
        check_whole(threads, name="threads", low=1)
        return threads
    named = os.environ.get("ASTERISM_THREADS", "").strip()
    if not named:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not named.isdecimal() or int(named) < 1:
        raise InputError(f"ASTERISM_THREADS is {named!r}; expected a whole number of at least 1.")
    return int(named)
