"""How fast the NeighborGraph is, and how much of the truth it holds, beside pynndescent in the same run.

    python bench/graph.py peers --peer .venv-peers/bin/python     # ours and pynndescent, alternating, both warm
    python bench/graph.py routes                                  # the ways that were weighed for the approximate graph
    python bench/graph.py crossing                                # where approximate becomes faster than exact
    python bench/graph.py large                                   # all 2 260 510 titles, memory-mapped

Vectors are Reddit titles (ASTERISM_DATA) embedded by the built-in model, or those of --vectors FILE.npy. Recall is
measured on the same 500 vectors for everybody. CPU seconds count the work of all threads: on a busy machine they vary
less than wall seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PEER = """
import sys, time, numpy as np, pynndescent
vectors, k, threads = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
def run(rows):
    return pynndescent.NNDescent(rows, metric="cosine", n_neighbors=k, random_state=0, n_jobs=threads).neighbor_graph[0]
began = time.perf_counter(); run(vectors[:5000]); print(time.perf_counter() - began, flush=True)
for line in sys.stdin:
    began, cpu = time.perf_counter(), time.process_time()
    found = run(vectors)
    print(time.perf_counter() - began, time.process_time() - cpu, flush=True)
    np.save(line.strip(), found)
    print("saved", flush=True)
"""


def titles(n: int | None) -> np.ndarray:
    """Vectors of n Reddit titles, or of all; those without a known word are left out."""
    import pyarrow.parquet as pq

    from asterism.embed.registry import open_embedder

    data = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
    column = pq.read_table(data / "reddit" / "reddit_titles.parquet", columns=["title"])["title"]
    if n is not None:
        column = column.take(np.sort(np.random.default_rng(0).choice(len(column), n, replace=False)))
    vectors = open_embedder("builtin").encode(column.to_pylist())
    return vectors[np.einsum("ij,ij->i", vectors, vectors) > 0]


def distinct(options: argparse.Namespace, n: int) -> np.ndarray:
    from asterism.graph.rows import distinct_rows

    vectors = np.load(options.vectors)[:n] if options.vectors else titles(n)
    vectors = np.ascontiguousarray(vectors, np.float32)
    return vectors[distinct_rows(vectors)[1]]


class Truth:
    """The exact neighbours of some vectors."""

    def __init__(self, vectors: np.ndarray, k: int) -> None:
        from asterism._topk import nearest_rows

        self.rows = np.sort(np.random.default_rng(1).choice(len(vectors), min(500, len(vectors)), replace=False))
        self.near, _ = nearest_rows(vectors[self.rows], vectors, k, metric="cosine", exclude=self.rows)

    def recall(self, neighbors: np.ndarray) -> float:
        """Share of the true neighbours that are there; a row's own name does not count."""
        pairs = zip(self.near.tolist(), neighbors[self.rows].tolist(), self.rows.tolist(), strict=True)
        return float(np.mean([len(set(true) & (set(found) - {own})) / len(true) for true, found, own in pairs]))


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """The answer, wall seconds and CPU seconds."""
    began, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, time.perf_counter() - began, time.process_time() - cpu


def say(name: str, wall: float, cpu: float, recall: float) -> None:
    print(f"{name:<44} wall {wall:7.2f} s   cpu {cpu:7.2f} s   recall {recall:.3f}", flush=True)


def peers(options: argparse.Namespace) -> None:
    from asterism.graph import build_graph

    vectors = distinct(options, options.n)
    truth = Truth(vectors, options.k)
    print(f"{len(vectors)} × {vectors.shape[1]}, k = {options.k}, {options.threads} threads; ours measures its recall")
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "vectors.npy", Path(folder) / "found.npy"
        np.save(given, vectors)
        command = [options.peer, "-c", PEER, str(given), str(options.peer_k), str(options.threads)]
        peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        print(f"pynndescent compiles and warms up in {float(peer.stdout.readline()):.1f} s; we have nothing to compile")
        ratios = []
        for _ in range(options.repeats):
            ours, wall, cpu = timed(
                lambda: (
                    build_graph(vectors, n_neighbors=options.k, threads=options.threads, method="nn-descent").neighbors
                )
            )
            say("asterism", wall, cpu, truth.recall(ours))
            peer.stdin.write(f"{found}\n")
            peer.stdin.flush()
            peer_wall, peer_cpu = map(float, peer.stdout.readline().split())
            peer.stdout.readline()
            say(f"pynndescent, n_neighbors={options.peer_k}", peer_wall, peer_cpu, truth.recall(np.load(found)))
            ratios.append((peer_wall / wall, peer_cpu / cpu))
        peer.stdin.close()
        peer.wait()
    print("ratios, wall and CPU:", ", ".join(f"{wall:.2f} and {cpu:.2f}" for wall, cpu in ratios))
    print("median ratio: wall {:.2f}, CPU {:.2f}".format(*np.median(ratios, axis=0)))


