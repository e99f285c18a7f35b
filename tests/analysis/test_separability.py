"""How well labels can be told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asterism._rng import generator
from asterism.analysis.separability import cosine_silhouette, measure_separability
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

linear_model = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is the reference; asterism[dev]")
sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the reference; asterism[dev]")


def labelled(rng: np.random.Generator, spread: float = 1.0, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.integers(5, size=n)
    return (3 * np.eye(5, 12)[labels] + spread * rng.standard_normal((n, 12))).astype(np.float32), labels


def test_the_silhouette_agrees_with_scikit_learn(rng: np.random.Generator) -> None:
    vectors, labels = labelled(rng)
    labels[labels == 4] = 3
    labels[0] = 4
    expected = sklearn_metrics.silhouette_score(vectors, labels, metric="cosine")
    assert cosine_silhouette(unit_rows(vectors), labels) == pytest.approx(expected, abs=1e-5)


def test_neighbors_vote_as_in_scikit_learn(rng: np.random.Generator) -> None:
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    vectors, labels = labelled(rng, spread=1.5, n=150)
    # One neighbour leaves no ties, which the two break differently.
    model = KNeighborsClassifier(1, metric="cosine")
    expected = cross_val_score(model, vectors, labels, cv=LeaveOneOut()).mean()
    assert measure_separability(vectors, labels, k=1).knn_accuracy == pytest.approx(expected)


def test_the_probe_agrees_with_ridge_regression_fold_by_fold(rng: np.random.Generator) -> None:
    vectors, labels = labelled(rng, spread=2.5)
    units = unit_rows(vectors).astype(np.float64)
    order = generator(0, "probe").permutation(400)
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(400, int)
    fold[order] = np.arange(400) % 5
    right = 0
    for number in range(5):
        train = fold != number
        wanted = np.eye(5)[labels]
        model = linear_model.Ridge(alpha=1e-2 * train.sum() / 12).fit(units[train], wanted[train])
        right += (model.predict(units[~train]).argmax(axis=1) == labels[~train]).sum()
    assert measure_separability(vectors, labels).probe_accuracy == pytest.approx(right / 400)


@pytest.mark.parametrize("block", ["analysis.separability._SCORES", "_labelled.BALLOTS"])
def test_numbers_do_not_depend_on_how_much_is_read_at_a_time(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    vectors, labels = labelled(rng, spread=1.5)
    whole = measure_separability(vectors, labels)
    monkeypatch.setattr(f"asterism.{block}", 60)
    parts = measure_separability(vectors, labels)
    assert replace(parts, silhouette=0) == replace(whole, silhouette=0)
    assert parts.silhouette == pytest.approx(whole.silhouette, abs=1e-12)


def test_separate_labels_are_told_and_shuffled_ones_are_not(rng: np.random.Generator) -> None:
    vectors, labels = labelled(rng, spread=0.2)
    told = measure_separability(vectors, labels)
    assert min(told.knn_accuracy, told.knn_purity, told.probe_accuracy) > 0.99
    assert told.silhouette > 0.5
    guessed = measure_separability(vectors, rng.permutation(labels))
    assert abs(guessed.knn_purity - guessed.chance_purity) < 0.05
    assert guessed.knn_accuracy < guessed.chance + 0.1
    assert guessed.probe_accuracy < guessed.chance + 0.1
    assert abs(guessed.silhouette) < 0.05


def test_rows_without_a_label_are_left_out(rng: np.random.Generator) -> None:
    vectors, labels = labelled(rng)
    some = np.where(rng.random(400) < 0.5, labels, -1)
    kept = some >= 0
    assert measure_separability(vectors, some) == measure_separability(vectors[kept], labels[kept])


def test_only_a_sample_is_asked_of_many_rows(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = labelled(rng)
    every = measure_separability(vectors, labels)
    monkeypatch.setattr("asterism.analysis.separability.MAX_QUERIES", 100)
    sampled = measure_separability(vectors, labels)
    assert sampled.n_sampled == 100
    assert sampled.knn_accuracy == pytest.approx(every.knn_accuracy, abs=0.1)


@pytest.mark.parametrize("labels", [[0, 0], [0, 1], [0, 0, 1]])
def test_few_rows_are_no_trouble(labels: list[int]) -> None:
    found = measure_separability(np.eye(3, dtype=np.float32)[: len(labels)], labels)
    assert found.n_rows == len(labels)
    assert 0 <= found.probe_accuracy <= 1


def test_duplicates_everywhere_are_no_trouble() -> None:
    found = measure_separability(np.ones((20, 4), np.float32), np.arange(20) % 2)
    assert found.silhouette == pytest.approx(0, abs=1e-6)


def test_labels_must_fit() -> None:
    with pytest.raises(InputError, match="one per row"):
        measure_separability(np.eye(3, dtype=np.float32), [0, 1])
    with pytest.raises(InputError, match="1 row has a label"):
        measure_separability(np.eye(3, dtype=np.float32), [0, -1, -1])
