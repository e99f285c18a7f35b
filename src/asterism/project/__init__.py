"""Vectors and graph become points: PCA, t-SNE, UMAP; placing, aligning, quality."""

from asterism.project.fan import fan_out
from asterism.project.methods import Method, method_names, neighbors_wanted, project, register

__all__ = ["Method", "fan_out", "method_names", "neighbors_wanted", "project", "register"]
