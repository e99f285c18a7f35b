"""The peers of bench/layout.py, each run in their own environment: a job by name, answered by one line of JSON.

Started by bench/layout.py; needs openTSNE, umap-learn, pynndescent, faiss-cpu and numpy.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

warnings.filterwarnings("ignore")


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """The answer, and the seconds that it took, by the wall and of processors."""
    began, used = time.perf_counter(), time.process_time()
    answer = work()
    return answer, {"wall": time.perf_counter() - began, "cpu": time.process_time() - used}


def tsne_alone(job: dict[str, Any]) -> dict[str, Any]:
    """750 iterations on given affinities from a given start."""
    import openTSNE
    import scipy.sparse as sp

    given = np.load(job["given"])
    n = len(given["start"])
    affinities = openTSNE.affinity.Affinities()
    affinities.P = sp.csr_matrix((given["weight"].astype(np.float64), given["index"], given["rows"]), shape=(n, n))
    peer = openTSNE.TSNE(n_jobs=job["threads"], negative_gradient_method="fft", random_state=job["seed"])
    points, spent = timed(lambda: peer.fit(affinities=affinities, initialization=given["start"].astype(np.float64)))
    np.save(job["out"], np.asarray(points, np.float32))
    return spent


def tsne_whole(job: dict[str, Any]) -> dict[str, Any]:
    """Vectors to points with openTSNE's defaults, by cosine."""
    import openTSNE

    vectors = np.load(job["vectors"])
    peer = openTSNE.TSNE(n_jobs=job["threads"], metric="cosine", random_state=0)
    points, spent = timed(lambda: peer.fit(vectors))
    np.save(job["out"], np.asarray(points, np.float32))
    return spent


def umap_whole(job: dict[str, Any]) -> dict[str, Any]:
    """Vectors to points with umap-learn's defaults but metric and start, unseeded: a seed would make it serial."""
    import umap

    vectors = np.load(job["vectors"])
    options = {"n_jobs": job["threads"], "metric": job["metric"], "init": job["init"]}
    _, warm = timed(lambda: umap.UMAP(**options).fit(vectors[:5000]))
    points, spent = timed(lambda: umap.UMAP(**options).fit_transform(vectors))
    np.save(job["out"], np.asarray(points, np.float32))
    return spent | {"warm": warm["wall"]}


def descent(job: dict[str, Any]) -> dict[str, Any]:
    """Neighbours by pynndescent, compiled and warmed up before."""
    import pynndescent

    def run(rows: np.ndarray) -> np.ndarray:
        options = {"metric": "cosine", "n_neighbors": job["k"], "random_state": 0, "n_jobs": job["threads"]}
        return pynndescent.NNDescent(rows, **options).neighbor_graph[0]

    vectors = np.load(job["vectors"])
    _, warm = timed(lambda: run(vectors[:5000]))
    found, spent = timed(lambda: run(vectors))
    np.save(job["out"], found)
    return spent | {"warm": warm["wall"]}


def faiss_exact(job: dict[str, Any]) -> dict[str, Any]:
    """Neighbours by faiss, exactly."""
    import faiss

    faiss.omp_set_num_threads(job["threads"])
    vectors = np.load(job["vectors"])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def run() -> np.ndarray:
        index = faiss.IndexFlatIP(unit.shape[1])
        index.add(unit)
        return index.search(unit, job["k"] + 1)[1]

    found, spent = timed(run)
    np.save(job["out"], found)
    return spent


JOBS = {job.__name__: job for job in (tsne_alone, tsne_whole, umap_whole, descent, faiss_exact)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](json.loads(sys.argv[2]))))
