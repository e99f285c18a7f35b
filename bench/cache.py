"""A warm rerun: 1 000 000 texts whose vectors are cached, embedded again without a call of the engine.

    python bench/cache.py                # a million different texts × 384
    python bench/cache.py --n 100000

The vectors are random: the cache does not look at them. Time and peak memory are those of a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

WARM = """
import resource, sys
from pathlib import Path
from time import perf_counter, process_time
import numpy as np
from asterism.embed.cache import VectorCache
from asterism.embed.run import embed_texts


class Broken:
    name, fingerprint, dim, metric = "broken", "bench", 384, "cosine"

    def encode(self, texts, **_):
        raise RuntimeError("the engine was called")


texts = [f"{i} is the number of this text, which has about the length of a title" for i in range(int(sys.argv[2]))]
began, busy = perf_counter(), process_time()
vectors = embed_texts(Broken(), texts, cache=VectorCache(Path(sys.argv[1]), "bench", 384))
seconds, cpu = perf_counter() - began, process_time() - busy
assert vectors.any(axis=1).all()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(f"{len(texts):,} cached texts: {seconds:.1f} s ({cpu:.1f} s of a core), no call of the engine")
print(f"peak {peak:.2f} GB, of which vectors {vectors.nbytes / 1e9:.2f} GB")
"""
COLD = """
import sys
from pathlib import Path
import numpy as np
from asterism.embed.cache import VectorCache
cache = VectorCache(Path(sys.argv[1]), "bench", 384)
rng = np.random.default_rng(0)
n = int(sys.argv[2])
for start in range(0, n, 4096):
    rows = range(start, min(start + 4096, n))
    texts = [f"{i} is the number of this text, which has about the length of a title" for i in rows]
    cache.put(texts, rng.standard_normal((len(rows), 384), dtype=np.float32))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1_000_000)
    n = str(parser.parse_args().n)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for code in (COLD, WARM):
            subprocess.run([sys.executable, "-c", code, folder, n], check=True)


if __name__ == "__main__":
    main()
