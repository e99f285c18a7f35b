"""What every embedder offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from asterism._progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.values import Metric


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

    def encode(self, texts: Sequence[str], *, report: Reporter = SILENT) -> NDArray[np.float32]:
        """Embed texts.

        Args:
            texts: n strings, any length; not modified.
            report: Advanced by the texts done; the caller starts and ends the stage.

        Returns:
            Shape (n, dim) float32, finite. A text in which the model finds nothing to embed has a row of zeros.

        Raises:
            EmbedError: The model or its server failed.
        """
        ...
