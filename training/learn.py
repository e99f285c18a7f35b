"""From the texts and the tokens to what ships, but for the rounding."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import corpus
import defined
import distil
import fit
import numpy as np
import pack
import pairs
import shape
import teacher
from settings import DIM, LOUDEST, SEED, SHARD, WORK, key, key_of, source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

AXES_FROM = 60_000
RUNS = 4
TOKENS = fit.Options(epochs=2)
# Directions are learnt by then: how near neighbours are to each other is what is left to learn.
TOGETHER = fit.Options(epochs=1, rate=5e-4, groups=60.0, strangers=0.0)
PAIRS = fit.Options(epochs=1, is_held=True, seldom=50.0, loudest=LOUDEST, strangers=0.0)
# The mean of runs that leave out so many pairs is better than each.
PAIRS_DROPPED = (0.25, 0.5, 0.25, 0.5)


@dataclass(frozen=True, eq=False)
class Learner:
    """Learns from the texts of `corpus`; every run of the training is kept.

    Attributes:
        tokens: The vocabulary, in the order of its ids.
        tokenizer: It splits as they say.
    """

    tokens: list[str]
    tokenizer: Tokenizer

    @cached_property
    def texts(self) -> list[str]:
        """What the teacher read."""
        return corpus.load()["text"].to_pylist()

    @cached_property
    def bags(self) -> fit.Bags:
        """Their tokens."""
        return fit.bags(self.tokenizer, self.texts, unknown=1)

    @cached_property
    def alone(self) -> NDArray[np.float32]:
        """Shape (v, 384), what each token says to the teacher alone."""
        return distil.token_vectors(self.tokens)

    @cached_property
    def _read(self) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
        """What the teacher said of each text (n, 256), along which directions (384, 256) of its space."""
        said = teacher.read(self.texts)
        along = shape.axes(said[:AXES_FROM], DIM)
        return np.concatenate([_along(said[i : i + SHARD], along) for i in range(0, len(said), SHARD)]), along

    def learn(self) -> pack.Learnt:
        """Tokens, pairs that say what these tokens leave unsaid, and words alone."""
        v = len(self.tokens)
        tokens = shape.hushed(shape.calmed(self.learn_tokens()), self.tokens)
        codes = pairs.chosen(self.bags, self.tokens)
        seen = pairs.beside(self.bags, codes, v)
        begin = _besides(tokens, len(codes))
        runs = [replace(PAIRS, seed=SEED + i, pairs_dropped=share) for i, share in enumerate(PAIRS_DROPPED)]
        heard = np.mean([self._run(run, seen, begin)[v:] for run in runs], axis=0)
        counts = np.bincount(self.bags.ids, minlength=v)
        ids, words = defined.alone(self.tokens, counts, tokens, self.alone, self._read[1])
        return pack.Learnt(tokens, np.stack(np.divmod(codes, v), 1), shape.LOUDNESS * heard, ids, words)

    def learn_tokens(self) -> NDArray[np.float32]:
        """The mean of some runs among companions, and then a run of the tokens by themselves; (v, 256)."""
        v = len(self.tokens)
        companions = pairs.companions(self.bags, self.tokens)
        seen = pairs.beside(self.bags, companions, v, window=1)
        begin = _besides(
            distil.start(self.alone, np.bincount(self.bags.ids, minlength=v)) @ self._read[1], len(companions)
        )
        runs = [self._run(replace(TOKENS, seed=SEED + i), seen, begin) for i in range(RUNS)]
        mean = np.mean([run[:v] for run in runs], axis=0)
        nobody = np.empty(0, np.int64)
        return self._run(TOGETHER, pairs.beside(self.bags, nobody, v, window=0), mean)

    def _run(self, options: fit.Options, seen: fit.Bags, begin: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors of tokens and pairs, kept under a name that everything they depend on decides."""
        given = blake2b(begin.tobytes() + seen.ids.tobytes() + seen.offsets.tobytes()).hexdigest()
        made_from = (key_of(self.texts), key_of(self.tokens), given, options, source("fit"))
        path = WORK / f"run-{key(*made_from)}.npy"
        if not path.exists():
            print(f"{len(self.texts):,} texts, {len(begin):,} vectors, {options}", file=sys.stderr, flush=True)
            np.save(path, fit.fit(seen, self._read[0], begin, len(self.tokens), options))
        return np.load(path)


def _besides(tokens: NDArray[np.float32], n_pairs: int) -> NDArray[np.float32]:
    """Tokens, and behind them so many pairs that say nothing yet."""
    return np.concatenate([tokens, np.zeros((n_pairs, tokens.shape[1]), np.float32)])


def _along(vectors: NDArray[np.float16], axes: NDArray[np.float32]) -> NDArray[np.float16]:
    return (vectors.astype(np.float32) @ axes).astype(np.float16)


def learn(tokens: Sequence[str], tokenizer: Tokenizer) -> pack.Learnt:
    """Everything that the built-in model knows."""
    return Learner(list(tokens), tokenizer).learn()
