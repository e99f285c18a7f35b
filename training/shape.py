"""What is done to the trained token vectors before they ship, each step a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fit import Bags
    from numpy.typing import NDArray

ALONE = 0.35
MARK_LOUDNESS = 0.1
CALM = 0.1


def voiced(vectors: NDArray[np.float32], alone: NDArray[np.float32], tokens: Sequence[str]) -> NDArray[np.float32]:
    """Turn each token a little back to what it says alone, and hush punctuation.

    Training bends words towards the company they keep; single words are then placed worse. Punctuation keeps so small
    a voice that it is heard only where there is nothing else.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = vectors + ALONE * lengths * alone / np.maximum(np.linalg.norm(alone, axis=1, keepdims=True), 1e-9)
    marks = np.array([not any(c.isalnum() for c in token) for token in tokens])
    turned[marks] *= MARK_LOUDNESS * np.median(lengths) / np.maximum(lengths[marks], 1e-9)
    return turned.astype(np.float32)


def calmed(vectors: NDArray[np.float32], texts: Bags) -> NDArray[np.float32]:
    """Shrink each direction by a small power of how little texts spread along it, the widest first.

    Directions in which texts hardly differ are those that a mean of tokens gets least right.
    """
    is_filled = np.diff(texts.offsets) > 0
    sums = np.add.reduceat(vectors[texts.ids], texts.offsets[:-1][is_filled])
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    along = axes(sums, vectors.shape[1])
    squares = np.square(sums @ along).mean(0)
    return (vectors @ along * np.maximum(squares, 1e-12) ** CALM).astype(np.float32)


def axes(rows: NDArray[np.floating], dim: int) -> NDArray[np.float32]:
    """The first principal directions (d, dim) of rows, widest first, sign fixed.

    Not centred: sums of vectors must keep their angles.
    """
    rows = rows.astype(np.float32)
    squares, found = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    found = found[:, np.argsort(-squares)[:dim]]
    found *= np.sign(found[np.abs(found).argmax(0), np.arange(found.shape[1])])
    return found.astype(np.float32)
