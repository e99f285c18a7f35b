"""Writes a transformer in the ONNX format, in float32 or with weights of 8 bits, and measures what that costs."""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._deps import require
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism.embed import _torch
from asterism.embed._hub import module_kinds, transformer_folder
from asterism.embed.fidelity import fidelity_path, measure_fidelity, write_fidelity
from asterism.embed.onnx import MODULES, UNPADDED, load_onnx, open_session
from asterism.embed.options import EmbedOptions
from asterism.embed.rounding import round_products
from asterism.embed.smoothing import smooth
from asterism.embed.tokens import FastSplitter, tokenize
from asterism.embed.transformers import TransformerEngine, load_transformers
from asterism.errors import EmbedError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asterism._progress import Reporter
    from asterism.embed.fidelity import Fidelity

# Settings that the folder needs beside the weights, where the model has them.
_SETTINGS = (
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "modules.json",
    "config_sentence_transformers.json",
)
_OPSET = 17
# Texts that show how large activations get: so many as they are, and as many longer ones made of several.
_SHOWN = 32
_LONGER = 2000  # characters at most
_POOLING_KEYS = {
    "cls": "pooling_mode_cls_token",
    "mean": "pooling_mode_mean_tokens",
    "max": "pooling_mode_max_tokens",
    "weighted-mean": "pooling_mode_weightedmean_tokens",
    "last": "pooling_mode_lasttoken",
}


def export_onnx(
    model: str,
    folder: Path,
    texts: Sequence[str],
    *,
    told: str,
    int8: bool = False,
    options: EmbedOptions | None = None,
    report: Reporter = SILENT,
) -> tuple[Path, Fidelity]:
    """Write a model in the ONNX format.

    Args:
        model: A folder with safetensors, or an id of the Hugging Face hub; a transformer, alone or with pooling and
            normalisation.
        folder: To write; `onnx/model.onnx`, or `onnx/model_int8.onnx`, and the settings of the model. What lies there
            under other names stays.
        texts: n texts, at least 16, on which the written model is compared with the original in float32. For `int8`,
            some of them show how large activations get, too.
        told: Which texts these are, in words.
        int8: Round weights to 8 bits, each output channel with a scale of its own, and activations by scales that
            these texts show. Token embeddings are rounded, too: a quarter of the size. Such a file is for ONNX Runtime
            alone, and for batches without padding.
        options: `max_length`, `trust_remote_code`, `allow_pickle`.
        report: Hears of the stages.

    Returns:
        The file of the weights, and how near its vectors come; kept beside the weights as `….fidelity.json`.

    Raises:
        ModelNotFound: There is no such model.
        InputError: Fewer than 16 texts.
        EmbedError: The model has modules that are not run by ONNX Runtime here, or cannot be exported.
        MissingDependency: torch, transformers, onnx or onnxruntime is not installed.
    """
    options = options or EmbedOptions()
    if len(set(texts)) < 16:
        raise InputError(f"There are {len(set(texts))} different texts to compare on; expected at least 16.")
    source = transformer_folder(model, allow_pickle=options.allow_pickle, trust_remote_code=options.trust_remote_code)
    unknown = [kind for kind in module_kinds(source) if kind not in MODULES]
    if unknown:
        raise EmbedError(f"'{model}' has a module {unknown[0]}, which cannot be exported; run it with torch.")
    require("onnx", extra="onnx", why="to export a model")
    original = load_transformers(model, replace(options, device="cpu", dtype="float32"), attention="eager")
    report.start("export", 1)
    with TemporaryDirectory() as scratch:
        plain = Path(scratch) / "model.onnx"
        _trace(original.engine, plain, pads=not int8)
        weights = weights_path(folder, int8=int8)
        weights.parent.mkdir(parents=True, exist_ok=True)
        fidelity_path(weights).unlink(missing_ok=True)  # that of another export
        ready = _quantized(plain, Path(scratch), original.engine, sorted(set(texts))) if int8 else plain
        _save_settings(source, folder, original.engine)
        for part in Path(scratch).glob(f"{ready.name}*"):
            shutil.move(part, weights.parent / part.name.replace(ready.name, weights.name))
    report.done()
    written = load_onnx(str(weights), EmbedOptions(dtype="int8" if int8 else None))
    compared = sorted(set(texts))
    report.start("compare", 2 * len(compared), unit="texts")
    fidelity = measure_fidelity(
        written.encode(compared, report=report), original.encode(compared, report=report), texts=told
    )
    report.done()
    write_fidelity(weights, fidelity)
    return weights, fidelity


