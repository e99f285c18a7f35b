"""Tables of distances and their order."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.analysis.distances import distance_table
from asterism.analysis.linkage import average_linkage, leaf_order
from asterism.errors import InputError

hierarchy = pytest.importorskip("scipy.cluster.hierarchy", reason="scipy is the reference; it comes with asterism[dev]")
spatial = pytest.importorskip("scipy.spatial.distance")


def names(n: int) -> list[str]:
    return [f"t{i}" for i in range(n)]


def test_tables_agree_with_scipy(rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 9)).astype(np.float32)
    table = distance_table(names(40), x)
    for ours, metric in ((table.euclidean, "euclidean"), (table.manhattan, "cityblock"), (1 - table.cosine, "cosine")):
        np.testing.assert_allclose(ours, spatial.cdist(x.astype(float), x.astype(float), metric), atol=1e-12)
    np.testing.assert_allclose(table.dot, x.astype(float) @ x.T.astype(float))


def test_identities_hold_for_unit_vectors(rng: np.random.Generator) -> None:
    x = rng.standard_normal((30, 16))
    table = distance_table(names(30), (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32))
    np.testing.assert_allclose(table.euclidean**2, 2 - 2 * table.cosine, atol=1e-6)
    np.testing.assert_allclose(table.dot, table.cosine, atol=1e-6)
    np.testing.assert_allclose(np.cos(np.radians(table.angle)), table.cosine, atol=1e-12)
    np.testing.assert_allclose(table.norms, 1, atol=1e-6)


def test_angles_keep_their_digits_for_nearly_equal_vectors() -> None:
    table = distance_table(["a", "b", "c"], [[1, 0], [1, 1e-6], [-1, 0]])
    assert table.angle[0, 1] == pytest.approx(np.degrees(1e-6), rel=1e-6)
    assert table.angle[0, 2] == 180
    assert (np.diag(table.angle) == 0).all()


def test_a_zero_vector_has_no_angle() -> None:
    table = distance_table(["a", "zero"], [[1, 0], [0, 0]])
    assert np.isnan(table.angle[0, 1])
    assert np.isnan(table.cosine[1, 1])
    assert table.euclidean[0, 1] == 1
    assert sorted(table.order.tolist()) == [0, 1]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_texts_are_no_trouble(n: int) -> None:
    table = distance_table(names(n), np.eye(3, dtype=np.float32)[:n])
    assert table.order.tolist() == list(range(n))
    assert table.cosine.shape == (n, n)


def test_too_many_texts_are_refused() -> None:
    with pytest.raises(InputError, match="at most 2000"):
        distance_table(names(2001), np.ones((2001, 1), np.float32))
    with pytest.raises(InputError, match="2 texts and 1 vectors"):
        distance_table(names(2), np.ones((1, 1), np.float32))


def test_average_linkage_agrees_with_scipy(rng: np.random.Generator) -> None:
    x = rng.standard_normal((70, 4))
    gaps = spatial.squareform(spatial.pdist(x))
    ours = sorted(join[2] for join in average_linkage(gaps))
    np.testing.assert_allclose(ours, np.sort(hierarchy.average(spatial.pdist(x))[:, 2]))


def test_groups_stand_together_whatever_the_order_of_the_input(rng: np.random.Generator) -> None:
    group = rng.permutation(np.repeat(np.arange(5), 6))
    x = np.eye(5)[group] + 0.05 * rng.standard_normal((30, 5))
    order = leaf_order(spatial.squareform(spatial.pdist(x)))
    assert sorted(order.tolist()) == list(range(30))
    assert np.count_nonzero(np.diff(group[order])) == 4


def test_the_order_is_nearly_as_short_as_the_best_one_for_the_tree(rng: np.random.Generator) -> None:
    for _ in range(5):
        gaps = spatial.squareform(spatial.pdist(rng.standard_normal((40, 3))))
        best = hierarchy.leaves_list(
            hierarchy.optimal_leaf_ordering(hierarchy.average(spatial.squareform(gaps)), spatial.squareform(gaps))
        )
        ours = leaf_order(gaps)
        assert gaps[ours[:-1], ours[1:]].sum() < 1.25 * gaps[best[:-1], best[1:]].sum()


def test_equal_items_are_joined_without_end() -> None:
    assert sorted(leaf_order(np.zeros((50, 50))).tolist()) == list(range(50))
