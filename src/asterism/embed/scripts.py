"""Whether the built-in model, made for English, can read the letters of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

READ_BY = "builtin"
MOST_TEXTS, MOST_CHARACTERS = 2000, 200
# Share of the texts from which on a picture says so.
LEAST_SHARE = 0.1


def tell_unread(column: pa.ChunkedArray, model: str) -> tuple[str, ...]:
    """Say so where many texts are written in letters that the model hardly knows.

    Args:
        column: The texts; at most 2,000 of them, evenly drawn, are looked at, the first 200 characters of each.
        model: The name of the model; only of the built-in one it is known.

    Returns:
        One sentence, or none.
    """
    if model != READ_BY or not len(column):
        return ()
    drawn = np.unique(np.linspace(0, len(column) - 1, min(len(column), MOST_TEXTS)).astype(np.int64))
    # One by one: `take` would first join all chunks, which may hold more than one array of texts can.
    texts = [text for text in (column[row].as_py() for row in drawn.tolist()) if text]
    share = sum(map(_is_foreign, texts)) / max(len(texts), 1)
    if share < LEAST_SHARE:
        return ()
    return (
        f"{100 * share:.0f} % of the texts are not in Latin letters: the built-in model, made for English, hardly "
        "reads them, and what it makes of them means little. Choose a model that knows their language.",
    )


def _is_foreign(text: str) -> bool:
    """Whether fewer than half of the letters are Latin."""
    letters = [character for character in text[:MOST_CHARACTERS] if character.isalpha()]
    return 2 * sum(map(_is_latin, letters)) < len(letters)


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"
