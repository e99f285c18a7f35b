"""Vectors and their exact neighbours, made without the code under test."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.values import NeighborGraph


def exact_graph(vectors: np.ndarray, k: int, metric: str = "euclidean") -> NeighborGraph:
    """Neighbours by sorting all distances."""
    n = len(vectors)
    exact = vectors.astype(np.float64)
    if metric == "cosine":
        unit = exact / np.linalg.norm(exact, axis=1, keepdims=True)
        distances = 1 - unit @ unit.T
    else:
        distances = np.linalg.norm(exact[:, None] - exact[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[:, : min(k, max(n - 1, 0))]
    rows = np.arange(n, dtype=np.int32)
    return NeighborGraph(
        order.astype(np.int32),
        np.maximum(np.take_along_axis(distances, order, axis=1), 0).astype(np.float32),
        rows,
        rows,
        metric,
    )


@pytest.fixture(scope="session")
def graph_of():
    return exact_graph


@pytest.fixture(scope="session")
def blobs() -> np.ndarray:
    """300 vectors in 6 groups."""
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(6, 12)) * 4
    return (centres[np.arange(300) % 6] + rng.normal(size=(300, 12))).astype(np.float32)