def routes(options: argparse.Namespace) -> None:
    from asterism.graph import build_graph
    from asterism.graph.descent import DescentOptions, approximate_neighbors

    vectors = distinct(options, options.n)
    truth = Truth(vectors, options.k)
    print(f"{len(vectors)} × {vectors.shape[1]}, k = {options.k}, {options.threads} threads")
    ways = {
        "cells, then descent (default)": DescentOptions(),
        "few cells, descent to the end": DescentOptions(trees=2, leaf=256, settled=0.005),
        "more, larger cells, one round": DescentOptions(trees=16, leaf=2048, rounds=1),
        "cells alone": DescentOptions(trees=32, leaf=2048, rounds=0),
    }
    for name, way in ways.items():
        ids, wall, cpu = timed(
            lambda way=way: approximate_neighbors(
                vectors, options.k, metric="cosine", threads=options.threads, options=way
            )[0]
        )
        say(name, wall, cpu, truth.recall(ids))
    ids, wall, cpu = timed(
        lambda: build_graph(vectors, n_neighbors=options.k, threads=options.threads, method="exact").neighbors
    )
    say("exact, blocked products", wall, cpu, truth.recall(ids))


def crossing(options: argparse.Namespace) -> None:
    from asterism.graph import build_graph

    vectors = distinct(options, 40_000)
    for n in (2_500, 5_000, 10_000, 20_000, 40_000):
        part = vectors[:n]
        truth = Truth(part, options.k)
        for method in ("exact", "nn-descent"):
            ids, wall, cpu = timed(
                lambda part=part, method=method: (
                    build_graph(part, n_neighbors=options.k, threads=options.threads, method=method).neighbors
                )
            )
            say(f"{n} {method}", wall, cpu, truth.recall(ids))


def large(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "vectors.npy"
        if options.vectors:
            path = Path(options.vectors)
        else:
            np.save(path, titles(None))
        code = (
            "import sys, time, numpy as np\n"
            "from asterism.graph import build_graph\n"
            "vectors = np.load(sys.argv[1], mmap_mode='r')\n"
            "began, cpu = time.perf_counter(), time.process_time()\n"
            "graph = build_graph(vectors, n_neighbors=int(sys.argv[2]), threads=int(sys.argv[3]))\n"
            "peak = next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1]\n"
            "anon = next(l for l in open('/proc/self/status') if l.startswith('RssAnon')).split()[1]\n"
            "print(f'{vectors.shape[0]} × {vectors.shape[1]}, {len(graph.first)} distinct: '\n"
            "      f'wall {time.perf_counter() - began:.0f} s, cpu {time.process_time() - cpu:.0f} s, '\n"
            "      f'recall {graph.recall:.3f}, peak {int(peak) / 2**20:.1f} GiB with the mapped pages, '\n"
            "      f'{int(anon) / 2**20:.1f} GiB at the end without; {dict(graph.params)}')\n"
        )
        subprocess.run([sys.executable, "-c", code, str(path), str(options.k), str(options.threads)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["peers", "routes", "crossing", "large"])
    parser.add_argument("--vectors", help="a .npy file instead of the titles")
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--k", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", default=".venv-peers/bin/python", help="a Python that has pynndescent")
    parser.add_argument("--peer-k", type=int, default=30, help="its n_neighbors, the recall at --k decides")
    parser.add_argument("--folder", help="where the large file of vectors goes for a while")
    options = parser.parse_args()
    {"peers": peers, "routes": routes, "crossing": crossing, "large": large}[options.what](options)


if __name__ == "__main__":
    main()
