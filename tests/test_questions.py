"""What a Space can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import asterism
from asterism.cluster import compare_labels
from asterism.errors import FingerprintMismatch, InputError

if TYPE_CHECKING:
    from asterism.values import Metric

WORDS = ["man", "woman", "king", "queen", "apple"]
VECTORS = np.array([[0, 1, 1], [0, -1, 1], [1, 1, 1], [1, -1, 1], [0, 0, 1]], np.float32)


@pytest.fixture
def royals() -> asterism.Space:
    return asterism.Space.from_vectors(VECTORS, WORDS, labels=["m", "f", "m", "f", "-"])


@pytest.fixture
def groups(rng: np.random.Generator) -> asterism.Space:
    """Ninety texts in three groups, with two rows set aside and one labelled wrongly."""
    topic = np.repeat([0, 1, 2], 30)
    vectors = (3 * np.eye(3, 12)[topic] + 0.4 * rng.standard_normal((90, 12))).astype(np.float32)
    vectors[40] = 0
    texts = [f"{('cat', 'car', 'sea')[t]} number {'abcdefghij'[i % 10]}" for i, t in enumerate(topic)]
    texts[70] = ""
    labels = [("animal", "vehicle", "water")[t] for t in topic]
    labels[3] = "water"
    return asterism.Space.from_vectors(vectors, texts, labels=labels)


@pytest.fixture(scope="module")
def sentences() -> asterism.Space:
    return asterism.embed(asterism.demo("sentences"))


def test_arithmetic_and_neighbors_have_texts_and_scores(royals: asterism.Space) -> None:
    answer = royals.arithmetic("king - man + woman", k=2)
    assert answer.words == answer.texts
    assert answer.words[0] == "queen"
    assert len(answer.scores) == 2
    assert royals.neighbors("king", k=1).texts == royals.neighbors(2, k=1).texts


def test_a_vector_may_be_asked_about(royals: asterism.Space) -> None:
    assert royals.neighbors(np.array([0, 0, 2.0]), k=1).texts == ("apple",)


def test_a_new_text_is_embedded_by_the_model_of_the_space(sentences: asterism.Space) -> None:
    found = sentences.neighbors("A forest of old trees", k=1)
    assert found.row == -1
    assert "forest" in found.texts[0]


def test_a_space_from_disk_embeds_new_texts_as_well(sentences: asterism.Space, tmp_path) -> None:
    sentences.save(tmp_path / "s.space")
    opened = asterism.Space.open(tmp_path / "s.space")
    text = "A forest of old trees"
    assert opened.neighbors(text).scores == pytest.approx(sentences.neighbors(text).scores)


def test_another_model_of_the_same_name_is_refused(sentences: asterism.Space) -> None:
    from dataclasses import replace

    data = replace(sentences.data, model=replace(sentences.data.model, fingerprint="other"))
    with pytest.raises(FingerprintMismatch, match="Embed the texts anew"):
        asterism.Space(data).neighbors("something new")


def test_a_new_text_is_refused_where_no_model_is_known(royals: asterism.Space) -> None:
    with pytest.raises(InputError, match=r"'kin' is not among the 5 texts; .*\. Nearest spellings: 'king'"):
        royals.neighbors("kin")
    with pytest.raises(InputError, match="Nearest spellings"):
        royals.arithmetic("kin - man")
    assert royals.neighbors("KING").row == 2


@pytest.mark.parametrize(("query", "message"), [(90, "no row 90"), (-1, "no row -1"), (40, "set aside")])
def test_rows_that_cannot_be_asked_about_are_refused(groups: asterism.Space, query: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        groups.neighbors(query)


def test_a_text_in_which_the_model_finds_nothing_is_refused(sentences: asterism.Space) -> None:
    with pytest.raises(InputError, match="finds nothing"):
        sentences.neighbors("\u200b")


def test_interpolation_begins_and_ends_at_its_texts(sentences: asterism.Space) -> None:
    first, last = sentences.texts[0], sentences.texts[-1]
    way = sentences.interpolate(first, last, steps=4)
    assert way.steps[0].nearest.texts[0] == first
    assert way.steps[-1].nearest.texts[0] == last
    assert way.rows == (0, 19)
    with pytest.raises(InputError, match="Texts to walk along: 1; expected at least two"):
        sentences.interpolate(first)


def test_distances_of_chosen_and_of_all_texts(royals: asterism.Space) -> None:
    assert royals.distances(["king", 1]).texts == ("king", "woman")
    assert royals.distances().cosine.shape == (5, 5)
    with pytest.raises(InputError, match="twice"):
        royals.distances(["king", "king"])


def test_two_axes_make_a_projection(royals: asterism.Space) -> None:
    plane = royals.plane("man -> king", "man -> woman")
    assert plane.points[0] == pytest.approx([0, 0], abs=1e-6)
    assert plane.points[1, 1] == pytest.approx(1)
    assert plane.points[2, 0] == pytest.approx(1)
    assert plane.axes == ("man → king", "man → woman")
    assert "apart" in plane.notes[0]


def test_clusters_are_rows_of_the_space(groups: asterism.Space) -> None:
    found = groups.clusters(column="label", cache=False)
    level = found.clustering.levels[0]
    assert level[[40, 70]].tolist() == [-1, -1]
    assert sorted(name.split(", ")[0] for name in found.labels.names[0]) == ["car", "cat", "sea"]
    assert found.agreement is not None
    assert found.agreement[0].ari > 0.9
    assert found.noise[0] == 0
    again = groups.clusters(cache=False, threads=1)
    assert compare_labels(again.clustering.levels[0], level + 1).ari == 1


def test_a_wrong_label_is_found(groups: asterism.Space) -> None:
    found = groups.outliers(column="label", cache=False)
    assert found.mislabelled is not None
    assert found.mislabelled.rows == (3,)
    own, said = found.suggested[0]
    assert own == str(groups.table["label"][3])
    assert said == str(groups.table["label"][0])
    assert np.isnan(found.measures.distance[[40, 70]]).all()
    assert len(found.farthest.rows) == 10


def test_of_labels_that_all_neighbours_contradict_those_come_first_whose_neighbours_agree() -> None:
    angles = np.concatenate((np.linspace(0, 0.5, 12), np.linspace(3, 3.5, 12)))
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    labels = [f"only {i}" for i in range(12)] + ["same"] * 12
    labels[20] = "other"
    space = asterism.Space.from_vectors(vectors, [f"text {i}" for i in range(24)], labels=labels)
    found = space.outliers(column="label", n_neighbors=5, k=3, cache=False)
    assert found.mislabelled is not None
    assert found.mislabelled.rows == (20, 0, 1)
    assert found.suggested[0] == ("other", "same")


def test_what_is_no_answer_is_not_drawn(groups: asterism.Space) -> None:
    with pytest.raises(InputError, match="Cannot draw 'cat'; expected an answer"):
        groups.draw("cat")  # type: ignore[arg-type]


def test_duplicates_are_rows_of_the_space() -> None:
    vectors = np.array([[1, 0], [0, 0], [0, 1], [1, 0], [0.6, 0.8]], np.float32)
    found = asterism.Space.from_vectors(vectors, list("abcde")).outliers(cache=False)
    assert found.duplicates.equal == ((0, 3),)


def test_labels_are_separable_where_groups_are(groups: asterism.Space) -> None:
    told = groups.evaluate_labels("label")
    assert told.knn_accuracy > 0.95
    assert told.n_rows == 88
    with pytest.raises(InputError, match="no column 'colour'"):
        groups.evaluate_labels("colour")


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e20, 1e30])
def test_answers_do_not_depend_on_how_long_vectors_are(groups: asterism.Space, metric: Metric, scale: float) -> None:
    plain, scaled = (
        asterism.Space.from_vectors(groups.vectors * np.float64(factor), groups.texts, metric=metric)
        for factor in (1, scale)
    )
    a, b, c = groups.texts[:3]
    assert scaled.neighbors(a).texts == plain.neighbors(a).texts
    assert scaled.arithmetic(f'"{a}" - "{b}" + "{c}"').texts == plain.arithmetic(f'"{a}" - "{b}" + "{c}"').texts
    assert scaled.axis(f"{a} -> {b}").highest.texts == plain.axis(f"{a} -> {b}").highest.texts
    assert scaled.clusters(cache=False).labels.central == plain.clusters(cache=False).labels.central


def test_columns_that_hold_no_labels_are_refused(groups: asterism.Space) -> None:
    tagged = groups.with_columns({"tags": [["a", "b"]] * len(groups)})
    with pytest.raises(InputError, match="'tags' holds list<item: string>; expected labels"):
        tagged.evaluate_labels("tags")
    with pytest.raises(InputError, match="'tags' holds"):
        tagged.clusters(column="tags", cache=False)


def test_analogies_and_similarity_are_evaluated(royals: asterism.Space) -> None:
    report = royals.evaluate_analogies([": family", "man woman king queen", "man king woman prince"])
    assert (report.total.correct, report.total.answered, report.total.questions) == (1, 1, 2)
    pairs = ["king\tqueen\t8", "king\tapple\t1", "man\twoman\t2"]
    assert royals.evaluate_similarity(pairs).answered == 3


def test_the_name_of_a_file_is_no_line(royals: asterism.Space) -> None:
    for asked in (
        royals.evaluate_analogies,
        royals.evaluate_similarity,
        lambda name: royals.evaluate_translation(royals, [], name),
    ):
        with pytest.raises(InputError, match="one string; expected lines"):
            asked("pairs.txt")


def test_association_of_sets(royals: asterism.Space) -> None:
    assert royals.weat(["king"], ["queen"], ["man"], ["woman"]).effect_size == pytest.approx(2)


def test_the_vocabulary_of_the_built_in_model_does_arithmetic() -> None:
    words = asterism.vocabulary()
    assert len(words) > 20_000
    assert "queen" in words.arithmetic("king - man + woman", k=5).words
    assert "smaller" in words.arithmetic("bigger - big + small", k=2).words


def test_coordinates_without_vectors_answer_no_question() -> None:
    import pyarrow as pa

    reading = asterism.read(pa.table({"text": ["a", "b"], "x": [0.0, 1.0], "y": [0.0, 1.0]}), x="x", y="y")
    space = asterism.embed(reading)
    for ask in (lambda: space.neighbors("a"), space.clusters, space.outliers):
        with pytest.raises(InputError, match="no vectors"):
            ask()


def test_new_texts_are_embedded_once(royals: asterism.Space) -> None:
    class Counting:
        name, fingerprint, dim, metric = "counting", "c", 3, "cosine"
        seen: tuple[str, ...] = ()

        def encode(self, texts, **_):
            self.seen = (*self.seen, *texts)
            return np.array([[len(text), 1, 0] for text in texts], np.float32)

    model = Counting()
    space = asterism.Space(royals.data, embedder=model)
    for texts in (["prince", "duke", "prince"], ["duke"], []):
        assert space.encode(texts)[:, 0].tolist() == [len(text) for text in texts]
    assert model.seen == ("prince", "duke")
    space.encode(["duke"], cache=False)
    assert model.seen == ("prince", "duke", "duke")


def test_answers_show_themselves_as_tables_however_long_the_texts(groups: asterism.Space) -> None:
    long = asterism.Space.from_vectors(groups.vectors, [f"{text} {'and so on ' * 500}" for text in groups.texts])
    asked = groups.texts[:3]
    answers = {
        "similarity  row  text": long.neighbors(0),
        "score  text": groups.arithmetic(f'"{asked[0]}" - "{asked[1]}"'),
        "nearest text": groups.interpolate(*asked[:2]),
        "cosine": groups.distances(asked),
        "position  text": groups.axis(f"{asked[0]} -> {groups.texts[60]}"),
        "level 0: 3 clusters": groups.clusters(),
        "beyond the fence": groups.outliers(column="label"),
        "<Quality: recall": groups.map(method="pca").quality,
    }
    for told, answer in answers.items():
        shown = repr(answer)
        assert told in shown
        assert "array(" not in shown
        assert max(map(len, shown.splitlines())) < 200
    many = asterism.Space.from_vectors(groups.vectors[:30], [str(i) for i in range(30)])
    assert repr(many.distances(many.texts)) == "<Distances of 30 texts>"


def test_rows_with_an_empty_label_have_none(groups: asterism.Space) -> None:
    labels = groups.table.column("label").to_pylist()
    labels[60:70] = [""] * 10
    gapped = groups.with_columns({"kind": labels})
    assert gapped.evaluate_labels("kind").n_labels == 3
    assert gapped.evaluate_labels("kind").n_rows == groups.evaluate_labels("label").n_rows - 10
