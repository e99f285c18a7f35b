"""One space turned onto another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asterism.analysis.procrustes import evaluate_translation, find_rotation, read_dictionary
from asterism.analysis.vocabulary import Vocabulary, unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def turned(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, the same turned by a random rotation, and that rotation."""
    vectors = unit_rows(rng.standard_normal((400, 24)).astype(np.float32))
    rotation = np.linalg.qr(rng.standard_normal((24, 24)))[0]
    return vectors, (vectors @ rotation).astype(np.float32), rotation


def test_a_random_rotation_is_recovered(turned) -> None:
    vectors, others, rotation = turned
    found = find_rotation(vectors[:100], others[:100], is_centred=False)
    np.testing.assert_allclose(found.matrix, rotation, atol=1e-5)
    np.testing.assert_allclose(found.turn(vectors), others, atol=1e-5)
    assert found.fit == pytest.approx(1, abs=1e-6)


def test_the_rotation_is_orthogonal_and_that_of_scipy(rng: np.random.Generator) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    a, b = (unit_rows(rng.standard_normal((50, 8)).astype(np.float32)) for _ in range(2))
    found = find_rotation(a, b, is_centred=False)
    np.testing.assert_allclose(found.matrix @ found.matrix.T, np.eye(8), atol=1e-10)
    np.testing.assert_allclose(found.matrix, linalg.orthogonal_procrustes(a, b)[0], atol=1e-5)


def test_a_turned_and_noisy_language_is_translated(turned, rng: np.random.Generator) -> None:
    vectors, others, _ = turned
    noisy = others + 0.05 * rng.standard_normal(others.shape).astype(np.float32)
    source = Vocabulary([f"a{i}" for i in range(400)], vectors)
    target = Vocabulary([f"b{i}" for i in range(400)], noisy)
    pairs = [(f"a{i}", f"b{i}") for i in range(400)]
    told = evaluate_translation(source, target, pairs[:100], pairs[100:])
    assert told.accuracy == 1
    assert (told.n_pairs, told.answered, told.asked) == (100, 300, 300)
    shuffled = [(a, b) for (a, _), (_, b) in zip(pairs[:100], pairs[50:150], strict=True)]
    assert evaluate_translation(source, target, shuffled, pairs[100:]).accuracy < 0.1


def test_any_of_several_translations_is_right_and_unknown_words_are_counted(turned) -> None:
    vectors, others, _ = turned
    source, target = (Vocabulary([f"{side}{i}" for i in range(400)], v) for side, v in (("a", vectors), ("b", others)))
    train = [(f"a{i}", f"b{i}") for i in range(60)] + [("unknown", "b1")]
    told = evaluate_translation(source, target, train, [("a99", "b5"), ("a99", "b99"), ("unknown", "b1")])
    assert (told.accuracy, told.n_pairs, told.answered, told.asked) == (1, 60, 1, 2)
    assert np.isnan(evaluate_translation(source, target, train, []).accuracy)


def test_what_cannot_be_turned_is_refused(turned) -> None:
    vectors, others, _ = turned
    with pytest.raises(InputError, match="equal shapes"):
        find_rotation(vectors[:3], others[:4])
    small = Vocabulary(["b"], np.ones((1, 3), np.float32))
    with pytest.raises(InputError, match="dimensions"):
        evaluate_translation(Vocabulary(["a"], vectors[:1]), small, [("a", "b")], [])
    with pytest.raises(InputError, match="none has both"):
        evaluate_translation(small, small, [("x", "y")], [])


def test_dictionaries_are_read() -> None:
    assert read_dictionary(["one\tuno\n", "\n", "two due\n", "new york\tnuova york\n"]) == [
        ("one", "uno"),
        ("two", "due"),
        ("new york", "nuova york"),
    ]
    with pytest.raises(InputError, match="Line 1"):
        read_dictionary(["lonely\n"])


def test_english_words_find_their_italian_ones(data: Path) -> None:
    folder = data / "vectors" / "gensim_testdata"
    words = {}
    for language in ("EN", "IT"):
        lines = (folder / f"{language}.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        words[language] = Vocabulary([row[0] for row in rows], np.array([row[1:] for row in rows], np.float32))
    pairs = read_dictionary((folder / "OPUS_en_it_europarl_train_one2ten.txt").read_text().splitlines())
    told = evaluate_translation(words["EN"], words["IT"], pairs, pairs)
    assert (told.accuracy, told.answered) == (1, 20)
    # Seven pairs leave most of 300 dimensions open.
    assert evaluate_translation(words["EN"], words["IT"], pairs[:7], pairs[7:]).accuracy < 0.5
