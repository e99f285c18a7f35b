"""What every embedder offers, and what some offer beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from asterism._progress import SILENT

if TYPE_CHECKING:
    from asterism._progress import Reporter
    from asterism.values import Metric

# Told of rows that are finished, and their vectors.
Keep = Callable[[NDArray[np.int64], NDArray[np.float32]], None]


class Embedder(Protocol):
    """Turns texts into vectors.

    Attributes:
        name: As a user writes it ("builtin", a path, "openai:NAME").
        fingerprint: Identifies weights, tokenizer and settings; equal fingerprints give equal vectors.
        dim: Length of a vector.
        metric: The distance that suits the vectors.
    """

    name: str
    fingerprint: str
    dim: int
    metric: Metric

    def encode(
        self, texts: Sequence[str], *, report: Reporter = SILENT, keep: Keep | None = None
    ) -> NDArray[np.float32]:
        """Embed texts.

        Args:
            texts: n strings, any length; not modified.
            report: Advanced by the texts done; the caller starts and ends the stage.
            keep: Called with rows and their vectors as soon as they are finished, in any order, so that a run that is
                stopped loses little. Rows that were refused are not among them.

        Returns:
            Shape (n, dim) float32, finite. A text in which the model finds nothing to embed has a row of zeros.

        Raises:
            EmbedError: The model or its server failed.
        """
        ...


@runtime_checkable
class Cheap(Protocol):
    """An embedder that is as quick as looking its vectors up; they are not cached."""

    is_cheap: bool


@runtime_checkable
class Refusing(Protocol):
    """An embedder that may refuse a text: text → reason. Its row is zeros, it is counted and never cached."""

    refused: Mapping[str, str]


@runtime_checkable
class Planned(Protocol):
    """An embedder in whose vectors the last bits depend on what shares a batch."""

    @property
    def plan(self) -> Mapping[str, int | str]:
        """How batches are cut; empty before the first text."""
        ...

    def with_plan(self, plan: Mapping[str, int | str]) -> Self:
        """The same embedder, cutting batches by a recorded plan; an empty one changes nothing."""
        ...

    def encode(
        self,
        texts: Sequence[str],
        *,
        report: Reporter = SILENT,
        keep: Keep | None = None,
        done: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        """See `Embedder.encode`; batches are cut as if nothing were `done` (n,), and those wholly done are skipped."""
        ...
