"""Texts that stand apart, and texts that are there more than once."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.analysis import outliers
from asterism.analysis.outliers import commonest_labels, find_duplicates, find_outliers
from asterism.errors import InputError
from asterism.graph import build_graph
from asterism.values import NeighborGraph

sklearn_neighbors = pytest.importorskip("sklearn.neighbors", reason="scikit-learn is the reference; asterism[dev]")


def graph_of(vectors: np.ndarray, k: int) -> NeighborGraph:
    """The exact Euclidean graph over distinct rows."""
    _, first, rows = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rows, first = np.argsort(order)[rows.ravel()], np.sort(first)
    distinct = vectors[first].astype(np.float64)
    gaps = np.linalg.norm(distinct[:, None] - distinct[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    near = np.argsort(gaps, axis=1, kind="stable")[:, : min(k, len(first) - 1)]
    return NeighborGraph(
        near.astype(np.int32),
        np.take_along_axis(gaps, near, axis=1).astype(np.float32),
        rows.astype(np.int32),
        first.astype(np.int32),
        "euclidean",
    )


def test_the_local_outlier_factor_agrees_with_scikit_learn(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((300, 5)).astype(np.float32)
    vectors[:5] *= 6
    model = sklearn_neighbors.LocalOutlierFactor(n_neighbors=12).fit(vectors)
    found = find_outliers(graph_of(vectors, 12))
    np.testing.assert_allclose(found.lof, -model.negative_outlier_factor_, rtol=1e-4)


def test_a_text_that_stands_apart_is_far(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((100, 4)).astype(np.float32)
    vectors[17] += 50
    found = find_outliers(graph_of(vectors, 10))
    assert found.is_far[17]
    assert np.argmax(found.distance) == np.argmax(found.lof) == 17
    assert found.is_far.mean() < 0.1


def test_duplicates_share_their_outcome_and_all_have_one(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((40, 3)).astype(np.float32)
    vectors[30:] = vectors[0]
    found = find_outliers(graph_of(vectors, 5))
    assert found.lof.shape == (40,)
    assert len(set(found.distance[[0, *range(30, 40)]].tolist())) == 1


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_texts_are_no_trouble(n: int) -> None:
    found = find_outliers(graph_of(np.eye(3)[:n], 10))
    assert not found.is_far.any()
    np.testing.assert_allclose(found.lof, 1, atol=1e-6)


def test_all_texts_alike_are_no_outliers() -> None:
    found = find_outliers(graph_of(np.ones((20, 3)), 10), labels=np.arange(20) % 2)
    assert found.distance.tolist() == [0] * 20
    assert found.disagreement is not None
    np.testing.assert_allclose(found.disagreement, 10 / 19)


def test_a_wrong_label_disagrees_with_its_neighbors(rng: np.random.Generator) -> None:
    group = np.repeat([0, 1], 30)
    vectors = np.eye(2)[group] * 10 + rng.standard_normal((60, 2))
    labels = group.copy()
    labels[4], labels[50] = 1, -1
    found = find_outliers(graph_of(vectors, 8), labels=labels).disagreement
    assert found is not None
    assert found[4] == 1
    assert np.isnan(found[50])
    assert np.nanmax(np.delete(found, 4)) < 0.3


def test_an_equal_vector_with_another_label_is_a_witness() -> None:
    vectors = np.array([[0, 0], [0, 0], [9, 9], [9, 9.5]])
    found = find_outliers(graph_of(vectors, 1), labels=[0, 1, 2, 2]).disagreement
    assert found is not None
    assert found[0] == found[1] == 1


def test_labels_must_fit(rng: np.random.Generator) -> None:
    graph = graph_of(rng.standard_normal((10, 2)), 3)
    with pytest.raises(InputError, match="labels has shape"):
        find_outliers(graph, labels=[1, 2])
    with pytest.raises(InputError, match="k is 4"):
        find_outliers(graph, k=4)
    assert np.isnan(find_outliers(graph, labels=[-1] * 10).disagreement).all()  # type: ignore[arg-type]


def test_equal_and_near_rows_are_grouped() -> None:
    vectors = np.array([[0, 0], [5, 5], [0, 0], [5, 5.01], [20, 0], [0, 0], [40, 40]])
    found = find_duplicates(graph_of(vectors, 3), threshold=0.02)
    assert found.equal == ((0, 2, 5),)
    assert found.near == ((0, 2, 5), (1, 3))


def test_near_rows_are_joined_through_those_between() -> None:
    vectors = np.arange(6.0)[:, None] * np.array([[0.01, 0]]) + np.array([[1, 1]])
    assert find_duplicates(graph_of(vectors, 1), threshold=0.011).near == ((0, 1, 2, 3, 4, 5),)


def test_the_threshold_follows_the_data_and_is_told(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((50, 3)).astype(np.float32)
    vectors[1] = vectors[0] + 1e-4
    graph = graph_of(vectors, 5)
    found = find_duplicates(graph)
    assert found.near == ((0, 1),)
    assert found.threshold == pytest.approx(float(np.median(graph.distances[:, 0])) / 10)
    with pytest.raises(InputError, match="threshold"):
        find_duplicates(graph, threshold=-1)


def test_rows_all_equal_are_one_group() -> None:
    found = find_duplicates(graph_of(np.ones((5, 2)), 3))
    assert found.equal == found.near == ((0, 1, 2, 3, 4),)


@pytest.mark.parametrize("exponent", [-100, 100])
def test_the_unit_of_the_vectors_does_not_change_who_stands_apart(rng: np.random.Generator, exponent: int) -> None:
    vectors = rng.standard_normal((40, 4)).astype(np.float32)
    plain, moved = (
        find_outliers(build_graph(each, n_neighbors=5, metric="euclidean"))
        for each in (vectors, np.ldexp(vectors, exponent).astype(np.float32))
    )
    np.testing.assert_allclose(moved.lof, plain.lof, rtol=1e-5)
    np.testing.assert_array_equal(moved.is_far, plain.is_far)


def test_disagreement_is_the_same_read_in_parts(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = build_graph(rng.integers(0, 3, (60, 3)), n_neighbors=5, metric="euclidean")
    labels = rng.integers(-1, 3, 60)
    whole = find_outliers(graph, labels=labels).disagreement
    monkeypatch.setattr(outliers, "BLOCK", 7)
    np.testing.assert_array_equal(find_outliers(graph, labels=labels).disagreement, whole)


def test_the_commonest_label_is_counted_among_labelled_neighbours_alone() -> None:
    near = np.array([[1, 2, 3], [3, 2, 0], [0, 4, -1], [-1, -1, -1], [0, 1, 2]], np.int32)
    labels = np.array([5, 7, 7, 9, -1])
    shares, commonest = commonest_labels(near, labels, np.arange(4))
    assert commonest.tolist() == [7, 9, 5, -1, -1]
    np.testing.assert_allclose(shares, [2 / 3, 1 / 3, 1 / 3, 0, 0], rtol=1e-6)
