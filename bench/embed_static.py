"""How fast the built-in model embeds: against model2vec with the same token vectors, and over all Reddit titles.

    python bench/embed_static.py [--data ../shared/data] [--rows 100000]

Needs `model2vec` (in the extra `dev`) and `reddit/reddit_titles.parquet`
(https://github.com/umbrae/reddit-top-2.5-million). Ratios are of runs that alternate in one process.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import as_model2vec
import numpy as np
import pyarrow.parquet as pq

from asterism.embed.static import load_builtin

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASTERISM_DATA", "../shared/data")))
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    path = options.data / "reddit" / "reddit_titles.parquet"
    against_model2vec(next(pq.ParquetFile(path).iter_batches(options.rows, columns=["title"]))["title"].to_pylist())
    all_titles(path)


def against_model2vec(titles: list[str]) -> None:
    import model2vec

    began = time.perf_counter()
    ours = load_builtin()
    ours.encode(["warm"])
    print(f"loading and the first text: {time.perf_counter() - began:.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        as_model2vec.save(Path(folder))
        peer = model2vec.StaticModel.from_pretrained(folder)
    best: dict[str, float] = {}
    vectors: dict[str, Any] = {}
    ways: dict[str, Callable[[], Any]] = {
        "asterism, 1 thread": lambda: ours.encode(titles, threads=1),
        "asterism, 2 threads": lambda: ours.encode(titles, threads=2),
        "model2vec, as it comes": lambda: peer.encode(titles),
    }
    for _ in range(ROUNDS):
        for name, run in ways.items():
            began = time.perf_counter()
            vectors[name] = run()
            best[name] = min(best.get(name, np.inf), time.perf_counter() - began)
    print(f"\n{len(titles):,} titles, best of {ROUNDS}:")
    slowest = best["model2vec, as it comes"]
    for name, seconds in best.items():
        print(f"  {name:<24} {len(titles) / seconds:>10,.0f} texts/s   {slowest / seconds:6.1f} x model2vec")
    near = (vectors["asterism, 1 thread"] * vectors["model2vec, as it comes"]).sum(1).mean()
    print(f"  mean cosine of ours, which hears pairs, with model2vec's: {near:.3f}")


def all_titles(path: Path) -> None:
    model = load_builtin()
    n = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    for batch in pq.ParquetFile(path).iter_batches(65_536, columns=["title"]):
        n += len(model.encode(batch["title"].to_pylist(), threads=2))
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\nall {n:,} titles, read and embedded in batches on 2 threads: {seconds:.1f} s")
    print(f"  peak memory {after / 1024:,.0f} MiB ({before / 1024:,.0f} MiB before)")


if __name__ == "__main__":
    main()
