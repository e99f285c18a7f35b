"""Texts compared by their spelling: counts of hashed pieces of three characters."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism.embed.options import EmbedOptions

PIECE = 3


class Hashing:
    """Counts pieces of texts.

    Args:
        dim: How many columns the pieces share.
    """

    is_cheap = True  # counting is as quick as looking vectors up, so they need no cache

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.fingerprint = f"hashing-1-{PIECE}-{dim}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts: shape (n, dim)."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            padded = f" {text.casefold()} ".encode("utf-8", "replace")
            for start in range(len(padded) - PIECE + 1):
                vectors[row, crc32(padded[start : start + PIECE]) % self.dim] += 1
        return vectors


def open_hashing(name: str, options: EmbedOptions) -> Hashing:
    """What Asterism calls for `--model hashing:256`: the text behind the colon, and the wishes of the user."""
    options.refuse_others((), model=f"hashing:{name}")
    if name and not (name.isdecimal() and int(name)):
        raise InputError(f"The model is 'hashing:{name}'; expected a number of columns, such as hashing:256.")
    return Hashing(int(name or 256))
