"""The Word-Embedding Association Test: do two sets of words lean towards different attributes?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism._rng import generator
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_LIMIT = 200_000
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Weat:
    """The outcome of the test.

    Attributes:
        effect_size: How many standard deviations the two target sets lie apart, in [−2, 2].
        statistic: Difference of the summed associations.
        p_value: Share of the ways to split the targets into sets of these sizes whose statistic is at least as large;
            the split at hand counts, so that it is never 0.
        is_exact: Whether every way was tried; else `n_splits` were drawn at random.
        n_splits: How many ways were tried.
    """

    effect_size: float
    statistic: float
    p_value: float
    is_exact: bool
    n_splits: int


def weat(
    targets_x: NDArray[np.floating],
    targets_y: NDArray[np.floating],
    attributes_a: NDArray[np.floating],
    attributes_b: NDArray[np.floating],
    *,
    n_splits: int = 100_000,
    seed: int = 0,
) -> Weat:
    """Test whether X leans towards A and Y towards B more than chance would.

    Args:
        targets_x: Shape (p, d).
        targets_y: Shape (q, d).
        attributes_a: Shape (a, d).
        attributes_b: Shape (b, d).
        n_splits: Random splits where there are more than 200,000 ways to split; below that every way is tried.
        seed: For the random splits.

    Returns:
        Effect size and one-sided p-value.

    Raises:
        InputError: A set is empty, or all targets are associated alike, so that there is no spread to measure by.

    Source:
        Caliskan, Bryson & Narayanan 2017. The standard deviation is that of the population X ∪ Y; with the sample's,
        the effect size is smaller by √((n−1)/n). Splits are drawn without replacement.
    """
    check_whole(n_splits, name="n_splits", low=1)
    x, y, a, b = (
        unit_rows(np.asarray(vectors, np.float32)).astype(np.float64)
        for vectors in (targets_x, targets_y, attributes_a, attributes_b)
    )
    if not all(map(len, (x, y, a, b))):
        raise InputError(f"the sets hold {len(x)}, {len(y)}, {len(a)} and {len(b)} words; expected at least one each.")
    leaning = np.concatenate((x, y)) @ (a.mean(axis=0) - b.mean(axis=0))
    spread = float(leaning.std())
    if spread < 1e-12:
        raise InputError("all target words are associated alike with both attributes; there is nothing to compare.")
    own = float(leaning[: len(x)].sum())
    p_value, tried, is_exact = _p_value(leaning, len(x), own, n_splits, seed)
    return Weat(
        effect_size=float(leaning[: len(x)].mean() - leaning[len(x) :].mean()) / spread,
        statistic=2 * own - float(leaning.sum()),
        p_value=p_value,
        is_exact=is_exact,
        n_splits=tried,
    )


def _p_value(leaning: NDArray[np.float64], size: int, own: float, n_splits: int, seed: int) -> tuple[float, int, bool]:
    """Share of splits whose first set sums to at least `own`; equal sums must count as equal despite rounding."""
    n, least = len(leaning), own - 1e-9 * float(np.abs(leaning).sum())
    ways = comb(n, size)
    if ways <= EXACT_LIMIT:
        hits = sum(leaning[list(chosen)].sum() >= least for chosen in combinations(range(n), size))
        return int(hits) / ways, ways, True
    rng = generator(seed, "weat")
    hits = 1  # the split at hand
    for start in range(0, n_splits, _BATCH):
        keys = rng.random((min(_BATCH, n_splits - start), n))
        chosen = np.argpartition(keys, size - 1, axis=1)[:, :size]
        hits += int((leaning[chosen].sum(axis=1) >= least).sum())
    return hits / (n_splits + 1), n_splits, False
