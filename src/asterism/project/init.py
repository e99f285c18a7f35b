"""Where points start before a layout moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._rng import generator
from asterism.project.pca import principal_components

if TYPE_CHECKING:
    from numpy.typing import NDArray


def principal_points(vectors: NDArray[np.float32], dim: int, *, threads: int) -> NDArray[np.float32]:
    """The vectors along their first principal components.

    Args:
        vectors: Shape (n, d). Not modified.
        dim: How many components; those that the vectors lack are 0.
        threads: The result does not depend on it.

    Returns:
        Shape (n, dim) float32, centred; each component signed so that its largest loading is positive.
    """
    return principal_components(vectors, dim, threads=threads).transform(vectors, threads=threads)


def scaled_start(points: NDArray[np.float32], *, std: float, seed: int, stage: str) -> NDArray[np.float32]:
    """Centre points, scale them to one spread along the first axis, and part those that coincide.

    A layout cannot part points that start at one place, nor leave a line on which all of them start; a hundredth of the
    spread, drawn at random, lets it.

    Args:
        points: Shape (n, dim), finite. Not modified.
        std: Standard deviation of the first coordinate afterwards.
        seed: For the random part.
        stage: Name of the layout; two layouts with one seed draw independently.

    Returns:
        Shape (n, dim) float32.
    """
    exact = points.astype(np.float64)
    exact -= exact.mean(axis=0) if len(exact) else 0.0
    spread = float(exact[:, 0].std()) if len(exact) else 0.0
    if spread == 0.0:
        spread = float(exact.std()) if exact.size else 0.0
    if spread > 0.0:
        exact *= std / spread
    exact += generator(seed, f"{stage} start").normal(scale=0.01 * std, size=exact.shape)
    return np.ascontiguousarray(exact, dtype=np.float32)
