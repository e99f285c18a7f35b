"""How fast and how faithful the layouts are, beside openTSNE and umap-learn in the same run.

Needs the peers in the environment: pip install openTSNE umap-learn.

    python bench/layout.py tsne --n 10000 100000      # layout alone: same affinities, start and iterations
    python bench/layout.py umap --n 10000 100000      # whole: neighbours and layout
    python bench/layout.py small                      # 1 000 vectors, cold processes

Vectors are Reddit titles (ASTERISM_DATA) embedded by the built-in model, or those of --vectors FILE.npy.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from asterism._native import cpu_features

from asterism.graph import build_graph
from asterism.project import project
from asterism.project.affinity import uniform_weights
from asterism.project.init import principal_points, scaled_start

if TYPE_CHECKING:
    from collections.abc import Callable


def titles(n: int) -> np.ndarray:
    """Vectors of n Reddit titles."""
    import pyarrow.parquet as pq

    from asterism.embed import load_embedder

    data = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
    column = pq.read_table(data / "reddit" / "reddit_titles.parquet", columns=["title"])["title"]
    chosen = np.sort(np.random.default_rng(0).choice(len(column), n, replace=False))
    return load_embedder("builtin").encode(column.take(chosen).to_pylist())


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The answer, the seconds it took, and the seconds of processors; on a busy machine only these compare."""
    began, used = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - began, time.process_time() - used


def overlap(vectors: np.ndarray, points: np.ndarray, k: int, sample: int = 2000) -> float:
    """Share of the k nearest vectors (cosine) that are among the k nearest points."""
    rows = np.random.default_rng(1).choice(len(vectors), min(sample, len(vectors)), replace=False)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    kept = 0
    for row in rows:
        far = 1 - unit @ unit[row]
        near = np.square(points - points[row]).sum(axis=1)
        far[row] = near[row] = np.inf
        kept += len(np.intersect1d(np.argpartition(far, k)[:k], np.argpartition(near, k)[:k]))
    return kept / (k * len(rows))


def compare_tsne(vectors: np.ndarray, threads: int, seeds: int) -> None:
    """Layout alone: openTSNE and ours in turns, on one affinity matrix."""
    import openTSNE
    import scipy.sparse as sp

    graph = build_graph(vectors, n_neighbors=15, threads=threads)
    vectors = vectors[graph.first]
    n = len(vectors)
    weights = uniform_weights(graph, 15, threads=threads)
    matrix = sp.csr_matrix((weights.weight.astype(np.float64), weights.index, weights.start), shape=(n, n))
    start = principal_points(vectors, 2, threads=threads)
    affinities = openTSNE.affinity.Affinities()
    affinities.P = matrix
    ours, theirs = [], []
    for seed in range(seeds):
        begin = scaled_start(start, std=1e-4, seed=seed, stage="bench").astype(np.float64)
        peer = openTSNE.TSNE(n_jobs=threads, negative_gradient_method="fft", random_state=seed)
        embedding, wall, cpu = timed(lambda: peer.fit(affinities=affinities, initialization=begin))  # noqa: B023
        theirs.append((wall, cpu, embedding.kl_divergence))
        print(f"  openTSNE  {wall:7.2f} s, processors {cpu:7.2f} s  KL {embedding.kl_divergence:.4f}", flush=True)
        answer, wall, cpu = timed(
            lambda: project("tsne", vectors, graph, seed=seed, threads=threads, affinity="uniform")  # noqa: B023
        )
        ours.append((wall, cpu, answer.params["kl"]))
        print(f"  asterism  {wall:7.2f} s, processors {cpu:7.2f} s  KL {answer.params['kl']:.4f}", flush=True)
    mine, peers = np.median(ours, axis=0), np.median(theirs, axis=0)
    print(
        f"t-SNE layout, n {n}, uniform k 15: {peers[0] / mine[0]:.1f} x as fast ({peers[1] / mine[1]:.1f} x by "
        f"processor time), KL {mine[2] / peers[2] - 1:+.2%}"
    )


def compare_umap(vectors: np.ndarray, threads: int) -> None:
    """Neighbours and layout, unseeded umap-learn (a seed would make it serial) with its compilation done before."""
    import umap

    umap.UMAP(n_jobs=threads, metric="cosine").fit(vectors[:5000])
    peer = umap.UMAP(n_jobs=threads, metric="cosine")
    theirs, peer_s, peer_cpu = timed(lambda: peer.fit_transform(vectors))

    def whole() -> tuple[np.ndarray, np.ndarray]:
        graph = build_graph(vectors, n_neighbors=15, threads=threads)
        return graph.rows, project("umap", vectors[graph.first], graph, threads=threads).points

    (rows, points), own_s, own_cpu = timed(whole)
    measured = (("umap-learn", peer_s, peer_cpu, theirs), ("asterism", own_s, own_cpu, points[rows]))
    for name, wall, cpu, shown in measured:
        print(
            f"  {name:11s} {wall:7.2f} s, processors {cpu:7.2f} s  recall@10 {overlap(vectors, shown, 10):.3f}"
            f"  recall@50 {overlap(vectors, shown, 50):.3f}",
            flush=True,
        )
    print(
        f"UMAP whole, n {len(vectors)}: {peer_s / own_s:.1f} x as fast ({peer_cpu / own_cpu:.1f} x by processor time)"
    )


SMALL = """
import numpy as np
vectors = np.random.default_rng(0).normal(size=(1000, 256)).astype(np.float32)
"""
OURS = """
from asterism.graph import build_graph
from asterism.project import project
graph = build_graph(vectors, n_neighbors=90)
project("{method}", vectors, graph)
"""
PEERS = {
    "tsne": "import openTSNE\nopenTSNE.TSNE(n_jobs={threads}).fit(vectors)",
    "umap": "import umap\numap.UMAP(n_jobs={threads}).fit(vectors)",
}


def compare_small(threads: int) -> None:
    """Whole processes from a cold start."""
    for method, peer in PEERS.items():
        seconds = {}
        for name, code in (("asterism", OURS.format(method=method)), ("peer", peer.format(threads=threads))):
            environment = {**os.environ, "ASTERISM_THREADS": str(threads)}
            _, seconds[name], _ = timed(
                lambda: subprocess.run(
                    [sys.executable, "-W", "ignore", "-c", SMALL + code],  # noqa: B023
                    check=True,
                    env=environment,  # noqa: B023
                )
            )
        print(
            f"{method}, 1 000 vectors, whole process: {seconds['asterism']:.2f} s, peer {seconds['peer']:.2f} s: "
            f"{seconds['peer'] / seconds['asterism']:.1f} x as fast"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tsne", "umap", "small"])
    parser.add_argument("--n", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3, help="layouts of each; medians are compared")
    options = parser.parse_args()
    print(f"{cpu_features()}, {options.threads} threads")
    if options.what == "small":
        compare_small(options.threads)
        return
    for n in options.n:
        if options.vectors:
            given = np.load(options.vectors)
            vectors = given[np.random.default_rng(0).choice(len(given), min(n, len(given)), replace=False)]
        else:
            vectors = titles(n)
        if options.what == "tsne":
            compare_tsne(vectors, options.threads, options.seeds)
        else:
            compare_umap(vectors, options.threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory of this process, peers included: {peak:.1f} GiB")


if __name__ == "__main__":
    main()
