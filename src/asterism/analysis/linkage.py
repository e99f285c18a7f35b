"""Average linkage, and an order of the items in which alike ones stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def average_linkage(distances: ArrayLike) -> list[tuple[int, int, float]]:
    """Join the two nearest groups until one is left; groups are as far apart as their members on average.

    Args:
        distances: Shape (n, n), symmetric. Not modified.

    Returns:
        The n − 1 joins as (group, group, distance). Groups 0…n−1 are the items; join i makes group n + i. A join
        comes after those of its own two groups, not necessarily in order of distance.

    Source:
        The nearest-neighbour chain (Murtagh 1983, A survey of recent advances in hierarchical clustering
        algorithms), with the Lance–Williams update of average linkage.

    Cost: O(n²) time, one copy of the distances.
    """
    gaps = np.array(distances, dtype=np.float64)
    n = len(gaps)
    np.fill_diagonal(gaps, np.inf)
    sizes = np.ones(n)
    groups = list(range(n))
    joins: list[tuple[int, int, float]] = []
    chain: list[int] = []
    alive = np.ones(n, bool)
    for join in range(n - 1):
        if not chain:
            chain.append(int(np.argmax(alive)))
        while True:
            tip = chain[-1]
            near = int(np.argmin(gaps[tip]))
            if len(chain) > 1 and gaps[tip, chain[-2]] <= gaps[tip, near]:
                break
            chain.append(near)
        a, b = sorted((chain.pop(), chain.pop()))
        joins.append((groups[a], groups[b], float(gaps[a, b])))
        merged = (sizes[a] * gaps[a] + sizes[b] * gaps[b]) / (sizes[a] + sizes[b])
        gaps[a], gaps[:, a] = merged, merged
        gaps[b], gaps[:, b], gaps[a, a] = np.inf, np.inf, np.inf
        sizes[a] += sizes[b]
        alive[b] = False
        groups[a] = n + join
    return joins


def leaf_order(distances: ArrayLike) -> NDArray[np.int64]:
    """Arrange items along a line so that groups of average linkage stay together.

    At each join the two groups are turned so that the ends that meet are the nearest of the four possible pairs: a
    greedy stand-in for the best order of all.

    Args:
        distances: Shape (n, n), symmetric. Not modified.

    Returns:
        Shape (n,) int64, a permutation.
    """
    gaps = np.asarray(distances, dtype=np.float64)
    n = len(gaps)
    lines: dict[int, list[int]] = {i: [i] for i in range(n)}
    for join, (a, b, _) in enumerate(average_linkage(gaps)):
        left, right = lines.pop(a), lines.pop(b)
        ends = [(gaps[x[-1], y[0]], x, y) for x in (left, left[::-1]) for y in (right, right[::-1])]
        _, x, y = min(ends, key=lambda end: end[0])
        lines[n + join] = x + y
    return np.array(next(iter(lines.values()), []), np.int64)
