"""Words in a vocabulary under one case policy, as the published word tests look them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.analysis.vocabulary import Vocabulary


class WordRows:
    """The row of each word among the first `n_rows` rows; of words that differ in case only, the first one."""

    def __init__(self, vocabulary: Vocabulary, *, restrict: int | None, ignore_case: bool) -> None:
        """Index the words.

        Args:
            vocabulary: Words in order of frequency, the most frequent first.
            restrict: Only the first so many rows are asked and answered; None for all.
            ignore_case: Whether "King" and "king" are one word.
        """
        self.n_rows = len(vocabulary) if restrict is None else min(restrict, len(vocabulary))
        self._ignore_case = ignore_case
        self.keys = [self.key(text or "") for text in vocabulary.texts[: self.n_rows]]
        placed = vocabulary.placed
        self._rows: dict[str, int] = {}
        for row, key in enumerate(self.keys):
            if placed is None or placed[row]:
                self._rows.setdefault(key, row)

    def key(self, word: str) -> str:
        """The form under which a word is compared with others."""
        # Upper case rather than casefold: the protocol of word2vec and gensim.
        return word.upper() if self._ignore_case else word

    def find(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The rows of several words, −1 for each that is not in the vocabulary."""
        return np.array([self._rows.get(self.key(word), -1) for word in words], np.int64)
