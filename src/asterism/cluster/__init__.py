"""A NeighborGraph becomes clusters at several granularities, and clusters get names."""

from __future__ import annotations

from asterism.cluster.agreement import Agreement, compare_labels
from asterism.cluster.communities import cluster, noise_shares
from asterism.cluster.naming import name_clusters

__all__ = ["Agreement", "cluster", "compare_labels", "name_clusters", "noise_shares"]
