"""Write a model as the folder that ships: eight bits a number, the format of Model2Vec."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer


def to_int8(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """One scale for the whole table, which unit length then cancels; one number in 10,000 is clipped."""
    scale = np.percentile(np.abs(vectors), 99.99) / 127
    return np.clip(np.rint(vectors / scale), -127, 127).astype(np.int8)


def write(folder: Path, vectors: NDArray[np.int8], tokenizer: Tokenizer) -> None:
    """Write config.json, tokenizer.json and model.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": np.ascontiguousarray(vectors)}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": "sentence-transformers/all-MiniLM-L6-v2",
        "hidden_dim": int(vectors.shape[1]),
        "embedding_dtype": "int8",
        "normalize": True,
        "max_length": None,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
