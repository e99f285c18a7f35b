"""The token vectors of the built-in model as a folder of Model2Vec, for the peer of the benchmarks.

Pairs and words alone have no place in that format, so the peer has less to do.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from safetensors.numpy import load_file, save_file

from asterism import builtin
from asterism.embed.lexicon import unpacked


def save(folder: Path) -> None:
    source = builtin.folder()
    settings = json.loads((source / "config.json").read_text(encoding="utf-8"))
    lexicon = unpacked(load_file(source / "model.safetensors"), settings)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": lexicon.rows[: lexicon.n_tokens]}, folder / "model.safetensors")
    shutil.copy(source / "tokenizer.json", folder)
    config = {"model_type": "model2vec", "hidden_dim": lexicon.dim, "normalize": True, "max_length": None}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


if __name__ == "__main__":
    save(Path(sys.argv[1]))
