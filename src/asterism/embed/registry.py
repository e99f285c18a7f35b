"""From the name of a model, as a user writes it, to its embedder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from asterism.embed.options import NO_WISHES
from asterism.errors import InputError

if TYPE_CHECKING:
    from asterism.embed.base import Embedder
    from asterism.embed.options import EmbedOptions

KINDS = ("static", "onnx", "hf", "openai")
# What a hub id is asked for to tell which kind of model it is.
_TELLING = ("config.json", "modules.json")


def open_embedder(model: str = "builtin", options: EmbedOptions = NO_WISHES) -> Embedder:
    """Load the embedder that a name stands for.

    Args:
        model: "builtin"; "static:", "onnx:" or "hf:" before a folder or an id of the Hugging Face hub; "openai:" before
            the name of a model behind a server; the name of a plugin, a colon and what it takes; a folder or an id.
        options: Wishes about the model.

    Returns:
        The embedder, ready to encode.

    Raises:
        ModelNotFound: Nothing of that name is here.
        InputError: An option that the model cannot honour.
        MissingDependency: The model needs a package that is not installed.
        ProviderFailed: The server is not there.
    """
    if not isinstance(model, str):
        raise InputError(f"model is {model!r}; expected the name of one, a folder or an id of the hub, as text.")
    if not model:
        raise InputError("The name of the model is empty; expected one, or none said at all for the built-in model.")
    if model == "builtin":
        from asterism.embed.static import load_builtin

        options.refuse_others((), model=model)
        return load_builtin()
    kind, has_kind, rest = model.partition(":")
    if has_kind and kind not in KINDS and not Path(model).exists():
        from asterism.embed.plugins import open_plugin

        return open_plugin(kind, rest, options)
    if has_kind and kind in KINDS:
        if not rest:
            raise InputError(f"The model {model!r} has nothing behind the colon; expected a name or a folder there.")
        embedder = _open_kind(kind, rest, options)
    else:
        # What belongs to a server is refused before the hub is asked for the name.
        kind = "hf" if options.base_url is not None else _kind_of(model, options)
        embedder = _open_kind(kind, model, options)
    embedder.name = model  # a Space opens its model by this name again
    return embedder


def _open_kind(kind: str, name: str, options: EmbedOptions) -> Embedder:
    """Load by the named backend; each is imported only when it is asked for."""
    if options.base_url is not None and kind != "openai":
        message = f"base_url is {options.base_url!r}, but the model {name!r} would run on this machine; "
        raise InputError(f"{message}one behind a server is named 'openai:{name}'. Name it so, or leave base_url out.")
    if kind == "static":
        from asterism.embed.static import load_static

        options.refuse_others((), model=name)
        return load_static(name)
    if kind == "onnx" or options.engine == "onnx":
        from asterism.embed.onnx import load_onnx

        return load_onnx(name, options)
    if kind == "openai":
        from asterism.embed.openai import load_openai

        return load_openai(name, options)
    if kind == "sentence-transformers":
        from asterism.embed.sentence import load_sentence_transformers

        return load_sentence_transformers(name, options)
    from asterism.embed.transformers import load_transformers

    return load_transformers(name, options)


def _kind_of(model: str, options: EmbedOptions) -> str:
    """Which backend a folder or an id is for, by the files in it."""
    folder = Path(model).expanduser()
    if not folder.is_dir():
        from asterism.embed._hub import fetch

        folder = fetch(model, _TELLING)
    if _is_static(folder):
        return "static"
    # A layer or a pooling of one's own goes past the modules that sentence-transformers would run.
    has_wish = options.layer is not None or options.pooling is not None or options.special_tokens is not None
    return "sentence-transformers" if (folder / "modules.json").is_file() and not has_wish else "hf"


def _is_static(folder: Path) -> bool:
    config = folder / "config.json"
    modules = folder / "modules.json"
    if modules.is_file() and "StaticEmbedding" in modules.read_text("utf-8", "replace"):
        return True
    if not config.is_file():
        return False
    try:
        settings = json.loads(config.read_bytes())
    except ValueError:
        return False
    return isinstance(settings, dict) and settings.get("model_type", "model2vec") == "model2vec"
