"""Texts into requests: how many tokens they have, roughly, and how much a server takes at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# What every tokenizer adds at both ends, and a little.
_AROUND = 3
# A text counts as cut only where it is this much longer than what was read.
_CLEARLY_LONGER = 1.25
# A half of a request with more than this share of its tokens is refused for the same number of tokens, if it is.
_MOST_OF_TOKENS = 0.75


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold.

    Attributes:
        inputs: Texts.
        tokens: In all texts together, as estimated.
    """

    inputs: int = 32
    tokens: int = 16_000


def estimate_tokens(texts: Sequence[str]) -> NDArray[np.int64]:
    """Roughly how many tokens texts have: a quarter of their ASCII characters, and one for each other character.

    English has about 4.5 characters per token in the vocabularies in use, so that this is a little high; for other
    alphabets, whose tokens hold one to three characters, it is high. No tokenizer of a server is known here.

    Args:
        texts: n strings.

    Returns:
        Shape (n,), at least 3.
    """
    n_bytes = np.array([len(text.encode("utf-8", "replace")) for text in texts], np.int64)
    n_chars = np.array([len(text) for text in texts], np.int64)
    # Characters beyond ASCII take two to four bytes; three is what most scripts of many characters take.
    beyond = np.minimum(n_chars, (n_bytes - n_chars + 1) // 2)
    return np.asarray((n_chars - beyond + 3) // 4 + beyond + _AROUND)


class Packer:
    """Rows waiting to be sent, packed when they are asked for, so that what was learned of limits holds at once.

    The longest go first: what a server cannot hold is learned at once, and texts of one request are of similar length,
    which spares servers that pad. Ties by row.

    Args:
        tokens: Shape (n,), estimated tokens of each row.
        rows: Which are to be sent.
        limits: Of one request; a row that alone has more is sent alone.
    """

    def __init__(self, tokens: NDArray[np.int64], rows: Iterable[int], limits: Limits) -> None:
        self.limits = limits
        self._tokens = tokens
        self._proven = Limits(0, 0)
        self._before: Limits | None = None
        chosen = np.array(list(rows), np.int64)
        self._waiting = deque(chosen[np.lexsort((chosen, -tokens[chosen]))].tolist())

    def pop(self) -> list[int]:
        """The rows of the next request; empty if none wait."""
        rows: list[int] = []
        total = 0
        while self._waiting and len(rows) < self.limits.inputs:
            total += int(self._tokens[self._waiting[0]])
            if rows and total > self.limits.tokens:
                break
            rows.append(self._waiting.popleft())
        return rows

    def put_back(self, rows: Iterable[int]) -> None:
        """Rows that were not answered: they go with the next request."""
        self._waiting.extendleft(reversed(list(rows)))

    def taken(self, rows: list[int]) -> None:
        """A request was taken: nothing as large is too large."""
        self._proven = Limits(max(self._proven.inputs, len(rows)), max(self._proven.tokens, self._size(rows)))

    def fits(self, rows: list[int]) -> bool:
        """Whether a request is within the limits as they are known by now."""
        return len(rows) == 1 or (len(rows) <= self.limits.inputs and self._size(rows) <= self.limits.tokens)

    def suspect(self, rows: list[int], half: list[int]) -> None:
        """A request was refused; if none as large was ever taken, halve the limit that it had filled for now.

        Where the half has most of the tokens, halving the texts would not show which limit it was: tokens are taken
        down to what the half has, which costs nothing if it was the other.

        Args:
            rows: Of the request.
            half: Those of its larger half.
        """
        inputs, tokens, half_tokens = len(rows), self._size(rows), self._size(half)
        before = self.limits
        if inputs / before.inputs >= tokens / before.tokens and half_tokens <= _MOST_OF_TOKENS * tokens:
            if inputs > self._proven.inputs:
                self.limits = replace(before, inputs=len(half))
        elif tokens > self._proven.tokens:
            self.limits = replace(before, tokens=max(half_tokens, tokens - half_tokens))
        if self.limits != before and self._before is None:
            self._before = before

    def was_too_much(self) -> None:
        """Both halves of a request were taken: what was suspected holds."""
        self._before = None

    def was_a_text(self) -> None:
        """A single text was to blame: what was suspected of the limits is taken back."""
        if self._before is not None:
            self.limits, self._before = self._before, None

    def _size(self, rows: list[int]) -> int:
        return int(self._tokens[rows].sum())


def cut_length(texts: Sequence[str], counted: int) -> int | None:
    """Where a server seems to have cut texts, from how many tokens it counted.

    Args:
        texts: Of one request.
        counted: The tokens that the server says it read in all of them.

    Returns:
        The number of tokens L for which the texts, each cut at L, have as many as were counted; None where the count
        is not less than the least that the texts can have (a token for 6.5 characters), or no text is clearly longer.
    """
    least = np.sort(least_tokens(texts))
    if not 0 < counted < least.sum():
        return None
    below = np.concatenate(([0], np.cumsum(least)[:-1]))
    # With the i shortest whole and the others cut, L = (counted − sum of the i shortest) / (n − i).
    lengths = (counted - below) / (len(least) - np.arange(len(least)))
    length = int(lengths[np.flatnonzero(lengths <= least)[0]])
    return length if length > 0 and least[-1] >= _CLEARLY_LONGER * length else None


def least_tokens(texts: Sequence[str]) -> NDArray[np.int64]:
    """As few tokens as texts of natural language have: one for 6.5 characters."""
    return (np.array([len(text) for text in texts], np.int64) * 2) // 13
