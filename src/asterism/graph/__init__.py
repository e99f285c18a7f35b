"""Vectors become a NeighborGraph: exact, approximate, with its recall checked."""

from __future__ import annotations

from asterism._topk import nearest_rows as exact_neighbors
from asterism.graph.build import build_graph
from asterism.graph.rows import row_neighbors

__all__ = ["build_graph", "exact_neighbors", "row_neighbors"]
