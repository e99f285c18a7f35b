from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.graph import build_graph
from asterism.project import quality as room
from asterism.project.pca import project_pca
from asterism.project.quality import chance, largest_k, measure_quality, shown_neighbors


def stretched(rng, n, d):
    return (rng.normal(size=(n, d)) * np.linspace(3, 1, d)).astype(np.float32)


def measured(vectors, points, *, metric="euclidean", **options):
    return measure_quality(vectors, points, build_graph(vectors, n_neighbors=15, metric=metric), **options)


def distances(rows):
    rows = np.asarray(rows, np.float64)
    return np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(axis=2))


def slow_recall(vectors, points, k):
    order = [np.argsort(d + np.diag(np.full(len(d), np.inf)), axis=1) for d in (distances(vectors), distances(points))]
    return np.mean([len(set(a[:k]) & set(b[:k])) / k for a, b in zip(*order, strict=True)])


@pytest.mark.parametrize("n", [40, 400])
@pytest.mark.parametrize("dim", [2, 3])
def test_trustworthiness_and_continuity_equal_those_of_scikit_learn(rng, n, dim):
    from sklearn.manifold import trustworthiness

    vectors = stretched(rng, n, 12)
    points = rng.permutation(vectors)[:, :dim] * 0.2 + vectors[:, :dim]
    quality = measured(vectors, points)
    assert quality.n_neighbors == 15
    assert quality.trustworthiness == pytest.approx(trustworthiness(vectors, points, n_neighbors=15), abs=1e-6)
    assert quality.continuity == pytest.approx(trustworthiness(points, vectors, n_neighbors=15), abs=1e-6)


def test_trustworthiness_by_cosine_equals_that_of_scikit_learn(rng):
    from sklearn.manifold import trustworthiness

    vectors = stretched(rng, 150, 20)
    points = vectors[:, :2]
    expected = trustworthiness(vectors, points, n_neighbors=15, metric="cosine")
    assert measured(vectors, points, metric="cosine").trustworthiness == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n", [8, 30, 300])
def test_recall_equals_the_slow_way(rng, n):
    vectors = stretched(rng, n, 6)
    quality = measured(vectors, vectors[:, :2])
    assert quality.recall == pytest.approx(slow_recall(vectors, vectors[:, :2], min(10, n - 1)))
    assert quality.recall_50 == pytest.approx(slow_recall(vectors, vectors[:, :2], min(50, n - 1)))


def test_triplets_and_spearman_come_near_the_slow_way_over_all(rng):
    vectors = stretched(rng, 40, 6)
    points = vectors[:, :2]
    far, near = distances(vectors), distances(points)
    agree = [
        (far[i, j] < far[i, k]) == (near[i, j] < near[i, k])
        for i in range(40)
        for j in range(40)
        for k in range(j)
        if len({i, j, k}) == 3
    ]
    upper = np.triu_indices(40, 1)
    ranks = [np.argsort(np.argsort(matrix[upper])) for matrix in (far, near)]
    quality = measured(vectors, points)
    assert quality.triplets == pytest.approx(np.mean(agree), abs=5 * quality.errors.triplets)
    assert quality.spearman == pytest.approx(np.corrcoef(*ranks)[0, 1])


def test_a_map_that_keeps_everything_scores_one_everywhere(rng):
    points = rng.normal(size=(500, 2)).astype(np.float32)
    quality = measured(points, points * 3 + 7)
    assert all(score >= 0.9999 for score in astuple(quality.scores))
    assert quality.lost.max() <= 1 / 15 + 1e-6  # rounding may swap two neighbours
    assert quality.false.max() <= 1 / 15 + 1e-6


def test_shuffled_points_score_chance_on_average(rng):
    vectors = stretched(rng, 120, 5)
    graph = build_graph(vectors, n_neighbors=15)
    runs = [measure_quality(vectors, vectors[rng.permutation(120), :2], graph) for _ in range(60)]
    scores = np.array([astuple(run.scores) for run in runs])
    expected = np.array(astuple(chance(120)))
    assert (np.abs(scores.mean(axis=0) - expected) < 5 * scores.std(axis=0) / np.sqrt(60)).all()
    assert runs[0].chance == chance(120)


