"""The registry, filled with our own methods."""

from __future__ import annotations

from dataclasses import fields

from asterism.project.given import no_neighbors, project_given, project_random
from asterism.project.pca import project_pca
from asterism.project.registry import Method, check_dim, find_method, method_names, neighbors_wanted, project, register
from asterism.project.tsne import TsneOptions, project_tsne, tsne_neighbors
from asterism.project.umap import MAX_DIM, UmapOptions, project_umap, umap_neighbors

__all__ = ["Method", "check_dim", "find_method", "method_names", "neighbors_wanted", "project", "register"]


def _names(options: type[TsneOptions | UmapOptions]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(options))


register(Method("tsne", project_tsne, tsne_neighbors, parameters=_names(TsneOptions)))
register(Method("umap", project_umap, umap_neighbors, max_dim=MAX_DIM, parameters=_names(UmapOptions)))
register(Method("pca", project_pca, no_neighbors, max_dim=None, parameters=()))
register(Method("random", project_random, no_neighbors, max_dim=None, parameters=()))
register(Method("given", project_given, no_neighbors, parameters=()))
