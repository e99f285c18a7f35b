"""Texts with their vectors, ready to be asked many times."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from asterism._topk import ROWS, blocks, inverse_lengths
from asterism.analysis.spelling import nearest_spellings
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class Vocabulary:
    """Texts beside their vectors, with what every question needs kept after the first one.

    The vectors may be memory-mapped: they are read in blocks, never copied whole.
    """

    def __init__(
        self, texts: Sequence[str | None], vectors: NDArray[np.floating], *, placed: NDArray[np.bool_] | None = None
    ) -> None:
        """Hold the texts and vectors, without copying either.

        Args:
            texts: n texts; None or "" for a row without one.
            vectors: Shape (n, d), float32 or float16. Not modified.
            placed: Shape (n,): which rows may be found; None for all. The vectors of other rows are never used.

        Raises:
            InputError: The shapes do not belong together.
        """
        if vectors.ndim != 2 or len(texts) != len(vectors):
            raise InputError(f"{len(texts)} texts and vectors of shape {vectors.shape}; expected one row per text.")
        if placed is not None and placed.shape != (len(texts),):
            raise InputError(f"placed has shape {placed.shape}; expected ({len(texts)},).")
        self.texts = texts
        self.vectors = vectors
        self.placed = placed

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def dim(self) -> int:
        """d, the length of a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def inverse_norms(self) -> NDArray[np.float32]:
        """Shape (n,) float32: 1 / length of each vector; 0 for a zero vector and for rows that are not placed."""
        inverse = inverse_lengths(self.vectors)
        if self.placed is not None:
            inverse[~self.placed] = 0
        return inverse

    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        """The vectors of consecutive rows as float32, zero where not placed; copied only where something changes."""
        block = np.asarray(self.vectors[start:stop], dtype=np.float32)
        if self.placed is None or self.placed[start:stop].all():
            return block
        return np.where(self.placed[start:stop, None], block, np.float32(0))

    def mask(self, scores: NDArray[np.float32], start: int) -> NDArray[np.float32]:
        """Put −inf where a row is not placed; `scores` has shape (…, rows from `start` on) and is changed in place."""
        if self.placed is not None:
            scores[..., ~self.placed[start : start + scores.shape[-1]]] = -np.inf
        return scores

    def vector(self, row: int) -> NDArray[np.float32]:
        """The vector of one row, shape (d,) float32, a copy."""
        return np.array(self.vectors[row], dtype=np.float32)

    def unit(self, row: int) -> NDArray[np.float32]:
        """The vector of one row scaled to length 1, shape (d,) float32."""
        return unit_rows(self.vector(row))

    @cached_property
    def _first_row(self) -> dict[str, int]:
        """The first placed row of each text."""
        first: dict[str, int] = {}
        for row in self._placed_rows():
            first.setdefault(self.texts[row] or "", row)
        return first

    @cached_property
    def _further_rows(self) -> dict[str, list[int]]:
        """The other placed rows of texts that occur more than once."""
        further: dict[str, list[int]] = {}
        for row in self._placed_rows():
            text = self.texts[row] or ""
            if self._first_row[text] != row:
                further.setdefault(text, []).append(row)
        return further

    def _placed_rows(self) -> Iterable[int]:
        return range(len(self)) if self.placed is None else np.flatnonzero(self.placed).tolist()

    @cached_property
    def _first_row_folded(self) -> dict[str, int]:
        """The same with the case of letters ignored."""
        first: dict[str, int] = {}
        for text, row in self._first_row.items():
            first.setdefault(text.casefold(), row)
        return first

    def find(self, text: str) -> int | None:
        """The first row of a text: exactly as written, else with the case of letters ignored, else None."""
        row = self._first_row.get(text)
        return row if row is not None else self._first_row_folded.get(text.casefold())

    def rows(self, text: str) -> list[int]:
        """Every placed row that holds exactly this text."""
        first = self._first_row.get(text)
        return [] if first is None else [first, *self._further_rows.get(text, ())]

    def suggest(self, text: str, k: int = 3) -> list[str]:
        """The k texts that are spelled most like this one, nearest first."""
        return nearest_spellings(text, list(self._first_row), k=k)

    def missing(self, text: str) -> InputError:
        """The error for a text that cannot be asked about: it was set aside, or is not here; the nearest are told."""
        if self.placed is not None and text and text in self.texts:
            row = self.texts.index(text)
            return InputError(f"{text!r} was set aside (row {row}): it has no usable vector. Ask about another text.")
        near = self.suggest(text)
        hint = f" Nearest spellings: {', '.join(map(repr, near))}." if near else ""
        expected = "expected one of them, for no model is known that could embed another"
        return InputError(f"{text!r} is not among the {len(self)} texts; {expected}.{hint}")

    def require(self, text: str) -> int:
        """The row of a text, as `find`.

        Raises:
            InputError: The text is not here; the message offers the nearest spellings.
        """
        row = self.find(text)
        if row is None:
            raise self.missing(text)
        return row


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale vectors to length 1 along the last axis; a zero vector stays zero.

    Args:
        vectors: Shape (…, d). Not modified.

    Returns:
        Same shape, float32.

    Cost: Beside the answer a few megabytes.
    """
    if vectors.ndim > 1 and len(vectors) > ROWS:
        units = np.empty(vectors.shape, np.float32)
        for part in blocks(len(vectors), ROWS):
            units[part] = unit_rows(vectors[part])
        return units
    norms = np.sqrt(np.square(vectors, dtype=np.float64).sum(axis=-1, keepdims=True))
    return (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
