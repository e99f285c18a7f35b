"""What each token says to the teacher by itself: the start of the training, and the plain distillation to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from settings import DIM, WORK, key_of
from teacher import Teacher
from vocabulary import teacher_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR = 1e-3


def token_vectors(vocabulary: list[str]) -> NDArray[np.float32]:
    """The teacher's vector of each token as a text of its own, (v, 384); computed once and kept."""
    path = WORK / f"tokens-{key_of(vocabulary)}.npy"
    if not path.exists():
        torch.set_num_threads(1)
        reader = Teacher(dtype=torch.bfloat16)
        known = {token: i for i, token in enumerate(teacher_tokens())}
        begin, end = known["[CLS]"], known["[SEP]"]
        added = [token for token in vocabulary if token not in known]
        spelled = dict(zip(added, reader.tokenizer(added)["input_ids"], strict=True)) if added else {}
        ids = [[begin, known[token], end] if token in known else spelled[token] for token in vocabulary]
        np.save(path, reader.encode_ids(ids).astype(np.float16))
    return np.load(path).astype(np.float32)


def start(vectors: NDArray[np.float32], counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Where training begins: without what all tokens share, and rarer tokens louder.

    Source: Arora, Liang & Ma 2017, A simple but tough-to-beat baseline for sentence embeddings, equation 3.
    """
    shares = (counts + 1) / (counts.sum() + len(counts))
    return ((vectors - vectors.mean(0)) * (FLOOR / (FLOOR + shares))[:, None]).astype(np.float32)


def plain(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The distillation of Model2Vec: 256 principal components, weights by the rank of a token.

    Source: `model2vec.distill` 0.10, whose weights are a / (a + p) with a = 1e-4 and p proportional to 1 / (rank + 2).
    """
    ranks = 1 / np.arange(2, len(vectors) + 2)
    weights = 1e-4 / (1e-4 + ranks / ranks.sum())
    centred = vectors - vectors.mean(0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:DIM]
    return (centred @ axes.T * weights[:, None]).astype(np.float32)
