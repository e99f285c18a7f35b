"""t-SNE in plain NumPy, every pair written out: what the kernels are compared with. For a few thousand points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism.project.affinity import Weights


def dense(weights: Weights) -> NDArray[np.float64]:
    """Write sparse weights out.

    Args:
        weights: Over n points.

    Returns:
        Shape (n, n) float64.
    """
    n = len(weights)
    matrix = np.zeros((n, n))
    rows = np.repeat(np.arange(n), np.diff(weights.start))
    matrix[rows, weights.index] = weights.weight
    return matrix


def divergence(p: NDArray[np.float64], points: NDArray[np.float64]) -> float:
    """Kullback–Leibler divergence of the picture from the affinities.

    Args:
        p: Shape (n, n), symmetric, summing to 1, 0 on the diagonal.
        points: Shape (n, dim).

    Returns:
        Sum of p ln(p / q), with q = K / Z, K = 1 / (1 + distance²).
    """
    kernel = _kernel(points)
    present = p > 0
    return float(np.sum(p[present] * np.log(p[present] / (kernel[present] / kernel.sum()))))


def gradient(p: NDArray[np.float64], points: NDArray[np.float64], exaggeration: float = 1.0) -> NDArray[np.float64]:
    """A quarter of the gradient of the divergence, with the attraction exaggerated.

    Args:
        p: Shape (n, n), symmetric, summing to 1, 0 on the diagonal.
        points: Shape (n, dim).
        exaggeration: Factor of the attraction.

    Returns:
        Shape (n, dim).

    Source:
        van der Maaten & Hinton 2008, equation 5.
    """
    kernel = _kernel(points)
    pair = (exaggeration * p - kernel / kernel.sum()) * kernel
    return np.asarray(pair.sum(axis=1)[:, None] * points - pair @ points)


def descend(
    p: NDArray[np.float64],
    points: NDArray[np.float64],
    *,
    count: int,
    exaggeration: float,
    learning_rate: float,
    momentum: float,
) -> NDArray[np.float64]:
    """Gradient descent from rest, with momentum and gains.

    Args:
        p: See `gradient`.
        points: The start. Not modified.
        count: Iterations.
        exaggeration: Factor of the attraction.
        learning_rate: Length of a step for gradient 1.
        momentum: Share of the last step that is taken again.

    Returns:
        Shape (n, dim).
    """
    at = points.astype(np.float64)
    velocity = np.zeros_like(at)
    gain = np.ones_like(at)
    for _ in range(count):
        slope = gradient(p, at, exaggeration)
        gain = np.where((velocity > 0) == (slope > 0), np.maximum(gain * 0.8, 0.01), gain + 0.2)
        velocity = momentum * velocity - learning_rate * gain * slope
        at = at + velocity
    return at


def _kernel(points: NDArray[np.float64]) -> NDArray[np.float64]:
    difference = points[:, None, :] - points[None, :, :]
    kernel = 1.0 / (1.0 + np.square(difference).sum(axis=2))
    np.fill_diagonal(kernel, 0.0)
    return np.asarray(kernel)
