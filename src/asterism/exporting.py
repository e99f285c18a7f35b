"""Models in other formats, compared with the original on texts of the user's, or on those that come with Asterism."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism._progress import SILENT
from asterism.embed.registry import KINDS
from asterism.errors import InputError, OutputExists
from asterism.read import demo_path, read

if TYPE_CHECKING:
    from os import PathLike

    from asterism._progress import Reporter
    from asterism.embed.fidelity import Fidelity

# More tell nothing new, and comparing runs the original.
MOST_TEXTS = 2000


def export_onnx(
    model: str,
    folder: str | PathLike[str],
    *,
    int8: bool = False,
    texts: Any = None,  # noqa: ANN401 - whatever `read` accepts
    force: bool = False,
    report: Reporter = SILENT,
) -> tuple[Path, Fidelity]:
    """Write a transformer in the ONNX format, for `onnx:FOLDER`.

    Args:
        model: A folder, or an id of the Hugging Face hub, with or without "hf:" before it.
        folder: To write.
        int8: With weights of 8 bits: a quarter of the size and faster on a CPU, rounded.
        texts: What to compare on: anything that can be read, of which the first 2 000 different texts are taken. None
            for the 645 words and sentences of the examples; texts like your own tell more.
        force: Overwrite weights of the same type in the folder.
        report: Hears of the stages.

    Returns:
        The file of the weights, and how near its vectors come to those of the model in float32.

    Raises:
        InputError: The model is known to be of another kind.
        OutputExists: The folder has such weights.
        ModelNotFound: There is no such model.
        EmbedError: It cannot be exported.
        MissingDependency: torch, transformers, onnx or onnxruntime is not installed.
    """
    from asterism.embed import export_onnx as room

    model = _transformer(model)
    target = Path(folder)
    weights = room.weights_path(target, int8=int8)
    if weights.exists() and not force:
        raise OutputExists(f"'{weights}' is there already; give --force to overwrite it, or another folder.")
    sources = [texts] if texts is not None else [demo_path("categories"), demo_path("sentences")]
    chosen = [text for source in sources for text in read(source).texts if text]
    different = list(dict.fromkeys(chosen))[:MOST_TEXTS]
    told = "the words and sentences of the examples" if texts is None else f"from {_name(texts)}"
    return room.export_onnx(model, target, different, told=told, int8=int8, report=report)


def _transformer(model: str) -> str:
    """The folder or id of a transformer, by the name that other commands have for it; others are no transformers."""
    if model == "builtin":
        raise InputError(
            "The built-in model is a table of vectors and needs no export: it runs without torch wherever Asterism is "
            "installed. Name a transformer, by its folder or its id on the hub."
        )
    kind, colon, rest = model.partition(":")
    if not colon or kind not in KINDS or Path(model).exists():
        return model
    if kind != "hf":
        raise InputError(f"'{model}' is no transformer of PyTorch; expected the folder of one, or its id on the hub.")
    return rest


def _name(texts: Any) -> str:  # noqa: ANN401 - whatever `read` accepts
    return Path(texts).name if isinstance(texts, str | Path) else "given ones"
