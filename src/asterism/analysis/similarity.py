"""How well distances between texts follow what people say of their similarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.analysis.correlation import pearson, spearman
from asterism.analysis.vocabulary import unit_rows
from asterism.analysis.words import WordRows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from asterism.analysis.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class SimilarityReport:
    """Agreement of a model with human judgements of similarity.

    Attributes:
        spearman: Rank correlation of the cosine similarity with the judgements.
        spearman_euclidean: The same of the negative L2 distance of the vectors as they are.
        spearman_manhattan: The same of the negative L1 distance.
        pearson: Linear correlation of the cosine similarity with the judgements.
        pairs: Pairs that were given.
        answered: Pairs that count.
    """

    spearman: float
    spearman_euclidean: float
    spearman_manhattan: float
    pearson: float
    pairs: int
    answered: int


def read_word_pairs(lines: Iterable[str]) -> tuple[tuple[str, str, float], ...]:
    """Read word pairs with a judgement: ``tiger<tab>cat<tab>7.35``.

    Args:
        lines: Three fields each, separated by tabs or spaces; blank lines and lines that begin with ``#`` are passed
            over.

    Returns:
        The pairs in order.

    Raises:
        InputError: A line is of another form, or there are fewer than two pairs.
    """
    pairs: list[tuple[str, str, float]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        try:
            first, second, judgement = fields[:3]
            pairs.append((first.strip(), second.strip(), float(judgement)))
        except ValueError as exc:
            raise InputError(f"line {number} is {line.strip()[:80]!r}; expected two words and a number.") from exc
    if len(pairs) < 2:
        raise InputError(f"there are {len(pairs)} word pairs; expected at least two.")
    return tuple(pairs)


def evaluate_word_pairs(
    pairs: Sequence[tuple[str, str, float]],
    vocabulary: Vocabulary,
    *,
    restrict: int | None = 300_000,
    ignore_case: bool = True,
) -> SimilarityReport:
    """Compare similarities in a vocabulary with human judgements; pairs with an unknown word are left out.

    Args:
        pairs: From `read_word_pairs`.
        vocabulary: Words, the most frequent first.
        restrict: Look words up among the first so many only; None for all.
        ignore_case: Whether "King" and "king" are one word.

    Returns:
        The correlations, with how many pairs count.

    Raises:
        InputError: Fewer than two pairs have both words in the vocabulary.
    """
    index = WordRows(vocabulary, restrict=restrict, ignore_case=ignore_case)
    first = index.find([pair[0] for pair in pairs])
    second = index.find([pair[1] for pair in pairs])
    known = (first >= 0) & (second >= 0)
    if known.sum() < 2:
        raise InputError(f"{int(known.sum())} of {len(pairs)} pairs have both words here; expected at least two.")
    vectors = vocabulary.vectors
    judgements = np.array([pair[2] for pair in pairs])[known]
    return compare_pairs(np.asarray(vectors[first[known]]), np.asarray(vectors[second[known]]), judgements, len(pairs))


def compare_pairs(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    judgements: NDArray[np.float64],
    n_pairs: int | None = None,
) -> SimilarityReport:
    """Compare the similarity of paired vectors with judgements, as on the semantic textual similarity benchmark.

    Args:
        first: Shape (m, d).
        second: Shape (m, d), row by row the partner of `first`.
        judgements: Shape (m,), higher for more similar.
        n_pairs: How many pairs there were before unknown ones were left out; None for m.

    Returns:
        The correlations.

    Raises:
        InputError: The shapes differ, m is less than 2, or a judgement is NaN or infinite.
    """
    if first.shape != second.shape or len(first) != len(judgements) or len(first) < 2:
        raise InputError(
            f"pairs have shapes {first.shape} and {second.shape} and {len(judgements)} judgements; "
            "expected equal shapes, one judgement per pair, at least two pairs."
        )
    if not np.isfinite(judgements).all():
        at = int(np.argmin(np.isfinite(judgements)))
        raise InputError(
            f"the judgement of pair {at} is {judgements[at]}; expected a finite number. Leave the pair out."
        )
    a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
    cosine = np.einsum("ij,ij->i", unit_rows(a), unit_rows(b))
    difference = a.astype(np.float64) - b
    return SimilarityReport(
        spearman=spearman(cosine, judgements),
        spearman_euclidean=spearman(-np.linalg.norm(difference, axis=1), judgements),
        spearman_manhattan=spearman(-np.abs(difference).sum(axis=1), judgements),
        pearson=pearson(cosine, judgements),
        pairs=len(judgements) if n_pairs is None else n_pairs,
        answered=len(judgements),
    )
