"""How wide texts are on a terminal."""

from __future__ import annotations

import unicodedata


def columns_of(text: str) -> int:
    """How many columns a terminal gives a text: two for wide characters, none for marks over the one before."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
