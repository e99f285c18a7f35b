from __future__ import annotations

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.project.pca import principal_components, project_pca


def stretched(rng, n, d):
    return (rng.normal(size=(n, d)) * np.linspace(1, 3, d) + 5).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(2, 5), (3, 4), (60, 37), (25, 300), (900, 130), (400, 1)])
def test_components_and_variances_equal_those_of_scikit_learn(rng, n, d):
    from sklearn.decomposition import PCA

    vectors, count = stretched(rng, n, d), min(3, n - 1, d)
    ours = principal_components(vectors, count)
    theirs = PCA(count, svd_solver="full").fit(vectors.astype(np.float64))
    np.testing.assert_allclose(np.abs((ours.components * theirs.components_).sum(axis=1)), 1, rtol=1e-9)
    np.testing.assert_allclose(ours.variances, theirs.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(ours.ratios, theirs.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(
        np.abs(ours.transform(vectors)), np.abs(theirs.transform(vectors.astype(np.float64))), atol=1e-4
    )


def test_all_components_of_a_matrix_with_equal_eigenvalues_are_orthogonal():
    ours = principal_components(np.concatenate([np.eye(12), -np.eye(12)]), 12)
    np.testing.assert_allclose(ours.components @ ours.components.T, np.eye(12), atol=1e-12)
    np.testing.assert_allclose(ours.variances, 2 / 23, rtol=1e-12)


def test_largest_entry_of_every_component_is_positive(rng):
    ours = principal_components(stretched(rng, 200, 20), 5)
    assert (np.take_along_axis(ours.components, np.abs(ours.components).argmax(axis=1)[:, None], axis=1) > 0).all()


@pytest.mark.parametrize(("n", "d"), [(5000, 70), (64, 600)])
def test_bits_do_not_depend_on_threads(rng, n, d):
    vectors = stretched(rng, n, d)
    assert len({project_pca(vectors, threads=threads).points.tobytes() for threads in (1, 2, 4)}) == 1


def test_memory_mapped_vectors_of_several_blocks_give_the_same_points(rng, tmp_path, monkeypatch):
    vectors = stretched(rng, 3000, 8)
    np.save(tmp_path / "vectors.npy", vectors)
    whole = project_pca(vectors).points
    monkeypatch.setattr("asterism.project.pca.ROWS_AT_A_TIME", 512)
    mapped = project_pca(np.load(tmp_path / "vectors.npy", mmap_mode="r"))
    np.testing.assert_allclose(mapped.points, whole, atol=1e-5)


@pytest.mark.parametrize("n", [0, 1])
def test_no_row_and_one_row_stand_at_the_origin(n):
    projection = project_pca(np.ones((n, 4)))
    np.testing.assert_array_equal(projection.points, np.zeros((n, 2)))
    assert projection.axes == ("PC1 (0 %)", "PC2 (0 %)")


@pytest.mark.parametrize("value", [0.0, 1.1, 1e-20, 3e18])
def test_equal_rows_stand_at_the_origin(value):
    projection = project_pca(np.full((50, 7), value))
    np.testing.assert_allclose(projection.points, 0, atol=value * 1e-6)
    assert projection.params["explained"] == [0.0, 0.0]
    assert "0 of the 2 directions" in projection.notes[0]


def test_dimensions_beyond_the_rank_are_zero():
    projection = project_pca(np.arange(4.0)[:, None], dim=3)
    np.testing.assert_allclose(projection.points, [[-1.5, 0, 0], [-0.5, 0, 0], [0.5, 0, 0], [1.5, 0, 0]])
    assert projection.axes[0] == "PC1 (100 %)"
    assert projection.notes == ("The vectors vary in 1 of the 3 directions; the rest is 0.",)


def test_two_rows_keep_their_distance(rng):
    vectors = rng.normal(size=(2, 30)).astype(np.float32)
    points = project_pca(vectors).points
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(np.linalg.norm(vectors[0] - vectors[1]), rel=1e-6)


def test_a_small_share_keeps_one_decimal(rng):
    axes = project_pca(rng.normal(size=(2000, 60))).axes
    assert [axis[:4] for axis in axes] == ["PC1 ", "PC2 "]
    assert all("." in axis for axis in axes)


def test_axes_and_parameters_are_recorded(rng):
    projection = project_pca(stretched(rng, 50, 5), dim=3, seed=7)
    assert projection.method == "pca"
    assert projection.seed == 7
    assert projection.params["dim"] == 3
    assert 0 < sum(projection.params["explained"]) <= 1


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        (np.array([[np.inf, 0.0]]), {}, "NaN or infinity"),
        (np.eye(3), {"dim": 0}, "dim is 0"),
        (np.eye(3), {"perplexity": 30}, "pca was given perplexity; expected no parameters"),
    ],
)
def test_what_cannot_be_projected_is_refused(vectors, options, message):
    with pytest.raises(InputError, match=message):
        project_pca(vectors, **options)


def test_vectors_of_another_dimension_are_not_transformed(rng):
    principal = principal_components(rng.normal(size=(5, 3)), 2)
    with pytest.raises(InputError, match=r"shape \(2, 4\); expected \(n, 3\)"):
        principal.transform(np.zeros((2, 4), np.float32))
