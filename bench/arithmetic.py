"""Arithmetic over a large vocabulary, streamed from a memory-mapped file, against gensim in the same run.

python bench/arithmetic.py [--rows 1000000] [--dim 256]

The vectors are random and lie in a temporary file. "Warm" means the file is in the page cache and the lengths of the
vectors are known, as they are in gensim after its first call. Peak memory is this process's own, without the pages of
the mapped file, measured before gensim loads its copy.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from asterism.analysis.arithmetic import solve
from asterism.analysis.neighbors import neighbors_of
from asterism.analysis.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable


def write_vectors(path: Path, rows: int, dim: int) -> None:
    rng = np.random.default_rng(0)
    mapped = np.lib.format.open_memmap(path, "w+", np.float32, (rows, dim))
    for start in range(0, rows, 50_000):
        mapped[start : start + 50_000] = rng.standard_normal((min(50_000, rows - start), dim), dtype=np.float32)
    mapped.flush()


def best_time(ask: Callable[[], object], repeats: int = 7) -> tuple[float, float]:
    """First and best later call, in seconds."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return times[0], min(times[1:])


def anonymous_mib() -> float:
    """Memory of this process that is not backed by a file."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=256)
    options = parser.parse_args()
    texts = [f"w{i}" for i in range(options.rows)]
    expression, positive, negative = "w5 - w17 + w400", ["w5", "w400"], ["w17"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        write_vectors(path, options.rows, options.dim)
        vocabulary = Vocabulary(texts, np.load(path, mmap_mode="r"))
        before = anonymous_mib()
        print(f"{options.rows:,} x {options.dim}, seconds: first call, best of 7 later calls")
        for method in ("3cosadd", "3cosmul", "pairdirection"):
            first, best = best_time(lambda method=method: solve(expression, vocabulary, method=method))
            print(f"asterism {method:14} {first:.3f} {best:.3f}   (with both baselines and the ranking of the terms)")
        for metric in ("cosine", "euclidean", "manhattan"):
            first, best = best_time(lambda metric=metric: neighbors_of(vocabulary, 5, metric=metric))
            print(f"asterism neighbors {metric:9} {first:.3f} {best:.3f}")
        print(f"own memory beyond the texts: {anonymous_mib() - before:.0f} MiB of {path.stat().st_size >> 20} MiB")

        from gensim.models import KeyedVectors

        keyed = KeyedVectors(options.dim)
        keyed.add_vectors(texts, np.load(path))
        for name in ("most_similar", "most_similar_cosmul"):
            ask = getattr(keyed, name)
            first, best = best_time(lambda ask=ask: ask(positive=positive, negative=negative))
            print(f"gensim   {name:19} {first:.3f} {best:.3f}")
        for method, ask in (("3cosadd", keyed.most_similar), ("3cosmul", keyed.most_similar_cosmul)):
            theirs = [word for word, _ in ask(positive=positive, negative=negative)]
            same = theirs == list(solve(expression, vocabulary, method=method).words)
            print(f"same words by {method}: {same}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"peak memory with gensim's copy: {peak} MiB")


if __name__ == "__main__":
    main()
