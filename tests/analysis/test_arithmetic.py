"""Arithmetic with words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path  # noqa: TC003 - fixtures are resolved at run time

import numpy as np
import pytest

from asterism.analysis.arithmetic import Arithmetic, Method, solve
from asterism.analysis.vocabulary import Vocabulary
from asterism.errors import InputError

gensim_models = pytest.importorskip("gensim.models", reason="gensim is the reference; install asterism[dev]")


def as_gensim(vocabulary: Vocabulary) -> gensim_models.KeyedVectors:
    keyed = gensim_models.KeyedVectors(vocabulary.dim)
    keyed.add_vectors(list(vocabulary.texts), np.asarray(vocabulary.vectors))
    return keyed


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul", "pairdirection"])
def test_king_minus_man_plus_woman_is_queen(royals: Vocabulary, method: Method) -> None:
    assert solve("king - man + woman", royals, method=method).words[0] == "queen"


def test_the_mean_offset_of_pairs_is_added(royals: Vocabulary) -> None:
    answer = solve("king", royals, method="3cosavg", pairs=[("man", "woman")])
    assert answer.words[0] == "queen"
    assert not {"king", "man", "woman"} & set(answer.words)


def test_terms_are_left_out_and_shown_apart(thousand_words: Vocabulary) -> None:
    answer = solve("father - man + woman", thousand_words)
    assert answer.words[:2] == ("mother", "daughter")
    assert "father" not in answer.words
    assert answer.unexcluded.words[1] == "father"


def test_every_copy_of_a_term_is_left_out_but_copies_of_the_answer_show() -> None:
    texts = ["man", "woman", "king", "queen", "king", "queen"]
    vectors = np.array([[0, 1, 1], [0, -1, 1], [1, 1, 1], [1, -1, 1], [1, 1, 1], [1, -1, 1]], np.float32)
    assert solve("king - man + woman", Vocabulary(texts, vectors)).words == ("queen", "queen")


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_scores_agree_with_gensim(thousand_words: Vocabulary, rng: np.random.Generator) -> None:
    keyed = as_gensim(thousand_words)
    for _ in range(50):
        a, b, c = rng.choice(thousand_words.texts, 3, replace=False).tolist()
        for method, ask in (("3cosadd", keyed.most_similar), ("3cosmul", keyed.most_similar_cosmul)):
            ours = solve(f'"{b}" - "{a}" + "{c}"', thousand_words, method=method)
            theirs = ask(positive=[b, c], negative=[a], topn=10)
            assert list(ours.words) == [word for word, _ in theirs]
            np.testing.assert_allclose(ours.scores, [score for _, score in theirs], rtol=2e-6)


def test_weights_agree_with_gensim(thousand_words: Vocabulary) -> None:
    ours = solve("0.3*father + 1.5*woman - 0.7*man", thousand_words)
    theirs = as_gensim(thousand_words).most_similar(positive=[("father", 0.3), ("woman", 1.5), ("man", -0.7)])
    assert list(ours.words) == [word for word, _ in theirs]


def test_pair_direction_follows_its_definition(thousand_words: Vocabulary) -> None:
    answer = solve("father - man + woman", thousand_words, method="pairdirection", k=5)
    units = thousand_words.vectors / np.linalg.norm(thousand_words.vectors, axis=1, keepdims=True)
    a, b, c = (units[thousand_words.require(word)] for word in ("man", "father", "woman"))
    steps = units - c
    with np.errstate(invalid="ignore"):
        cosines = steps @ (b - a) / np.linalg.norm(b - a) / np.linalg.norm(steps, axis=1)
    np.testing.assert_allclose(answer.scores, cosines[list(answer.rows)], atol=1e-5)
    assert answer.scores == tuple(sorted(answer.scores, reverse=True))


def test_an_offset_that_proves_nothing_is_said(royals: Vocabulary) -> None:
    answer = solve("queen + woman", royals)
    assert dict(answer.baselines)["woman"].words[0] == answer.words[0] == "apple"
    assert any("proves nothing" in remark for remark in answer.remarks)


def test_distances_fit_together(thousand_words: Vocabulary) -> None:
    answer = solve("father - man + woman", thousand_words)
    assert [d.text for d in answer.distances] == ["father", "man", "woman", "mother"]
    for d in answer.distances:
        assert d.euclidean**2 == pytest.approx(2 - 2 * d.cosine, abs=1e-5)
        assert d.euclidean <= d.manhattan <= d.euclidean * np.sqrt(thousand_words.dim)


def test_the_length_of_a_vector_does_not_matter(royals: Vocabulary, rng: np.random.Generator) -> None:
    scaled = royals.vectors * rng.uniform(0.01, 100, (len(royals), 1)).astype(np.float32)
    assert (
        solve("king - man + woman", Vocabulary(royals.texts, scaled)).words == solve("king - man + woman", royals).words
    )


def test_an_unknown_term_offers_spellings(royals: Vocabulary) -> None:
    with pytest.raises(InputError, match=r"'kign' is not among the 6 texts; .*\. Nearest spellings: 'king'"):
        solve("kign - man", royals)


def test_an_unknown_term_is_embedded_where_a_model_is_at_hand(royals: Vocabulary) -> None:
    answer = solve("prince - man + woman", royals, embed=lambda _: np.array([[1, 1, 1]], np.float32))
    assert answer.terms[0].row == -1
    assert "'prince'" in answer.remarks[0]
    assert answer.words[0] == "queen"


def test_another_case_is_taken_and_said(royals: Vocabulary) -> None:
    answer = solve("King - man + woman", royals)
    assert answer.words[0] == "queen"
    assert "'king' was taken" in answer.remarks[0]


def test_terms_that_cancel_out_are_refused(royals: Vocabulary) -> None:
    with pytest.raises(InputError, match="cancel out"):
        solve("king - king", royals)


@pytest.mark.parametrize("expression", ["king - man", "king - man + 2*woman", "king + woman"])
def test_pair_direction_wants_its_own_form(royals: Vocabulary, expression: str) -> None:
    with pytest.raises(InputError, match="b - a \\+ c"):
        solve(expression, royals, method="pairdirection")


def test_pairs_belong_to_the_mean_offset_alone(royals: Vocabulary) -> None:
    with pytest.raises(InputError, match="pairs"):
        solve("king", royals, pairs=[("man", "woman")])
    with pytest.raises(InputError, match="at least one"):
        solve("king", royals, method="3cosavg")


@pytest.mark.parametrize("n", [1, 2, 3])
def test_tiny_vocabularies_answer_what_is_left(royals: Vocabulary, n: int) -> None:
    small = Vocabulary(royals.texts[:n], royals.vectors[:n])
    answer: Arithmetic = solve("man", small)
    assert len(answer.words) == n - 1
    assert len(answer.unexcluded.words) == n


def test_rows_set_aside_are_never_found() -> None:
    vectors = np.array([[1, 0], [np.nan, np.nan], [1, 0.1], [0, 0], [0, 1]], np.float32)
    placed = np.array([True, False, True, False, True])
    vocabulary = Vocabulary(["a", None, "b", "", "c"], vectors, placed=placed)
    answer = solve("a", vocabulary)
    assert answer.words == ("b", "c")
    assert np.isfinite(answer.scores).all()


def test_half_precision_and_memory_mapped_vectors_give_the_same_words(
    thousand_words: Vocabulary, tmp_path: Path
) -> None:
    np.save(tmp_path / "v.npy", np.asarray(thousand_words.vectors))
    mapped = Vocabulary(thousand_words.texts, np.load(tmp_path / "v.npy", mmap_mode="r"))
    half = Vocabulary(thousand_words.texts, np.asarray(thousand_words.vectors).astype(np.float16))
    expected = solve("father - man + woman", thousand_words)
    assert solve("father - man + woman", mapped).scores == expected.scores
    assert solve("father - man + woman", half).words[:5] == expected.words[:5]


def test_scores_fall_from_first_to_last(thousand_words: Vocabulary) -> None:
    scores = solve("water + 0.5*money", thousand_words, k=1000).scores
    assert all(a >= b for a, b in pairwise(scores))
    assert len(scores) == 998
