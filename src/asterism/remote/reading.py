"""What a language model answers: the JSON in it, without thinking and talk."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# An answer with more opening brackets than this is no answer; each is tried as the start of a value.
_MOST_STARTS = 200


def without_thinking(text: str) -> str:
    """What stands after the thinking of a model that writes it into its answer, between tags or up to the last one.

    Args:
        text: The answer.

    Returns:
        The rest, stripped; "" if it never stopped thinking.
    """
    for name in ("think", "thinking", "reasoning", "thought"):
        opening, closing = f"<{name}>", f"</{name}>"
        if closing in text:
            text = text.rpartition(closing)[2]
        elif opening in text:
            text = text.partition(opening)[0]
    return text.strip()


def json_values(text: str) -> Iterator[Any]:
    """The JSON objects and lists within a text, in code fences or between talk.

    Args:
        text: An answer.

    Yields:
        Every value that can be read, from each opening bracket, the first one first; values within values again.
    """
    decoder = json.JSONDecoder()
    for number, match in enumerate(re.finditer(r"[\[{]", text)):
        if number == _MOST_STARTS:
            return
        try:
            yield decoder.raw_decode(text, match.start())[0]
        except (ValueError, RecursionError):
            continue
