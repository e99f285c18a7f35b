"""Which known words are spelled most like a given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LONGEST = 64


def nearest_spellings(text: str, known: Sequence[str], *, k: int = 3) -> list[str]:
    """Find the known words that are the fewest edits away, the case of letters ignored.

    An edit inserts, removes or replaces a character, or swaps two neighbours. Only words within a third of the
    length of `text` (at least 1, at most 3 edits) count as near; texts longer than 64 characters have none.

    Args:
        text: The word as given.
        known: The words to choose from; ties keep their order.
        k: How many to give at most.

    Returns:
        At most k of `known`, nearest first.

    Source:
        Optimal string alignment distance (the restricted Damerau–Levenshtein distance), over all words of one
        length at once.
    """
    folded = text.casefold()
    if not 0 < len(folded) <= _LONGEST:
        return []
    allowed = max(1, min(3, (len(folded) + 1) // 3))
    by_length: dict[int, list[int]] = {}
    words = [word.casefold() for word in known]
    for i, word in enumerate(words):
        if word and abs(len(word) - len(folded)) <= allowed:
            by_length.setdefault(len(word), []).append(i)
    near: list[tuple[int, int]] = []
    for members in by_length.values():
        edits = edit_distances(folded, [words[i] for i in members])
        near += [(int(edits[j]), members[j]) for j in np.flatnonzero(edits <= allowed)]
    return [known[i] for _, i in sorted(near)[:k]]


def edit_distances(text: str, words: Sequence[str]) -> NDArray[np.int16]:
    """Count the edits from a text to each of several words of one length.

    Args:
        text: Of any length.
        words: At least one, all of the same length, at least 1.

    Returns:
        Shape (len(words),) int16.
    """
    length = len(words[0])
    letters = np.array(words, dtype=f"<U{length}").view(np.uint32).reshape(len(words), length)
    before, row = None, np.tile(np.arange(length + 1, dtype=np.int16), (len(words), 1))
    codes = [ord(character) for character in text]
    for i, code in enumerate(codes):
        older, before, row = before, row, np.empty_like(row)
        row[:, 0] = i + 1
        for j in range(length):
            replaced = before[:, j] + (letters[:, j] != code)
            row[:, j + 1] = np.minimum(np.minimum(before[:, j + 1], row[:, j]) + 1, replaced)
            if older is not None and j:
                is_swap = (letters[:, j] == codes[i - 1]) & (letters[:, j - 1] == code)
                np.minimum(row[:, j + 1], older[:, j - 1] + 1, out=row[:, j + 1], where=is_swap)
    return row[:, -1]
