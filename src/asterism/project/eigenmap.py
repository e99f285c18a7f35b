"""Laplacian eigenvectors of the affinities: the shape that points keep while strong attraction draws them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asterism.project.affinity import Weights

ROUNDS = 300


def laplacian_points(weights: Weights, start: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The slowest motions of a random walk along the affinities, from a start.

    Args:
        weights: Symmetric affinities of n points, each with at least one neighbour. Not modified.
        start: Shape (n, dim), from which the iteration sets out. Not modified.

    Returns:
        Shape (n, dim): eigenvectors of the normalised Laplacian, smallest eigenvalue but 0 first, each with standard
        deviation 1; and their eigenvalues, shape (dim,). Where the graph falls into pieces, the first differ by piece.

    Source:
        Belkin & Niyogi 2003, Laplacian eigenmaps for dimensionality reduction and data representation; orthogonal
        iteration on (1 + D⁻¹P) / 2 (Golub & Van Loan, Matrix computations, section 7.3.2). That strong exaggeration
        leads there: Linderman & Steinerberger 2019, Clustering with t-SNE, provably.

    Cost: 300 passes over the affinities in NumPy.
    """
    degree = np.add.reduceat(weights.weight.astype(np.float64), weights.start[:-1])
    walk = weights.weight / np.repeat(degree, np.diff(weights.start))
    mass = degree / degree.sum()
    points = _orthonormal(start.astype(np.float64), mass)
    for _ in range(ROUNDS):
        points = _orthonormal((points + _walked(points, walk, weights)) / 2, mass)
    kept = np.einsum("n,nd,nd->d", mass, points, _walked(points, walk, weights))
    order = np.argsort(-kept, kind="stable")
    return points[:, order].astype(np.float32), 1 - kept[order]


def _walked(points: NDArray[np.float64], walk: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    return np.asarray(np.add.reduceat(walk[:, None] * points[weights.index], weights.start[:-1], axis=0))


def _orthonormal(points: NDArray[np.float64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns of mean 0 and variance 1 under `mass`, each made orthogonal to those before it."""
    out = np.empty_like(points)
    for column in range(points.shape[1]):
        values = points[:, column] - np.einsum("n,n->", mass, points[:, column])
        for before in range(column):
            values -= np.einsum("n,n,n->", mass, values, out[:, before]) * out[:, before]
        norm = float(np.sqrt(np.einsum("n,n,n->", mass, values, values)))
        out[:, column] = values / norm if norm > 0 else 0.0
    return out
