"""The small print: how the map was made, how far it can be believed, what was decided."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from asterism.project.verdict import score_names
from asterism.values import METHOD_NAMES
from asterism.view.figure._page import MARGIN, line_height
from asterism.view.figure._text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asterism.scene.spec import Scene
    from asterism.values import LabelQuality, Projection, Quality
    from asterism.view.figure._page import Page

SIZE = 6.0  # points
MAX_LINES = 6  # of facts, and of remarks
# Parameters that change what one may read from the picture; others stand in the table beside the map.
TELLING = {"pca": (), "tsne": ("perplexity", "n_neighbors"), "umap": ("n_neighbors", "min_dist")}
FACT_LENGTH = 120
REMARK_LENGTH = 300
HARD_SPACE = "\N{NO-BREAK SPACE}"


class Footer:
    """Wrapped lines; measured with the longest notes that may come, drawn with those that came."""

    def __init__(self, page: Page, facts: Sequence[Sequence[str]], remarks: Sequence[str]) -> None:
        """Wrap.

        Args:
            page: Where.
            facts: Paragraphs of facts, between which lines may break.
            remarks: Sentences, the more important first; those beyond the room are counted.
        """
        self._page = page
        self._lines: list[str] = []
        for paragraph in facts:
            whole = [page.fonts.drawable(clean(fact, FACT_LENGTH)).replace(" ", HARD_SPACE) for fact in paragraph]
            self._lines += page.wrap(f"{HARD_SPACE}· ".join(whole), SIZE, page.inner, max_lines=MAX_LINES)
        self._lines += self._wrap_remarks([page.fonts.drawable(clean(remark, REMARK_LENGTH)) for remark in remarks])

    def _wrap_remarks(self, remarks: list[str]) -> list[str]:
        for n in range(len(remarks), -1, -1):
            more = [f"And {len(remarks) - n} more remarks."] if n < len(remarks) else []
            lines = self._page.wrap(" ".join(remarks[:n] + more), SIZE, self._page.inner, max_lines=MAX_LINES + 1)
            if len(lines) <= MAX_LINES:
                return lines
        return lines

    @property
    def height(self) -> float:
        """In mm."""
        return len(self._lines) * line_height(SIZE)

    def draw(self, top: float) -> None:
        """Draw with the upper edge at `top` mm."""
        for i, line in enumerate(self._lines):
            y = top - (i + 0.75) * line_height(SIZE)
            self._page.write(MARGIN, y, line, SIZE, color=self._page.theme.muted)


def tell(scene: Scene, projection: Projection, n_drawn: int) -> list[list[str]]:
    """The facts of the footer: how the map was made, how far it can be believed."""
    n = len(scene.texts)
    method = METHOD_NAMES.get(projection.method, projection.method)
    keys = TELLING.get(projection.method, tuple(projection.params)[:4])
    made = [method, *(f"{k} {_value(projection.params[k])}" for k in keys if k in projection.params)]
    made.append(f"seed {projection.seed}")
    made.append(f"n = {n:,}" if n_drawn == n else f"n = {n:,}, {n_drawn:,} of them drawn")
    made += [f"model {scene.about['model']}"] if "model" in scene.about else []
    made += [f"asterism {scene.about['version']}"] if "version" in scene.about else []
    believed = [] if projection.quality is None else tell_quality(projection.quality)
    return [made, believed] if believed else [made]


def tell_quality(quality: Quality) -> list[str]:
    """Each measure with what PCA reaches and what chance would give; nothing if nothing could be measured."""
    parts = []
    for key, name in score_names(quality).items():
        own = getattr(quality.scores, key)
        beside = [("chance", getattr(quality.chance, key))]
        if quality.pca is not None:
            beside.insert(0, ("PCA", getattr(quality.pca, key)))
        told = ", ".join(f"{who} {decimal(value)}" for who, value in beside if math.isfinite(value))
        parts.append(f"{name} {decimal(own)}" + (f" ({told})" if told else ""))
    if not parts:
        return []
    if quality.n_sampled < quality.n_vectors:
        parts.append(f"measured on {quality.n_sampled:,} of {quality.n_vectors:,} vectors")
    if quality.labels is not None:
        parts += _tell_labels(quality.labels)
    if quality.stability is not None:
        parts.append(f"stability {decimal(quality.stability.overlap)} (chance {decimal(quality.stability.chance)})")
    return ["Faithfulness: " + parts[0], *parts[1:]]


def _tell_labels(told: LabelQuality) -> list[str]:
    parts = []
    for key, name in (("accuracy", f"{told.column} by {told.n_neighbors} neighbours"), ("silhouette", "silhouette")):
        beside = [("vectors", told.space), ("PCA", told.pca), ("shuffled", told.shuffled)]
        numbers = ", ".join(f"{who} {decimal(getattr(scores, key))}" for who, scores in beside if scores is not None)
        parts.append(f"{name} {decimal(getattr(told.map, key))} ({numbers})")
    return parts


def decimal(value: float) -> str:
    """Two decimals without the leading nought, as in tables: .81, −.05, 1.00."""
    sign = "−" if round(value, 2) < 0 else ""
    return sign + f"{abs(value):.2f}".removeprefix("0")


def _value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else clean(str(value), 24)
