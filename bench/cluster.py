"""Clusters compared with known labels: agreement, time and stability, beside other methods on the same vectors.

ASTERISM_DATA=... python bench/cluster.py [agnews] [clinc] [arxiv] [--names]

Ours runs on the graph of 15 neighbours (its time is told apart), networkx's Louvain on the same graph, scikit-learn's
HDBSCAN and k-means on the vectors reduced to 20 principal axes; k-means is told the number of labels. Stability is
the adjusted Rand index between two seeds. Times are processor seconds, which other work on the machine disturbs
least. Peers that would take many minutes at this size are left out and said.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from asterism.cluster import cluster, compare_labels, name_clusters, noise_shares
from asterism.embed.registry import open_embedder
from asterism.graph import build_graph
from asterism.project import neighbors_wanted, project
from asterism.values import Clustering

if TYPE_CHECKING:
    from collections.abc import Callable

    from asterism.values import NeighborGraph

DATA = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
SLOW = 30_000


def agnews() -> tuple[list[str], list[str]]:
    with (DATA / "agnews/agnews_test.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [f"{row['title']}. {row['description']}" for row in rows], [row["topic"] for row in rows]


def clinc() -> tuple[list[str], list[str]]:
    parts = json.loads((DATA / "intents/clinc150/data_full.json").read_text())
    rows = [row for name in ("train", "val", "test") for row in parts[name]]
    return [row[0] for row in rows], [row[1] for row in rows]


def arxiv() -> tuple[list[str], list[str]]:
    texts, labels = [], []
    files = sorted((DATA / "arxiv").glob("*.tsv.xz"))
    known = {file.name.removesuffix(".tsv.xz") for file in files}
    csv.field_size_limit(1 << 30)
    for file in files:
        with lzma.open(file, "rt") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["primary_cat"] in known:
                    texts.append(f"{row['title']}. {row['abstract']}")
                    labels.append(row["primary_cat"])
    return texts, labels


def timed(make: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    start = time.process_time()
    made = make()
    return made, time.process_time() - start


def tell(name: str, found: np.ndarray, other: np.ndarray | None, labels: np.ndarray, seconds: float) -> None:
    a = compare_labels(found, labels)
    stable = "-" if other is None else f"{compare_labels(found, other).ari:.2f}"
    n_clusters = len(set(found.tolist()) - {-1})
    print(
        f"| {name:32} | {n_clusters:5} | {a.ari:.2f} | {a.nmi:.2f} | {a.purity:.2f} | {100 * a.noise_share:5.1f} % "
        f"| {stable} | {seconds:7.2f} |",
        flush=True,
    )


def peers(vectors: np.ndarray, graph: NeighborGraph, labels: np.ndarray) -> None:
    from sklearn.cluster import HDBSCAN, MiniBatchKMeans
    from sklearn.decomposition import PCA

    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    reduced = PCA(20, random_state=0).fit_transform(units)
    k = int(labels.max()) + 1

    def means(seed: int) -> np.ndarray:
        return MiniBatchKMeans(k, random_state=seed, n_init=3).fit_predict(units)

    found, seconds = timed(lambda: means(0))
    tell(f"k-means, told k = {k}", found, means(1), labels, seconds)
    if len(vectors) > SLOW:
        print(f"HDBSCAN and networkx left out above {SLOW:,} rows")
        return
    found, seconds = timed(lambda: HDBSCAN(min_cluster_size=15, copy=True).fit_predict(reduced))
    tell("HDBSCAN, 20 axes, size 15", found, None, labels, seconds)
    import networkx as nx

    net = nx.Graph()
    net.add_nodes_from(range(len(graph.first)))
    for i, near in enumerate(graph.neighbors[:, :15].tolist()):
        for j in near:
            net.add_edge(i, j, weight=net.get_edge_data(i, j, {"weight": 0})["weight"] + 1)

    def louvain(seed: int) -> np.ndarray:
        level = np.empty(len(graph.first), np.int64)
        for number, members in enumerate(nx.community.louvain_communities(net, resolution=0.3, seed=seed)):
            level[list(members)] = number
        return level[graph.rows]

    found, seconds = timed(lambda: louvain(0))
    tell("networkx Louvain, resolution 0.3", found, louvain(1), labels, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=["agnews", "clinc"])
    parser.add_argument("--names", action="store_true", help="name the clusters, too, and print the coarsest names")
    parser.add_argument("--map", action="store_true", help="lay the texts out by t-SNE, too, to compare the time")
    options = parser.parse_args()
    for name in options.sets:
        texts, given = {"agnews": agnews, "clinc": clinc, "arxiv": arxiv}[name]()
        vectors = open_embedder("builtin").encode(texts)
        usable = vectors.any(axis=1)
        texts = [text for text, is_usable in zip(texts, usable, strict=True) if is_usable]
        vectors = vectors[usable]
        labels = np.unique(np.array(given)[usable], return_inverse=True)[1]
        start = time.process_time()
        graph = build_graph(vectors, n_neighbors=15)
        seconds = time.process_time() - start
        print(f"\n{name}: {len(texts):,} texts, {labels.max() + 1} labels; graph {seconds:.2f} s")
        print(
            "| method | clusters | ARI | NMI | purity | noise | stable | seconds |\n|---|---|---|---|---|---|---|---|"
        )
        began, start = time.perf_counter(), time.process_time()
        ours = cluster(graph)
        wall, seconds = time.perf_counter() - began, time.process_time() - start
        other = cluster(graph, seed=1)
        for i, (level, again) in enumerate(zip(ours.levels, other.levels, strict=False)):
            resolution = ours.params["resolutions"][i]
            tell(f"Leiden, resolution {resolution}", level[graph.rows], again[graph.rows], labels, seconds)
        print(f"noise by level: {[round(share, 4) for share in noise_shares(ours)]}; seconds are for all levels")
        peers(vectors, graph, labels)
        if options.names:
            rows = Clustering(tuple(level[graph.rows] for level in ours.levels), ours.method, ours.params)
            began, start = time.perf_counter(), time.process_time()
            names = name_clusters(texts, rows, vectors=vectors).names
            wall += time.perf_counter() - began
            print(f"named {sum(map(len, names))} clusters in {time.process_time() - start:.2f} s: {names[0]}")
            print(f"clusters and names by the clock: {wall:.2f} s")
        if options.map:
            distinct = vectors[graph.first]
            k = neighbors_wanted("tsne", len(distinct))
            start = time.process_time()
            wide = build_graph(distinct, n_neighbors=k)
            graph_seconds = time.process_time() - start
            began = time.perf_counter()
            _, seconds = timed(lambda distinct=distinct, wide=wide: project("tsne", distinct, wide).points)
            print(f"t-SNE of the same texts: graph of {k} neighbours {graph_seconds:.2f} s, layout {seconds:.2f} s")
            print(f"t-SNE layout by the clock: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
