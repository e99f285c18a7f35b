"""How near a rounded model comes to its original, measured on texts and kept beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from asterism._files import write_atomically
from asterism._topk import nearest_rows
from asterism.embed._hub import read_json
from asterism.errors import EmbedError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

N_NEIGHBORS = 15
# Below these a rounded model is taken only by those who ask for it.
CLOSE_COSINE = 0.99
CLOSE_OVERLAP = 0.90


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Vectors of a rounded model beside those of its original.

    Attributes:
        mean_cosine: Mean cosine of the two vectors of a text.
        min_cosine: The lowest.
        overlap: Mean share of a text's 15 nearest texts that both models name, of other texts only.
        n_texts: On how many texts.
        texts: Which texts.
    """

    mean_cosine: float
    min_cosine: float
    overlap: float
    n_texts: int
    texts: str

    @property
    def is_close(self) -> bool:
        """Whether the rounded model may stand in for its original unasked."""
        return self.mean_cosine >= CLOSE_COSINE and self.overlap >= CLOSE_OVERLAP

    def __str__(self) -> str:
        cosines = f"cosine {self.mean_cosine:.4f} on average, {self.min_cosine:.4f} at least"
        shared = f"{self.overlap:.1%} of {N_NEIGHBORS} nearest texts shared"
        return f"{cosines}; {shared}; {self.n_texts:,} texts: {self.texts}"


def measure_fidelity(rounded: NDArray[np.float32], original: NDArray[np.float32], *, texts: str) -> Fidelity:
    """Compare two models' vectors of the same texts.

    Args:
        rounded: Shape (n, d).
        original: Shape (n, d). Texts with a zero vector in either are left out.
        texts: Which texts these are, in words.
    """
    usable = np.flatnonzero(rounded.any(axis=1) & original.any(axis=1))
    pair = [np.ascontiguousarray(vectors[usable], np.float32) for vectors in (rounded, original)]
    units = [vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in pair]
    cosines = (units[0] * units[1]).sum(axis=1)
    k = min(N_NEIGHBORS, max(1, len(usable) - 1))
    near = [nearest_rows(vectors, vectors, k, metric="cosine", exclude=np.arange(len(usable)))[0] for vectors in units]
    shared = (near[0][:, :, None] == near[1][:, None, :]).any(axis=2)
    return Fidelity(float(cosines.mean()), float(cosines.min()), float(shared.mean()), len(usable), texts)


def fidelity_path(weights: Path) -> Path:
    """Where the fidelity of a model is kept: beside its weights, under their name."""
    return weights.with_suffix(".fidelity.json")


def write_fidelity(weights: Path, fidelity: Fidelity) -> None:
    """Keep what was measured beside the weights."""
    facts = asdict(fidelity) | {"n_neighbors": N_NEIGHBORS}
    write_atomically(fidelity_path(weights), (json.dumps(facts, indent=2) + "\n").encode())


def read_fidelity(weights: Path) -> Fidelity | None:
    """What was measured when the weights were written; None where nobody measured.

    Raises:
        EmbedError: The file is damaged.
    """
    facts = read_json(fidelity_path(weights))
    if not facts:
        return None
    try:
        return Fidelity(**{field.name: facts[field.name] for field in fields(Fidelity)})
    except KeyError as exc:
        raise EmbedError(f"{fidelity_path(weights)} lacks {exc}. Export the model again.") from exc
