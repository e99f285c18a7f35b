"""Texts as token ids, for models that run on padded batches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray
    from tokenizers import Encoding
    from tokenizers import Tokenizer as FastTokenizer

TEXTS_AT_ONCE = 4096
# What stands before a word that follows a space: SentencePiece, byte-level BPE.
SPACE_MARKS = ("\N{LOWER ONE EIGHTH BLOCK}", "\N{LATIN CAPITAL LETTER G WITH DOT ABOVE}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Splitter(Protocol):
    """Splits texts into ids, special tokens included, cut at a length."""

    def split(self, texts: Sequence[str]) -> tuple[list[list[int]], int]:
        """Ids of each text, and how many texts were cut."""
        ...

    def edges(self) -> tuple[int, int]:
        """How many special tokens stand before and behind every text."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Padded texts, padding on the right.

    Attributes:
        ids: Shape (b, t) int64.
        mask: Shape (b, t) int64, 0 for padding.
        counted: Shape (b, t) int64, 0 also for special tokens where pooling leaves them out.
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    counted: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Texts as ids, all in one row.

    Attributes:
        ids: Shape (total,) int32.
        offsets: Shape (n + 1,); the tokens of text i are `ids[offsets[i]:offsets[i + 1]]`.
        n_cut: How many texts were longer than the model takes, and were cut.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    n_cut: int = 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Shape (n,)."""
        return np.diff(self.offsets)

    def padded(self, rows: NDArray[np.int64], pad: int, *, edges: tuple[int, int] = (0, 0)) -> Batch:
        """Some texts as a batch.

        Args:
            rows: Shape (b,), which texts; none of them without tokens.
            pad: Id that fills up.
            edges: How many tokens before and behind each text pooling leaves out.
        """
        lengths = self.lengths[rows]
        width = int(lengths.max())
        columns = np.arange(width)
        mask = columns < lengths[:, None]
        counted = mask & (columns >= edges[0]) & (columns < lengths[:, None] - edges[1])
        ids = np.full((len(rows), width), pad, np.int64)
        ids[mask] = np.concatenate([self.ids[self.offsets[i] : self.offsets[i + 1]] for i in rows])
        return Batch(ids, mask.astype(np.int64), counted.astype(np.int64))


def tokenize(texts: Sequence[str], splitter: Splitter) -> Tokens:
    """Split texts, once for a whole run.

    Args:
        texts: n strings; a lone surrogate counts as U+FFFD.
        splitter: Of the model.

    Returns:
        The ids; 4 bytes a token.
    """
    parts = [np.empty(0, np.int32)]
    lengths = np.zeros(len(texts), np.int64)
    n_cut = 0
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        clean = [whole(text) for text in texts[start : start + TEXTS_AT_ONCE]]
        lists, cut = splitter.split(clean)
        n_cut += cut
        lengths[start : start + len(lists)] = [len(ids) for ids in lists]
        parts.append(np.fromiter((i for ids in lists for i in ids), np.int32))
    return Tokens(np.concatenate(parts), np.concatenate([[0], np.cumsum(lengths)]), n_cut)


def whole(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which no tokenizer takes."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


class FastSplitter:
    """Splits by the `tokenizers` library, on every core.

    Args:
        tokenizer: Not modified.
        max_length: Tokens of a text that are kept, special ones included; None keeps all.
    """

    def __init__(self, tokenizer: FastTokenizer, max_length: int | None) -> None:
        from tokenizers import Tokenizer

        self.tokenizer: FastTokenizer = Tokenizer.from_str(tokenizer.to_str())
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self._max_length = max_length
        if max_length is not None:
            self.tokenizer.enable_truncation(max_length)

    def split(self, texts: Sequence[str]) -> tuple[list[list[int]], int]:
        """See Splitter."""
        encodings: list[Encoding] = self.tokenizer.encode_batch_fast(list(texts))
        return [e.ids for e in encodings], sum(bool(e.overflowing) for e in encodings)

    def edges(self) -> tuple[int, int]:
        """See Splitter."""
        return special_edges(self.tokenizer.encode("a").special_tokens_mask)


def special_edges(marks: Sequence[int]) -> tuple[int, int]:
    """How many ones stand before the first zero and behind the last one."""
    if 0 not in marks:
        return len(marks), 0
    return list(marks).index(0), list(marks)[::-1].index(0)


def whole_words(vocabulary: Mapping[str, int], added: Collection[str]) -> list[tuple[str, int]]:
    """The tokens that are words by themselves, without the marks of the tokenizer.

    Args:
        vocabulary: Token → id.
        added: Tokens beside the model, such as "[CLS]".

    Returns:
        (word, id) by id: letters only, unmarked in WordPiece, after a mark for the space in the others, where the same
        letters without one are a piece of a word.
    """
    pairs = sorted(((token, i) for token, i in vocabulary.items() if token not in added), key=lambda pair: pair[1])
    for mark in SPACE_MARKS:
        marked = [(token[1:], i) for token, i in pairs if token.startswith(mark)]
        if marked:
            pairs = marked
    return [(token, i) for token, i in pairs if token.isalpha()]
