"""The registry, filled with our own methods."""

from __future__ import annotations

from asterism.project.given import no_neighbors, project_given, project_random
from asterism.project.pca import project_pca
from asterism.project.registry import Method, method_names, neighbors_wanted, project, register
from asterism.project.tsne import project_tsne, tsne_neighbors
from asterism.project.umap import MAX_DIM, project_umap, umap_neighbors

__all__ = ["Method", "method_names", "neighbors_wanted", "project", "register"]

register(Method("tsne", project_tsne, tsne_neighbors))
register(Method("umap", project_umap, umap_neighbors, max_dim=MAX_DIM))
register(Method("pca", project_pca, no_neighbors))
register(Method("random", project_random, no_neighbors))
register(Method("given", project_given, no_neighbors))
