"""Pairs of tokens that have vectors of their own: one of the two follows the other at most three tokens later.

"new york" says what "new" and "york" do not; "how … do … i" tells a question from a boast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from fit import Bags
from settings import N_COMMON, N_COMMON_PAIRS, N_COMPANIONS, N_OTHER_PAIRS, WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LEAST = 12
# A pair of two words that are not common is worth as much as three others as frequent.
RARE_WORTH = 3


def companions(texts: Bags, tokens: Sequence[str]) -> NDArray[np.int64]:
    """The most frequent pairs of neighbouring words or pieces: they take part in training tokens, and are let go.

    Where a pair can learn what only both together say, the tokens need not.
    """
    codes, counts = _counted(texts, tokens, window=1)
    return np.sort(codes[np.argsort(-counts, kind="stable")[:N_COMPANIONS]])


def chosen(texts: Bags, tokens: Sequence[str]) -> NDArray[np.int64]:
    """The most frequent pairs of words or pieces, coded as first · v + second, in rising order.

    So many of two common words, and so many others.
    """
    v = len(tokens)
    is_common = np.zeros(v, bool)
    is_common[np.argsort(-np.bincount(texts.ids, minlength=v) * _is_word(tokens), kind="stable")[:N_COMMON]] = True
    codes, counts = _counted(texts, tokens, window=WINDOW)
    codes, counts = codes[counts >= LEAST], counts[counts >= LEAST]
    first, second = codes // v, codes % v
    order = np.argsort(-counts * np.where(is_common[first] | is_common[second], 1, RARE_WORTH), kind="stable")
    codes, is_both = codes[order], (is_common[first] & is_common[second])[order]
    return np.sort(np.concatenate([codes[is_both][:N_COMMON_PAIRS], codes[~is_both][:N_OTHER_PAIRS]]))


def beside(texts: Bags, pairs: NDArray[np.int64], n_tokens: int, *, window: int = WINDOW) -> Bags:
    """The distinct tokens of each text, and the distinct pairs found in it, numbered from `n_tokens` on."""
    owners = [texts.owners]
    ids = [texts.ids]
    for codes, owner in _codes(texts, n_tokens, window):
        places = np.minimum(np.searchsorted(pairs, codes), len(pairs) - 1)
        found = pairs[places] == codes
        ids.append(n_tokens + places[found])
        owners.append(owner[found])
    span = n_tokens + len(pairs)
    both = np.unique(np.concatenate(owners) * span + np.concatenate(ids))
    counts = np.bincount(both // span, minlength=len(texts.offsets) - 1)
    return Bags(both % span, np.concatenate([[0], np.cumsum(counts)]))


def _counted(texts: Bags, tokens: Sequence[str], window: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of words and pieces in rising order, and how often they occur."""
    v = len(tokens)
    parts = [np.unique(codes, return_counts=True) for codes, _ in _codes(texts, v, window)]
    codes, places = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    counts = np.bincount(places, np.concatenate([part[1] for part in parts])).astype(np.int64)
    is_word = _is_word(tokens)
    are_words = is_word[codes // v] & is_word[codes % v]
    return codes[are_words], counts[are_words]


def _codes(texts: Bags, n_tokens: int, window: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For each distance: the code of every pair inside a text, and the text."""
    owners = texts.owners
    for distance in range(1, min(window, len(texts.ids) - 1) + 1):
        inside = owners[:-distance] == owners[distance:]
        yield (texts.ids[:-distance] * n_tokens + texts.ids[distance:])[inside], owners[:-distance][inside]


def _is_word(tokens: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([token.removeprefix("##").isalnum() for token in tokens])
