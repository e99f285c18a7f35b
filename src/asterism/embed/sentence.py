"""sentence-transformers models, run by their own modules: transformer, pooling, dense layers, normalisation."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from asterism._deps import require
from asterism.embed import _torch
from asterism.embed._hub import folder_digest, read_json, read_list, transformer_folder
from asterism.embed.local import LocalModel
from asterism.embed.transformers import load_transformers, matched_splitter, named_prompt
from asterism.errors import EmbedError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from asterism.embed.options import EmbedOptions
    from asterism.embed.tokens import Batch

_HONOURED = ("prompt", "max_length", "dtype", "dimensions", "engine", "trust_remote_code", "allow_pickle")
_PAST_MODULES = ("pooling", "layer", "special_tokens")


def load_sentence_transformers(model: str, options: EmbedOptions) -> LocalModel[Any]:
    """Load a model by its own modules; the vectors are those of `SentenceTransformer.encode`.

    Args:
        model: A folder with `modules.json`, or an id of the Hugging Face hub.
        options: A pooling, a layer or special tokens of one's own go past the modules: the transformer alone is loaded.

    Returns:
        The model; its weights are read when the first text is embedded. Cut to `dimensions`, vectors are not made
        longer again, as in the library.

    Raises:
        ModelNotFound: There is no such folder, it holds no model, or the hub does not give it.
        EmbedError: The weights are pickled and that was not allowed.
        InputError: An option that these models cannot honour.
        MissingDependency: torch or sentence-transformers is not installed.
    """
    if any(getattr(options, name) is not None for name in _PAST_MODULES):
        return load_transformers(model, options)
    options.refuse_others(_HONOURED, model=model)
    folder = transformer_folder(model, allow_pickle=options.allow_pickle, trust_remote_code=options.trust_remote_code)
    settings = (
        "sentence-transformers",
        options.prompt or "",
        options.max_length,
        options.dtype or "float32",
        options.dimensions,
    )
    prompt = named_prompt(folder, options.prompt)
    engine = cache(partial(SentenceEngine, folder, options, prompt))
    width = _width(folder) or engine().width
    if options.dimensions is not None and not 1 <= options.dimensions <= width:
        raise InputError(f"dimensions is {options.dimensions}; expected 1 to the {width} of '{model}'.")
    return LocalModel(
        engine,
        name=model,
        fingerprint=folder_digest(folder, settings),
        dim=options.dimensions or width,
        prompt=prompt,
    )


class SentenceEngine(_torch.Sessions):
    """A loaded SentenceTransformer.

    Args:
        folder: Of the model.
        options: As given.
        prompt: Stands before every text; some models leave it out of their pooling.

    Attributes:
        width: Length of a vector before it is cut to `dimensions`.
    """

    edges = (0, 0)

    def __init__(self, folder: Path, options: EmbedOptions, prompt: str) -> None:
        super().__init__(_torch.pick_device(options.device), options.threads)
        self._model = _loaded(folder, options, self.device)
        self._dimensions = options.dimensions
        tokenizer = self._model.tokenizer
        self.width = int(self._model.get_embedding_dimension())
        limit = self._model.get_max_seq_length()
        if options.max_length is not None and limit is not None and not 1 <= options.max_length <= limit:
            raise InputError(f"max_length is {options.max_length}; expected 1 to the {limit} that the model reads.")
        self.max_length = options.max_length or limit
        self.splitter = matched_splitter(tokenizer, self.max_length)
        self.pad = int(tokenizer.pad_token_id or 0)
        before, behind = self.splitter.edges()
        self.n_special = before + behind
        self._prompt_length = len(self.splitter.split([prompt])[0][0]) - behind if prompt else 0

    def forward(self, batch: Batch) -> Any:  # noqa: ANN401 - a torch.Tensor
        """Vectors of a batch, shape (b, d)."""
        import torch

        features = {
            "input_ids": torch.from_numpy(batch.ids).to(self.device),
            "attention_mask": torch.from_numpy(batch.mask).to(self.device),
        }
        if self._prompt_length:
            features["prompt_length"] = self._prompt_length
        return self._model(features)["sentence_embedding"][:, : self._dimensions]


def _loaded(folder: Path, options: EmbedOptions, device: Any) -> Any:  # noqa: ANN401 - a SentenceTransformer
    library = require("sentence_transformers", extra="hf", why=f"to run the model in {folder} by its own modules")
    weights = {"dtype": _torch.pick_dtype(options.dtype)}
    if not options.allow_pickle:
        weights["use_safetensors"] = True
    try:
        with _torch.reading_quietly():
            model = library.SentenceTransformer(
                str(folder),
                device=str(device),
                trust_remote_code=options.trust_remote_code,
                local_files_only=not options.trust_remote_code,
                model_kwargs=weights,
            )
    except (ValueError, OSError, KeyError, RuntimeError, ImportError, AttributeError) as exc:
        raise EmbedError(_torch.why_not_loaded(folder, options, exc)) from exc
    if getattr(model[0], "auto_model", None) is None or not hasattr(model.tokenizer, "pad_token_id"):
        message = f"The first module of the model in {folder} is a {type(model[0]).__name__}; "
        raise EmbedError(f"{message}expected a transformer. Models of word vectors or of pictures are not run.")
    return model.eval()


def _width(folder: Path) -> int | None:
    """Length of a vector, if the settings of the modules tell without doubt."""
    width = None
    for module in read_list(folder / "modules.json"):
        kind = str(module.get("type", "")).rpartition(".")[2]
        settings = read_json(folder / str(module.get("path", "")) / "config.json")
        if kind == "Dense":
            width = settings.get("out_features")
        elif kind == "Pooling":
            modes = [key for key, is_on in settings.items() if key.startswith("pooling_mode_") and is_on is True]
            is_one = len(modes) == 1 or isinstance(settings.get("pooling_mode"), str)
            width = settings.get("embedding_dimension", settings.get("word_embedding_dimension")) if is_one else None
        elif kind not in {"Transformer", "Normalize", "Dropout"}:
            return None
    return width if isinstance(width, int) else None
