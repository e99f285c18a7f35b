"""Measure an embedding model on data that nobody trained on; every number beside the teacher's."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from settings import DATA, SEED
from sklearn.cluster import KMeans
from sklearn.metrics import v_measure_score

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
CATEGORIES = Path(__file__).parent / "eval" / "categories.txt"


def quick(encode: Encode) -> dict[str, float]:
    """The numbers that take seconds: similarity, words, topic agreement in the embedding."""
    titles, topics, _ = ag_news()
    return {
        "STS-B dev, Spearman": sts(encode, "dev"),
        "STS-B train, Spearman": sts(encode, "train"),
        "WordSim-353, Spearman": word_similarity(encode, "EN-WS-353-ALL.txt"),
        "SimLex-999, Spearman": word_similarity(encode, "EN-SIMLEX-999.txt"),
        "MEN-3000, Spearman": word_similarity(encode, "EN-MEN-TR-3k.txt"),
        "word categories, 5-NN purity": category_purity(encode),
        "AG News titles, 15-NN topic agreement": agreement(encode(titles), topics, 15),
    }


def slow(encode: Encode) -> dict[str, float]:
    """Clusterings and the map; minutes."""
    titles, topics, full = ag_news()
    commands, intents = clinc()
    return {
        "AG News, v-measure": clustering(encode(full), topics),
        "AG News titles, v-measure": clustering(encode(titles), topics),
        "CLINC150, v-measure": clustering(encode(commands), intents),
    }


def on_the_map(encode: Encode) -> dict[str, float]:
    """Topic agreement of AG News titles on a t-SNE map (openTSNE, PCA start, perplexity 30)."""
    from openTSNE import TSNE

    titles, topics, _ = ag_news()
    vectors = encode(titles)
    points = TSNE(perplexity=30, initialization="pca", metric="cosine", random_state=SEED, n_jobs=2).fit(vectors)
    return {"AG News titles, 15-NN topic agreement on t-SNE": agreement(np.asarray(points), topics, 15, cosine=False)}


def sts(encode: Encode, part: str) -> float:
    """Rank correlation of cosine and people's scores over the pairs of STS-B's train or dev part."""
    with (DATA / "sts" / f"sts-{part}.csv").open(encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    scores = [float(row[4]) for row in rows]
    return _spearman(encode([row[5] for row in rows]), encode([row[6] for row in rows]), scores)


def word_similarity(encode: Encode, name: str) -> float:
    """Rank correlation of cosine and people's scores over pairs of words."""
    rows = [line.split() for line in (DATA / "wordsim" / name).read_text(encoding="utf-8").splitlines() if line.strip()]
    return _spearman(encode([r[0] for r in rows]), encode([r[1] for r in rows]), [float(r[2]) for r in rows])


def _spearman(a: NDArray[np.float32], b: NDArray[np.float32], scores: Sequence[float]) -> float:
    return float(spearmanr((a * b).sum(1), scores).statistic)


def category_purity(encode: Encode) -> float:
    """Mean share of a word's five nearest words that are of its category."""
    lines = [line for line in CATEGORIES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    pairs = [(word, line.split(":")[0]) for line in lines for word in line.split(":")[1].split()]
    return agreement(encode([w for w, _ in pairs]), [c for _, c in pairs], 5)


def agreement(points: NDArray[np.float32], labels: Sequence[str], k: int, *, cosine: bool = True) -> float:
    """Mean share of the k nearest other rows that carry the row's own label."""
    codes = np.unique(np.asarray(labels), return_inverse=True)[1]
    shares = np.empty(len(points))
    squares = (points * points).sum(1)
    for start in range(0, len(points), 1_000):
        block = points[start : start + 1_000]
        closeness = block @ points.T if cosine else 2 * block @ points.T - squares
        closeness[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        nearest = np.argpartition(-closeness, k, axis=1)[:, :k]
        shares[start : start + len(block)] = (codes[nearest] == codes[start : start + len(block), None]).mean(1)
    return float(shares.mean())


def clustering(vectors: NDArray[np.float32], labels: Sequence[str]) -> float:
    """v-measure of k-means with as many clusters as labels: the mean of three seeds, each the best of three starts."""
    k = len(set(labels))
    fits = [KMeans(k, n_init=3, random_state=SEED + i).fit(vectors) for i in range(3)]
    return float(np.mean([v_measure_score(labels, fit.labels_) for fit in fits]))


def ag_news() -> tuple[list[str], list[str], list[str]]:
    """Titles, topics, and title with description of the 7,600 rows."""
    with (DATA / "agnews" / "agnews_test.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [r["title"] for r in rows], [r["topic"] for r in rows], [f"{r['title']}. {r['description']}" for r in rows]


def clinc() -> tuple[list[str], list[str]]:
    """The 7,500 in-scope commands of the validation and test parts, with their intents."""
    parts = json.loads((DATA / "intents" / "clinc150" / "data_full.json").read_text(encoding="utf-8"))
    rows = parts["val"] + parts["test"]
    return [text for text, _ in rows], [intent for _, intent in rows]
