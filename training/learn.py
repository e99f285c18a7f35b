"""From the texts and the tokens to the token vectors that ship, but for their eight bits."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import corpus
import distil
import fit
import numpy as np
import pairs
import shape
import teacher
from settings import DIM, N_PAIRS, SEED, SHARD, WORK, key, key_of, source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

AXES_FROM = 60_000


def token_vectors(tokens: list[str], tokenizer: Tokenizer) -> NDArray[np.float32]:
    """Shape (v, 256), the widest direction first."""
    texts = corpus.load()["text"].to_pylist()
    bags = fit.bags(tokenizer, texts, unknown=1)
    alone = distil.token_vectors(tokens)
    fitted, along = _fitted(tokens, texts, bags, alone)
    turned = shape.voiced(fitted, (alone - alone.mean(0)) @ along, tokens)
    return shape.calmed(turned, bags.take(np.arange(SHARD)))


def _fitted(
    tokens: list[str], texts: Sequence[str], bags: fit.Bags, alone: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Trained vectors (v, 256), and the directions (384, 256) of the teacher's space that they lie in.

    Kept under a name that everything it depends on decides.
    """
    options = fit.Options()
    made_by = source("learn", "fit", "pairs", "distil")
    path = WORK / f"fitted-{key(key_of(texts), key_of(tokens), options, N_PAIRS, DIM, SEED, made_by)}.npz"
    if not path.exists():
        print(f"{len(texts):,} texts, {len(tokens):,} tokens", file=sys.stderr, flush=True)
        targets = teacher.read(texts)
        along = shape.axes(targets[:AXES_FROM], DIM)
        targets = np.concatenate([_along(targets[i : i + SHARD], along) for i in range(0, len(targets), SHARD)])
        begin = distil.start(alone, np.bincount(bags.ids, minlength=len(tokens))) @ along
        known = pairs.frequent(bags, tokens, N_PAIRS)
        begin = np.concatenate([begin, np.zeros((len(known), DIM), np.float32)])
        vectors = fit.fit(pairs.beside(bags, known, len(tokens)), targets, begin, len(tokens), options)
        np.savez(path, vectors=vectors[: len(tokens)], along=along)
    kept = np.load(path)
    return kept["vectors"], kept["along"]


def _along(vectors: NDArray[np.float16], axes: NDArray[np.float32]) -> NDArray[np.float16]:
    return (vectors.astype(np.float32) @ axes).astype(np.float16)
