"""Agreement of clusters with labels."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.cluster import compare_labels
from asterism.errors import InputError

metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the reference; install asterism[dev]")


@pytest.mark.parametrize(("n_clusters", "n_labels"), [(3, 3), (40, 5), (5, 40), (1, 4), (4, 1)])
def test_measures_agree_with_scikit_learn(rng: np.random.Generator, n_clusters: int, n_labels: int) -> None:
    labels = rng.integers(n_labels, size=500)
    clusters = np.where(rng.random(500) < 0.6, labels % n_clusters, rng.integers(n_clusters, size=500))
    found = compare_labels(clusters, labels)
    assert found.ari == pytest.approx(metrics.adjusted_rand_score(labels, clusters), abs=1e-12)
    assert found.nmi == pytest.approx(metrics.normalized_mutual_info_score(labels, clusters), abs=1e-12)
    expected = metrics.homogeneity_completeness_v_measure(labels, clusters)
    assert (found.homogeneity, found.completeness, found.v_measure) == pytest.approx(expected, abs=1e-12)
    table = metrics.cluster.contingency_matrix(labels, clusters)
    assert found.purity == pytest.approx(table.max(axis=0).sum() / 500)


def test_the_same_groups_under_other_numbers_agree_fully() -> None:
    found = compare_labels([5, 5, 2, 2, 9], [0, 0, 1, 1, 2])
    assert (found.ari, found.v_measure, found.purity) == (1, pytest.approx(1), 1)


def test_every_row_alone_is_pure_but_not_in_agreement() -> None:
    found = compare_labels(np.arange(10), np.arange(10) % 2)
    assert found.purity == 1
    assert found.ari == 0


def test_noise_counts_as_a_cluster_and_is_told() -> None:
    found = compare_labels([-1, -1, 0, 0], [0, 1, 2, 2])
    assert found.noise_share == 0.5
    assert found.purity == 0.75


def test_rows_without_a_label_are_left_out() -> None:
    found = compare_labels([0, 0, 1, 1, 0], [0, 0, 1, 1, -1])
    assert (found.n_rows, found.ari) == (4, 1)


def test_a_single_row_agrees() -> None:
    assert compare_labels([0], [0]).ari == 1


@pytest.mark.parametrize(("clusters", "labels"), [([0], [0, 1]), ([0, 1], [-1, -1]), ([], [])])
def test_nothing_to_compare_is_refused(clusters: list, labels: list) -> None:
    with pytest.raises(InputError, match="label"):
        compare_labels(clusters, labels)