def weights_path(folder: Path, *, int8: bool) -> Path:
    """Where the weights of an exported model lie."""
    return folder / "onnx" / ("model_int8.onnx" if int8 else "model.onnx")


def _trace(engine: TransformerEngine, path: Path, *, pads: bool = True) -> None:
    """Write the hidden states of a transformer as a graph of ONNX operators, for batches of any shape."""
    torch = _torch.require_torch("to export a model")
    ids = torch.tensor([[5, 6, 7, 8], [5, 9, engine.pad, engine.pad] if pads else [5, 9, 8, 7]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0] if pads else [1, 1, 1, 1]])
    names = {"input_ids": ids, "attention_mask": mask}
    axes = {name: {0: "batch", 1: "tokens"} for name in (*names, "last_hidden_state")}
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # of tracing: shapes that stay as they are, and its coming successor
            torch.onnx.export(
                engine.traceable(pads=pads),
                tuple(names.values()),
                str(path),
                input_names=list(names),
                output_names=["last_hidden_state"],
                dynamic_axes=axes,
                opset_version=_OPSET,
                dynamo=False,
            )
    except (RuntimeError, ValueError, TypeError) as exc:
        reason = (str(exc).strip().splitlines() or [type(exc).__name__])[0].rstrip(". ")
        raise EmbedError(f"This kind of model cannot be exported: {reason}. Run it with torch.") from exc


def _quantized(plain: Path, scratch: Path, engine: TransformerEngine, texts: Sequence[str]) -> Path:
    """Round matrix products and token embeddings to 8 bits, activations evened out before."""
    onnx = require("onnx", extra="onnx", why="to round a model to 8 bits")
    quantization = require("onnxruntime.quantization", extra="onnx", why="to round a model to 8 bits")
    tokens = tokenize(shown_texts(texts), engine.splitter)
    batches = [tokens.padded(np.array([i]), engine.pad) for i in range(len(tokens.lengths))]
    even, products, path = (scratch / f"{name}.onnx" for name in ("even", "products", "rounded"))
    smooth(plain, even, batches, _opened)
    round_products(even, products, batches, _opened)
    silenced = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it advises what its own command line would do
    try:
        quantization.quantize_dynamic(products, path, op_types_to_quantize=["Gather"])
    finally:
        logging.disable(silenced)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, UNPADDED)
    onnx.save(model, path)
    return path


def shown_texts(texts: Sequence[str]) -> list[str]:
    """Texts that show how large activations get.

    Args:
        texts: At least one.

    Returns:
        Some as they are, and longer ones joined of all of them: what was fixed on short texts alone cuts off much of
        long ones.
    """
    joined = [" ".join(texts[i::_SHOWN])[:_LONGER] for i in range(min(_SHOWN, len(texts)))]
    return [*texts[:: -(-len(texts) // _SHOWN)], *joined]


def _opened(path: Path) -> Any:  # noqa: ANN401 - a function of names and a batch
    session = open_session(path, thread_count(None))
    return lambda names, batch: session.run(names, {"input_ids": batch.ids, "attention_mask": batch.mask})


def _save_settings(source: Path, folder: Path, engine: TransformerEngine) -> None:
    for name in _SETTINGS:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    tokenizer = FastSplitter(engine.fast_splitter("to export it").tokenizer, None).tokenizer
    tokenizer.save(str(folder / "tokenizer.json"))
    pooling: dict[str, Any] = {"word_embedding_dimension": engine.width}
    pooling |= {key: engine.pooling == name for name, key in _POOLING_KEYS.items()}
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=2) + "\n", "utf-8")
    length = {"max_seq_length": engine.max_length, "do_lower_case": False}
    (folder / "sentence_bert_config.json").write_text(json.dumps(length, indent=2) + "\n", "utf-8")
