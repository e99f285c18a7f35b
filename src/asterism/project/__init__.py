"""Vectors and graph become points: PCA, t-SNE, UMAP; placing, aligning, quality."""

from asterism.project import tsne as _tsne  # noqa: F401 - registers its method
from asterism.project.registry import Method, method_names, neighbors_wanted, project, register

__all__ = ["Method", "method_names", "neighbors_wanted", "project", "register"]
