"""What answers look like on a map."""

from __future__ import annotations

import numpy as np
import pytest

import asterism
from asterism.scene.answers import cluster_labels
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
    assert [bool(caption) for caption in path.captions] == [
        i == 0 or step.is_change for i, step in enumerate(answer.steps)
    ]
    assert "variance" in drawn.projection.notes[1]


def test_a_plane_of_axes_is_drawn_with_its_titles(royals: asterism.Space, tmp_path) -> None:
    drawn = royals.draw(royals.plane("man -> king", "man -> woman"))
    assert drawn.projection.axes == ("man → king", "man → woman")
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
