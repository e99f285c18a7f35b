"""What published tests and labels say of a Space."""

from __future__ import annotations

from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._check import check_column
from asterism._progress import SILENT
from asterism.analysis.analogies import evaluate_analogies, read_analogies
from asterism.analysis.procrustes import evaluate_translation, read_dictionary
from asterism.analysis.separability import measure_separability
from asterism.analysis.similarity import evaluate_word_pairs, read_word_pairs
from asterism.analysis.vocabulary import Vocabulary
from asterism.errors import InputError
from asterism.layouts import check_placed, usable_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.analysis.analogies import AnalogyMethod, AnalogyReport, UnknownPolicy
    from asterism.analysis.procrustes import Translation
    from asterism.analysis.separability import Separability
    from asterism.analysis.similarity import SimilarityReport
    from asterism.embed.base import Embedder
    from asterism.store import SpaceData


class Evaluations:
    """What a Space holds, and how good it is."""

    def __init__(self, data: SpaceData, embedder: Embedder | None = None, *, cache: bool = True) -> None:
        self._data = data
        self._embedder = embedder
        self._is_cached = cache

    def evaluate_analogies(
        self,
        lines: Iterable[str],
        *,
        method: AnalogyMethod = "3cosadd",
        restrict: int | None = 300_000,
        ignore_case: bool = True,
        unknown: UnknownPolicy = "skip",
        report: Reporter = SILENT,
    ) -> AnalogyReport:
        """Answer a file of analogy questions over the texts of the Space, the most frequent first.

        Args:
            lines: In the format of questions-words.txt: sections, and four words a line; an open file, or a list.
            method: "3cosadd" or "3cosmul".
            restrict: Ask and answer among the first so many texts only; None for all.
            ignore_case: Whether "King" and "king" are one word.
            unknown: What becomes of questions with an unknown word: "skip" or "wrong".
            report: Hears of the progress.

        Returns:
            Accuracy per section, semantic, syntactic and total, with the coverage.
        """
        return evaluate_analogies(
            read_analogies(_lines(lines)),
            self._vocabulary,
            method=method,
            restrict=restrict,
            ignore_case=ignore_case,
            unknown=unknown,
            report=report,
        )

    def evaluate_similarity(
        self, lines: Iterable[str], *, restrict: int | None = 300_000, ignore_case: bool = True
    ) -> SimilarityReport:
        """Compare similarities of words with human judgements.

        Args:
            lines: ``word<tab>word<tab>judgement``; an open file, or a list.
            restrict: Look words up among the first so many texts only; None for all.
            ignore_case: Whether "King" and "king" are one word.

        Returns:
            Spearman's and Pearson's correlation, and how many pairs count.
        """
        return evaluate_word_pairs(
            read_word_pairs(_lines(lines)), self._vocabulary, restrict=restrict, ignore_case=ignore_case
        )

    def evaluate_translation(
        self, other: Evaluations, train: Iterable[str], test: Iterable[str], *, k: int = 1
    ) -> Translation:
        """Turn this Space onto one of another language by a dictionary, and see how many other words it translates.

        Args:
            other: A Space of words with vectors of the same length.
            train: ``word<tab>translation``: pairs that decide the rotation; an open file, or a list of lines.
            test: Pairs to be found by the nearest word.
            k: How many nearest words are looked at.

        Returns:
            P@k, how many words were asked and answered, and how well the pairs of the dictionary fit.

        Raises:
            InputError: The dimensions differ, or no pair is known.
        """
        pairs = [read_dictionary(_lines(lines)) for lines in (train, test)]
        return evaluate_translation(self._vocabulary, other._vocabulary, *pairs, k=k)

    def evaluate_labels(self, column: str, *, k: int = 10, seed: int = 0, threads: int | None = None) -> Separability:
        """Measure how well the labels of a column can be told apart in this model.

        Args:
            column: The labels.
            k: Neighbours that vote.
            seed: Of the folds of the linear probe.
            threads: For the neighbours; the result does not depend on it.

        Returns:
            Nearest-neighbour accuracy and purity, linear probe and silhouette, beside what guessing reaches.

        Raises:
            InputError: There is no such column, fewer than two rows have a label, or the Space has no vectors.
        """
        self._check_vectors()
        labels = self._codes(column)[self._data.placed]
        metric = self._data.model.metric
        return measure_separability(usable_vectors(self._data), labels, k=k, metric=metric, seed=seed, threads=threads)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        self._check_vectors()
        data = self._data
        return Vocabulary(data.texts, data.vectors, placed=None if data.placed.all() else data.placed)

    def _check_vectors(self) -> None:
        if self._data.vectors.shape[1] == 0:
            raise InputError("This Space has coordinates but no vectors; nothing can be asked of it.")
        check_placed(self._data)

    def _codes(self, column: str) -> NDArray[np.int64]:
        """A number per distinct value of a column, −1 where there is none."""
        values = pa.array(self._labels(column), pa.string()).dictionary_encode()
        return np.asarray(pc.fill_null(values.indices, -1)).astype(np.int64)

    def _labels(self, column: str) -> list[str | None]:
        """The values of a column as text, None where there is none."""
        table = self._data.table
        check_column(column, table.column_names)
        found = table.column(column)
        try:
            labels: list[str | None] = found.cast(pa.string()).to_pylist()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
            raise InputError(
                f"Column {column!r} holds {found.type}; expected labels: texts, numbers or dates."
            ) from exc
        return [label if label is not None and label.strip() else None for label in labels]


def _lines(given: Iterable[str]) -> Iterable[str]:
    """Refuse the name of a file, whose characters would be taken for lines."""
    if isinstance(given, str | PathLike):
        raise InputError(f"{str(given)!r} is one string; expected lines: open the file that it names, and give that.")
    return given
