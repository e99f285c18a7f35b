"""Embedders of other packages, found by the entry-point group `asterism.embedders`.

An entry point is a function of what stands behind the colon and of the options, which gives an object with one method:
`encode(texts) -> (n, dim)`. What else an embedder offers is taken where the object has it.
"""

from __future__ import annotations

from copy import copy
from hashlib import blake2b
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import check_choice
from asterism._progress import SILENT
from asterism.errors import EmbedError, ModelNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder, Keep
    from asterism.embed.options import EmbedOptions
    from asterism.values import Metric

GROUP = "asterism.embedders"
# Texts per call of a plugin: often enough to report progress and to keep what is done.
SLICE = 256


def open_plugin(kind: str, name: str, options: EmbedOptions) -> Embedder:
    """Load an embedder that another package offers.

    Args:
        kind: Name of the entry point: what stands before the colon.
        name: What stands behind it.
        options: Wishes; the plugin refuses what it cannot honour.

    Returns:
        The plugin's own object where it is a whole Embedder, otherwise one around it.

    Raises:
        ModelNotFound: No installed package offers an embedder of that name.
        EmbedError: What the plugin gives has no `encode`, or its `encode` gives no vectors.
    """
    found = entry_points(group=GROUP)
    if kind not in found.names:
        offered = ", ".join(sorted(found.names)) or "none"
        message = f"There is no folder '{kind}:{name}' and no kind of model '{kind}'; expected static, onnx, hf, openai"
        raise ModelNotFound(f"{message} or an installed plugin ({offered}).")
    model = found[kind].load()(name, options)
    if all(hasattr(model, field) for field in ("name", "fingerprint", "dim", "metric")):
        embedder: Embedder = model
        return embedder
    if not callable(getattr(model, "encode", None)):
        raise EmbedError(f"The plugin '{kind}' gave a {type(model).__name__}; expected an object with encode(texts).")
    return WrappedEmbedder(model, name=f"{kind}:{name}", options=options)


class WrappedEmbedder:
    """An object with `encode(texts)` as an Embedder.

    Args:
        model: Its `dim`, `metric`, `fingerprint` and `is_cheap` are taken where it has them.
        name: As a user writes it.
        options: With which it was opened.
    """

    def __init__(self, model: Any, *, name: str, options: EmbedOptions) -> None:  # noqa: ANN401 - duck-typed
        self._model = model
        self.name = name
        self.is_cheap = bool(getattr(model, "is_cheap", False))
        self.metric: Metric = getattr(model, "metric", "cosine")
        check_choice(self.metric, ("cosine", "euclidean"), name=f"metric of {name}")
        self._slice = SLICE
        self.dim = int(getattr(model, "dim", 0)) or self._encoded(["dimension"]).shape[1]
        self.fingerprint = str(getattr(model, "fingerprint", "")) or self._guessed(options)

    @property
    def plan(self) -> Mapping[str, int | str]:
        """Texts per call: what shares one may move the last bits of a vector."""
        return {"slice": self._slice}

    def with_plan(self, plan: Mapping[str, int | str]) -> WrappedEmbedder:
        """See Planned."""
        planned = copy(self)
        planned._slice = int(plan.get("slice", self._slice))
        return planned

    def encode(
        self,
        texts: Sequence[str],
        *,
        report: Reporter = SILENT,
        keep: Keep | None = None,
        done: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        """See Planned; the plugin is asked in slices.

        Raises:
            EmbedError: The plugin gave other than a finite vector for each text.
        """
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), self._slice):
            rows = np.arange(start, min(start + self._slice, len(texts)))
            if done is not None and done[rows].all():
                continue
            vectors[rows] = self._encoded(texts[start : start + self._slice])
            if keep is not None:
                keep(rows, vectors[rows])
            report.advance(len(rows) if done is None else int((~done[rows]).sum()))
        return vectors

    def _encoded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.asarray(self._model.encode(texts))
        dim = getattr(self, "dim", None) or (vectors.shape[1] if vectors.ndim == 2 else 0)
        if vectors.shape != (len(texts), dim) or vectors.dtype.kind not in "fiu" or not np.isfinite(vectors).all():
            raise EmbedError(
                f"'{self.name}' gave an array of shape {vectors.shape}, type {vectors.dtype}, for {len(texts)} texts; "
                f"expected finite numbers of shape ({len(texts)}, {dim or 'd'})."
            )
        return vectors.astype(np.float32)

    def _guessed(self, options: EmbedOptions) -> str:
        """By name, options, and the vectors of two texts: other weights give others."""
        digest = blake2b(f"{self.name} {sorted(options.given().items())}".encode(), digest_size=16)
        digest.update(np.round(self._encoded(["king", "A dog barks at the mailman."]), 4).tobytes())
        return digest.hexdigest()
