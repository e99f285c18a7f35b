"""Scenes to look at and to test with, from 32 words to a million titles: `python sample_scenes.py NAME OUT.html`."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from asterism.scene.spec import (
    Arrow,
    CategoryColumn,
    DateColumn,
    Label,
    NumberColumn,
    Pairs,
    Pin,
    Scene,
    TextColumn,
)
from asterism.scene.spec import Path as ScenePath
from asterism.values import LabelQuality, LabelScores, Projection, Quality, Scores, Stability

WORDS = {
    "animals": "cat dog horse rabbit eagle salmon otter fox",
    "fruit": "apple pear cherry mango banana plum grape fig",
    "colours": "red green blue violet amber teal white black",
    "cities": "Paris Tokyo Lima Cairo Oslo Quito Delhi Rome",
}
SENTENCES = (
    "The cat sleeps on the warm window sill.",
    "A kitten naps in the afternoon sun.",
    "My dog barks at the postman every morning.",
    "The stock market fell three percent today.",
    "Investors fear that interest rates will rise.",
    "The central bank kept its rate unchanged.",
    "She baked bread with rye and caraway.",
    "This soup needs more salt and a bay leaf.",
    "He learned to cook from his grandmother.",
    "The telescope saw a galaxy twelve billion years old.",
    "Water ice was found at the Moon's south pole.",
    "The probe will reach Jupiter in four years.",
    "Our team lost the final in extra time.",
    "She broke the national record by two seconds.",
    "The match was postponed because of heavy rain.",
    "Der Zug nach Hamburg hat Verspätung.",
    "Le chat dort sur le rebord de la fenêtre.",
    "猫は窓辺で眠っている。",
    "القطة نائمة على حافة النافذة.",
    "החתול ישן על אדן החלון.",
)


def cluster_vectors(sizes: list[int], *, dim: int = 24, spread: float = 0.55, seed: int = 0) -> np.ndarray:
    """Vectors around one random centre per group, of unit length."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), dim))
    vectors = np.concatenate(
        [centre + spread * rng.normal(size=(size, dim)) for centre, size in zip(centres, sizes, strict=True)]
    )
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def pca(vectors: np.ndarray, dim: int) -> np.ndarray:
    centred = vectors - vectors.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return (u[:, :dim] * s[:dim]).astype(np.float32)


def spread_out(vectors: np.ndarray, dim: int, *, steps: int = 60) -> np.ndarray:
    """A second picture of the same vectors: PCA whose points pull their neighbours near and push the rest away."""
    points = pca(vectors, dim).astype(np.float64)
    points /= points.std()
    nearest = neighbors_of(vectors, min(6, len(vectors) - 1))[0]
    for _ in range(steps):
        pull = points[nearest].mean(1) - points
        gaps = points[:, None, :] - points[None, :, :]
        push = (gaps / (1 + (gaps**2).sum(-1, keepdims=True)) ** 2).mean(1)
        points += 0.1 * pull + 1.5 * push
    return points.astype(np.float32)


