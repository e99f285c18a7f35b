"""How long the measures of faithfulness take, and that they agree with scikit-learn's where it can be asked.

    python bench/quality.py [--n 100000] [--threads 2]

Vectors are Reddit titles (ASTERISM_DATA) embedded by the built-in model, or those of --vectors FILE.npy; the map is
their PCA, which is also the baseline, so that two sets of points are measured. scikit-learn is asked for the first
--small of them, for its memory grows with the square.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from asterism.graph import build_graph
from asterism.project.pca import project_pca
from asterism.project.quality import measure_quality
from graph import titles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", help="a .npy file instead of the titles")
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=5_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    vectors = np.load(options.vectors)[: options.n] if options.vectors else titles(options.n)
    graph = build_graph(np.ascontiguousarray(vectors, np.float32), n_neighbors=15, threads=options.threads)
    vectors = np.ascontiguousarray(vectors[graph.first], np.float32)
    points = project_pca(vectors, threads=options.threads).points
    for _ in range(3):
        began, cpu = time.perf_counter(), time.process_time()
        quality = measure_quality(vectors, points, graph, pca_points=points, threads=options.threads)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        print(f"{len(vectors)} × {vectors.shape[1]}: wall {wall:.2f} s, cpu {cpu:.2f} s, {quality.n_sampled} measured")
    print(quality.scores)
    print(quality.errors)
    compare(vectors[: options.small], points[: options.small], options.threads)


def compare(vectors: np.ndarray, points: np.ndarray, threads: int) -> None:
    from sklearn.manifold import trustworthiness

    graph = build_graph(vectors, n_neighbors=15, threads=threads)
    began, cpu = time.perf_counter(), time.process_time()
    ours = measure_quality(vectors, points, graph, threads=threads)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    began, peer_cpu = time.perf_counter(), time.process_time()
    theirs = trustworthiness(vectors, points, n_neighbors=15, metric="cosine")
    peer_wall, peer_cpu = time.perf_counter() - began, time.process_time() - peer_cpu
    print(
        f"first {len(vectors)}: all our measures in {wall:.2f} s (cpu {cpu:.2f}), "
        f"trustworthiness alone by scikit-learn in {peer_wall:.2f} s (cpu {peer_cpu:.2f})"
    )
    print(f"trustworthiness: ours {ours.trustworthiness:.7f}, scikit-learn {theirs:.7f}")
    print(f"ratio: wall {peer_wall / wall:.1f}, CPU {peer_cpu / cpu:.1f}")


if __name__ == "__main__":
    main()
