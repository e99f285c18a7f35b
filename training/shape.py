"""What is done to trained vectors, each step a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MARK_LOUDNESS = 0.1
# The power to which the lengths of token vectors are raised.
CALM = 0.85
# How loud pairs are beside how they were trained. Said in full they overdo it.
LOUDNESS = 0.5


def calmed(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring the lengths of vectors nearer to each other: no word of a text drowns the others."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors * (lengths / np.median(lengths)) ** (CALM - 1)


def hushed(vectors: NDArray[np.float32], tokens: Sequence[str]) -> NDArray[np.float32]:
    """Leave punctuation so small a voice that it is heard only where there is nothing else."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    marks = np.array([not any(c.isalnum() for c in token) for token in tokens])
    quiet = vectors.astype(np.float32)
    quiet[marks] *= MARK_LOUDNESS * np.median(lengths) / np.maximum(lengths[marks], 1e-9)
    return quiet


def axes(rows: NDArray[np.floating], dim: int) -> NDArray[np.float32]:
    """The first principal directions (d, dim) of rows, widest first, sign fixed.

    Not centred: sums of vectors must keep their angles.
    """
    rows = rows.astype(np.float32)
    squares, found = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    found = found[:, np.argsort(-squares)[:dim]]
    found *= np.sign(found[np.abs(found).argmax(0), np.arange(found.shape[1])])
    return found.astype(np.float32)