def neighbors_of(vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    rows = np.argsort(-similarity, axis=1, kind="stable")[:, :k].astype(np.int32)
    return rows, (1 - np.take_along_axis(similarity, rows, 1)).astype(np.float32)


def quality_of(vectors: np.ndarray, points: np.ndarray, *, is_pca: bool) -> Quality:
    """Recall and lost neighbours by counting; the other scores are set near it, for what is tested is their display."""
    k = min(10, len(vectors) - 1)
    true = neighbors_of(vectors, k)[0]
    gaps = ((points[:, None, :] - points[None, :, :]) ** 2).sum(-1)
    np.fill_diagonal(gaps, np.inf)
    drawn = np.argsort(gaps, axis=1)[:, :k]
    kept = np.array([len(set(a) & set(b)) for a, b in zip(true.tolist(), drawn.tolist(), strict=True)]) / k
    recall = float(kept.mean())
    chance = k / (len(vectors) - 1)
    scores = Scores(recall, min(1.0, recall + 0.1), 0.5 + recall / 2, 0.5 + recall / 2, 0.72, 0.55)
    by_chance = Scores(chance, min(1.0, 2 * chance), 0.5, 0.5, 0.5, 0.0)
    pca_scores = None if is_pca else Scores(0.8 * recall, 0.8, 0.5 + 0.4 * recall, 0.6, 0.78, 0.66)
    lost = (1 - kept).astype(np.float32)
    rng = np.random.default_rng(0)
    far = np.linspace(0.2, 1.4, 200)
    errors = Scores(0.02, 0.01, 0.01, 0.01, 0.02, 0.03)
    told = LabelQuality(
        "category",
        LabelScores(0.9, 0.8, 0.3),
        LabelScores(0.75, 0.7, 0.4),
        LabelScores(0.25, 0.2, -0.1),
        None if is_pca else LabelScores(0.6, 0.5, 0.1),
        LabelScores(0.04, 0.03, 0.02),
        k,
        4,
        len(vectors),
        len(vectors),
    )
    return Quality(
        scores,
        by_chance,
        pca_scores,
        k,
        len(vectors),
        len(vectors),
        lost,
        lost,
        errors,
        shepard=np.c_[far, far + rng.normal(scale=0.2, size=200)].astype(np.float32),
        labels=told,
        stability=None if is_pca else Stability(0.6, 0.1, (0.5, 0.7), k, 1 - lost),
    )


def projections_of(vectors: np.ndarray, dim: int = 2) -> tuple[Projection, ...]:
    spread, flat = spread_out(vectors, dim), pca(vectors, dim)
    axes = tuple(f"PC{i + 1}" for i in range(dim))
    return (
        Projection(spread, "tsne", {"perplexity": 10.0}, quality=quality_of(vectors, spread, is_pca=False)),
        Projection(flat, "pca", {}, axes=axes, quality=quality_of(vectors, flat, is_pca=True)),
    )


def words() -> Scene:
    """32 words of four categories, with numbers, dates, neighbours and every kind of overlay."""
    texts = [word for group in WORDS.values() for word in group.split()]
    codes = np.repeat(np.arange(4, dtype=np.int32), 8)
    vectors = cluster_vectors([8] * 4)
    projections = projections_of(vectors)
    rows, distances = neighbors_of(vectors, 8)
    days = np.datetime64("2020-01-01") + np.arange(32) * 40
    at = [projection.points for projection in projections]
    return Scene(
        title="Thirty-two words",
        texts=texts,
        kind="words",
        projections=projections,
        columns=(
            CategoryColumn("category", codes, tuple(WORDS)),
            NumberColumn("length", np.array([len(text) for text in texts], np.float64)),
            DateColumn("first seen", days.astype("datetime64[ms]").astype(np.int64)),
            TextColumn("note", [f"note on {text}" if i % 3 else "" for i, text in enumerate(texts)]),
        ),
        color="category",
        neighbors=rows,
        distances=distances,
        labels=tuple(Label(name, 0, np.flatnonzero(codes == code).astype(np.int32)) for code, name in enumerate(WORDS)),
        paths=(ScenePath("cat → apple", tuple(np.linspace(p[0], p[8], 6, dtype=np.float32) for p in at), ("",) * 6),),
        arrows=(Arrow("cat to dog", tuple(p[0] for p in at), tuple(p[1] for p in at)),),
        pins=(Pin("wolf", tuple(p[:8].mean(0) for p in at)),),
        pairs=(Pairs("the same letter", np.array([[0, 26], [8, 20]], np.int32)),),
        remarks=("Two rows had no text and are set aside.",),
        about={"model": "made for tests", "rows": "32", "version": "0"},
    )


def sentences() -> Scene:
    """Twenty sentences in several scripts, no metadata but the language."""
    vectors = cluster_vectors([3, 3, 3, 3, 3, 5], seed=3)
    languages = ["en"] * 15 + ["de", "fr", "ja", "ar", "he"]
    values = tuple(sorted(set(languages), key=lambda value: (-languages.count(value), value)))
    rows, distances = neighbors_of(vectors, 5)
    codes = np.array([values.index(language) for language in languages], np.int32)
    return Scene(
        title="Twenty sentences",
        texts=list(SENTENCES),
        kind="sentences",
        projections=projections_of(vectors),
        columns=(CategoryColumn("language", codes, values),),
        color="language",
        neighbors=rows,
        distances=distances,
    )


def categories() -> Scene:
    """25 categories of 25 words, in three dimensions."""
    vectors = cluster_vectors([25] * 25, seed=5, spread=0.4)
    rows, distances = neighbors_of(vectors, 15)
    codes = np.repeat(np.arange(25, dtype=np.int32), 25)
    names = tuple(f"topic {chr(65 + i)}" for i in range(25))
    flat = projections_of(vectors)
    return Scene(
        title="Twenty-five categories in three dimensions",
        texts=[f"{names[code]} word {i % 25 + 1}" for i, code in enumerate(codes)],
        kind="words",
        projections=(*projections_of(vectors, 3), flat[0]),
        columns=(CategoryColumn("topic", codes, names),),
        color="topic",
        neighbors=rows,
        distances=distances,
        labels=tuple(Label(name, 0, np.flatnonzero(codes == i).astype(np.int32)) for i, name in enumerate(names)),
    )


def many_categories(n: int = 10_000, size: int = 2500) -> Scene:
    """2 500 categories, the largest first."""
    rng = np.random.default_rng(1)
    codes = np.sort((size * rng.random(n) ** 2).astype(np.int32))
    points = rng.normal(size=(size, 2))[codes] * 3 + rng.normal(size=(n, 2)) * 0.2
    return Scene(
        title="Many categories",
        texts=[f"text {i} of group {code}" for i, code in enumerate(codes)],
        kind="documents",
        projections=(Projection(points.astype(np.float32), "given"),),
        columns=(CategoryColumn("group", codes, tuple(f"group {i}" for i in range(size))),),
        color="group",
    )


def arxiv() -> Scene:
    """117 592 titles of arXiv papers with five layers of labels."""
    folder = data_folder() / "viz" / "datamapplot"
    with np.load(folder / "arxiv_ml_data_map.npz") as archive:
        points = archive[archive.files[0]].astype(np.float32)
    layers = [_lines(folder / f"arxiv_ml_layer{i}_cluster_labels.txt.gz") for i in range(5)]
    labels: list[Label] = []
    for level, names in enumerate(reversed(layers)):
        array = np.array(names)
        labels.extend(
            Label(str(name), level, np.flatnonzero(array == name).astype(np.int32))
            for name in dict.fromkeys(names)
            if name not in ("Unlabelled", "")
        )
    top = layers[-1]
    values = tuple(sorted(set(top) - {"Unlabelled"}, key=lambda value: (-top.count(value), value)))
    index = {value: i for i, value in enumerate(values)} | {"Unlabelled": -1}
    return Scene(
        title="Machine learning on arXiv",
        texts=_lines(folder / "arxiv_ml_hover_data.txt.gz"),
        kind="documents",
        projections=(Projection(points, "umap", notes=("Made by others: their coordinates as they came.",)),),
        columns=(CategoryColumn("field", np.array([index[value] for value in top], np.int32), values),),
        color="field",
        labels=tuple(labels),
    )


def titles(n: int = 1_000_000) -> Scene:
    """Titles of Reddit posts on a random walk through their forums: for size, not for meaning."""
    table = pq.read_table(data_folder() / "reddit" / "reddit_titles.parquet").slice(0, n)
    names = table.column("subreddit").to_pylist()
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    values = tuple(sorted(counts, key=lambda value: (-counts[value], value)))
    index = {value: i for i, value in enumerate(values)}
    codes = np.array([index[name] for name in names], np.int32)
    rng = np.random.default_rng(0)
    points = np.cumsum(rng.normal(size=(len(values), 2)), 0)[codes] + rng.normal(size=(len(codes), 2))
    created = np.array(table.column("created_utc").to_pylist(), np.int64) * 1000
    return Scene(
        title="A million titles",
        texts=[title or "" for title in table.column("title").to_pylist()],
        kind="documents",
        projections=(Projection(points.astype(np.float32), "given"),),
        columns=(
            CategoryColumn("subreddit", codes, values),
            NumberColumn("score", np.array(table.column("score").to_pylist(), np.float64)),
            DateColumn("created", created),
        ),
        color="subreddit",
    )


def data_folder() -> Path:
    return Path(os.environ.get("ASTERISM_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n") for line in file]


if __name__ == "__main__":
    from asterism.view.html import save_html

    makers = {"words": words, "sentences": sentences, "categories": categories, "many": many_categories, "arxiv": arxiv}
    name, out = sys.argv[1], Path(sys.argv[2])
    save_html(titles(int(sys.argv[3])) if name == "titles" else makers[name](), out)
