"""Make the built-in model from nothing and measure it: the one command.

    python training/train.py [--out src/asterism/builtin]

Everything slow is kept in `training/.work` (ASTERISM_TRAINING_WORK) and picked up by the next run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
import distil
import evaluate
import numpy as np
import pack
import teacher
import vocabulary
from fit import Options, bags, fit
from settings import ALONE, DIM, MARK_LOUDNESS, N_ADDED_WORDS, ROOT, SHARD, WORK

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
    tokens = vocabulary.tokens()
    tokenizer = vocabulary.tokenizer(tokens)
    vectors = pack.to_int8(pack.rotate(_trained(tokens, tokenizer), DIM))
    pack.write(options.out, vectors, tokenizer)
    _say(f"wrote {len(tokens):,} tokens x {DIM} to {options.out}")
    report = {
        "teacher": _kept("teacher", lambda: _remembered(teacher.Teacher().encode)),
        "plain": _kept("plain", _plain),
        "ours": measure(encoder(vectors, tokenizer)),
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(table(report))


def encoder(vectors: NDArray[np.number], tokenizer: Tokenizer) -> evaluate.Encode:
    """The mean of token vectors, in plain NumPy: what the report measures."""
    weights = vectors.astype(np.float32)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        out = np.zeros((len(texts), weights.shape[1]), np.float32)
        for i, encoding in enumerate(tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)):
            ids = [token for token in encoding.ids if token != 1]
            out[i] = weights[ids].sum(0)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    return encode


def table(report: dict[str, dict[str, float]]) -> str:
    """The report as Markdown."""
    lines = ["| measured on data not trained on | teacher | plain distillation | ours |", "|---|---|---|---|"]
    for measure in report["teacher"]:
        values = " | ".join(f"{report[model][measure]:.3f}" for model in ("teacher", "plain", "ours"))
        lines.append(f"| {measure} | {values} |")
    return "\n".join(lines)


def _trained(tokens: list[str], tokenizer: Tokenizer) -> NDArray[np.float32]:
    path = WORK / f"fitted-{len(tokens)}.npy"
    begin = distil.token_vectors(tokens)
    if not path.exists():
        texts = corpus.load()["text"].to_pylist()
        _say(f"{len(texts):,} texts, {len(tokens):,} tokens, {N_ADDED_WORDS:,} of them added words")
        teacher.read(texts, len(texts) // SHARD)
        targets = np.concatenate([np.load(WORK / "teacher" / f"{i:04d}.npy") for i in range(len(texts) // SHARD)])
        given = bags(tokenizer, texts, unknown=1)
        counts = np.bincount(given.ids, minlength=len(tokens))
        np.save(path, fit(given, targets, distil.start(begin, counts), Options()))
    return voiced(np.load(path), begin - begin.mean(0), tokens)


def voiced(vectors: NDArray[np.float32], begin: NDArray[np.float32], tokens: list[str]) -> NDArray[np.float32]:
    """Turn each token a little back to what it says alone, and hush punctuation.

    Training bends words towards the company they keep; single words are then placed worse. Punctuation keeps so small
    a voice that it is heard only where there is nothing else.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    alone = begin / np.maximum(np.linalg.norm(begin, axis=1, keepdims=True), 1e-9)
    turned = vectors + ALONE * lengths * alone
    marks = np.array([not any(c.isalnum() for c in token) for token in tokens])
    turned[marks] *= MARK_LOUDNESS * np.median(lengths) / np.maximum(lengths[marks], 1e-9)
    return turned.astype(np.float32)


def _plain() -> evaluate.Encode:
    tokens = vocabulary.tokens(0)
    return encoder(distil.plain(distil.token_vectors(tokens)), vocabulary.tokenizer(tokens))


def measure(encode: evaluate.Encode) -> dict[str, float]:
    """Every number of the report."""
    return evaluate.quick(encode) | evaluate.slow(encode) | evaluate.on_the_map(encode)


def _kept(name: str, make: Callable[[], evaluate.Encode]) -> dict[str, float]:
    """The numbers of a model that no training changes: measured once."""
    path = WORK / f"measured-{name}.json"
    if not path.exists():
        path.write_text(json.dumps(measure(make()), indent=2), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def _remembered(encode: evaluate.Encode) -> evaluate.Encode:
    """Embed each list of texts once: the teacher is slow, and some lists are measured twice."""
    known: dict[tuple[str, ...], NDArray[np.float32]] = {}

    def remembered(texts: Sequence[str]) -> NDArray[np.float32]:
        key = tuple(texts)
        if key not in known:
            known[key] = encode(texts)
        return known[key]

    return remembered


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
