"""The nearest texts."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.analysis.neighbors import NeighborMetric, find_neighbors, neighbors_of
from asterism.analysis.ranking import best_rows
from asterism.analysis.vocabulary import Vocabulary
from asterism.errors import InputError


def slow_order(vectors: np.ndarray, query: np.ndarray, metric: NeighborMetric) -> np.ndarray:
    v, q = vectors.astype(np.float64), query.astype(np.float64)
    if metric == "cosine":
        return -(v @ q) / np.linalg.norm(v, axis=1) / np.linalg.norm(q)
    return np.linalg.norm(v - q, ord=2 if metric == "euclidean" else 1, axis=1)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
@pytest.mark.parametrize("n", [50, 10_000])
def test_neighbors_agree_with_a_full_sort(rng: np.random.Generator, metric: NeighborMetric, n: int) -> None:
    vectors = rng.standard_normal((n, 24)).astype(np.float32)
    vocabulary = Vocabulary([f"t{i}" for i in range(n)], vectors)
    found = neighbors_of(vocabulary, 7, k=20, metric=metric)
    exact = slow_order(vectors, vectors[7], metric)
    exact[7] = np.inf
    assert list(found.rows) == np.argsort(exact, kind="stable")[:20].tolist()
    np.testing.assert_allclose(np.abs(found.scores), np.abs(np.sort(exact)[:20]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("exponent", [-100, 0, 100])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_neighbors_of_the_origin_agree_with_a_full_sort_at_any_scale(
    rng: np.random.Generator, metric: NeighborMetric, exponent: int
) -> None:
    vectors = np.ldexp(rng.standard_normal((50, 24)), exponent).astype(np.float32)
    origin = np.zeros(24, np.float32)
    found = find_neighbors(Vocabulary([f"t{i}" for i in range(50)], vectors), origin, k=50, metric=metric)
    exact = slow_order(vectors, origin, metric)
    assert list(found.rows) == np.argsort(exact, kind="stable").tolist()
    np.testing.assert_allclose(found.scores, np.sort(exact), rtol=1e-5)


def test_duplicates_of_an_item_show_but_not_the_item(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((30, 8)).astype(np.float32)
    vectors[[5, 11, 29]] = vectors[2]
    found = neighbors_of(Vocabulary(["x"] * 30, vectors), 2, k=3)
    assert found.rows == (5, 11, 29)
    np.testing.assert_allclose(found.scores, 1, atol=1e-6)


def test_ties_are_in_row_order_across_blocks() -> None:
    vocabulary = Vocabulary(["x"] * 10_000, np.ones((10_000, 4), np.float32))
    assert neighbors_of(vocabulary, 2, k=5).rows == (0, 1, 3, 4, 5)
    assert neighbors_of(vocabulary, 9_999, k=3, metric="manhattan").rows == (0, 1, 2)


def test_a_new_vector_finds_its_twin_first(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((100, 8)).astype(np.float32)
    found = find_neighbors(Vocabulary([str(i) for i in range(100)], vectors), vectors[42], k=2, query="new")
    assert found.texts[0] == "42"
    assert found.query == "new"


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
def test_rows_set_aside_are_never_neighbors(metric: NeighborMetric) -> None:
    vectors = np.array([[1, 0], [np.nan, 1], [0, 1], [np.inf, 0]], np.float32)
    vocabulary = Vocabulary(["a", "b", "c", "d"], vectors, placed=np.array([True, False, True, False]))
    assert neighbors_of(vocabulary, 0, metric=metric).rows == (2,)
    with pytest.raises(InputError, match="row 1 was set aside"):
        neighbors_of(vocabulary, 1, metric=metric)


def test_a_lone_text_has_no_neighbors() -> None:
    assert neighbors_of(Vocabulary(["a"], np.ones((1, 3), np.float32)), 0).texts == ()


@pytest.mark.parametrize(
    ("vector", "message"),
    [([1, 2], r"shape \(2,\)"), ([0, 0, 0], "is zero"), ([np.nan, 0, 0], "NaN")],
)
def test_unusable_vectors_are_refused(vector: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_neighbors(Vocabulary(["a"], np.ones((1, 3), np.float32)), np.array(vector))


def test_unknown_metrics_and_counts_are_refused() -> None:
    vocabulary = Vocabulary(["a"], np.ones((1, 3), np.float32))
    with pytest.raises(InputError, match="metric is 'l3'"):
        neighbors_of(vocabulary, 0, metric="l3")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="k is 0"):
        neighbors_of(vocabulary, 0, k=0)
    with pytest.raises(InputError, match="row is 4"):
        neighbors_of(vocabulary, 4)


def test_texts_and_vectors_must_belong_together() -> None:
    with pytest.raises(InputError, match="2 texts"):
        Vocabulary(["a", "b"], np.ones((3, 2), np.float32))
    with pytest.raises(InputError, match="placed"):
        Vocabulary(["a"], np.ones((1, 2), np.float32), placed=np.ones(2, bool))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_best_of_a_stream_do_not_depend_on_the_number_of_threads(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr("asterism.analysis.ranking._BLOCK_ROWS", 16)
    scores = rng.integers(0, 40, (2, 1003)).astype(np.float32)  # full of ties
    rows, best = best_rows(lambda start, stop: scores[:, start:stop], n_rows=1003, n_rankings=2, k=30, threads=threads)
    for i in range(2):
        expected = np.lexsort((np.arange(1003), -scores[i]))[:30]
        np.testing.assert_array_equal(rows[i], expected)
        np.testing.assert_array_equal(best[i], scores[i, expected])


def test_a_short_stream_is_filled_up_with_nothing() -> None:
    rows, scores = best_rows(lambda start, stop: np.zeros((1, stop - start), np.float32), n_rows=2, n_rankings=1, k=4)
    assert rows.tolist() == [[0, 1, -1, -1]]
    assert scores[0, 2] == -np.inf


def test_a_text_that_was_set_aside_is_said_to_be() -> None:
    vocabulary = Vocabulary(["cat", "dog"], np.eye(2, dtype=np.float32), placed=np.array([True, False]))
    with pytest.raises(InputError, match=r"'dog' was set aside \(row 1\): it has no usable vector"):
        vocabulary.require("dog")
    with pytest.raises(InputError, match="'dig' is not among the 2 texts"):
        vocabulary.require("dig")
