"""From the vectors of a text's tokens to one vector.

Every function takes arrays of numpy or tensors of torch alike, and gives back the same kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asterism.embed._hub import read_json
from asterism.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

POOLINGS = ("auto", "cls", "mean", "max", "last", "weighted-mean")

# How sentence-transformers calls them, in today's settings and in older ones.
_TRAINED = {
    "cls": "cls",
    "mean": "mean",
    "max": "max",
    "lasttoken": "last",
    "weightedmean": "weighted-mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_weightedmean_tokens": "weighted-mean",
}

Matrix = Any  # numpy.ndarray or torch.Tensor


def trained_pooling(folder: Path) -> str | None:
    """The pooling that a model was trained with, as `1_Pooling/config.json` says it.

    Args:
        folder: Of the model.

    Returns:
        A name of POOLINGS; None where the folder does not say.

    Raises:
        InputError: The model was trained with a pooling that is not one of them.
    """
    settings = read_json(folder / "1_Pooling" / "config.json")
    if not settings:
        return None
    named = settings.get("pooling_mode")
    if named is None:
        named = [key for key, is_on in settings.items() if key.startswith("pooling_mode_") and is_on is True]
    modes = [named] if isinstance(named, str) else list(named)
    if len(modes) == 1 and modes[0] in _TRAINED:
        return _TRAINED[modes[0]]
    message = f"The model in {folder} was trained with the pooling {' + '.join(modes) or 'none'}. "
    raise InputError(f"{message}Load it by its sentence-transformers modules, or choose one of {', '.join(POOLINGS)}.")


def pool(states: Matrix, counted: Matrix, pooling: str) -> Matrix:
    """Join the vectors of each text's tokens.

    Args:
        states: Shape (b, t, d) float32, last hidden states or those of another layer.
        counted: Shape (b, t), 1 where a token counts and 0 for padding (and special tokens, if they are left out).
            Padding may lie on either side.
        pooling: "cls" takes the first token that counts, "last" the last one, "mean" and "max" all of them;
            "weighted-mean" weighs the i-th one by i (Muennighoff 2022, SGPT, section 3), for decoders, where late
            tokens have seen more.

    Returns:
        Shape (b, d). A text without a token that counts has zeros for the means and a meaningless row otherwise.
    """
    if pooling == "cls":
        return _at(states, counted.argmax(1))
    if pooling == "last":
        return _at(states, (counted.cumsum(1) * counted).argmax(1))
    weights = counted[:, :, None]
    if pooling == "max":
        floor = (weights - 1) * 3e38
        return _maximum(states * weights + floor)
    if pooling == "weighted-mean":
        weights = weights * counted.cumsum(1)[:, :, None]
    total = weights.sum(1)
    return (states * weights).sum(1) / (total + (total == 0))


def _at(states: Matrix, places: Matrix) -> Matrix:
    return states[list(range(len(states))), places]


def _maximum(states: Matrix) -> Matrix:
    return states.amax(1) if hasattr(states, "amax") else states.max(1)
