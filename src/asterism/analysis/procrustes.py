"""Turn one space of vectors onto another by pairs that mean the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import as_vectors, check_whole
from asterism.analysis.ranking import best_rows
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from asterism.analysis.vocabulary import Vocabulary

_QUERIES_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """An orthogonal map from one space to another.

    Attributes:
        matrix: Shape (d, d) float64; a vector x of the source is x @ matrix in the target.
        source_mean: Shape (d,): taken off vectors of the source before they are turned.
        target_mean: Shape (d,): what is taken off vectors of the target to compare them.
        fit: Mean cosine of the turned source vectors of the pairs with their partners, both centred.
        n_pairs: How many pairs decided.
    """

    matrix: NDArray[np.float64]
    source_mean: NDArray[np.float64]
    target_mean: NDArray[np.float64]
    fit: float
    n_pairs: int

    def turn(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """Vectors (n, d) of the source as the target has them: unit length, centred, turned; unit length again."""
        units = unit_rows(np.asarray(vectors, np.float32)).astype(np.float64) - self.source_mean
        return unit_rows((units @ self.matrix).astype(np.float32))

    def level(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """Vectors (n, d) of the target, ready to be compared with turned ones."""
        units = unit_rows(np.asarray(vectors, np.float32)).astype(np.float64) - self.target_mean
        return unit_rows(units.astype(np.float32))


def find_rotation(source: ArrayLike, target: ArrayLike, *, is_centred: bool = True) -> Rotation:
    """Find the rotation that brings vectors closest to their partners in another space of the same dimension.

    Args:
        source: Shape (m, d). Not modified.
        target: Shape (m, d), row by row the partner of `source`. Not modified.
        is_centred: Take the mean of the pairs off both sides first, which helps where two languages are far apart.

    Returns:
        The rotation; mirror images count as rotations.

    Raises:
        InputError: The shapes differ, or there is no pair.

    Source:
        Schönemann 1966; Conneau et al. 2018 (MUSE), eq. 2: with rows as vectors, W = U Vᵀ of the SVD of sourceᵀ·target.
        Unit length, then centring: Artetxe, Labaka & Agirre 2016.

    Cost: O(m·d² + d³).
    """
    a, b = as_vectors(source, name="source"), as_vectors(target, name="target")
    if a.shape != b.shape or not len(a):
        raise InputError(
            f"source and target have shapes {a.shape} and {b.shape}; expected equal shapes, one row or more."
        )
    x, y = unit_rows(a).astype(np.float64), unit_rows(b).astype(np.float64)
    means = (x.mean(axis=0), y.mean(axis=0)) if is_centred and len(x) > 1 else (np.zeros(x.shape[1]),) * 2
    x, y = x - means[0], y - means[1]
    left, _, right = np.linalg.svd(x.T @ y)
    matrix = left @ right
    turned = x @ matrix
    norms = np.linalg.norm(turned, axis=1) * np.linalg.norm(y, axis=1)
    cosines = np.divide((turned * y).sum(axis=1), norms, out=np.zeros(len(x)), where=norms > 0)
    return Rotation(matrix, means[0], means[1], float(cosines.mean()), len(x))


@dataclass(frozen=True, slots=True)
class Translation:
    """How well words are translated by turning one space onto the other.

    Attributes:
        accuracy: Share of the answered words that have a right translation among the k nearest; NaN without any.
        k: How many nearest were looked at.
        answered: Different words of the test of which both sides are known.
        asked: Different words of the test.
        n_pairs: Pairs that decided the rotation.
        fit: Mean cosine of these pairs after it.
    """

    accuracy: float
    k: int
    answered: int
    asked: int
    n_pairs: int
    fit: float


def read_dictionary(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Read pairs of words: a word, a tab or a space, its translation; empty lines are passed over.

    Raises:
        InputError: A line is not two words.
    """
    pairs = []
    for number, line in enumerate(lines, 1):
        words = line.split("\t") if "\t" in line else line.split()
        if len(words) != 2:
            if not line.strip():
                continue
            raise InputError(
                f"Line {number} of the dictionary is {line.strip()!r}; expected a word and its translation."
            )
        pairs.append((words[0].strip(), words[1].strip()))
    return pairs


def evaluate_translation(
    source: Vocabulary,
    target: Vocabulary,
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]],
    *,
    k: int = 1,
) -> Translation:
    """Turn one vocabulary onto another by some pairs, and translate others by the nearest word.

    Args:
        source: Words of one language.
        target: Words of another, with vectors of the same length.
        train: Pairs that decide the rotation; those with an unknown word are left out.
        test: Pairs to be found; a word may have several translations, any of which is right.
        k: How many nearest words are looked at.

    Returns:
        P@k by cosine over the words of the test of which both sides are known.

    Raises:
        InputError: The dimensions differ, no pair of `train` is known, or k is below 1.

    Source:
        Conneau et al. 2018, sections 2 and 3.
    """
    check_whole(k, name="k", low=1)
    if source.dim != target.dim:
        raise InputError(f"The vectors have {source.dim} and {target.dim} dimensions; a rotation needs equal ones.")
    known = [(a, b) for a, b in _rows(source, target, train) if a is not None and b is not None]
    if not known:
        raise InputError(f"Of {len(train)} pairs none has both words in the vocabularies; expected at least one.")
    own, partners = (np.stack(each) for each in zip(*((source.unit(a), target.unit(b)) for a, b in known), strict=True))
    rotation = find_rotation(own, partners)
    answers: dict[int, set[int]] = {}
    for a, b in _rows(source, target, test):
        if a is not None and b is not None:
            answers.setdefault(a, set()).add(b)
    asked = len({word for word, _ in test})
    if not answers:
        return Translation(float("nan"), k, 0, asked, rotation.n_pairs, rotation.fit)
    turned = rotation.turn(np.stack([source.vector(row) for row in answers]))
    right = _count_right(turned, target, rotation, list(answers.values()), k)
    return Translation(right / len(answers), k, len(answers), asked, rotation.n_pairs, rotation.fit)


def _rows(
    source: Vocabulary, target: Vocabulary, pairs: Sequence[tuple[str, str]]
) -> Iterator[tuple[int | None, int | None]]:
    return ((source.find(word), target.find(translation)) for word, translation in pairs)


def _count_right(
    turned: NDArray[np.float32], target: Vocabulary, rotation: Rotation, answers: Sequence[set[int]], k: int
) -> int:
    """How many of the turned vectors have a right row among their k nearest."""
    right = 0
    for start in range(0, len(turned), _QUERIES_AT_ONCE):
        part = turned[start : start + _QUERIES_AT_ONCE]

        def score(first: int, stop: int, part: NDArray[np.float32] = part) -> NDArray[np.float32]:
            return target.mask(part @ rotation.level(target.block(first, stop)).T, first)

        rows, _ = best_rows(score, n_rows=len(target), n_rankings=len(part), k=min(k, len(target)))
        right += sum(not answers[start + i].isdisjoint(found) for i, found in enumerate(rows.tolist()))
    return right
