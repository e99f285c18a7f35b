"""Against the libraries that did this before us; they are no dependencies: pip install openTSNE umap-learn."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.project import project
from asterism.project.affinity import perplexity_weights
from asterism.project.init import principal_points, scaled_start
from plain_tsne import dense

REASON = "openTSNE is no dependency; pip install openTSNE to compare"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_divergence_is_no_worse_than_that_of_opentsne(graph_of):
    open_tsne = pytest.importorskip("openTSNE", reason=REASON)
    import scipy.sparse as sp

    rng = np.random.default_rng(3)
    vectors = (rng.normal(size=(30, 20))[np.arange(900) % 30] * 2 + rng.normal(size=(900, 20))).astype(np.float32)
    graph = graph_of(vectors, 90)
    affinities = open_tsne.affinity.Affinities()
    affinities.P = sp.csr_matrix(dense(perplexity_weights(graph, [30.0], threads=1)))
    start = principal_points(vectors, 2, threads=1)
    ours, theirs = [], []
    for seed in range(5):
        begin = scaled_start(start, std=1e-4, seed=seed, stage="peers").astype(np.float64)
        peer = open_tsne.TSNE(negative_gradient_method="bh", theta=0.0, random_state=seed)
        theirs.append(peer.fit(affinities=affinities, initialization=begin).kl_divergence)
        ours.append(project("tsne", vectors, graph, seed=seed).params["kl"])
    assert np.median(ours) < np.median(theirs) * 1.01
