"""What the numbers of a Quality come to, in plain words."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asterism.values import LabelQuality, Quality

NEAR = 10
ROUGHLY, SOMEWHAT = 0.8, 0.5
"""Rank correlations of distances from which on they can be read roughly, and from which on they say something."""
LEAST_RIGHT = 0.005
"""What is less is told as 0.00."""
PERFECT = 0.995
"""Where chance comes so far, as for the 50 nearest of 32 texts, a score measures nothing."""


def score_names(quality: Quality) -> dict[str, str]:
    """What people call each score of `Scores` that measures something here, with the neighbours that it looks at."""
    k = quality.n_neighbors
    names = {
        "recall": "recall@10",
        "recall_50": "recall@50",
        "trustworthiness": f"trustworthiness@{k}",
        "continuity": f"continuity@{k}",
        "triplets": "triplets",
        "spearman": "distance correlation",
    }
    return {
        key: name
        for key, name in names.items()
        if isfinite(getattr(quality.scores, key)) and getattr(quality.chance, key) < PERFECT
    }


def tell_verdict(quality: Quality) -> tuple[str, ...]:
    """Say what may be read from the map and what may not, one sentence each.

    Args:
        quality: As measured; labels and stability are told where they were.

    Returns:
        Sentences; none where no score could be taken.
    """
    near = min(NEAR, quality.n_vectors - 1)
    if near < 2:
        return ("Too few texts to be wrong about.",)
    sentences = []
    if "recall" in score_names(quality):
        sentences.append(f"Of each text's {near} nearest, the map shows {quality.recall * near:.1f} on average.")
    if isfinite(quality.spearman):
        sentences.append(_distances(quality.spearman))
    if quality.labels is not None and _tells(quality.labels):
        sentences.append(_labels(quality.labels))
    if quality.stability is not None:
        told = quality.stability
        sentences.append(
            f"Laid out again from another start, {told.overlap * told.n_neighbors:.1f} of the {told.n_neighbors} "
            "neighbours shown come back."
        )
    return tuple(sentences)


def _distances(spearman: float) -> str:
    if spearman >= ROUGHLY:
        return "Far apart on the map is mostly far apart in truth."
    if spearman >= SOMEWHAT:
        return "Distances between clusters say something here, but do not measure them."
    return "Distances between clusters mean little here."


def _tells(told: LabelQuality) -> bool:
    """Whether neighbours get any label right: where nearly every text has one of its own there is none to get right."""
    return max(told.map.accuracy, told.space.accuracy) >= LEAST_RIGHT


def _labels(told: LabelQuality) -> str:
    more = told.map.accuracy - told.space.accuracy
    error = 2 * max(told.errors.accuracy, 0.01)
    side = "as well as" if abs(more) <= error else "better than" if more > 0 else "worse than"
    doubt = ": part of what looks like order is drawn by the layout" if more > error else ""
    return (
        f"Neighbours on the map tell a text's {told.column} {side} the vectors do "
        f"({told.map.accuracy:.2f} and {told.space.accuracy:.2f} right; shuffled {told.shuffled.accuracy:.2f}){doubt}."
    )
