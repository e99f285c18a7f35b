from __future__ import annotations

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.project import labels as labels_module
from asterism.project import quality as quality_module
from asterism.project.labels import measure_labels, silhouettes


def groups(rng, n=300, n_labels=5, dim=8):
    codes = rng.integers(0, n_labels, n)
    vectors = (rng.normal(size=(n_labels, dim))[codes] + rng.normal(size=(n, dim))).astype(np.float32)
    return vectors, vectors[:, :2].copy(), codes


def measured(vectors, points, codes, **options):
    return measure_labels(vectors, [points], codes, column="topic", **{"metric": "euclidean"} | options)[0]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_silhouettes_equal_those_of_scikit_learn(rng, metric):
    from sklearn.metrics import silhouette_samples

    vectors, _, codes = groups(rng)
    codes[7] = 99  # alone with its label
    codes = np.unique(codes, return_inverse=True)[1]
    own = silhouettes(vectors, codes, np.arange(300, dtype=np.int32), metric=metric)
    np.testing.assert_allclose(own, silhouette_samples(vectors, codes, metric=metric), atol=1e-6)


def test_accuracy_equals_that_of_scikit_learn_s_neighbours(rng):
    from sklearn.neighbors import NearestNeighbors

    vectors, points, codes = groups(rng)
    told = measured(vectors, points, codes)
    for scores, space in ((told.space, vectors), (told.map, points)):
        near = NearestNeighbors(n_neighbors=11).fit(space).kneighbors(return_distance=False)[:, :10]
        votes = [max(row.tolist(), key=lambda code, row=row: ((row == code).sum(), -row.tolist().index(code)))
                 for row in codes[near]]  # fmt: skip
        assert scores.accuracy == pytest.approx(np.mean(np.array(votes) == codes))
        assert scores.purity == pytest.approx((codes[near] == codes[:, None]).mean())


def test_shuffled_labels_score_chance(rng):
    vectors, points, codes = groups(rng, n=2000)
    told = measured(vectors, points, codes)
    counts = np.bincount(codes)
    assert told.shuffled.purity == pytest.approx((counts * (counts - 1)).sum() / (2000 * 1999), abs=0.02)
    assert told.shuffled.silhouette < 0.05 < told.space.silhouette
    assert told.map.accuracy > told.shuffled.accuracy + 0.1


def test_texts_without_a_label_take_no_part(rng):
    vectors, points, codes = groups(rng)
    more = np.concatenate([vectors, rng.normal(size=(50, 8)).astype(np.float32)])
    padded = np.concatenate([codes, np.full(50, -1)])
    told = measured(more, more[:, :2], padded)
    assert (told.n_labelled, told.n_labels) == (300, 5)
    assert told.space == measured(vectors, points, codes).space


def test_a_sample_lies_within_its_errors_of_the_whole(rng, monkeypatch):
    vectors, points, codes = groups(rng, n=4000)
    whole = measured(vectors, points, codes)
    assert whole.errors.accuracy == 0
    monkeypatch.setattr(quality_module, "ALL_UP_TO", 1000)
    monkeypatch.setattr(quality_module, "SAMPLE", 500)
    monkeypatch.setattr(labels_module, "OTHERS", 2000)
    some = measured(vectors, points, codes)
    assert (some.n_sampled, some.n_labelled) == (500, 4000)
    for name in ("accuracy", "purity", "silhouette"):
        gap = abs(getattr(some.map, name) - getattr(whole.map, name))
        assert gap < 4 * getattr(some.errors, name) + 0.01


def test_pca_stands_beside_and_threads_change_nothing(rng):
    vectors, points, codes = groups(rng)
    told = measured(vectors, points, codes, pca_points=vectors[:, 2:4], threads=1)
    assert told.pca == measured(vectors, vectors[:, 2:4], codes).map
    assert told == measured(vectors, points, codes, pca_points=vectors[:, 2:4], threads=2)


@pytest.mark.parametrize("codes", [[], [0], [0, 1], [0, 0, 0], [-1, -1, -1, 0], [0, 1, -1]])
def test_too_few_labels_leave_nothing_to_ask(codes):
    vectors = np.eye(len(codes), 4, dtype=np.float32)
    assert measure_labels(vectors, [vectors[:, :2]], np.array(codes, int), column="x", metric="euclidean") is None


def test_every_text_with_a_label_of_its_own_is_asked(rng):
    vectors = rng.normal(size=(2500, 4)).astype(np.float32)
    told = measured(vectors, vectors[:, :2], np.arange(2500))
    assert (told.map.accuracy, told.map.silhouette, told.n_labels) == (0, 0, 2500)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"3 vectors, \[3\] points and labels of shape \(2,\)"):
        measure_labels(np.eye(3), [np.eye(3)], [0, 1], column="x", metric="cosine")


@pytest.mark.parametrize(("each", "expected"), [(5, 4), (2, 1), (1, 1), (40, 10)])
def test_no_more_neighbours_vote_than_a_group_has(rng, each, expected):
    codes = np.repeat(np.arange(4), each)
    vectors = (10 * np.eye(4)[codes] + rng.normal(size=(4 * each, 4))).astype(np.float32)
    told = measured(vectors, vectors[:, :2], codes)
    assert told.n_neighbors == expected
    if each > 1:
        assert told.space.accuracy == told.space.purity == 1
