"""Transformers in the ONNX format, run by ONNX Runtime: twice as fast on a CPU, and neither torch nor transformers."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._deps import require
from asterism._threads import thread_count
from asterism.embed._hub import fetch, files_digest, module_kinds, read_json
from asterism.embed.fidelity import read_fidelity
from asterism.embed.local import LocalModel, Plan
from asterism.embed.pooling import POOLINGS, pool, trained_pooling
from asterism.embed.tokens import FastSplitter, tokenize
from asterism.embed.transformers import ENDLESS, named_prompt
from asterism.errors import EmbedError, InputError, ModelNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from asterism.embed.options import EmbedOptions
    from asterism.embed.tokens import Batch, Splitter

_HONOURED = ("pooling", "prompt", "max_length", "dtype", "dimensions", "engine", "special_tokens")
_FILES = ("*.json", "*.txt", "onnx/*", "model*.onnx*")
_BUDGETS = (512, 2048)
# Modules of sentence-transformers that are run here.
MODULES = {"Transformer", "Pooling", "Normalize", "Dropout"}
# What a file says whose states are not finite where a batch has padding.
UNPADDED = {"asterism.padding": "none"}


def load_onnx(model: str, options: EmbedOptions) -> LocalModel[OnnxEngine]:
    """Load a transformer in the ONNX format.

    Args:
        model: A folder with `onnx/model.onnx` (or `model*.onnx` beside the tokenizer), such a file, or an id of the
            Hugging Face hub. `asterism export-onnx` makes one.
        options: With the dtype "int8" the file `model_int8.onnx`, or another one whose name says so, is taken.

    Returns:
        The model; its weights are read when the first text is embedded.

    Raises:
        ModelNotFound: There is no such model in the ONNX format.
        EmbedError: The model lacks its tokenizer, or has modules that are not run here, or is so far from its
            original that it is not taken unasked.
        InputError: An option that these models cannot honour.
        MissingDependency: onnxruntime is not installed.
    """
    options.refuse_others(_HONOURED, model=model)
    if options.pooling not in (None, *POOLINGS):
        raise InputError(f"pooling is '{options.pooling}'; expected one of {', '.join(POOLINGS)}.")
    folder, weights = _files(model, options.dtype)
    _refuse_unfaithful(weights, options.dtype)
    unknown = sorted(set(module_kinds(folder)) - MODULES)
    if unknown:
        raise EmbedError(f"'{model}' has a module {unknown[0]}, which is not run here. Load it with --engine torch.")
    settings = (
        "onnx",
        options.pooling or "auto",
        options.prompt or "",
        options.max_length,
        options.special_tokens is False,
        options.dimensions,
    )
    files = {*weights.parent.glob(f"{weights.name}*"), *folder.glob("*.json"), *folder.glob("1_Pooling/*.json")}
    engine = cache(partial(OnnxEngine, folder, weights, options))
    width = int(read_json(folder / "1_Pooling/config.json").get("word_embedding_dimension") or engine().width)
    if options.dimensions is not None and not 1 <= options.dimensions <= width:
        raise InputError(f"dimensions is {options.dimensions}; expected 1 to the {width} of '{model}'.")
    return LocalModel(
        engine,
        name=model,
        fingerprint=files_digest(folder, files, settings),
        dim=options.dimensions or width,
        prompt=named_prompt(folder, options.prompt),
    )


class OnnxEngine:
    """A loaded ONNX model.

    Args:
        folder: With the tokenizer and the settings.
        weights: The `.onnx` file.
        options: As given.

    Attributes:
        pooling: What "auto" came to.
        width: Length of a vector before it is cut to `dimensions`.
        pads: Whether texts of different lengths may share a batch.
    """

    def __init__(self, folder: Path, weights: Path, options: EmbedOptions) -> None:
        from tokenizers import Tokenizer

        self._weights = weights
        self._device = options.device
        self._cores = thread_count(options.threads)
        self._sessions: dict[int, Any] = {}
        self._dimensions = options.dimensions
        if not (folder / "tokenizer.json").is_file():
            raise EmbedError(f"No tokenizer.json lies in {folder}; copy that of the model there.")
        limit = _max_length(folder)
        if options.max_length is not None and not 1 <= options.max_length <= limit:
            raise InputError(f"max_length is {options.max_length}; expected 1 to the {limit} that the model reads.")
        self.max_length: int | None = options.max_length or limit
        self.splitter: Splitter = FastSplitter(Tokenizer.from_file(str(folder / "tokenizer.json")), self.max_length)
        self.pad = int(read_json(folder / "config.json").get("pad_token_id") or 0)
        before, behind = self.splitter.edges()
        self.n_special = before + behind
        self.edges = (before, behind) if options.special_tokens is False else (0, 0)
        pooling = options.pooling or "auto"
        self.pooling = (trained_pooling(folder) or "mean") if pooling == "auto" else pooling
        self._normalizes = "Normalize" in module_kinds(folder)
        session = self._session(1)
        self._inputs = [given.name for given in session.get_inputs()]
        unknown = sorted(set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids", "position_ids"})
        if unknown:
            raise EmbedError(f"{weights} asks for '{unknown[0]}'; expected the inputs of an encoder. Export it again.")
        self.pads = not UNPADDED.items() <= session.get_modelmeta().custom_metadata_map.items()
        self._output = _states_of(session, weights)
        self.width = int(self._states(session, tokenize(["a"], self.splitter).padded(np.array([0]), 0)).shape[2])
        # Such activations are rounded by the largest of the batch: a text alone is rounded by nobody but itself.
        self._is_quantized = b"DynamicQuantizeLinear" in weights.read_bytes()

    def plans(self) -> Sequence[Plan]:
        """A thread for each core; a text at a time where a batch would be rounded together."""
        if self._is_quantized or not self.pads:
            return [Plan(1 if self._is_quantized else _BUDGETS[0], self._cores, 1)]
        side_by_side = [Plan(budget, self._cores, 1) for budget in _BUDGETS]
        return side_by_side if self._cores == 1 else [*side_by_side, Plan(_BUDGETS[-1], 1, self._cores)]

    @contextmanager
    def started(self, plan: Plan) -> Iterator[Any]:
        """Ready to compute batches, in several threads at the same time."""
        session = self._session(plan.threads)
        yield lambda batch: self._vectors(session, batch)

    def _vectors(self, session: Any, batch: Batch) -> NDArray[np.float32]:  # noqa: ANN401 - an InferenceSession
        states = self._states(session, batch)
        vectors = pool(states, batch.counted.astype(np.float32), self.pooling)
        if self._normalizes:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        cut: NDArray[np.float32] = vectors[:, : self._dimensions]
        return cut

    def _states(self, session: Any, batch: Batch) -> NDArray[np.float32]:  # noqa: ANN401 - an InferenceSession
        given = {
            "input_ids": batch.ids,
            "attention_mask": batch.mask,
            "token_type_ids": np.zeros_like(batch.ids),
            "position_ids": np.broadcast_to(np.arange(batch.ids.shape[1]), batch.ids.shape),
        }
        states: NDArray[np.float32] = session.run([self._output], {name: given[name] for name in self._inputs})[0]
        return states.astype(np.float32, copy=False)

    def _session(self, threads: int) -> Any:  # noqa: ANN401 - an InferenceSession
        if threads not in self._sessions:
            self._sessions[threads] = open_session(self._weights, threads, device=self._device)
        return self._sessions[threads]


def open_session(weights: Path, threads: int, *, device: str | None = None) -> Any:  # noqa: ANN401 - InferenceSession
    """An InferenceSession that may be run from several threads at the same time.

    Args:
        weights: The `.onnx` file.
        threads: Of one run.
        device: "cpu" or "cuda"; None for the CPU.

    Raises:
        InputError: This build of ONNX Runtime does not offer the device.
        EmbedError: The file is damaged.
    """
    runtime = require("onnxruntime", extra="onnx", why=f"to run {weights}")
    named = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
    provider = named.get((device or "cpu").partition(":")[0])
    if provider not in runtime.get_available_providers():
        raise InputError(f"device is '{device}', which this build of ONNX Runtime does not offer; give --device cpu.")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # batches have every shape; a plan of the memory for each would only grow
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the core to others
    # Its fused form of a sum and a normalisation is slower on a CPU than the two.
    unwanted = ["SkipLayerNormFusion"] if provider == "CPUExecutionProvider" else []
    faults = runtime.capi.onnxruntime_pybind11_state
    try:
        return runtime.InferenceSession(str(weights), options, providers=[provider], disabled_optimizers=unwanted)
    except (
        faults.Fail,
        faults.InvalidArgument,
        faults.InvalidGraph,
        faults.InvalidProtobuf,
        faults.NoSuchFile,
        faults.NotImplemented,
        faults.RuntimeException,
    ) as exc:
        reason = (str(exc).strip().splitlines() or [type(exc).__name__])[0].rstrip(". ")
        raise EmbedError(f"{weights} cannot be loaded: {reason}. Fetch or export it again.") from exc


def _files(model: str, dtype: str | None) -> tuple[Path, Path]:
    """The folder with the settings, and the weights in it."""
    if dtype not in (None, "float32", "int8"):
        raise InputError(f"dtype is '{dtype}'; expected float32 or int8 for a model in the ONNX format.")
    path = Path(model).expanduser()
    if path.is_file():
        return (path.parent.parent if path.parent.name == "onnx" else path.parent), path
    folder = path if path.is_dir() else fetch(model, _FILES)
    found = [file for part in (folder / "onnx", folder) for file in sorted(part.glob("model*.onnx"))]
    if not found:
        message = f"'{model}' has no model in the ONNX format: no onnx/model*.onnx lies in {folder}. "
        raise ModelNotFound(f"{message}Make one with: asterism export-onnx {model} -o FOLDER")
    plain = [file for file in found if file.name == "model.onnx"]
    small = [file for file in found if "int8" in file.name or "quant" in file.name]
    if dtype == "int8":
        if not small:
            message = f"'{model}' has no int8 model, only {', '.join(file.name for file in found)}. "
            raise ModelNotFound(f"{message}Make one with: asterism export-onnx MODEL --int8 -o FOLDER")
        return folder, small[0]
    if dtype == "float32" and not plain:
        raise ModelNotFound(f"'{model}' has no model.onnx, only {', '.join(file.name for file in found)}.")
    return folder, (plain or found)[0]


def _refuse_unfaithful(weights: Path, dtype: str | None) -> None:
    """Refuse a rounded model that is far from its original, unless it was asked for by its type."""
    fidelity = read_fidelity(weights)
    if fidelity is not None and not fidelity.is_close and dtype != "int8":
        message = f"{weights} is not close enough to its original to be taken unasked ({fidelity}). "
        raise EmbedError(f"{message}Take the float32 model, or ask for this one with --model-dtype int8.")


def _max_length(folder: Path) -> int:
    """How many tokens of a text are read, as the settings of the model say."""
    lengths = (
        read_json(folder / "sentence_bert_config.json").get("max_seq_length"),
        read_json(folder / "tokenizer_config.json").get("model_max_length"),
        read_json(folder / "config.json").get("max_position_embeddings"),
    )
    return min((int(length) for length in lengths if length is not None and length < ENDLESS), default=512)


def _states_of(session: Any, weights: Path) -> str:  # noqa: ANN401 - an InferenceSession
    """The output with the states of tokens."""
    wide = [output.name for output in session.get_outputs() if len(output.shape) == 3]
    if not wide:
        names = ", ".join(output.name for output in session.get_outputs())
        raise EmbedError(f"{weights} gives {names}; expected last_hidden_state of shape (batch, tokens, width).")
    return next((name for name in ("last_hidden_state", "token_embeddings") if name in wide), wide[0])
