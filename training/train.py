"""Make the built-in model from nothing and measure it: the one command.

    python training/train.py [--out src/asterism/builtin]

Everything slow is kept in `training/.work` (ASTERISM_TRAINING_WORK) and picked up by the next run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import distil
import evaluate
import fit
import learn
import numpy as np
import pack
import pairs
import teacher
import vocabulary
from settings import LOUDEST, ROOT, WORK, key, key_of, source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

REPORT = Path(__file__).parent / "report.json"


def main() -> None:
    """Train, write the folder, measure teacher, plain distillation and result, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "src" / "asterism" / "builtin")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    tokens = vocabulary.tokens()
    tokenizer = vocabulary.tokenizer(tokens)
    learnt = learn.learn(tokens, tokenizer)
    pack.write(options.out, learnt, tokenizer)
    _say(f"wrote {len(tokens):,} tokens, {len(learnt.pairs):,} pairs, {len(learnt.alone):,} words to {options.out}")
    report = {
        "teacher": _kept("teacher", tokens, lambda: _remembered(teacher.Teacher().encode)),
        "plain": _kept("plain", tokens, _plain),
        "ours": measure(shipped(options.out, tokenizer), tokens),
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(table(report))


def encoder(vectors: NDArray[np.number], tokenizer: Tokenizer) -> evaluate.Encode:
    """The mean of token vectors, in plain NumPy."""
    weights = vectors.astype(np.float32)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        out = np.zeros((len(texts), weights.shape[1]), np.float32)
        for i, encoding in enumerate(tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)):
            ids = [token for token in encoding.ids if token != 1]
            out[i] = weights[ids].sum(0)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    return encode


def shipped(folder: Path, tokenizer: Tokenizer) -> evaluate.Encode:
    """The model of a folder in plain NumPy, from the files alone: what the report measures."""
    rows, codes, alone = pack.read(folder)
    v = len(rows) - len(codes) - len(alone)
    row_of = dict(zip(alone.tolist(), range(v + len(codes), len(rows)), strict=True))

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        given = fit.bags(tokenizer, list(texts), unknown=1)
        seen = pairs.beside(given, codes, v)
        louds = (seen.loudness(v, LOUDEST) * repeats(given, seen))[:, None]
        out = np.zeros((len(texts), rows.shape[1]), np.float32)
        for i, (a, b) in enumerate(itertools.pairwise(seen.offsets.tolist())):
            ids = seen.ids[a:b]
            is_alone = (ids < v).sum() == 1 and int(ids[0]) in row_of
            out[i] = rows[row_of[int(ids[0])]] if is_alone else (rows[ids] * louds[a:b]).sum(0)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    return encode


def repeats(texts: fit.Bags, distinct: fit.Bags) -> NDArray[np.float32]:
    """For each id of the same texts' distinct ids: the root of how often it is said, in sixteenths; 1 for pairs."""
    span = 1 + max(texts.ids.max(initial=0), distinct.ids.max(initial=0))
    said, wanted = (bags.owners * span + bags.ids for bags in (texts, distinct))
    said, counts = np.unique(said, return_counts=True)
    times = np.ones(len(wanted))
    times[np.searchsorted(wanted, said)] = counts
    return (np.rint(16 * np.sqrt(times)) / 16).astype(np.float32)


def table(report: dict[str, dict[str, float]]) -> str:
    """The report as Markdown."""
    lines = ["| measured on data not trained on | teacher | plain distillation | ours |", "|---|---|---|---|"]
    for measure in report["teacher"]:
        values = " | ".join(f"{report[model][measure]:.3f}" for model in ("teacher", "plain", "ours"))
        lines.append(f"| {measure} | {values} |")
    return "\n".join(lines)


def _plain() -> evaluate.Encode:
    tokens = vocabulary.tokens(0)
    return encoder(distil.plain(distil.token_vectors(tokens)), vocabulary.tokenizer(tokens))


def measure(encode: evaluate.Encode, tokens: list[str]) -> dict[str, float]:
    """Every number of the report; the analogies over the whole words among the tokens."""
    words = [token for token in tokens if token.isalpha()]
    first = evaluate.quick(encode) | evaluate.analogies(encode, words)
    return first | evaluate.slow(encode) | evaluate.on_the_map(encode)


def _kept(name: str, tokens: list[str], make: Callable[[], evaluate.Encode]) -> dict[str, float]:
    """The numbers of a model that no training changes: measured once, and again when the measures change."""
    path = WORK / f"measured-{name}-{key(key_of(tokens), source('evaluate', 'distil', 'teacher'))}.json"
    if not path.exists():
        path.write_text(json.dumps(measure(make(), tokens), indent=2), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def _remembered(encode: evaluate.Encode) -> evaluate.Encode:
    """Embed each list of texts once: the teacher is slow, and some lists are measured twice."""
    known: dict[tuple[str, ...], NDArray[np.float32]] = {}

    def remembered(texts: Sequence[str]) -> NDArray[np.float32]:
        given = tuple(texts)
        if given not in known:
            known[given] = encode(texts)
        return known[given]

    return remembered


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
