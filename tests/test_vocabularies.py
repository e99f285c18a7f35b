"""All words of a model, in three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import asterism
from asterism import vocabularies
from asterism.errors import EmbedError, InputError
from asterism.vocabularies import is_word, model_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORDS = ["king", "queen", "man", "woman", "ll", "x"]
ROWS = np.array([[1, 1, 0], [1, -1, 0], [0, 1, 1], [0, -1, 1], [9, 9, 9], [9, 9, 9]], np.float32)


class Inside:
    """An embedder that shows its inside as a transformer does; a word in a text has the text's length for a vector."""

    name, fingerprint, dim, metric = "inside", "f", 3, "cosine"

    def token_embeddings(self) -> tuple[list[str], NDArray[np.float32]]:
        return WORDS, ROWS

    def span_vectors(self, texts: Sequence[str], spans: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.array([[1, len(texts[text]), end - start] for text, start, end in spans.tolist()], np.float32)

    def encode(self, texts: Sequence[str], **_: object) -> NDArray[np.float32]:
        return np.array([[len(text), 1, 0] for text in texts], np.float32)


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabularies, "open_embedder", lambda *_: Inside())


@pytest.mark.usefixtures("inside")
def test_input_embeddings_are_the_rows_of_whole_words() -> None:
    found = model_words("inside", kind="input")
    assert found.data.texts == WORDS[:4]
    np.testing.assert_array_equal(found.data.vectors, ROWS[:4])
    assert found.data.remarks[0] == "4 whole words of 'inside', each by its row of the input embeddings."


@pytest.mark.usefixtures("inside")
def test_words_alone_are_texts_of_one_word() -> None:
    found = model_words("inside")
    assert found.data.vectors[:, 0].tolist() == [len(word) for word in WORDS[:4]]
    assert found.data.remarks[0].endswith("each embedded alone.")
    assert found.embedder is not None


@pytest.mark.usefixtures("inside")
def test_words_in_contexts_are_the_mean_of_their_places() -> None:
    found = model_words("inside", kind="context", corpus=["a King", "king of men", "queens, queen"])
    assert found.data.texts == ["king", "queen"]
    np.testing.assert_allclose(found.data.vectors, [[1, (6 + 11) / 2, 4], [1, 13, 5]])
    assert found.data.table["contexts"].to_pylist() == [2, 1]
    assert "2 further words stand nowhere" in found.data.remarks[0]


@pytest.mark.usefixtures("inside")
def test_places_that_count_are_spread_over_the_corpus() -> None:
    corpus = ["king" + "." * i for i in range(10)]
    found = model_words("inside", kind="context", corpus=corpus, contexts=2)
    assert found.data.vectors[0, 1] == (4 + 9) / 2
    assert found.data.table["contexts"].to_pylist() == [2]


@pytest.mark.usefixtures("inside")
def test_new_terms_are_not_mixed_with_input_embeddings() -> None:
    found = model_words("inside", kind="input")
    space = asterism.Space(found.data)
    answer = space.arithmetic("king - man + woman", k=1)
    assert answer.words == ("queen",)
    assert "input embeddings" in answer.remarks[0]
    with pytest.raises(InputError, match="Nearest spellings"):
        space.arithmetic("kings - man")


def test_a_static_model_has_no_contexts() -> None:
    with pytest.raises(InputError, match="one vector in every text"):
        model_words("builtin", kind="context", corpus=["a text"])
    with pytest.raises(InputError, match="needs texts"):
        model_words("builtin", kind="context")


def test_words_of_the_built_in_model_alone_are_its_input_embeddings() -> None:
    alone, rows = (model_words("builtin", kind=kind).data for kind in ("alone", "input"))
    assert alone.texts == rows.texts
    np.testing.assert_allclose(alone.vectors, rows.vectors, atol=1e-6)


def test_a_model_that_hides_its_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        name, fingerprint, dim, metric = "plain", "p", 3, "cosine"
        encode = Inside.encode

    monkeypatch.setattr(vocabularies, "open_embedder", lambda *_: Plain())
    with pytest.raises(EmbedError, match="does not tell its words"):
        model_words("plain")


@pytest.mark.parametrize(
    ("token", "expected"), [("king", True), ("x", False), ("ʳ", False), ("水", True), ("ll", False)]
)
def test_single_letters_and_remains_of_contractions_are_no_answers(token: str, *, expected: bool) -> None:
    assert is_word(token) == expected
