"""Randomness: always a generator made from the caller's seed, never the global one."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from asterism._check import check_whole


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
