"""Vectors and graph become points: PCA, t-SNE, UMAP; placing, aligning, quality."""

from asterism.project.align import Alignment, align
from asterism.project.fan import fan_out
from asterism.project.methods import Method, check_dim, find_method, method_names, neighbors_wanted, project, register
from asterism.project.place import Placement, place
from asterism.project.sequence import project_sequence

__all__ = [
    "Alignment",
    "Method",
    "Placement",
    "align",
    "check_dim",
    "fan_out",
    "find_method",
    "method_names",
    "neighbors_wanted",
    "place",
    "project",
    "project_sequence",
    "register",
]
