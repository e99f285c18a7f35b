"""100 000 Reddit titles to a PCA map, and all 2 260 510 embedded, with time and peak memory of whole processes."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import as_model2vec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MODEL2VEC = """
import sys, time
import pyarrow.parquet as pq
from model2vec import StaticModel
texts = pq.read_table(sys.argv[1]).column("title").to_pylist()
model = StaticModel.from_pretrained(sys.argv[2])
began = time.perf_counter()
model.encode(texts, use_multiprocessing=False, max_length=None)
print(time.perf_counter() - began)
"""
OURS = """
import sys, time
import pyarrow.parquet as pq
from asterism.embed.static import load_builtin
texts = pq.read_table(sys.argv[1]).column("title").to_pylist()
model = load_builtin()
began = time.perf_counter()
model.encode(texts)
print(time.perf_counter() - began)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="embed all 2 260 510 titles, too")
    options = parser.parse_args()
    source = Path(os.environ.get("ASTERISM_DATA", "../shared/data")) / "reddit" / "reddit_titles.parquet"
    with tempfile.TemporaryDirectory() as folder:
        some = f"{folder}/titles.parquet"
        table = pq.read_table(source)
        rows = np.sort(np.random.default_rng(0).choice(table.num_rows, 100_000, replace=False))
        pq.write_table(pa.table({"title": table.column("title").take(rows)}), some)
        command = [sys.executable, "-m", "asterism", "map", some, "--method", "pca", "--no-cache", "--quiet"]
        told = measure([*command, "-o", f"{folder}/map.parquet"])
        print(f"100 000 titles → PCA map, whole process: {told[0]:.1f} s, peak {told[1]:.2f} GB")
        ours = float(subprocess.check_output([sys.executable, "-c", OURS, some]))
        as_model2vec.save(Path(folder) / "tokens")
        theirs = float(subprocess.check_output([sys.executable, "-c", MODEL2VEC, some, f"{folder}/tokens"]))
        print(f"100 000 titles embedded: {ours:.2f} s, model2vec with the same token vectors {theirs:.2f} s")
        print(f"ratio                    {theirs / ours:.1f} ×")
        if options.all:
            command = [sys.executable, "-m", "asterism", "embed", str(source), "--text", "title", "--quiet"]
            told = measure([*command, "-o", f"{folder}/all.space"])
            print(f"2 260 510 titles embedded and kept: {told[0]:.1f} s, peak {told[1]:.2f} GB")


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds of a process, and the gigabytes of its largest child so far (hence smaller runs first)."""
    began = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
