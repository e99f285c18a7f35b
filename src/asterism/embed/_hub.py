"""Where the files of a model lie: in a folder that is here, or fetched from the Hugging Face hub into its cache."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism._deps import require
from asterism.errors import EmbedError, ModelNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CHUNK = 1 << 22
# What a transformer needs beside its weights.
_TEXT_FILES = ("*.json", "*.txt", "*.model", "*.jinja", "tokenizer*")
# The same weights once more, for other programs.
_OTHER_FORMATS = ("onnx/*", "openvino/*", "original/*", "coreml/*", "gguf/*", "*.gguf")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def transformer_folder(model: str, *, allow_pickle: bool, trust_remote_code: bool) -> Path:
    """The folder of a transformer's files, fetched if it is an id of the hub.

    Args:
        model: A folder, or an id ("intfloat/e5-small-v2").
        allow_pickle: Whether weights in PyTorch's pickle format may be taken where there are no others; loading such
            a file runs whatever program its author put in.
        trust_remote_code: Whether Python files of the model are fetched, too.

    Returns:
        A folder with `config.json` and weights.

    Raises:
        ModelNotFound: There is no such folder, it holds no model, or the hub does not give it.
        EmbedError: The only weights are pickled, and that was not allowed.
        MissingDependency: An id is given and huggingface_hub is not installed.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        wanted = [*_TEXT_FILES, "*.safetensors", *(("*.py",) if trust_remote_code else ())]
        folder = fetch(model, [*wanted, *(_PICKLES if allow_pickle else ())], _OTHER_FORMATS)
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        message = f"'{model}' holds no model: neither config.json nor modules.json lies in {folder}. "
        raise ModelNotFound(f"{message}Give a folder as transformers or sentence-transformers save it, or an id.")
    if not allow_pickle:
        _refuse_pickle(folder, model)
    return folder


def fetch(model: str, patterns: Sequence[str], ignored: Sequence[str] = ()) -> Path:
    """Fetch files of a model from the Hugging Face hub; what was fetched before is not fetched again.

    Args:
        model: Its id.
        patterns: Names of wanted files, with `*`.
        ignored: Names of files that are not wanted after all.

    Returns:
        The folder in the hub's cache.

    Raises:
        ModelNotFound: The name is a path, and nothing is there; or the hub cannot be reached or has no such model, and
            the cache does not have it either.
        MissingDependency: huggingface_hub is not installed.
    """
    if model.startswith(("/", ".", "~")) or model.count("/") > 1:  # no id has such a form
        raise ModelNotFound(f"There is no folder '{model}' with a model; check the path and the folder you are in.")
    hub = require("huggingface_hub", extra="hf", why=f"to fetch '{model}', which is no folder here")
    try:
        return Path(hub.snapshot_download(model, allow_patterns=list(patterns), ignore_patterns=list(ignored)))
    except (
        hub.errors.HfHubHTTPError,
        hub.errors.LocalEntryNotFoundError,
        hub.errors.HFValidationError,
        OSError,
    ) as exc:
        reason = (str(exc).strip().splitlines() or [type(exc).__name__])[0].rstrip(". ")
        message = f"'{model}' is no folder here, and the Hugging Face hub did not give it: {reason}. "
        raise ModelNotFound(f"{message}Check the name and the network, or give a folder.") from exc


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is no such file.

    Raises:
        EmbedError: The file holds something else.
    """
    content = _parsed(path, {})
    if not isinstance(content, dict):
        raise EmbedError(f"{path} holds a {type(content).__name__}; expected an object. Fetch the model again.")
    return content


def read_list(path: Path) -> list[dict[str, Any]]:
    """The objects in a JSON file that lists some; none where there is no such file.

    Raises:
        EmbedError: The file holds something else.
    """
    content = _parsed(path, [])
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise EmbedError(f"{path} holds a {type(content).__name__}; expected objects. Fetch the model again.")
    return content


def module_kinds(folder: Path) -> list[str]:
    """Kinds of the modules of a sentence-transformers model ("Pooling"); none where it is a transformer alone."""
    return [str(module.get("type", "")).rpartition(".")[2] for module in read_list(folder / "modules.json")]


def _parsed(path: Path, default: object) -> object:
    if not path.is_file():
        return default
    try:
        return json.loads(path.read_bytes())
    except ValueError as exc:
        raise EmbedError(f"{path} is damaged ({exc}). Fetch or save the model again.") from exc


def folder_digest(folder: Path, settings: Iterable[object]) -> str:
    """Identify a model: blake2b of its files that bear on vectors, and of settings.

    Args:
        folder: Of the model. Pictures, documentation, training notes and other formats of the weights are left out.
        settings: What else moves the vectors, in a fixed order.

    Returns:
        32 hexadecimal digits. Cost: reads every weight, about a second for each gigabyte.
    """
    kinds = {".json", ".txt", ".model", ".safetensors", ".bin", ".py", ".jinja"}
    others = {"onnx", "openvino", "original", "data_config.json", "README.txt"}
    paths = (path for path in folder.rglob("*") if path.suffix in kinds and path.is_file())
    return files_digest(folder, (path for path in paths if path.relative_to(folder).parts[0] not in others), settings)


def files_digest(folder: Path, paths: Iterable[Path], settings: Iterable[object]) -> str:
    """blake2b of files, with their names in a folder, and of settings; 32 hexadecimal digits."""
    digest = blake2b(repr(list(settings)).encode(), digest_size=16)
    for path in sorted(paths):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def _refuse_pickle(folder: Path, model: str) -> None:
    if any(folder.rglob("*.safetensors")):
        return
    pickled = [path.name for pattern in _PICKLES for path in sorted(folder.rglob(pattern))]
    if pickled:
        message = f"The weights of '{model}' are pickled ({pickled[0]}): loading them runs code of their author. "
        raise EmbedError(f"{message}Take a model with .safetensors, or allow it with allow_pickle (--allow-pickle).")
    message = f"'{model}' has no weights in the safetensors format in {folder}. "
    raise ModelNotFound(f"{message}Where it has pickled ones only, they are fetched with --allow-pickle.")
