"""What a server answers to a request for embeddings, checked before anything of it is used."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.remote.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """A usable answer.

    Attributes:
        vectors: Shape (n, d) float32, in the order of the texts that were sent; a row may not be finite.
        tokens: How many the server counted in all texts together; 0 if it does not say.
    """

    vectors: NDArray[np.float32]
    tokens: int


def read_embeddings(answer: Mapping[str, Any], n: int, dim: int | None = None) -> Embeddings | Failure:
    """Read an answer of `/embeddings`.

    Args:
        answer: The JSON object: `data` with `embedding` (numbers, or float32 in base64) and `index` each.
        n: How many texts were sent.
        dim: How long vectors are; None takes any length, the same for all.

    Returns:
        The vectors in the order of the texts, whatever the order of the answer; or what is wrong with it: their
        number, their order, their length or their form. Numbers that are not finite are left for the caller.
    """
    data = answer.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        return Failure("lost", f"the answer holds no list 'data' but {sorted(answer)[:6]}")
    if len(data) != n:
        return Failure("lost", f"{len(data)} vectors were answered to {n} texts")
    places = [item.get("index", place) for place, item in enumerate(data)]
    if sorted(place for place in places if isinstance(place, int)) != list(range(n)):
        return Failure("lost", "the answer numbers its vectors wrongly")
    rows: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * n
    for place, item in zip(places, data, strict=True):
        row = _vector(item.get("embedding"))
        if isinstance(row, Failure):
            return row
        rows[place] = row
    lengths = {len(row) for row in rows}
    wanted = {dim} if dim is not None else {max(lengths)}
    if lengths != wanted or wanted == {0}:
        return Failure("lost", f"vectors of length {sorted(lengths)} were answered; expected {sorted(wanted)}")
    usage = answer.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else 0
    return Embeddings(np.stack(rows), tokens if isinstance(tokens, int) else 0)


def _vector(given: Any) -> NDArray[np.float32] | Failure:  # noqa: ANN401 - whatever the server answered
    if isinstance(given, str):
        try:
            raw = b64decode(given, validate=True)
            return np.frombuffer(raw, "<f4").astype(np.float32)
        except (binascii.Error, ValueError):
            return Failure("lost", "a vector is text that is not float32 in base64")
    if not isinstance(given, list):
        return Failure("lost", f"a vector is a {type(given).__name__}")
    if given and isinstance(given[0], list):
        return Failure("fatal", "a vector per token is answered; start the server with pooling (llama.cpp: mean)")
    try:
        with np.errstate(over="ignore"):
            return np.array(given, np.float64).astype(np.float32)  # null, as some servers write NaN, becomes NaN
    except (ValueError, TypeError):
        return Failure("lost", "a vector holds something that is no number")
