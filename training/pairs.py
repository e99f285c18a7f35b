"""Frequent pairs of neighbouring tokens: they have vectors of their own while training, and are then let go.

"new york" says what "new" and "york" do not. Where the pair has a vector that can learn this, the tokens need not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from fit import Bags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def frequent(texts: Bags, tokens: Sequence[str], n: int) -> NDArray[np.int64]:
    """The n most frequent pairs of words or pieces, coded as first · v + second, in rising order."""
    codes, is_pair = _codes(texts, len(tokens))
    found, counts = np.unique(codes[is_pair], return_counts=True)
    is_word = np.array([token.removeprefix("##").isalnum() for token in tokens])
    both = is_word[found // len(tokens)] & is_word[found % len(tokens)]
    found, counts = found[both], counts[both]
    return np.sort(found[np.argsort(-counts, kind="stable")[:n]])


def beside(texts: Bags, pairs: NDArray[np.int64], n_tokens: int) -> Bags:
    """The same bags with the pairs found in them as further tokens, numbered from `n_tokens` on."""
    codes, is_pair = _codes(texts, n_tokens)
    places = np.minimum(np.searchsorted(pairs, codes), len(pairs) - 1)
    found = np.flatnonzero(is_pair & (pairs[places] == codes))
    owners = np.repeat(np.arange(len(texts.offsets) - 1), np.diff(texts.offsets))
    owners = np.concatenate([owners, owners[found]])
    ids = np.concatenate([texts.ids, n_tokens + places[found]])
    counts = np.bincount(owners, minlength=len(texts.offsets) - 1)
    return Bags(ids[np.argsort(owners, kind="stable")], np.concatenate([[0], np.cumsum(counts)]))


def _codes(texts: Bags, n_tokens: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Of every token but the last with the next one: the code, and whether one text holds both."""
    owners = np.repeat(np.arange(len(texts.offsets) - 1), np.diff(texts.offsets))
    return texts.ids[:-1] * n_tokens + texts.ids[1:], owners[:-1] == owners[1:]