def test_points_all_in_one_place_score_no_better_than_chance(rng):
    vectors = stretched(rng, 200, 5)
    quality = measured(vectors, np.zeros((200, 2)))
    assert quality.triplets == 0.5
    assert quality.spearman == 0
    assert quality.continuity == pytest.approx(chance(200).continuity, abs=0.02)
    assert quality.trustworthiness == pytest.approx(chance(200).trustworthiness, abs=0.1)
    assert quality.recall < 0.12


def test_lost_and_false_equal_the_slow_way(rng):
    vectors = stretched(rng, 90, 7)
    points = (vectors[:, :2] + rng.normal(size=(90, 2))).astype(np.float32)
    quality = measured(vectors, points)
    near = []
    for matrix in (distances(vectors), distances(points)):
        np.fill_diagonal(matrix, np.inf)
        near.append(np.argsort(matrix, axis=1)[:, :15])
    either = [{(i, j) for i in range(90) for j in of[i]} | {(j, i) for i in range(90) for j in of[i]} for of in near]
    lost = [np.mean([(i, j) not in either[1] for j in near[0][i]]) for i in range(90)]
    false = [np.mean([(i, j) not in either[0] for j in near[1][i]]) for i in range(90)]
    np.testing.assert_allclose(quality.lost, lost, atol=1e-6)
    np.testing.assert_allclose(quality.false, false, atol=1e-6)


def test_pca_beside_it_is_measured_like_the_map_itself(rng):
    vectors = stretched(rng, 300, 9)
    pca = project_pca(vectors).points
    noise = rng.normal(size=(300, 2)).astype(np.float32)
    assert measured(vectors, noise, pca_points=pca).pca == measured(vectors, pca).scores
    assert measured(vectors, noise).pca is None


def test_sampled_scores_lie_within_their_errors_of_the_whole(rng, monkeypatch):
    vectors = stretched(rng, 3000, 8)
    whole = measured(vectors, vectors[:, :2])
    monkeypatch.setattr(room, "ALL_UP_TO", 1000)
    monkeypatch.setattr(room, "SAMPLE", 600)
    sampled = measured(vectors, vectors[:, :2])
    assert (whole.n_sampled, sampled.n_sampled, sampled.n_vectors) == (3000, 600, 3000)
    assert whole.errors.recall == whole.errors.trustworthiness == 0
    gaps = np.abs(np.array(astuple(whole.scores)) - np.array(astuple(sampled.scores)))[:4]
    errors = np.array(astuple(sampled.errors))[:4]
    assert (errors > 0).all()
    assert (gaps < 4 * errors).all()


def test_numbers_do_not_depend_on_threads_but_on_the_seed(rng):
    vectors = stretched(rng, 1500, 10)
    graph, points = build_graph(vectors, n_neighbors=15), vectors[:, :2]
    runs = [measure_quality(vectors, points, graph, pca_points=points, threads=threads) for threads in (1, 2, 4)]
    assert len({(run.scores, run.pca, run.lost.tobytes(), run.false.tobytes()) for run in runs}) == 1
    assert measure_quality(vectors, points, graph, seed=1).triplets != runs[0].triplets


@pytest.mark.parametrize("n", range(8))
def test_a_few_vectors_have_finite_scores(n):
    vectors = np.eye(8, 5, dtype=np.float32)[:n] + np.arange(n, dtype=np.float32)[:, None] / 9 + 0.1
    quality = measured(vectors, vectors[:, :2], pca_points=vectors[:, :2])
    for scores in (quality.scores, quality.chance, quality.pca, quality.errors):
        assert np.isfinite(astuple(scores)).all()
    assert quality.lost.shape == quality.false.shape == (n,)
    assert np.isfinite(quality.lost).all()
    assert quality.n_neighbors == largest_k(n)
    if n < 3:
        assert set(astuple(quality.scores)) == {1.0}


