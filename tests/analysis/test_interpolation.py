"""The way between two vectors."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.analysis import plane
from asterism.analysis.interpolation import MAX_STEPS, Way, between, interpolate
from asterism.analysis.neighbors import NeighborMetric, nearest_gaps, neighbors_of
from asterism.analysis.plane import axis_plane, joint_plane
from asterism.analysis.vocabulary import Vocabulary, unit_rows
from asterism.errors import InputError


def angles(points: np.ndarray) -> np.ndarray:
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    return np.arccos(np.clip((units[:-1] * units[1:]).sum(axis=1), -1, 1))


@pytest.mark.parametrize("method", ["lerp", "slerp"])
def test_the_ends_are_the_ends(rng: np.random.Generator, method: Way) -> None:
    a, b = rng.standard_normal((2, 12)).astype(np.float32)
    np.testing.assert_allclose(between(a, b, [0, 1], method=method), [a, b], atol=1e-6)


def test_nlerp_ends_at_the_directions_of_the_ends(rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((2, 12)).astype(np.float32)
    expected = [a / np.linalg.norm(a), b / np.linalg.norm(b)]
    np.testing.assert_allclose(between(a, b, [0, 1], method="nlerp"), expected, atol=1e-6)


def test_slerp_turns_at_constant_speed_and_changes_length_evenly(rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((2, 30))
    points = between(a, 3 * b, np.linspace(0, 1, 11)).astype(np.float64)
    np.testing.assert_allclose(angles(points), angles(points).mean(), atol=1e-5)
    np.testing.assert_allclose(np.diff(np.linalg.norm(points, axis=1), n=2), 0, atol=1e-5)


@pytest.mark.parametrize(("cosine", "norm"), [(0, 0.707), (0.1, 0.742), (0.3, 0.806), (0.7, 0.922)])
def test_the_middle_of_a_straight_line_is_short(cosine: float, norm: float) -> None:
    middle = between([1, 0], [cosine, np.sqrt(1 - cosine**2)], [0.5], method="lerp")
    assert np.linalg.norm(middle) == pytest.approx(norm, abs=5e-4)


@pytest.mark.parametrize(("cosine", "degrees"), [(0, 4.07), (0.1, 3.28), (0.3, 2.03), (0.7, 0.48)])
def test_nlerp_and_slerp_differ_as_published(cosine: float, degrees: float) -> None:
    a, b, t = [1, 0], [cosine, np.sqrt(1 - cosine**2)], np.linspace(0, 1, 1001)
    straight, arc = between(a, b, t, method="nlerp"), between(a, b, t)
    turned = np.degrees(np.arctan2(straight[:, 1], straight[:, 0]) - np.arctan2(arc[:, 1], arc[:, 0]))
    assert np.abs(turned).max() == pytest.approx(degrees, abs=0.01)


@pytest.mark.parametrize("method", ["lerp", "nlerp", "slerp"])
def test_identical_ends_give_one_place(method: Way) -> None:
    points = between([0.6, 0.8], [0.6, 0.8], [0, 0.3, 1], method=method)
    np.testing.assert_allclose(points, [[0.6, 0.8]] * 3, atol=1e-7)


def test_opposite_ends_are_joined_by_an_arc_of_constant_speed() -> None:
    a = np.array([0.6, 0.8, 0])
    points = between(a, -a, np.linspace(0, 1, 7))
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(angles(points), np.pi / 6, atol=1e-5)
    np.testing.assert_allclose(points[-1], -a, atol=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "method", "message"),
    [
        ([1, 0], [-1, 0], "nlerp", "opposite"),
        ([0, 0], [1, 0], "slerp", "zero vector"),
        ([1], [-1], "slerp", "one dimension"),
        ([1, 0], [1], "lerp", "shapes"),
        ([np.nan, 0], [1, 0], "lerp", "NaN"),
        ([1, 0], [0, 1], "cubic", "method is 'cubic'"),
    ],
)
def test_ends_that_cannot_be_joined_are_refused(a: list, b: list, method: Way, message: str) -> None:
    with pytest.raises(InputError, match=message):
        between(a, b, [0.5], method=method)


@pytest.fixture
def circle() -> Vocabulary:
    """Thirteen texts on a half circle, and one that is far from all others."""
    turn = np.radians(np.arange(0, 181, 15))
    vectors = np.concatenate((np.stack((np.cos(turn), np.sin(turn), 0 * turn), axis=1), [[0, 0, 1]]))
    return Vocabulary([f"{i}°" for i in range(0, 181, 15)] + ["up"], vectors.astype(np.float32))


def test_the_way_passes_the_texts_between(circle: Vocabulary) -> None:
    way = interpolate(circle, circle.vectors[[0, 6]], ["0°", "90°"], rows=[0, 6], steps=6)
    assert [step.nearest.texts[0] for step in way.steps] == ["0°", "15°", "30°", "45°", "60°", "75°", "90°"]
    assert [step.is_change for step in way.steps] == [False] + [True] * 6
    assert next(step.others.texts[0] for step in way.steps) == "15°"
    assert way.steps[3].to_start == pytest.approx(way.steps[3].to_end)
    assert way.typical == pytest.approx(1 - np.cos(np.radians(15)), abs=1e-5)
    assert not way.remarks


def test_more_steps_than_anybody_reads_are_refused(circle: Vocabulary) -> None:
    with pytest.raises(InputError, match=f"steps is {MAX_STEPS + 1}; expected between 1 and {MAX_STEPS}"):
        interpolate(circle, circle.vectors[[0, 6]], ["0°", "90°"], steps=MAX_STEPS + 1)


def test_steps_far_from_every_text_are_said(circle: Vocabulary) -> None:
    way = interpolate(circle, circle.vectors[[0, 13]], ["0°", "up"], rows=[0, 13], steps=4)
    assert any("little is there" in remark for remark in way.remarks)


def test_a_list_is_walked_stop_by_stop(circle: Vocabulary) -> None:
    way = interpolate(circle, circle.vectors[[0, 4, 8]], ["0°", "60°", "120°"], steps=4)
    assert len(way.steps) == len(way.points) == 9
    assert way.steps[4].nearest.texts[0] == "60°"
    assert way.steps[-1].t == 1


def test_identical_and_opposite_stops_are_said(circle: Vocabulary) -> None:
    same = interpolate(circle, circle.vectors[[3, 3]], ["a", "b"], steps=2)
    assert any("same direction" in remark for remark in same.remarks)
    opposite = interpolate(circle, circle.vectors[[0, 12]], ["a", "b"], steps=2)
    assert any("opposite" in remark for remark in opposite.remarks)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
def test_every_metric_walks_on_vectors_of_any_length(circle: Vocabulary, metric: str) -> None:
    way = interpolate(circle, 5 * circle.vectors[[0, 6]], ["a", "b"], metric=metric)  # type: ignore[arg-type]
    assert np.linalg.norm(way.points, axis=1) == pytest.approx(5, abs=1e-4)
    assert len(way.steps) == 11


def test_too_few_stops_are_refused(circle: Vocabulary) -> None:
    with pytest.raises(InputError, match="1 stops"):
        interpolate(circle, circle.vectors[:1], ["a"])


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
def test_what_is_usual_is_the_distance_to_the_nearest_other_text(
    rng: np.random.Generator, metric: NeighborMetric
) -> None:
    vectors = rng.standard_normal((60, 5)).astype(np.float32)
    vectors[[7, 30]] = vectors[2]
    vocabulary = Vocabulary([f"t{i}" for i in range(60)], vectors)
    slow = [neighbors_of(vocabulary, row, k=1, metric=metric).scores[0] for row in range(60)]
    found = nearest_gaps(vocabulary, range(60), metric=metric)
    np.testing.assert_array_equal(found, 1 - np.array(slow) if metric == "cosine" else slow)
    assert np.isinf(nearest_gaps(Vocabulary(["a"], vectors[:1]), [0], metric=metric)).all()


def test_a_plane_read_in_parts_is_that_of_the_whole(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, placed = rng.standard_normal((50, 6)).astype(np.float32), np.arange(50) != 7
    direction = unit_rows(vectors[0])
    whole, beside = joint_plane(vectors, vectors[:3]), axis_plane(vectors, placed, direction)
    monkeypatch.setattr(plane, "ROWS", 8)
    parts, part_beside = joint_plane(vectors, vectors[:3]), axis_plane(vectors, placed, direction)
    np.testing.assert_allclose(parts.background, whole.background, atol=1e-5)
    np.testing.assert_allclose(parts.explained, whole.explained)
    np.testing.assert_allclose(part_beside.heights, beside.heights, atol=1e-5)
    assert np.isnan(axis_plane(vectors, np.zeros(50, bool), direction).heights).all()


def test_background_and_path_share_one_linear_map(rng: np.random.Generator) -> None:
    ground, path = rng.standard_normal((200, 10)), np.linspace(rng.standard_normal(10), rng.standard_normal(10), 5)
    drawn = joint_plane(ground, path)
    np.testing.assert_allclose(np.diff(drawn.path, n=2, axis=0), 0, atol=1e-5)
    pca = pytest.importorskip("sklearn.decomposition").PCA(2)
    expected = pca.fit_transform(np.concatenate((ground, path)))
    np.testing.assert_allclose(np.abs(drawn.background), np.abs(expected[:200]), atol=1e-4)
    np.testing.assert_allclose(drawn.explained, pca.explained_variance_ratio_, atol=1e-6)


def test_a_plane_of_three_vectors_keeps_their_parallelogram() -> None:
    a, b, c = np.eye(3)
    path = joint_plane(np.empty((0, 3)), [a, b, c, b - a + c]).path
    np.testing.assert_allclose(path[1] - path[0], path[3] - path[2], atol=1e-6)


def test_a_plane_exists_for_a_single_point_and_a_single_dimension() -> None:
    assert joint_plane(np.empty((0, 3)), [[1, 2, 3]]).path.tolist() == [[0, 0]]
    assert joint_plane([[1.0]], [[2.0]], dim=3).path.shape == (1, 3)
    with pytest.raises(InputError, match="expected one d"):
        joint_plane([[1.0]], [[2.0, 3.0]])
