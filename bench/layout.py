"""How fast and how faithful the layouts are, beside openTSNE, umap-learn, pynndescent and faiss in the same run.

    make bench-peers                                  # the peers, in .venv-peers
    python bench/layout.py tsne graph map umap words demo --vectors VECTORS.npy
    python bench/layout.py growth --vectors VECTORS.npy
    python bench/layout.py titles                     # all 2 260 510 titles in one go, nobody beside
    python bench/layout.py all --vectors VECTORS.npy  # everything, one table at the end

    tsne    layout alone: same affinities (uniform k = 15), start and 750 iterations; medians of --seeds shaken starts
    graph   NeighborGraph, k = 15, beside pynndescent (warm) and faiss (exact)
    map     vectors to t-SNE map with its quality, beside openTSNE with its defaults
    umap    vectors to UMAP, beside umap-learn with its defaults
    mammoth a known shape by UMAP, beside umap-learn from PCA and from its spectral start
    words   1 000 vectors, whole processes from a cold start
    demo    `asterism demo words`, whole processes
    growth  graph and t-SNE from 10 000 over 100 000 to 300 000 vectors, against n log n

Without --vectors they are Reddit titles (ASTERISM_DATA) embedded by the built-in model. Everybody's points are measured
by one measure, against exact neighbours. CPU seconds count the work of all threads; on a busy machine they vary less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from asterism._native import Tsne, cpu_features

from asterism.graph import build_graph
from asterism.project import neighbors_wanted, project
from asterism.project.affinity import uniform_weights
from asterism.project.init import principal_points, scaled_start
from asterism.project.quality import measure_quality
from graph import Truth, titles

if TYPE_CHECKING:
    from collections.abc import Callable

    from asterism.values import NeighborGraph

HERE = Path(__file__).parent
ROWS: list[tuple[str, ...]] = []


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    began, used = time.perf_counter(), time.process_time()
    answer = work()
    return answer, {"wall": time.perf_counter() - began, "cpu": time.process_time() - used}


def ask_peer(
    options: argparse.Namespace,
    job: str,
    **given: Any,  # noqa: ANN401 - JSON values
) -> tuple[np.ndarray, dict[str, float]]:
    """Run a peer's job in its own environment; its array and its seconds."""
    given |= {"threads": options.threads, "out": str(options.folder / f"{job}.npy")}
    command = [options.peers, str(HERE / "layout_peers.py"), job, json.dumps(given)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return np.load(given["out"]), json.loads(answer.splitlines()[-1])


def say(who: str, spent: dict[str, float], told: str) -> None:
    print(f"  {who:<22} wall {spent['wall']:8.2f} s   cpu {spent['cpu']:8.2f} s   {told}", flush=True)


def keep(work: str, peer: dict[str, float], own: dict[str, float], told: str, target: str) -> None:
    """A row of the table."""
    ratio = f"{peer['wall'] / own['wall']:.1f} × (cpu {peer['cpu'] / own['cpu']:.1f} ×)"
    ROWS.append((work, f"{peer['wall']:.1f} s", f"{own['wall']:.1f} s", ratio, told, target))
    print(f"  → {ratio}   {told}   (target {target})", flush=True)


def distinct(options: argparse.Namespace, n: int) -> np.ndarray:
    """N vectors, equal ones once, written where peers find them."""
    from asterism.graph.rows import distinct_rows

    if options.vectors:
        given = np.load(options.vectors, mmap_mode="r")
        chosen = np.sort(np.random.default_rng(0).choice(len(given), min(n, len(given)), replace=False))
        vectors = np.ascontiguousarray(given[chosen], np.float32)
    else:
        vectors = titles(n)
    vectors = vectors[distinct_rows(vectors)[1]]
    np.save(options.folder / "vectors.npy", vectors)
    return vectors


def faith(vectors: np.ndarray, points: np.ndarray, graph: NeighborGraph, threads: int) -> str:
    told = measure_quality(vectors, points, graph, threads=threads)
    return f"recall@10 {told.recall:.3f} @50 {told.recall_50:.3f} trust {told.trustworthiness:.3f}"


def bench_tsne(options: argparse.Namespace) -> None:
    vectors = distinct(options, options.n)
    graph = build_graph(vectors, n_neighbors=15, threads=options.threads)
    weights = uniform_weights(graph, 15, threads=options.threads)
    start = principal_points(vectors, 2, threads=options.threads)
    entropy = float(np.sum(weights.weight.astype(float) * np.log(weights.weight.astype(float))))
    print(f"t-SNE layout alone, {len(vectors)} points, uniform k = 15, 750 iterations")

    def divergence(points: np.ndarray) -> float:
        """By one fine grid for both."""
        at = Tsne(np.ascontiguousarray(points), weights.start, weights.index, weights.weight, 0.2, 4096)
        return float(at.cost(options.threads)) + entropy

    spent: dict[str, list[list[float]]] = {"peer": [], "own": []}
    for seed in range(options.seeds):
        shaken = scaled_start(start, std=1e-4, seed=seed, stage="tsne")
        given = options.folder / "given.npz"
        np.savez(given, start=shaken, rows=weights.start, index=weights.index, weight=weights.weight)
        points, theirs = ask_peer(options, "tsne_alone", given=str(given), seed=seed)
        spent["peer"].append([theirs["wall"], theirs["cpu"], divergence(points)])
        say("openTSNE", theirs, f"KL {spent['peer'][-1][2]:.4f}")
        made, own = timed(
            lambda seed=seed: project(
                "tsne", vectors, graph, seed=seed, init=start, threads=options.threads, affinity="uniform"
            )
        )
        spent["own"].append([own["wall"], own["cpu"], divergence(made.points)])
        say("asterism", own, f"KL {spent['own'][-1][2]:.4f}")
    peer, own = (np.median(spent[who], axis=0) for who in ("peer", "own"))
    keep(
        f"t-SNE layout, {len(vectors)}",
        {"wall": peer[0], "cpu": peer[1]},
        {"wall": own[0], "cpu": own[1]},
        f"KL {own[2]:.3f} and {peer[2]:.3f}: {own[2] / peer[2] - 1:+.2%}",
        "≥ 12 ×, KL no worse than 1 %",
    )


def bench_graph(options: argparse.Namespace) -> None:
    vectors = distinct(options, options.n)
    truth = Truth(vectors, 15)
    path = str(options.folder / "vectors.npy")
    print(f"NeighborGraph, {len(vectors)} × {vectors.shape[1]}, k = 15; ours measures its own recall")
    peers, owns = [], []
    for _ in range(options.repeats):
        made, own = timed(
            lambda: build_graph(vectors, n_neighbors=15, threads=options.threads, method="nn-descent").neighbors
        )
        say("asterism", own, f"recall {truth.recall(made):.3f}")
        found, peer = ask_peer(options, "descent", vectors=path, k=30)
        say("pynndescent, k = 30", peer, f"recall {truth.recall(found[:, :16]):.3f}, compiled in {peer['warm']:.0f} s")
        owns.append(own)
        peers.append(peer)
    told = f"recall {truth.recall(made):.3f} and {truth.recall(found[:, :16]):.3f}"
    middle = [{key: float(np.median([one[key] for one in of])) for key in ("wall", "cpu")} for of in (peers, owns)]
    keep(f"NeighborGraph, {len(vectors)}, pynndescent warm", *middle, told, "≥ 2 ×, recall ≥ .95")
    if not options.quick:
        found, exact = ask_peer(options, "faiss_exact", vectors=path, k=15)
        say("faiss, exact", exact, f"recall {truth.recall(found):.3f}")
        keep(f"NeighborGraph, {len(vectors)}, faiss exact", exact, middle[1], told, "≥ 2 ×")


def bench_map(options: argparse.Namespace) -> None:
    vectors = distinct(options, options.n)
    graph = build_graph(vectors, n_neighbors=15, threads=options.threads)
    print(f"whole t-SNE map, {len(vectors)} × {vectors.shape[1]}: graph, layout, quality")

    def whole() -> np.ndarray:
        wanted = neighbors_wanted("tsne", len(vectors))
        found = build_graph(vectors, n_neighbors=wanted, threads=options.threads)
        points = project("tsne", vectors, found, threads=options.threads).points
        pca = project("pca", vectors, None, threads=options.threads).points
        measure_quality(vectors, points, found, pca_points=pca, threads=options.threads)
        return points

    points, own = timed(whole)
    ours = faith(vectors, points, graph, options.threads)
    say("asterism", own, f"{ours}, peak {peak(resource.RUSAGE_SELF):.1f} GB")
    points, peer = ask_peer(options, "tsne_whole", vectors=str(options.folder / "vectors.npy"))
    theirs = faith(vectors, points, graph, options.threads)
    say("openTSNE (no quality)", peer, theirs)
    keep(f"whole map, {len(vectors)}", peer, own, f"{ours}; openTSNE {theirs}", "≥ 7 ×, none lower")


def bench_umap(options: argparse.Namespace) -> None:
    vectors = distinct(options, options.n)
    graph = build_graph(vectors, n_neighbors=15, threads=options.threads)
    print(f"whole UMAP, {len(vectors)} × {vectors.shape[1]}: graph and layout, ours seeded")

    def whole() -> np.ndarray:
        found = build_graph(vectors, n_neighbors=15, threads=options.threads)
        return project("umap", vectors, found, threads=options.threads).points

    points, own = timed(whole)
    ours = faith(vectors, points, graph, options.threads)
    say("asterism", own, ours)
    points, peer = ask_peer(
        options, "umap_whole", vectors=str(options.folder / "vectors.npy"), metric="cosine", init="spectral"
    )
    theirs = faith(vectors, points, graph, options.threads)
    say("umap-learn, unseeded", peer, f"{theirs}, compiled in {peer['warm']:.0f} s before")
    keep(f"whole UMAP, {len(vectors)}", peer, own, f"{ours}; umap-learn {theirs}", "≥ 4 ×, none lower")


def bench_mammoth(options: argparse.Namespace) -> None:
    """A shape that everybody knows: 10 000 points in three dimensions, by UMAP from the same start and from its own."""
    file = Path(os.environ.get("ASTERISM_DATA", "../shared/data")) / "viz" / "understanding_umap" / "mammoth_3d.json"
    given = np.array(json.loads(file.read_text(encoding="utf-8")), np.float32)
    graph = build_graph(given - given.mean(0), n_neighbors=15, metric="euclidean", threads=options.threads)
    vectors = (given - given.mean(0))[graph.first]
    np.save(options.folder / "vectors.npy", vectors)
    print(f"the mammoth, {len(vectors)} × 3: graph and UMAP")

    def told(points: np.ndarray) -> str:
        scores = measure_quality(vectors, points, graph, threads=options.threads)
        return f"{faith(vectors, points, graph, options.threads)} distances {scores.spearman:.2f}"

    def whole() -> np.ndarray:
        found = build_graph(vectors, n_neighbors=15, metric="euclidean", threads=options.threads)
        return project("umap", vectors, found, threads=options.threads).points

    points, own = timed(whole)
    ours = told(points)
    say("asterism, from PCA", own, ours)
    for init in ("pca", "spectral"):
        where = str(options.folder / "vectors.npy")
        points, peer = ask_peer(options, "umap_whole", vectors=where, metric="euclidean", init=init)
        say(f"umap-learn, {init}", peer, told(points))
        keep(f"mammoth, umap-learn from {init}", peer, own, f"{ours}; {told(points)}", "none much lower")


SMALL = "import numpy as np\nvectors = np.random.default_rng(0).normal(size=(1000, 256)).astype(np.float32)\n"
OURS = """
from asterism.graph import build_graph
from asterism.project import project, neighbors_wanted
project("{method}", vectors, build_graph(vectors, n_neighbors=neighbors_wanted("{method}", 1000)))
"""
PEERS = {
    "tsne": "import openTSNE\nopenTSNE.TSNE(n_jobs={threads}).fit(vectors)",
    "umap": "import umap\numap.UMAP(n_jobs={threads}).fit(vectors)",
}


def processes(command: list[str], repeats: int, threads: int) -> dict[str, float]:
    """Median seconds of whole processes."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"ASTERISM_THREADS": str(threads)}
    spent = []
    for _ in range(repeats + 1):  # the first one may still write bytecode
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        spent.append((time.perf_counter() - began, cpu))
    wall, cpu = np.median(spent[1:], axis=0)
    return {"wall": float(wall), "cpu": float(cpu)}


def bench_words(options: argparse.Namespace) -> None:
    print("1 000 × 256, whole processes from a cold start")
    for method, code in PEERS.items():
        own = processes([sys.executable, "-c", SMALL + OURS.format(method=method)], options.repeats, options.threads)
        say(f"asterism {method}", own, "")
        command = [options.peers, "-W", "ignore", "-c", SMALL + code.format(threads=options.threads)]
        peer = processes(command, 1, options.threads)
        say(f"peer {method}", peer, "")
        keep(f"1 000 words, {method}, cold process", peer, own, "", "≤ 1 s")


def bench_demo(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "asterism", "demo", "words", "--no-cache", "--quiet", "--force"]
        own = processes([*command, "-o", f"{folder}/words.png"], options.repeats, options.threads)
    say("asterism demo words", own, "whole process, to a PNG")
    ROWS.append(("asterism demo words", "–", f"{own['wall']:.2f} s", "", "", "≤ 1.5 s"))


def bench_growth(options: argparse.Namespace) -> None:
    print("growth: graph and t-SNE, CPU seconds; n log n would be 1.00")
    first: dict[str, float] = {}
    for n in (10_000, 100_000, 300_000):
        vectors = distinct(options, n // 10 if options.quick else n)
        size = len(vectors)
        graph, spent = timed(lambda v=vectors: build_graph(v, n_neighbors=15, threads=options.threads))
        _, layout = timed(lambda v=vectors, g=graph: project("tsne", v, g, threads=options.threads, affinity="uniform"))
        both = {key: spent[key] + layout[key] for key in spent}
        scale = size * np.log(size)
        first = first or {key: value / scale for key, value in both.items()}
        steep = both["cpu"] / scale / first["cpu"]
        say(f"{size}", both, f"graph {spent['wall']:.1f} s, t-SNE {layout['wall']:.1f} s, × n log n: {steep:.2f}")
        ROWS.append((f"graph + t-SNE, {size}", "–", f"{both['wall']:.1f} s", "", f"× n log n: {steep:.2f}", "≤ 1"))


TITLES = """
import resource, sys, time
sys.path.insert(0, sys.argv[2])
import numpy as np
from asterism.graph import build_graph
from asterism.graph.rows import distinct_rows
from asterism.project import project
from asterism.project.quality import measure_quality
threads = int(sys.argv[3])
began = time.perf_counter()
vectors = np.load(sys.argv[1], mmap_mode="r")
graph = build_graph(vectors, n_neighbors=15, threads=threads)
print(f"graph {time.perf_counter() - began:.0f} s, recall {graph.recall:.3f}", flush=True)
distinct = vectors if len(graph.first) == len(vectors) else vectors[graph.first]
began_layout = time.perf_counter()
made = project("tsne", distinct, graph, threads=threads)
took = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
layout = time.perf_counter() - began_layout
print(f"t-SNE {layout:.0f} s, KL {made.params['kl']:.3f}, {made.params['repulsion']}", flush=True)
print(f"RESULT {took:.1f} {peak:.2f} {len(vectors)} {len(distinct)}", flush=True)
told = measure_quality(distinct, made.points, graph, threads=threads)
print(f"quality: recall@10 {told.recall:.3f} @50 {told.recall_50:.3f} trust {told.trustworthiness:.3f}", flush=True)
"""


def bench_titles(options: argparse.Namespace) -> None:
    print("all titles by the built-in model: graph and t-SNE in one go")
    path = options.folder / "all.npy"
    if options.all_vectors:
        path = Path(options.all_vectors)
    else:
        np.save(path, titles(10_000 if options.quick else None))
    command = [sys.executable, "-c", TITLES, str(path), str(HERE), str(options.threads)]
    answer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in answer.stdout:
        print(f"  {line.rstrip()}", flush=True)
        if line.startswith("RESULT"):
            _, seconds, memory, n, unique = line.split()
            told = f"peak {memory} GiB with the mapped vectors, {unique} distinct"
            ROWS.append((f"{n} titles: graph + t-SNE", "–", f"{seconds} s", "", told, "≤ 10 min, ≤ 10 GB"))
    answer.wait()


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024**2


BENCHES = {
    "tsne": bench_tsne,
    "graph": bench_graph,
    "map": bench_map,
    "umap": bench_umap,
    "mammoth": bench_mammoth,
    "words": bench_words,
    "demo": bench_demo,
    "growth": bench_growth,
    "titles": bench_titles,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=["all", *BENCHES])
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--vectors", help="a .npy file instead of the titles by the built-in model")
    parser.add_argument("--all-vectors", help="a .npy file for titles, instead of embedding them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5, help="shaken starts of t-SNE")
    parser.add_argument("--repeats", type=int, default=3, help="of graphs and of cold processes")
    parser.add_argument("--peers", default=".venv-peers/bin/python", help="a Python that has the peers")
    parser.add_argument("--folder", type=Path, help="where arrays go for a while")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs; no number counts")
    options = parser.parse_args()
    print(f"{cpu_features()}, {options.threads} threads")
    wanted = list(BENCHES) if "all" in options.what else options.what
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        options.folder = Path(folder)
        for name in wanted:
            BENCHES[name](options)
    print("\n| work | peer | asterism | ratio | quality | target |\n|---|---|---|---|---|---|")
    for row in ROWS:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
