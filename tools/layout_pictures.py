"""Make the pictures of docs/methods and docs/reading-maps.md, small enough to be kept with the sources.

    python tools/layout_pictures.py [NAME…]

Word lists come with Asterism; titles of arXiv papers and the mammoth are looked for in ASTERISM_DATA (docs/data.md).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

import asterism
from asterism.project.choices import Choice
from asterism.view.figure import draw_sheet, save_drawn

DATA = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
IMAGES = Path(__file__).parent.parent / "docs" / "images"
LARGEST = 150_000  # bytes
WIDTH = 190.0  # mm


def words() -> asterism.Space:
    """625 words in 25 categories; too many to be told apart by colour, so eight of them."""
    space = asterism.embed(asterism.demo("categories"))
    column = next(name for name in space.table.column_names if name != "word")
    kept = ("birds", "body", "cities", "colours", "emotions", "family", "instruments", "science")
    return space.select(np.isin(np.array(space.table[column].to_pylist()), kept))


def papers(n: int = 4000) -> asterism.Space:
    """Titles of arXiv papers in four fields."""
    texts, fields = [], []
    for path in sorted((DATA / "arxiv").glob("*.tsv.xz")):
        titles = asterism.read(path, text="title").texts
        texts += titles
        fields += [path.name.split(".tsv")[0]] * len(titles)
    chosen = list(dict.fromkeys(fields))[:: max(1, len(set(fields)) // 5)][:5]
    rows = np.flatnonzero(np.isin(np.array(fields), chosen))
    rows = np.random.default_rng(0).choice(rows, n, replace=False)
    return asterism.embed([texts[row] for row in rows], labels=[fields[row] for row in rows])


def mammoth() -> asterism.Space:
    """10 000 points on the skeleton of a mammoth, coloured along its length."""
    points = np.array(json.loads((DATA / "viz" / "understanding_umap" / "mammoth_3d.json").read_text()))
    along = points[:, int(points.std(axis=0).argmax())]
    return asterism.Space.from_vectors(
        points, [f"point {i}" for i in range(len(points))], labels=along.tolist(), metric="euclidean"
    )


def tsne(name: str, **params: object) -> Choice:
    """A panel by t-SNE."""
    return Choice(name, "tsne", params)


def umap(name: str, **params: object) -> Choice:
    """A panel by UMAP."""
    return Choice(name, "umap", params)


PCA = Choice("PCA", "pca")
PERPLEXITY = [tsne(f"perplexity {p}", perplexity=p) for p in (2, 5, 15, 50)]
SHEETS = {
    "perplexity": (words, "200 words: perplexity", [*PERPLEXITY]),
    "exaggeration": (
        papers,
        "4 000 titles: exaggeration",
        [tsne(f"ρ = {rho}", exaggeration=rho) for rho in (1, 2, 4, 30)],
    ),
    "umap-neighbors": (
        papers,
        "4 000 titles: n_neighbors of UMAP",
        [umap(f"n_neighbors {k}", n_neighbors=k) for k in (3, 5, 15, 100)],
    ),
    "umap-min-dist": (
        papers,
        "4 000 titles: min_dist of UMAP",
        [umap(f"min_dist {d:g}", min_dist=d) for d in (0.0, 0.1, 0.4, 0.9)],
    ),
    "methods": (papers, "4 000 titles: the methods", [PCA, Choice("random", "random"), tsne("t-SNE"), umap("UMAP")]),
    "mammoth": (
        mammoth,
        "A mammoth, from three dimensions to two",
        [
            PCA,
            tsne("t-SNE, perplexity 30", perplexity=30),
            tsne("t-SNE, perplexity 300", perplexity=300),
            umap("UMAP, 15 neighbours"),
        ],
    ),
    "mammoth-pulled": (
        mammoth,
        "The mammoth, drawn together more and more",
        [tsne(f"ρ = {rho}", perplexity=100, exaggeration=rho) for rho in (1, 4, 12, 30)],
    ),
}


def make(name: str) -> None:
    """Draw one sheet into docs/images, as finely as its size allows."""
    source, title, choices = SHEETS[name]
    sheet = source().compare_projections(choices, title=title, clusters=False, cache=False)
    path = IMAGES / f"{name}.png"
    for dpi in (120, 100, 85, 70):
        save_drawn(draw_sheet(sheet.scene, width=WIDTH, columns=4, dpi=dpi), path)
        if path.stat().st_size <= LARGEST:
            break
    print(f"{path}: {path.stat().st_size} bytes at {dpi} dpi")
    for each in sheet.projections:
        told = each.quality
        print(f"  {each.name}: recall@10 {told.recall:.2f}, trust {told.trustworthiness:.2f}, rho {told.spearman:.2f}")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SHEETS:
        make(wanted)
