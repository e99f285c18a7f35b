"""Write a model as the folder that ships: half a byte a number, a byte for frequent tokens.

`docs/formats.md` describes it ("The built-in model").
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy.stats import norm
from settings import LOUDEST, WINDOW

if TYPE_CHECKING:
    from pathlib import Path

    from fit import Bags
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

N_FINER = 4_000
LARGEST = 127


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a model knows.

    Attributes:
        tokens: Shape (v, d).
        finer: Ids of the tokens that are rounded twice.
        pairs: Shape (p, 2), ids of the first and the later token.
        pair_vectors: Shape (p, d).
        alone: Ids (a,) of words that have another vector when they stand alone.
        alone_vectors: Shape (a, d).
    """

    tokens: NDArray[np.float32]
    finer: NDArray[np.int64]
    pairs: NDArray[np.int64]
    pair_vectors: NDArray[np.float32]
    alone: NDArray[np.int64]
    alone_vectors: NDArray[np.float32]


def finer(texts: Bags, n_tokens: int) -> NDArray[np.int64]:
    """The ids of the most frequent tokens: an error in them is heard in many texts."""
    counts = np.bincount(texts.ids, minlength=n_tokens)
    return np.sort(np.argsort(-counts, kind="stable")[:N_FINER])


def rounded(vectors: NDArray[np.float32], twice: NDArray[np.int64]) -> NDArray[np.float32]:
    """The vectors as they will be read back, but for the last rounding to whole numbers."""
    out = _read_back(*_halves(vectors))
    out[twice] += _read_back(*_halves(vectors[twice] - out[twice]))
    return out


def write(folder: Path, learnt: Learnt, tokenizer: Tokenizer) -> None:
    """Write config.json, tokenizer.json and model.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.concatenate([learnt.tokens, learnt.pair_vectors, learnt.alone_vectors]).astype(np.float32)
    codes, scales = _halves(rows)
    rest, fine_scales = _halves(rows[learnt.finer] - _read_back(codes, scales)[learnt.finer])
    # One unit for all, which unit length cancels: one number in 10,000 is clipped.
    unit = np.percentile(np.abs(learnt.tokens), 99.99) / LARGEST
    tensors = {
        "levels": levels().astype(np.float32),
        "codes": _packed(codes),
        "scales": (scales / unit).astype(np.float32),
        "finer": learnt.finer.astype(np.int32),
        "finer_codes": _packed(rest),
        "finer_scales": (fine_scales / unit).astype(np.float32),
        "pairs": np.ascontiguousarray(learnt.pairs, np.int32).astype(np.uint16),
        "alone": learnt.alone.astype(np.int32),
    }
    save_file(tensors, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "asterism-lexicon",
        "hidden_dim": int(rows.shape[1]),
        "window": WINDOW,
        "loudest": LOUDEST,
        "normalize": True,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """What a folder holds: all rows, the pairs coded as first · v + second in rising order, the ids of words alone."""
    held = load_file(folder / "model.safetensors")
    rows = np.rint(_read_back(_unpacked(held["codes"]), held["scales"]))
    rows[held["finer"]] += np.rint(_read_back(_unpacked(held["finer_codes"]), held["finer_scales"]))
    pairs = held["pairs"].astype(np.int64)
    n_tokens = len(rows) - len(pairs) - len(held["alone"])
    return np.clip(rows, -LARGEST, LARGEST), pairs[:, 0] * n_tokens + pairs[:, 1], held["alone"].astype(np.int64)


@cache
def levels() -> NDArray[np.float64]:
    """The 16 levels that lose least of a normal distribution of variance 1.

    Source: Lloyd 1982, Least squares quantization in PCM; Max 1960, Quantizing for minimum distortion.
    """
    found = norm.ppf((np.arange(16) + 0.5) / 16)
    for _ in range(1_000):
        edges = np.concatenate([[-np.inf], (found[1:] + found[:-1]) / 2, [np.inf]])
        found = -np.diff(norm.pdf(edges)) / np.diff(norm.cdf(edges))
    return found


def _halves(rows: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The level of each number, and the scale (n,) of each row."""
    scales = np.sqrt(np.square(rows).mean(1)) + 1e-9
    edges = (levels()[1:] + levels()[:-1]) / 2
    return np.searchsorted(edges, rows / scales[:, None]).astype(np.uint8), scales


def _read_back(codes: NDArray[np.uint8], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    return (levels()[codes] * scales[:, None]).astype(np.float32)


def _packed(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(codes[:, ::2] | codes[:, 1::2] << 4)


def _unpacked(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.stack([halves & 15, halves >> 4], 2).reshape(len(halves), -1)
