from __future__ import annotations

import numpy as np
import pytest

from asterism._progress import SILENT
from asterism.project import project
from asterism.project.stability import measure_stability


class Stop:
    """A reporter that stands for someone pressing Ctrl-C in the second further layout."""

    def __init__(self):
        self.stages = 0

    def start(self, *_args, **_options):
        self.stages += 1

    def advance(self, *_args, **_options):
        if self.stages == 2:
            raise KeyboardInterrupt

    done = SILENT.done
    remark = SILENT.remark


def test_groups_that_part_come_back(blobs, graph_of):
    graph = graph_of(blobs, 30)
    points = project("tsne", blobs, graph, perplexity=10).points
    told = measure_stability("tsne", blobs, graph, points, perplexity=10)
    assert told.chance == pytest.approx(15 / 299)
    assert told.overlap == pytest.approx(np.mean(told.runs))
    assert told.overlap > 0.4
    assert len(told.runs) == 3
    assert told.kept.mean() == pytest.approx(told.overlap, abs=1e-6)


def test_noise_comes_back_less_than_groups(blobs, graph_of):
    noise = np.random.default_rng(3).normal(size=(300, 30)).astype(np.float32)

    def overlap(vectors):
        graph = graph_of(vectors, 14)
        points = project("umap", vectors, graph, n_epochs=100).points
        return measure_stability("umap", vectors, graph, points, n_epochs=100).overlap

    assert overlap(noise) < overlap(blobs)


def test_a_method_without_chance_comes_back_whole(blobs):
    points = project("pca", blobs, None).points
    told = measure_stability("pca", blobs, None, points)
    assert (told.overlap, told.runs) == (1, (1, 1, 1))


def test_an_interrupt_leaves_it_unmeasured(blobs, graph_of):
    graph = graph_of(blobs, 14)
    points = project("umap", blobs, graph, n_epochs=10).points
    assert measure_stability("umap", blobs, graph, points, n_epochs=10, report=Stop()) is None


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_few_vectors(n, graph_of):
    vectors = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    points = project("pca", vectors, None).points
    told = measure_stability("pca", vectors, None, points)
    assert (told is None) == (n < 3)
