"""How well a vocabulary answers published analogy questions: a is to b as c is to what?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from asterism._check import check_choice, check_whole
from asterism._progress import SILENT
from asterism.analysis.arithmetic import cos_mul
from asterism.analysis.ranking import best_rows
from asterism.analysis.vocabulary import unit_rows
from asterism.analysis.words import WordRows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.analysis.vocabulary import Vocabulary

AnalogyMethod = Literal["3cosadd", "3cosmul"]
UnknownPolicy = Literal["skip", "wrong"]
_BATCH = 512
_CONSIDERED = 5  # how many of the nearest may be case variants of a, b or c before a question counts as wrong


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `a` is to `b` as `c` is to `expected`.

    Attributes:
        section: Heading above it; "" where there is none.
        a: First word of the known pair.
        b: Second word of the known pair.
        c: First word of the asked pair.
        expected: The right answer.
    """

    section: str
    a: str
    b: str
    c: str
    expected: str


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The score of one section or of several together.

    Attributes:
        name: Heading.
        correct: Questions answered rightly.
        answered: Questions that count: all under policy "wrong", those with four known words under "skip".
        questions: All questions.
        unknown: Questions with a word that is not in the vocabulary.
    """

    name: str
    correct: int
    answered: int
    questions: int
    unknown: int

    @property
    def accuracy(self) -> float:
        """Share of the answered questions that are right; NaN where none was answered."""
        return self.correct / self.answered if self.answered else float("nan")

    @property
    def coverage(self) -> float:
        """Share of the questions with four known words; NaN without questions."""
        return 1 - self.unknown / self.questions if self.questions else float("nan")


@dataclass(frozen=True, slots=True)
class AnalogyReport:
    """The outcome of a file of analogy questions.

    Attributes:
        sections: Per section, in the order of the file.
        semantic: The sections whose name does not begin with "gram"; None where no section's name does.
        syntactic: The sections whose name begins with "gram"; None where there is none.
        total: All sections.
        predictions: Per question, the word answered; None where a word is unknown.
        method: "3cosadd" or "3cosmul".
        restrict: Only so many of the first words were asked and answered; None for all.
        ignore_case: Whether case was ignored.
        unknown: What became of questions with an unknown word: "skip" or "wrong".
    """

    sections: tuple[SectionScore, ...]
    semantic: SectionScore | None
    syntactic: SectionScore | None
    total: SectionScore
    predictions: tuple[str | None, ...]
    method: AnalogyMethod
    restrict: int | None
    ignore_case: bool
    unknown: UnknownPolicy


def read_analogies(lines: Iterable[str]) -> tuple[Question, ...]:
    """Read questions in the format of questions-words.txt.

    Args:
        lines: ``: section`` headings and lines of four words; blank lines and lines that begin with ``//`` are
            passed over.

    Returns:
        The questions in order.

    Raises:
        InputError: A line holds another number of words, or there is no question.
    """
    questions: list[Question] = []
    section = ""
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or line.startswith("//"):
            continue
        if words[0].startswith(":"):
            section = line.strip().lstrip(":").strip()
        elif len(words) == 4:
            questions.append(Question(section, *words))
        else:
            raise InputError(f"line {number} holds {len(words)} words: {line.strip()[:80]!r}; expected four, a b c d.")
    if not questions:
        raise InputError("there are no questions; expected lines of four words, under ': section' headings.")
    return tuple(questions)


def evaluate_analogies(
    questions: Sequence[Question],
    vocabulary: Vocabulary,
    *,
    method: AnalogyMethod = "3cosadd",
    restrict: int | None = 300_000,
    ignore_case: bool = True,
    unknown: UnknownPolicy = "skip",
    report: Reporter = SILENT,
) -> AnalogyReport:
    """Answer every question over the whole vocabulary and count the right ones.

    The answer is the best word that is not a, b or c in any case; where the five best rows beside those of a, b and
    c are all such variants, the question is wrong.

    Args:
        questions: From `read_analogies`.
        vocabulary: Words, the most frequent first.
        method: "3cosadd" or "3cosmul"; see `asterism.analysis.arithmetic.solve`.
        restrict: Ask and answer among the first so many words only; None for all. Changes which questions count.
        ignore_case: Compare words regardless of case; of words that differ in case only, the first stands for all.
        unknown: "skip" leaves out questions with a word that is not in the vocabulary, which flatters a small
            vocabulary (see the coverage); "wrong" counts them as wrong.
        report: Hears of the progress.

    Returns:
        Scores per section, semantic, syntactic and total, and every answer.

    Raises:
        InputError: `questions` is empty or an option is unknown.

    Source:
        Mikolov et al. 2013, Efficient estimation of word representations; the protocol (five candidates, case,
        restriction) is that of gensim's evaluate_word_analogies.

    Cost: O(questions × words × d), by matrix products.
    """
    check_choice(method, ("3cosadd", "3cosmul"), name="method")
    check_choice(unknown, ("skip", "wrong"), name="unknown")
    if restrict is not None:
        check_whole(restrict, name="restrict", low=1)
    if not questions:
        raise InputError("there are no questions; expected at least one.")
    index = WordRows(vocabulary, restrict=restrict, ignore_case=ignore_case)
    rows = np.stack([index.find([getattr(q, name) for q in questions]) for name in ("a", "b", "c", "expected")], axis=1)
    is_known = np.asarray((rows >= 0).all(axis=1))
    known = np.flatnonzero(is_known)
    predictions: list[str | None] = [None] * len(questions)
    report.start("analogies", len(known), unit="questions")
    for start in range(0, len(known), _BATCH):
        batch = known[start : start + _BATCH]
        for i, row in zip(batch.tolist(), _answer(rows[batch, :3], vocabulary, index, method), strict=True):
            predictions[i] = vocabulary.texts[row] if row >= 0 else None
        report.advance(len(batch))
    report.done()
    right = [
        p is not None and index.key(p) == index.key(q.expected) for p, q in zip(predictions, questions, strict=True)
    ]
    sections, semantic, syntactic, total = _tally(questions, is_known, np.array(right), unknown)
    return AnalogyReport(
        sections=sections,
        semantic=semantic,
        syntactic=syntactic,
        total=total,
        predictions=tuple(predictions),
        method=method,
        restrict=restrict,
        ignore_case=ignore_case,
        unknown=unknown,
    )


def _tally(
    questions: Sequence[Question], is_known: NDArray[np.bool_], is_right: NDArray[np.bool_], policy: UnknownPolicy
) -> tuple[tuple[SectionScore, ...], SectionScore | None, SectionScore | None, SectionScore]:
    """Scores per section, semantic, syntactic and total."""

    def score(name: str, within: list[bool]) -> SectionScore:
        chosen = np.array(within)
        n_questions, n_known = int(chosen.sum()), int((chosen & is_known).sum())
        n_answered = n_known if policy == "skip" else n_questions
        return SectionScore(name, int((chosen & is_right).sum()), n_answered, n_questions, n_questions - n_known)

    names = [question.section for question in questions]
    is_syntactic = [name.startswith("gram") for name in names]
    has_kinds = any(is_syntactic)
    return (
        tuple(score(section, [name == section for name in names]) for section in dict.fromkeys(names)),
        score("semantic", [not kind for kind in is_syntactic]) if has_kinds else None,
        score("syntactic", is_syntactic) if has_kinds else None,
        score("total", [True] * len(names)),
    )


def _answer(asked: NDArray[np.int64], vocabulary: Vocabulary, index: WordRows, method: AnalogyMethod) -> list[int]:
    """The row that answers each question, −1 where only variants of its own words are near."""
    units = unit_rows(np.asarray(vocabulary.vectors[asked.ravel()], np.float32)).reshape(*asked.shape, -1)
    weights = np.array([-1, 1, 1], np.float32)
    targets = unit_rows(np.einsum("mtd,t->md", units, weights))

    def score(start: int, stop: int) -> NDArray[np.float32]:
        candidates = vocabulary.block(start, stop) * vocabulary.inverse_norms[start:stop, None]
        if method == "3cosadd":
            return vocabulary.mask(targets @ candidates.T, start)
        cosines = np.stack([units[:, term] @ candidates.T for term in range(3)])
        return vocabulary.mask(cos_mul(cosines.reshape(3, -1), weights).reshape(len(asked), -1), start)

    rows, _ = best_rows(score, n_rows=index.n_rows, n_rankings=len(asked), k=min(_CONSIDERED + 3, index.n_rows))
    answers = []
    for own, near in zip(asked.tolist(), rows.tolist(), strict=True):
        keys = {index.keys[row] for row in own}
        others = [row for row in near if row >= 0 and row not in own][:_CONSIDERED]
        answers.append(next((row for row in others if index.keys[row] not in keys), -1))
    return answers
