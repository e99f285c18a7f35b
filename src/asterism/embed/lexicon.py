"""What the built-in model knows: vectors of tokens, of pairs of tokens in one text, and of words that stand alone."""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._native import Lexicon as NativeLexicon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# Room for decoded rows, in times their codes: they seldom take less than a third, and a buffer that grows is copied.
_ROOM = 3


class Lexicon:
    """Sums of token vectors that hear some of the order.

    Args:
        rows: Shape (v + p + a, d) int8: of v tokens, p pairs, a words.
        pairs: Shape (p, 2) int32, the ids of two tokens, the later one second; none twice.
        alone: Shape (a,) int32, ids of tokens.
        window: How many tokens later the second of a pair may stand.
        loudest: A text of more distinct tokens than this hears its pairs less, as if its tokens were so many.
    """

    def __init__(
        self,
        rows: NDArray[np.int8],
        pairs: NDArray[np.int32],
        alone: NDArray[np.int32],
        *,
        window: int,
        loudest: int,
    ) -> None:
        self.rows = rows
        self.pairs = pairs
        self.alone = alone
        self.window = window
        self.loudest = loudest
        self._native = NativeLexicon(rows, pairs, alone, window, loudest)

    @property
    def n_tokens(self) -> int:
        """How many tokens have a vector."""
        return len(self.rows) - len(self.pairs) - len(self.alone)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.rows.shape[1])

    def mean(
        self, ids: NDArray[np.int32], offsets: NDArray[np.int64], *, normalize: bool, threads: int
    ) -> NDArray[np.float32]:
        """The vectors of texts.

        A text's n distinct tokens are summed, each times the square root of how often it is said, in sixteenths; and
        its distinct pairs, times loudest / max(n, loudest). A text of one distinct token that has a vector for
        standing alone has that vector.

        Args:
            ids: The token ids of all texts in one row.
            offsets: Shape (n + 1,); those of text i are `ids[offsets[i]:offsets[i + 1]]`.
            normalize: Whether to divide by the length, or by the number of distinct tokens.
            threads: How many; the bits do not depend on it.

        Returns:
            Shape (n, d), a row of zeros where there are no tokens.
        """
        out = np.empty((len(offsets) - 1, self.dim), np.float32)
        self._native.pool(ids, offsets, out, normalize, threads)
        return out

    def vectors(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """The vectors of some tokens, each as a text of its own, not normalised."""
        return self.rows[self._row_of[ids]].astype(np.float32)

    @cached_property
    def _row_of(self) -> NDArray[np.int64]:
        rows = np.arange(self.n_tokens)
        rows[self.alone] = self.n_tokens + len(self.pairs) + np.arange(len(self.alone))
        return rows


def unpacked(tensors: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> Lexicon:
    """Read the tensors that `docs/formats.md` describes ("The built-in model").

    Raises:
        ValueError, KeyError, TypeError: They are damaged or do not fit each other.
    """
    coded = tensors["rows"]
    try:
        numbers = np.frombuffer(zlib.decompress(coded.data, bufsize=_ROOM * coded.nbytes), np.int8)
    except zlib.error as exc:
        raise ValueError(f"the rows cannot be decoded ({exc})") from exc
    return Lexicon(
        numbers.reshape(-1, int(settings["hidden_dim"])),
        tensors["pairs"].astype(np.int32),
        tensors["alone"].astype(np.int32),
        window=int(settings["window"]),
        loudest=int(settings["loudest"]),
    )
