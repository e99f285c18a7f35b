"""Names of clusters."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asterism.cluster import name_clusters
from asterism.cluster.naming import class_tf_idf
from asterism.cluster.words import find_words
from asterism.errors import InputError
from asterism.values import Clustering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def clustering(*levels: Sequence[int]) -> Clustering:
    return Clustering(tuple(np.array(level, np.int32) for level in levels), "given")


def words_of(*texts: str | None) -> list[list[str]]:
    words = find_words(texts)
    return [[words.names[t] for t in words.terms[words.rows == row]] for row in range(len(texts))]


def test_class_tf_idf_by_hand() -> None:
    # Two classes of 4 and 6 words: A = 5. The first word occurs 3 + 1 times, the second 0 + 5, the third 1 + 0.
    counts = np.array([[3, 0, 1], [1, 5, 0]])
    scores = [class_tf_idf(row, counts.sum(axis=0), size=row.sum(), average=5.5) for row in counts]
    expected = [[3 / 4 * np.log(1 + 5 / 4), 0, 1 / 4 * np.log(6)], [1 / 6 * np.log(1 + 5 / 4), 5 / 6 * np.log(2), 0]]
    np.testing.assert_allclose(scores, expected)


def test_words_are_found_in_many_scripts() -> None:
    assert words_of("The café isn't naïve.", "नमस्ते दुनिया", "שלום עולם", "привет мир", "안녕 세상", None, "") == [
        ["The", "café", "isn't", "naïve"],
        ["नमस्ते", "दुनिया"],
        ["שלום", "עולם"],
        ["привет", "мир"],
        ["안녕", "세상"],
        [],
        [],
    ]


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    assert words_of("机器学习", "東京タワーへ", "猫", "AI模型很好") == [
        ["机器", "器学", "学习"],
        ["東京", "京タ", "タワ", "ワー", "ーへ"],
        ["猫"],
        ["模型", "型很", "很好", "AI"],
    ]


def test_markup_addresses_and_numbers_are_no_words() -> None:
    assert words_of('<b>bold</b> <a href="x">link</a> &amp; &#39; quot; #39; 42 https://x.org/a?b=c www.y.de 3D') == [
        ["bold", "link", "3D"]
    ]


def test_words_have_the_capitals_they_mostly_have() -> None:
    names = find_words(["NASA said", "Nasa Said", "NASA said"]).names
    assert names == ("NASA", "said")


def test_only_the_beginning_of_an_endless_text_counts() -> None:
    assert len(find_words(["word " * 20_000]).rows) == 100


def test_clusters_are_named_after_what_sets_them_apart() -> None:
    texts = ["the cat sat on the mat", "the cat and the kitten", "the stock fell on the market", "the market and stock"]
    labels = name_clusters(texts, clustering([0, 0, 1, 1]))
    assert "cat" in labels.names[0][0]
    assert {"stock", "market"} <= set(labels.keywords[0][1])
    assert not {"the", "on", "and"} & {word for words in labels.keywords[0] for word in words}


def test_stop_words_come_from_the_corpus_in_any_language(rng: np.random.Generator) -> None:
    topics = [["собака", "кошка"], ["рынок", "акции"], ["футбол", "матч"], ["космос", "ракета"], ["врач", "вирус"]]
    labels = np.repeat(np.arange(5), 20)
    texts = [f"и в на {rng.choice(topics[label])} не что {rng.choice(topics[label])}" for label in labels]
    found = name_clusters(texts, clustering(labels.tolist())).keywords[0]
    assert [set(words) for words in found] == [set(words) for words in topics]


def test_lists_of_words_are_named_after_their_most_central_ones() -> None:
    texts = ["pear", "apple", "plum", "wolf", "fox", "bear"]
    vectors = np.array([[1, 0.6], [1, 0], [1, 0.2], [0, 1], [0.4, 1], [0.1, 1]], np.float32)
    labels = name_clusters(texts, clustering([0, 0, 0, 1, 1, 1]), vectors=vectors)
    assert labels.names[0] == ("plum, apple, pear", "bear, wolf, fox")
    assert labels.central[0][0] == (2, 1, 0)


def test_names_are_unique_where_clusters_are_alike() -> None:
    labels = name_clusters(["same words here"] * 9, clustering([0, 0, 0, 1, 1, 1, 2, 2, 2]))
    assert len(set(labels.names[0])) == 3


def test_clusters_without_words_are_named_after_a_text() -> None:
    texts = ["😀😀", "😀", "!!!", "", None, None]
    labels = name_clusters(texts, clustering([0, 0, 1, 1, 2, 2]))
    assert labels.names[0] == ("😀😀", "!!!", "no words")


def test_words_of_one_stem_are_told_once() -> None:
    labels = name_clusters(["rocket rockets rocketed launch"] * 3 + ["tea"] * 3, clustering([0, 0, 0, 1, 1, 1]))
    assert len([word for word in labels.keywords[0][0] if word.startswith("rocket")]) == 1


def test_one_cluster_all_noise_and_no_texts_are_no_trouble() -> None:
    assert name_clusters(["red text", "red paper"], clustering([0, 0])).names == (("red, text, paper",),)
    assert name_clusters(["a b", "c d"], clustering([-1, -1])).names == ((),)
    assert name_clusters([], clustering([])).names == ((),)
    assert name_clusters(["x"], Clustering((), "given")).names == ()


def test_every_level_has_names_for_each_cluster() -> None:
    texts = ["cat purrs", "dog barks", "car drives", "bus drives"]
    labels = name_clusters(texts, clustering([0, 0, 1, 1], [0, 1, 2, 3]))
    assert [len(names) for names in labels.names] == [2, 4]
    assert all(len(rows) == 1 for rows in labels.central[1])


def test_lengths_must_fit() -> None:
    with pytest.raises(InputError, match=r"2 texts for levels of \[3\]"):
        name_clusters(["a", "b"], clustering([0, 0, 0]))
    with pytest.raises(InputError, match="as many vectors"):
        name_clusters(["a", "b"], clustering([0, 0]), vectors=np.ones((3, 2), np.float32))


def test_topics_of_news_are_named_after_their_subjects(data: Path) -> None:
    with (data / "agnews/agnews_test.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    topics = sorted({row["topic"] for row in rows})
    labels = name_clusters([row["description"] for row in rows], clustering([topics.index(r["topic"]) for r in rows]))
    said = {topic: set(words) for topic, words in zip(topics, labels.keywords[0], strict=True)}
    assert "oil" in said["Business"]
    assert "Microsoft" in said["Sci/Tech"]
    assert "Iraq" in said["World"]
    assert {"game", "season"} & said["Sports"]


def test_names_are_the_same_on_any_number_of_threads_and_in_slices(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"{a}{b}" for a in "bcdfgh" for b in ("ale", "oke", "im", "une")]
    texts = [" ".join(rng.choice(words, 6)) + " 東京大学" * (i % 3) for i in range(300)]
    groups = clustering(rng.integers(-1, 4, 300).tolist(), rng.integers(-1, 9, 300).tolist())
    whole = name_clusters(texts, groups, threads=1)
    monkeypatch.setattr("asterism.cluster.words._TEXTS_AT_ONCE", 7)
    sliced = name_clusters(texts, groups, threads=3)
    assert (whole.names, whole.keywords, whole.central) == (sliced.names, sliced.keywords, sliced.central)
