"""The small print: how the map was made, how far it can be believed, what was decided."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from asterism.view.figure._page import MARGIN, line_height
from asterism.view.figure._text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asterism.scene.spec import Scene
    from asterism.values import Projection, Quality
    from asterism.view.figure._page import Page

SIZE = 6.0  # points
MAX_LINES = 9
METHODS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
# Parameters that change what one may read from the picture; others stand in the table beside the map.
TELLING = {"pca": (), "tsne": ("perplexity", "n_neighbors"), "umap": ("n_neighbors", "min_dist")}
PARAGRAPH_LENGTH = 600
BETWEEN = " · "
HARD_SPACE = "\N{NO-BREAK SPACE}"


class Footer:
    """Wrapped lines; measured with the longest notes that may come, drawn with those that came."""

    def __init__(self, page: Page, paragraphs: Sequence[str]) -> None:
        self._page = page
        self._lines: list[str] = []
        for paragraph in paragraphs:
            text = page.fonts.drawable(clean(paragraph, PARAGRAPH_LENGTH))
            # Lines break between facts, not within one.
            facts = text.replace(" ", HARD_SPACE).split(BETWEEN.replace(" ", HARD_SPACE))
            text = f"{HARD_SPACE}· ".join(facts) if len(facts) > 1 else text
            self._lines += page.wrap(text, SIZE, page.inner, max_lines=4)
        if len(self._lines) > MAX_LINES:
            left_out = len(self._lines) - MAX_LINES + 1
            self._lines[MAX_LINES - 1 :] = [f"… and {left_out} more lines of remarks"]

    @property
    def height(self) -> float:
        """In mm."""
        return len(self._lines) * line_height(SIZE)

    def draw(self, top: float) -> None:
        """Draw with the upper edge at `top` mm."""
        for i, line in enumerate(self._lines):
            y = top - (i + 0.75) * line_height(SIZE)
            self._page.write(MARGIN, y, line, SIZE, color=self._page.theme.muted)


def tell(scene: Scene, projection: Projection, n_drawn: int, notes: Sequence[str]) -> list[str]:
    """The paragraphs of the footer: method, quality, then remarks."""
    n = len(scene.texts)
    method = METHODS.get(projection.method, projection.method)
    keys = TELLING.get(projection.method, tuple(projection.params)[:4])
    facts = [method, *(f"{k} {_value(projection.params[k])}" for k in keys if k in projection.params)]
    facts.append(f"seed {projection.seed}")
    facts.append(f"n = {n:,}" if n_drawn == n else f"n = {n:,}, {n_drawn:,} of them drawn")
    facts += [f"model {scene.about['model']}"] if "model" in scene.about else []
    facts += [f"asterism {scene.about['version']}"] if "version" in scene.about else []
    quality = [] if projection.quality is None else [tell_quality(projection.quality)]
    remarks = " ".join([*scene.remarks, *projection.notes, *notes])
    return [BETWEEN.join(facts), *(line for line in quality if line), *([remarks] if remarks else [])]


def tell_quality(quality: Quality) -> str:
    """Each measure with what PCA reaches and what chance would give; "" if nothing could be measured."""
    k = quality.n_neighbors
    names = {
        "recall": "recall@10",
        "recall_50": "recall@50",
        "trustworthiness": f"trustworthiness@{k}",
        "continuity": f"continuity@{k}",
        "triplets": "triplets",
        "spearman": "distance correlation",
    }
    parts = []
    for key, name in names.items():
        own = getattr(quality.scores, key)
        if not math.isfinite(own):
            continue
        beside = [("chance", getattr(quality.chance, key))]
        if quality.pca is not None:
            beside.insert(0, ("PCA", getattr(quality.pca, key)))
        told = ", ".join(f"{who} {decimal(value)}" for who, value in beside if math.isfinite(value))
        parts.append(f"{name} {decimal(own)}" + (f" ({told})" if told else ""))
    if not parts:
        return ""
    sampled = quality.n_sampled < quality.n_vectors
    where = f" · measured on {quality.n_sampled:,} of {quality.n_vectors:,} vectors" if sampled else ""
    return "Faithfulness: " + BETWEEN.join(parts) + where


def decimal(value: float) -> str:
    """Two decimals without the leading nought, as in tables: .81, −.05, 1.00."""
    sign = "−" if round(value, 2) < 0 else ""
    return sign + f"{abs(value):.2f}".removeprefix("0")


def _value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else clean(str(value), 24)
