"""Measure an embedding model on data that nobody trained on; every number beside the teacher's."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from settings import DATA, ROOT, SEED
from sklearn.cluster import KMeans
from sklearn.metrics import v_measure_score

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
CATEGORIES = Path(__file__).parent / "eval" / "categories.txt"
DEMO = ROOT / "src" / "asterism" / "read" / "demo" / "categories.csv"
MAP_SEEDS = (0, 1, 2)


def quick(encode: Encode) -> dict[str, float]:
    """The numbers that take seconds: similarity, words, topic agreement in the embedding."""
    titles, topics, _ = ag_news()
    return {
        "STS-B dev, Spearman": sts(encode, "dev"),
        "STS-B train, Spearman": sts(encode, "train"),
        "WordSim-353, Spearman": word_similarity(encode, "EN-WS-353-ALL.txt"),
        "SimLex-999, Spearman": word_similarity(encode, "EN-SIMLEX-999.txt"),
        "MEN-3000, Spearman": word_similarity(encode, "EN-MEN-TR-3k.txt"),
        "word categories, 5-NN purity": category_purity(encode, *categories()),
        "word categories of the demo, 5-NN purity": category_purity(encode, *demo_categories()),
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
    """Topic agreement of AG News titles on t-SNE maps (openTSNE, PCA start, perplexity 30), the lowest of three."""
    from openTSNE import TSNE

    titles, topics, _ = ag_news()
    vectors = encode(titles)
    settings = {"perplexity": 30, "initialization": "pca", "metric": "cosine", "n_jobs": 2}
    maps = [np.asarray(TSNE(random_state=seed, **settings).fit(vectors)) for seed in MAP_SEEDS]
    lowest = min(agreement(points, topics, 15, cosine=False) for points in maps)
    return {"AG News titles, 15-NN topic agreement on t-SNE, lowest of 3 seeds": lowest}


def analogies(encode: Encode, words: Sequence[str]) -> dict[str, float]:
    """Share of the Google analogies answered with the right word of all words: b − a + c, the three left out."""
    row_of = {word: row for row, word in enumerate(words)}
    path = DATA / "analogy" / "questions-words.txt"
    asked = [line.lower().split() for line in path.read_text(encoding="utf-8").splitlines() if line[0] != ":"]
    rows = np.array([[row_of[word] for word in four] for four in asked if row_of.keys() >= set(four)])
    vectors = encode(words)
    right = 0
    for start in range(0, len(rows), 500):
        a, b, c, d = rows[start : start + 500].T
        closeness = (vectors[b] - vectors[a] + vectors[c]) @ vectors.T
        for given in (a, b, c):
            closeness[np.arange(len(given)), given] = -np.inf
        right += int((closeness.argmax(1) == d).sum())
    return {"Google analogies with known words, accuracy": right / len(rows)}


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


def category_purity(encode: Encode, words: Sequence[str], labels: Sequence[str]) -> float:
    """Mean share of a word's five nearest words that are of its category."""
    return agreement(encode(words), labels, 5)


def categories() -> tuple[list[str], list[str]]:
    """Words and categories: 16 of 20 words."""
    lines = [line for line in CATEGORIES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    pairs = [(word, line.split(":")[0]) for line in lines for word in line.split(":")[1].split()]
    return [word for word, _ in pairs], [category for _, category in pairs]


def demo_categories() -> tuple[list[str], list[str]]:
    """Words and categories of `asterism demo categories`: 25 of 25 words."""
    with DEMO.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["word"] for row in rows], [row["category"] for row in rows]


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
    """v-measure of k-means with as many clusters as labels: the mean of eight seeds, each the best of ten starts.

    Of ten starts one finds the best clusters of AG News almost surely; of three, half of the times. With CLINC150 the
    seeds are .005 apart all the same.
    """
    k = len(set(labels))
    fits = [KMeans(k, n_init=10, random_state=SEED + i).fit(vectors) for i in range(8)]
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
