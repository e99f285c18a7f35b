"""Write a model as the folder that ships: whole numbers, as fine as 16 MB allow, coded by how often each occurs.

`docs/formats.md` describes it ("The built-in model").
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file, save_file
from settings import DIM, LOUDEST, WINDOW

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

# One step for all, which unit length cancels: of the tokens' numbers one in 10 000 is larger than so many steps.
STEPS = 42
# The root mean square of the numbers of words alone, in steps: each of them is a text of its own.
ALONE_STEPS = 2.0
LARGEST = 127


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a model knows.

    Attributes:
        tokens: Shape (v, d).
        pairs: Shape (p, 2), ids of the first and the later token.
        pair_vectors: Shape (p, d).
        alone: Ids (a,) of words that have another vector when they stand alone.
        alone_vectors: Shape (a, d).
    """

    tokens: NDArray[np.float32]
    pairs: NDArray[np.int64]
    pair_vectors: NDArray[np.float32]
    alone: NDArray[np.int64]
    alone_vectors: NDArray[np.float32]


def write(folder: Path, learnt: Learnt, tokenizer: Tokenizer) -> None:
    """Write config.json, tokenizer.json and model.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    step = np.percentile(np.abs(learnt.tokens), 99.99) / STEPS
    sizes = np.sqrt(np.square(learnt.alone_vectors).mean(1, keepdims=True))
    parts = (learnt.tokens / step, learnt.pair_vectors / step, ALONE_STEPS * learnt.alone_vectors / sizes)
    tensors = {
        "rows": np.frombuffer(_coded(_whole(np.concatenate(parts))), np.uint8),
        "pairs": np.ascontiguousarray(learnt.pairs, np.int32).astype(np.uint16),
        "alone": learnt.alone.astype(np.int32),
    }
    save_file(tensors, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "asterism-lexicon",
        "hidden_dim": DIM,
        "window": WINDOW,
        "loudest": LOUDEST,
        "normalize": True,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """What a folder holds: all rows, the pairs coded as first · v + second in rising order, the ids of words alone."""
    held = load_file(folder / "model.safetensors")
    rows = np.frombuffer(zlib.decompress(held["rows"].tobytes()), np.int8).reshape(-1, DIM).astype(np.float32)
    pairs = held["pairs"].astype(np.int64)
    n_tokens = len(rows) - len(pairs) - len(held["alone"])
    return rows, pairs[:, 0] * n_tokens + pairs[:, 1], held["alone"].astype(np.int64)


def _whole(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.clip(np.rint(rows), -LARGEST, LARGEST).astype(np.int8)


def _coded(rows: NDArray[np.int8]) -> bytes:
    """Huffman codes (RFC 1950) without a search for repeated rows, of which there are none."""
    coder = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL + 1, zlib.Z_HUFFMAN_ONLY)
    return coder.compress(rows.tobytes()) + coder.flush()
