"""Scenes for the tests of the views, made of numbers and invented words."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from asterism.scene.spec import CategoryColumn, Label, Scene
from asterism.values import Projection, Quality, Scores

STEMS = ("lan", "mer", "tos", "vild", "kora", "peb", "sund", "halo", "brik", "wen")
ENDS = ("a", "ing", "er", "ome", "ic", "ath", "ola", "end", "ium", "ist")
WORDS = tuple(a + b + c for a, b, c in product(STEMS, ("", "i", "o", "an"), ENDS))


def to_category(name, codes):
    """A column of categories as the Scene wants it: the largest first, −1 for none."""
    counts = np.bincount(codes[codes >= 0], minlength=codes.max(initial=-1) + 1)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order) + 1, np.int32)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return CategoryColumn(name, rank[codes], tuple(f"kind {i}" for i in order))


def some_quality(n):
    rows = np.zeros(n, np.float32)
    own = Scores(0.813, 0.91, 0.953, 0.94, 0.74, 0.61)
    pca = Scores(0.52, 0.70, 0.84, 0.86, 0.71, 0.66)
    return Quality(own, Scores(0.03, 0.16, 0.5, 0.5, 0.5, 0.0), pca, 15, n, n, rows, rows)


def scatter_clusters(codes, dim, seed, spread=0.3):
    random = np.random.default_rng(seed)
    centers = random.uniform(-3, 3, (codes.max(initial=0) + 1, dim))
    return (centers[codes] + random.normal(0, spread, (len(codes), dim))).astype(np.float32)


def build(n=32, n_categories=4, *, kind="words", dim=2, seed=0, texts=None, points=None, method="tsne", **more):
    """A Scene of n texts in equal categories, each a cluster on the map."""
    codes = np.arange(n) % max(n_categories, 1)
    if points is None:
        points = scatter_clusters(codes, dim, seed)
    if texts is None:
        texts = [WORDS[i % len(WORDS)] for i in range(n)]
    about = {
        key: more.pop(key, default) for key, default in {"axes": (), "notes": (), "quality": some_quality(n)}.items()
    }
    projection = Projection(points, method, {"perplexity": 10.333, "metric": "cosine"}, 0, **about)
    given = {
        "title": f"{n} texts",
        "columns": (to_category("topic", codes.astype(np.int32)),),
        "color": "topic",
        "about": {"model": "builtin", "version": "0.1.0"},
    }
    return Scene(texts=texts, kind=kind, projections=(projection,), **(given | more))


def name_clusters(scene, n):
    """Names of the first n categories, as clusters would have them."""
    codes = scene.columns[0].codes
    return tuple(Label(f"about {WORDS[i]} and {WORDS[-i - 1]}", i % 2, np.flatnonzero(codes == i)) for i in range(n))


@pytest.fixture
def make_scene():
    """Builds a Scene; see `build`."""
    return build


@pytest.fixture
def clusters():
    """Points around random centres."""
    return scatter_clusters


@pytest.fixture
def labels():
    """Names of clusters."""
    return name_clusters
