"""Published word tests: analogies and similarity."""

from __future__ import annotations

from collections import Counter
from pathlib import Path  # noqa: TC003 - fixtures are resolved at run time

import numpy as np
import pytest

from asterism.analysis.analogies import Question, evaluate_analogies, read_analogies
from asterism.analysis.correlation import pearson, ranks, spearman
from asterism.analysis.similarity import compare_pairs, evaluate_word_pairs, read_word_pairs
from asterism.analysis.vocabulary import Vocabulary
from asterism.errors import InputError

gensim_models = pytest.importorskip("gensim.models", reason="gensim is the reference; install asterism[dev]")


def as_gensim(vocabulary: Vocabulary) -> gensim_models.KeyedVectors:
    keyed = gensim_models.KeyedVectors(vocabulary.dim)
    keyed.add_vectors(list(vocabulary.texts), np.asarray(vocabulary.vectors))
    return keyed


def test_questions_words_has_its_published_sections(data: Path) -> None:
    questions = read_analogies((data / "analogy/questions-words.txt").read_text().splitlines())
    counts = Counter(question.section for question in questions)
    assert len(questions) == 19_544
    assert sum(n for section, n in counts.items() if section.startswith("gram")) == 10_675
    assert (counts["capital-common-countries"], counts["family"], counts["gram9-plural-verbs"]) == (506, 506, 870)


def gensim_outcome(keyed: gensim_models.KeyedVectors, path: Path, **options: object) -> tuple[float, dict]:
    accuracy, sections = keyed.evaluate_word_analogies(str(path), **options)
    return accuracy, {s["section"]: (len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections}


@pytest.mark.parametrize("ignore_case", [True, False])
@pytest.mark.parametrize("unknown", ["skip", "wrong"])
@pytest.mark.parametrize("restrict", [300_000, 500])
def test_every_question_is_answered_as_gensim_does(
    data: Path, thousand_words: Vocabulary, ignore_case: bool, unknown: str, restrict: int
) -> None:
    path = data / "analogy/questions-words.txt"
    questions = read_analogies(path.read_text().splitlines())
    ours = evaluate_analogies(
        questions,
        thousand_words,
        ignore_case=ignore_case,
        unknown=unknown,
        restrict=restrict,  # type: ignore[arg-type]
    )
    accuracy, sections = gensim_outcome(
        as_gensim(thousand_words),
        path,
        case_insensitive=ignore_case,
        dummy4unknown=unknown == "wrong",
        restrict_vocab=restrict,
    )
    assert ours.total.accuracy == accuracy
    assert {s.name: (s.correct, s.answered) for s in ours.sections} == {
        name: outcome for name, outcome in sections.items() if name != "Total accuracy"
    }
    assert ours.total.answered > 40
    assert ours.semantic is not None
    assert ours.syntactic is not None
    assert ours.semantic.correct + ours.syntactic.correct == ours.total.correct


def test_case_variants_follow_gensim(rng: np.random.Generator, tmp_path: Path) -> None:
    words = [w for i in range(40) for w in (f"Word{i}", f"word{i}", f"WORD{i}")]
    base = rng.standard_normal((40, 8))
    vectors = (base.repeat(3, axis=0) + 0.2 * rng.standard_normal((120, 8))).astype(np.float32)
    vocabulary = Vocabulary(words, vectors)
    lines = [": gram-toy"]
    lines += [" ".join(f"word{i}" for i in rng.choice(40, 4, replace=False)) for _ in range(400)]
    (tmp_path / "q.txt").write_text("\n".join(lines))
    ours = evaluate_analogies(read_analogies(lines), vocabulary)
    accuracy, _ = as_gensim(vocabulary).evaluate_word_analogies(str(tmp_path / "q.txt"))
    assert ours.total.accuracy == accuracy
    assert ours.total.correct > 0


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_cosmul_answers_as_gensims_own_cosmul(data: Path, thousand_words: Vocabulary) -> None:
    questions = read_analogies((data / "analogy/questions-words.txt").read_text().splitlines())
    ours = evaluate_analogies(questions, thousand_words, method="3cosmul", ignore_case=False)
    keyed = as_gensim(thousand_words)
    for question, answer in zip(questions, ours.predictions, strict=True):
        if answer is not None:
            best = keyed.most_similar_cosmul(positive=[question.b, question.c], negative=[question.a], topn=1)
            assert answer == best[0][0]


def test_questions_without_known_words_leave_no_accuracy(royals: Vocabulary) -> None:
    report = evaluate_analogies([Question("", "x", "y", "z", "w")], royals)
    assert np.isnan(report.total.accuracy)
    assert report.total.coverage == 0
    assert report.predictions == (None,)
    assert report.semantic is None


@pytest.mark.parametrize(("lines", "message"), [(["a b c"], "line 1 holds 3 words"), ([": x", ""], "no questions")])
def test_files_of_another_form_are_refused(lines: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_analogies(lines)


@pytest.mark.parametrize("name", ["EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt", "EN-MEN-TR-3k.txt"])
def test_word_similarity_agrees_with_gensim(data: Path, thousand_words: Vocabulary, name: str) -> None:
    path = data / "wordsim" / name
    ours = evaluate_word_pairs(read_word_pairs(path.read_text().splitlines()), thousand_words)
    theirs_pearson, theirs_spearman, unknown = as_gensim(thousand_words).evaluate_word_pairs(str(path))
    assert ours.spearman == pytest.approx(theirs_spearman.statistic, abs=1e-6)
    assert ours.pearson == pytest.approx(theirs_pearson.statistic, abs=1e-5)
    assert 100 * (1 - ours.answered / ours.pairs) == pytest.approx(unknown)


def test_ranks_share_ties() -> None:
    assert ranks([10, 20, 10, 30]).tolist() == [1.5, 3, 1.5, 4]


def test_correlation_of_a_constant_is_not_a_number() -> None:
    assert np.isnan(pearson([1, 1, 1], [1, 2, 3]))
    assert spearman([1, 2, 3], [1, 10, 100]) == pytest.approx(1)


def test_unit_vectors_rank_alike_by_cosine_and_by_euclidean_distance(rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((2, 200, 16))
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    report = compare_pairs(a, b, rng.uniform(0, 5, 200))
    assert report.spearman == pytest.approx(report.spearman_euclidean, abs=1e-9)


def test_word_pairs_of_another_form_are_refused(royals: Vocabulary) -> None:
    with pytest.raises(InputError, match="line 2"):
        read_word_pairs(["# a comment", "king queen"])
    with pytest.raises(InputError, match="0 of 2 pairs"):
        evaluate_word_pairs([("x", "y", 1), ("z", "w", 2)], royals)


def test_judgements_that_are_no_numbers_are_refused(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 3, 4))
    with pytest.raises(InputError, match="the judgement of pair 1 is nan; expected a finite number"):
        compare_pairs(a, b, np.array([1.0, np.nan, 2.0]))