def test_equal_distances_between_all_vectors_leave_no_order_to_keep():
    quality = measured(np.eye(12), np.arange(24).reshape(12, 2) ** 1.5)
    assert quality.spearman == 0
    assert quality.triplets == 0.5


@pytest.mark.parametrize("dim", [2, 3, 4])
def test_shown_neighbours_equal_brute_force(rng, dim):
    points = np.concatenate([rng.normal(size=(300, dim)), rng.normal(size=(200, dim)) * 1e-3 + 5]).astype(np.float32)
    ids, away = shown_neighbors(points, 9)
    far = distances(points)
    np.fill_diagonal(far, np.inf)
    np.testing.assert_array_equal(ids, np.argsort(far, axis=1)[:, :9])
    np.testing.assert_allclose(away, np.sort(far, axis=1)[:, :9], rtol=1e-5)


def test_shown_neighbours_at_one_place_go_by_index():
    ids, away = shown_neighbors(np.zeros((100, 2), np.float32), 3)
    np.testing.assert_array_equal(ids[:4], [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    np.testing.assert_array_equal(ids[50], [0, 1, 2])
    assert (away == 0).all()


def test_shown_neighbours_on_a_lattice_go_by_distance_and_index():
    points = np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=-1).reshape(-1, 2).astype(np.float32)
    far = distances(points)
    np.fill_diagonal(far, np.inf)
    np.testing.assert_array_equal(shown_neighbors(points, 6)[0], np.argsort(far, axis=1, kind="stable")[:, :6])


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_the_size_of_the_map_does_not_matter(rng, size):
    vectors = stretched(rng, 100, 4)
    points = vectors[:, :2]
    plain, sized = measured(vectors, points), measured(vectors, points * np.float32(size))
    np.testing.assert_allclose(astuple(sized.scores), astuple(plain.scores), atol=1e-3)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((4, 2)), "5 vectors, 4 points and a graph of 5"),
        (np.full((5, 2), np.nan), "points holds NaN or infinity, first in row 0"),
    ],
)
def test_points_that_do_not_fit_are_refused(points, message):
    with pytest.raises(InputError, match=message):
        measured(np.eye(5), points)


def test_shepard_pairs_are_distances_of_both_spaces(rng):
    vectors = stretched(rng, 60, 5)
    pairs = measured(vectors, vectors[:, :2] * 3).shepard
    assert pairs.shape == (500, 2)
    gaps, shown = distances(vectors), distances(vectors[:, :2] * 3)
    upper = np.triu_indices(60, 1)
    known = {(round(a, 3), round(b, 3)) for a, b in zip(gaps[upper].tolist(), shown[upper].tolist(), strict=True)}
    assert {(round(a, 3), round(b, 3)) for a, b in pairs.astype(float).tolist()} <= known


def test_measures_equal_those_of_zadu(rng):
    pytest.importorskip("zadu", reason="ZADU is no dependency; pip install zadu to compare")
    from zadu.measures import neighborhood_hit, spearman_rho, trustworthiness_continuity

    from asterism.project.labels import measure_labels

    vectors = stretched(rng, 250, 12)
    points = (rng.permutation(vectors)[:, :2] * 0.2 + vectors[:, :2]).astype(np.float32)
    quality = measured(vectors, points)
    theirs = trustworthiness_continuity.measure(vectors, points, k=15)
    assert quality.trustworthiness == pytest.approx(theirs["trustworthiness"], abs=1e-6)
    assert quality.continuity == pytest.approx(theirs["continuity"], abs=1e-6)
    # 31 125 pairs are fewer than we draw, so that all of them count.
    assert quality.spearman == pytest.approx(spearman_rho.measure(vectors, points)["spearman_rho"], abs=1e-6)
    codes = rng.integers(0, 4, 250)
    told = measure_labels(vectors, [points], codes, column="topic", metric="euclidean")[0]
    hit = neighborhood_hit.measure(points, codes, k=10)["neighborhood_hit"]
    assert told.map.purity == pytest.approx(hit, abs=1e-6)
