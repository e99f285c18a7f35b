"""Randomness: always a generator made from the caller's seed, never the global one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from asterism._check import check_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray


def generator(seed: int, stage: str) -> np.random.Generator:
    """Make the random generator of one stage of the work.

    Two stages with one seed draw independent numbers, and adding a stage does not change those of the others.

    Args:
        seed: The caller's seed, at least 0.
        stage: Name of the stage.

    Returns:
        A generator that depends on both alone.

    Raises:
        InputError: The seed is no whole number of at least 0.
    """
    check_whole(seed, name="seed", low=0)
    return np.random.default_rng([seed, crc32(stage.encode())])


def draw_rows(n: int, size: int, *, seed: int, stage: str) -> NDArray[np.int64]:
    """Draw rows at random, each at most once.

    Args:
        n: How many there are.
        size: How many to draw, at most n.
        seed: See `generator`.
        stage: See `generator`.

    Returns:
        Shape (size,), ascending.

    Raises:
        InputError: See `generator`.
    """
    return np.sort(generator(seed, stage).choice(n, size, replace=False))
