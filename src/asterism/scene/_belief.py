"""A Quality as the page reads it; docs/formats-scene.md describes every field."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.project.verdict import tell_verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from asterism.values import LabelQuality, LabelScores, Quality, Scores, Stability

UNKNOWN_SHARE = 255


def encode_quality(quality: Quality, add: Callable[[NDArray[Any]], int]) -> dict[str, Any]:
    """Write a Quality as JSON, its arrays as blocks.

    Args:
        quality: With one entry per row.
        add: Keeps an array as a block and answers its number.

    Returns:
        JSON values.
    """
    return {
        "scores": _scores(quality.scores),
        "chance": _scores(quality.chance),
        "pca": None if quality.pca is None else _scores(quality.pca),
        "nNeighbors": quality.n_neighbors,
        "nSampled": quality.n_sampled,
        "nVectors": quality.n_vectors,
        "lost": add(_shares(quality.lost)),
        "false": add(_shares(quality.false)),
        "errors": None if quality.errors is None else _scores(quality.errors),
        "verdict": list(tell_verdict(quality)),
        "shepard": None if quality.shepard is None else add(quality.shepard.astype("<f4")),
        "labels": None if quality.labels is None else _labels(quality.labels),
        "stability": None if quality.stability is None else _stability(quality.stability, add),
    }


def _labels(told: LabelQuality) -> dict[str, Any]:
    parts = {part: getattr(told, part) for part in ("space", "map", "shuffled", "pca", "errors")}
    return {
        "column": told.column,
        **{part: None if scores is None else _scores(scores) for part, scores in parts.items()},
        "nNeighbors": told.n_neighbors,
        "nLabels": told.n_labels,
        "nSampled": told.n_sampled,
        "nLabelled": told.n_labelled,
    }


def _stability(told: Stability, add: Callable[[NDArray[Any]], int]) -> dict[str, Any]:
    return {
        "overlap": told.overlap,
        "chance": told.chance,
        "runs": list(told.runs),
        "nNeighbors": told.n_neighbors,
        "kept": add(_shares(told.kept)),
    }


def _scores(scores: Scores | LabelScores) -> dict[str, float | None]:
    values = {name: float(value) for name, value in asdict(scores).items()}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _shares(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    known = np.isfinite(shares)
    steps = np.full(len(shares), UNKNOWN_SHARE, np.uint8)
    steps[known] = np.rint(np.clip(shares[known], 0, 1) * (UNKNOWN_SHARE - 1)).astype(np.uint8)
    return steps
