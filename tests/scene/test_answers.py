"""What answers look like on a map."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

import asterism
from asterism.errors import InputError
from asterism.scene.answers import cluster_labels
from asterism.scene.spec import CategoryColumn, NumberColumn
from asterism.values import Clustering, Labels

WORDS = ["man", "woman", "king", "queen", "apple", "none"]
VECTORS = np.array([[0, 1, 1], [0, -1, 1], [1, 1, 1], [1, -1, 1], [0, 0, 1], [0, 0, 0]], np.float32)


@pytest.fixture
def royals() -> asterism.Space:
    return asterism.Space.from_vectors(VECTORS, WORDS)


def test_names_of_clusters_are_written_at_their_level() -> None:
    levels = (np.array([0, 1, 0, -1], np.int32), np.array([1, 0, 2, -1], np.int32))
    labels = cluster_labels(Clustering(levels, "leiden"), Labels((("a", "b"), ("b", "c", "d")), ((), ())))
    told = [(label.text, label.level, label.members.tolist()) for label in labels]
    assert told == [("a", 0, [0, 2]), ("b", 0, [1]), ("c", 1, [0]), ("d", 1, [2])]


def test_a_table_without_texts_is_not_drawn(royals: asterism.Space) -> None:
    with pytest.raises(InputError, match="holds no texts"):
        royals.draw(royals.distances([]))


def test_the_parallelogram_is_one(royals: asterism.Space) -> None:
    drawn = royals.draw(royals.arithmetic("king - man + woman"))
    known, asked = drawn.scene.arrows
    np.testing.assert_allclose(known.end[0] - known.start[0], asked.end[0] - asked.start[0], atol=1e-5)
    rows = {text: drawn.points[i] for i, text in enumerate(drawn.space.texts)}
    np.testing.assert_allclose(known.start[0], rows["man"], atol=1e-5)
    np.testing.assert_allclose(asked.start[0], rows["woman"], atol=1e-5)
    assert drawn.scene.title == "king − man + woman"
    assert drawn.scene.pins[-1].text == "result"


def test_other_expressions_are_walked_term_by_term(royals: asterism.Space) -> None:
    scene = royals.draw(royals.arithmetic("king + woman - 0.5*apple"), title="sum").scene
    assert [arrow.name for arrow in scene.arrows] == ["+ woman", "− apple"]
    np.testing.assert_allclose(scene.arrows[0].end[0], scene.arrows[1].start[0])
    assert scene.title == "sum"


def test_the_way_lies_over_all_texts_that_have_a_place(royals: asterism.Space) -> None:
    answer = royals.interpolate("man", "queen", steps=4)
    drawn = royals.draw(answer)
    (path,) = drawn.scene.paths
    assert drawn.space.texts == WORDS[:5]
    assert path.points[0].shape == (5, 2)
    np.testing.assert_allclose(path.points[0][0], drawn.points[0], atol=1e-5)
    np.testing.assert_allclose(path.points[0][-1], drawn.points[3], atol=1e-5)
    assert (path.captions[0], path.captions[-1]) == ("man", "queen")
    assert [bool(caption) for caption in path.captions[1:-1]] == [step.is_change for step in answer.steps[1:-1]]
    assert "variance" in drawn.projection.notes[1]


def test_a_plane_of_axes_is_drawn_with_its_titles(royals: asterism.Space, tmp_path) -> None:
    drawn = royals.draw(royals.plane("man -> king", "man -> woman"))
    assert drawn.projection.axes == ("man → king", "man → woman")
    assert drawn.scene.title == "man → king · man → woman"
    drawn.save(tmp_path / "plane.png")
    assert (tmp_path / "plane.png").stat().st_size > 1000


def test_maps_of_many_texts_carry_names_of_clusters(rng: np.random.Generator) -> None:
    topic = np.repeat([0, 1, 2], 40)
    texts = [
        f"{('cats', 'cars', 'seas')[t]} are things of a kind that has a number, which is {i}"
        for i, t in enumerate(topic)
    ]
    vectors = (3 * np.eye(3, 12)[topic] + 0.4 * rng.standard_normal((120, 12))).astype(np.float32)
    made = asterism.Space.from_vectors(vectors, texts).map(method="pca", cache=False)
    assert sorted(label.text.split(", ")[0] for label in made.scene.labels if label.level == 0) == [
        "cars",
        "cats",
        "seas",
    ]
    assert made.over(labels=()).scene.labels == ()


@pytest.fixture
def groups(rng: np.random.Generator) -> asterism.Space:
    """Three groups of 50 texts, one text far from all, and two that are nearly equal."""
    topic = np.repeat([0, 1, 2], 50)
    vectors = 3 * np.eye(3, 12)[topic] + 0.4 * rng.standard_normal((150, 12))
    vectors[10] = np.eye(12)[11] * 3
    vectors[21] = vectors[20] + 1e-4
    texts = [f"{('cats', 'cars', 'seas')[t]} are things of a kind and their number is {i}" for i, t in enumerate(topic)]
    return asterism.Space.from_vectors(vectors.astype(np.float32), texts, labels=topic.tolist())


@pytest.fixture
def drawn(groups: asterism.Space) -> asterism.Map:
    return groups.map(seed=0, cache=False, clusters=False)


def test_the_steps_of_a_way_are_placed_on_a_map_that_stands(groups: asterism.Space, drawn: asterism.Map) -> None:
    texts = groups.texts
    made = groups.draw(groups.interpolate(texts[0], texts[60], texts[120], steps=3), on=drawn)
    np.testing.assert_array_equal(made.points, drawn.points)
    (path,) = made.scene.paths
    np.testing.assert_array_equal(path.points[0][[0, 3, 6]], drawn.points[[0, 60, 120]])
    assert [path.captions[i] for i in (0, 3, 6)] == [texts[i] for i in (0, 60, 120)]
    assert "placed on the map as new texts would be" in made.scene.remarks[-1]


def test_arrows_of_arithmetic_are_placed_on_a_map_that_stands(groups: asterism.Space, drawn: asterism.Map) -> None:
    a, b, c = (groups.texts[i] for i in (0, 60, 1))
    made = groups.draw(groups.arithmetic(f'"{b}" - "{a}" + "{c}"'), on=drawn)
    known, asked = made.scene.arrows
    np.testing.assert_array_equal(known.start[0], drawn.points[0])
    np.testing.assert_array_equal(known.end[0], drawn.points[60])
    np.testing.assert_array_equal(asked.start[0], drawn.points[1])
    assert made.scene.pins[-1].text == "result"


def test_an_answer_with_a_projection_of_its_own_is_drawn_on_no_other_map(
    groups: asterism.Space, drawn: asterism.Map
) -> None:
    with pytest.raises(InputError, match="a projection of its own"):
        groups.draw(groups.axis(f"{groups.texts[0]} -> {groups.texts[60]}"), on=drawn)


def test_outliers_are_columns_and_the_colour_of_a_map(groups: asterism.Space, drawn: asterism.Map, tmp_path) -> None:
    report = groups.outliers(column="label", k=3, cache=False)
    made = groups.draw(report, on=drawn)
    assert made.scene.color == "neighbor_distance"
    assert report.farthest.rows[0] == 10
    assert [label.row for label in made.scene.labels] == list(report.farthest.rows)
    assert made.scene.pairs[0].rows.tolist() == [[20, 21]]
    made.save(tmp_path / "outliers.parquet")
    table = pq.read_table(tmp_path / "outliers.parquet")
    found = {"neighbor_distance", "outlier_factor", "label_disagreement", "is_far", "duplicate_group"}
    assert found <= set(table.column_names)
    assert table["duplicate_group"].to_pylist()[19:23] == [None, "1 (2 texts)", "1 (2 texts)", None]
    assert np.argmax(table["neighbor_distance"].to_numpy()) == 10


def test_every_map_tells_how_far_texts_stand_apart(groups: asterism.Space, drawn: asterism.Map) -> None:
    column = drawn.scene.column("neighbor_distance")
    assert isinstance(column, NumberColumn)
    np.testing.assert_allclose(column.values, groups.outliers(cache=False).measures.distance, atol=1e-4)
    assert isinstance(drawn.scene.column("outlier_factor"), NumberColumn)


def test_clusters_are_columns_and_names_of_a_map(groups: asterism.Space, drawn: asterism.Map) -> None:
    found = groups.clusters(cache=False)
    made = groups.draw(found, on=drawn)
    column = made.scene.column("cluster_0")
    assert isinstance(column, CategoryColumn)
    assert set(column.values) == set(found.labels.names[0])
    assert {label.text for label in made.scene.labels} == {name for names in found.labels.names for name in names}


def test_neighbors_are_named_and_a_new_text_is_pinned(groups: asterism.Space, drawn: asterism.Map) -> None:
    known = groups.draw(groups.neighbors(3, k=4), on=drawn)
    assert len(known.scene.labels) == 5
    assert known.scene.pins == ()
    assert groups.draw(groups.neighbors(groups.vectors[3], k=4), on=drawn).scene.pins == ()


def test_an_axis_is_drawn_against_what_it_leaves(groups: asterism.Space) -> None:
    axis = groups.axis(f"{groups.texts[0]} -> {groups.texts[60]}")
    points = groups.draw(axis).points
    np.testing.assert_allclose(points[:, 0], axis.positions)
    units = groups.vectors / np.linalg.norm(groups.vectors, axis=1, keepdims=True)
    rest = units - np.outer(units @ axis.direction, axis.direction)
    largest = np.linalg.svd(rest - rest.mean(axis=0), compute_uv=False)[0]
    assert np.linalg.norm(points[:, 1]) == pytest.approx(largest, rel=1e-5)


def test_compared_texts_are_a_map_with_their_similarities(royals: asterism.Space) -> None:
    table = royals.distances(["king", "man", "queen"])
    made = royals.draw(table)
    column = made.scene.column("cosine to king")
    assert isinstance(column, NumberColumn)
    np.testing.assert_allclose(column.values, table.cosine[:, 0])
    # On principal axes of three texts no distance is lost.
    apart = np.linalg.norm(made.points[:, None] - made.points[None], axis=2)
    np.testing.assert_allclose(apart, table.euclidean, atol=1e-5)


def test_nothing_is_placed_on_a_map_without_vectors(royals: asterism.Space) -> None:
    made = royals.draw(royals.plane("man -> king", "man -> woman"))
    with pytest.raises(InputError, match="coordinates but no vectors"):
        made.places(VECTORS[:1])


def test_the_texts_at_the_ends_of_axes_are_named(rng: np.random.Generator) -> None:
    vectors = rng.standard_normal((120, 8)).astype(np.float32)
    vectors[7] = 0
    texts = [f"This is a sentence that is long enough to be no word and has the number {i}" for i in range(120)]
    space = asterism.Space.from_vectors(vectors, texts)
    axis = space.axis(f"{texts[0]} -> {texts[1]}", k=3)
    assert {label.row for label in space.draw(axis).scene.labels} == {*axis.lowest.rows, *axis.highest.rows}
    plane = space.draw(space.plane(f"{texts[0]} -> {texts[1]}", f"{texts[2]} -> {texts[3]}"))
    rows = {label.row for label in plane.scene.labels}
    positions = plane.points[:, 0]
    assert {int(np.nanargmin(positions)), int(np.nanargmax(positions))} <= rows
    assert 7 not in rows
