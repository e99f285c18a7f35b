"""What is written on the map: names of words, numbers of sentences, names of groups, captions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.scene.palette import readable
from asterism.view.figure._overlays import PIN_REACH, RING_REACH, STAR_REACH
from asterism.view.figure._text import ELLIPSIS, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from asterism.scene.palette import Theme
    from asterism.scene.spec import Label, Scene
    from asterism.view.figure._coloring import Coloring

WORD_LENGTH = 30
GROUP_LENGTH = 45
GROUP_LINE = 18  # characters in a line of a group's name, where words allow
CAPTION_LENGTH = 40
MAX_WORDS = 1000
MAX_WORDS_IN_SPACE = 100  # four small panels have no room for more
MAX_GROUPS = 60
# A category is named on the map where its points keep together: median distance to their middle, against that of all.
COMPACT = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """Something written on the map.

    Attributes:
        text: Clean; the name of a group may have several lines.
        place: Shape (dim,), what it names, in the units of the projection.
        color: Of the writing.
        size: In points.
        is_bold: Whether it is heavy.
        is_centered: Whether it stands over the place instead of beside it.
        mark: How far a mark that is larger than the points reaches from the place, in mm; 0 for a point.
    """

    text: str
    place: NDArray[np.floating]
    color: str
    size: float
    is_bold: bool = False
    is_centered: bool = False
    mark: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """All tags, the more important first, and what must be said about them.

    Attributes:
        tags: To be placed.
        notes: One sentence each.
    """

    tags: tuple[Tag, ...]
    notes: tuple[str, ...] = ()


def choose_names(
    scene: Scene, points: NDArray[np.float32], coloring: Coloring, theme: Theme, numbers: Sequence[tuple[int, int]]
) -> Naming:
    """Decide what to write.

    Args:
        scene: What to draw.
        points: Shape (n, dim), of the chosen projection.
        coloring: Colours of the rows.
        theme: The paper.
        numbers: Row and number of each sentence that stands in the key.
    """
    chosen = next(i for i, p in enumerate(scene.projections) if p.points is points)
    captions = tuple(_captions(scene, chosen, theme))
    notes: tuple[str, ...] = ()
    drawn = np.flatnonzero(np.isfinite(points).all(axis=1))
    if scene.kind == "sentences":
        tags = [
            Tag(str(number), points[row], readable(coloring.colors[coloring.slots[row]], theme.name), 7.0, is_bold=True)
            for row, number in numbers
            if np.isfinite(points[row]).all()
        ]
        return Naming((*captions, *tags))
    most = MAX_WORDS if points.shape[1] == 2 else MAX_WORDS_IN_SPACE
    if scene.kind == "words" and len(drawn) <= most:
        # A way through the map is often captioned with the words that it passes.
        said = {(tag.text, *np.asarray(tag.place).tolist()) for tag in captions}
        words = _words(scene, points, drawn, coloring, theme)
        tags = [tag for tag in words if (tag.text, *tag.place.tolist()) not in said]
        n_cut = sum(tag.text.endswith(ELLIPSIS) for tag in tags)
        notes = (f"Names shortened (…): {n_cut:,}.",) if n_cut else ()
        return Naming((*captions, *tags), notes)
    if scene.kind == "words":
        notes = (f"{len(drawn):,} words are more than can be named here; they are drawn as points.",)
    if not scene.labels:
        return Naming((*captions, *_category_names(points, coloring, theme)), notes)
    shown = _coarsest(scene.labels)
    if len(shown) < len(scene.labels):
        notes = (*notes, f"{len(scene.labels) - len(shown):,} names of finer clusters are not shown.")
    return Naming((*captions, *_cluster_names(shown, points, theme)), notes)


def _words(
    scene: Scene, points: NDArray[np.float32], drawn: NDArray[np.intp], coloring: Coloring, theme: Theme
) -> Iterator[Tag]:
    size = 7.5 if len(drawn) <= 60 else 6.8 if len(drawn) <= 150 else 6.0
    for row in drawn:
        text = clean(scene.texts[row], WORD_LENGTH)
        if text:
            yield Tag(text, points[row], readable(coloring.colors[coloring.slots[row]], theme.name), size)


def _coarsest(labels: Sequence[Label]) -> list[Label]:
    """Coarse labels first; a finer level only if all of it is few enough."""
    ordered = sorted(labels, key=lambda label: label.level)
    counts = Counter(label.level for label in labels)
    total = 0
    kept: set[int] = set()
    for level in sorted(counts):
        total += counts[level]
        if total > MAX_GROUPS and kept:
            break
        kept.add(level)
    return [label for label in ordered if label.level in kept]


def _cluster_names(labels: Sequence[Label], points: NDArray[np.float32], theme: Theme) -> Iterator[Tag]:
    for label in labels:
        place = _middle(points[[label.row] if label.row >= 0 else label.members])
        if place is not None:
            if label.row >= 0:
                yield Tag(clean(label.text, CAPTION_LENGTH), place, theme.ink, 6.5, mark=RING_REACH)
                continue
            size = (8.0, 6.8, 6.2, 6.0)[min(label.level, 3)]
            text = _stack(clean(label.text, GROUP_LENGTH))
            yield Tag(text, place, theme.ink, size, is_bold=label.level == 0, is_centered=True)


def _category_names(points: NDArray[np.float32], coloring: Coloring, theme: Theme) -> Iterator[Tag]:
    """Names of those categories that keep together on the map."""
    whole = _middle(points)
    if coloring.bar is not None or whole is None:
        return
    spread = _spread(points, whole)
    size = 7.0 if points.shape[1] == 2 else 6.0
    for entry in coloring.entries:
        own = points[coloring.slots == entry.slot]
        place = _middle(own)
        if entry.is_rest or place is None or (spread > 0 and _spread(own, place) > COMPACT * spread):
            continue
        color = readable(coloring.colors[entry.slot], theme.name)
        yield Tag(_stack(clean(entry.name, GROUP_LENGTH)), place, color, size, is_bold=True, is_centered=True)


def _captions(scene: Scene, chosen: int, theme: Theme) -> Iterator[Tag]:
    for pin in scene.pins:
        yield Tag(clean(pin.text, CAPTION_LENGTH), pin.points[chosen], theme.ink, 7.5, is_bold=True, mark=PIN_REACH)
    for arrow in scene.arrows:
        middle = (np.asarray(arrow.start[chosen]) + np.asarray(arrow.end[chosen])) / 2
        yield Tag(clean(arrow.name, CAPTION_LENGTH), middle, theme.ink, 7.0, is_bold=True)
    for path in scene.paths:
        last = len(path.captions) - 1
        for step, (place, caption) in enumerate(zip(path.points[chosen], path.captions, strict=True)):
            mark = STAR_REACH if step in (0, last) else 0.0
            yield Tag(clean(caption, CAPTION_LENGTH), place, theme.ink, 6.5, mark=mark)


def _stack(text: str) -> str:
    """Break a name into lines of about equal length."""
    n_lines = -(-len(text) // GROUP_LINE)
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}".strip()
        if len(lines) < n_lines and lines[-1] and len(joined) > len(text) / n_lines + 2:
            lines.append(word)
        else:
            lines[-1] = joined
    return "\n".join(lines)


def _middle(points: NDArray[np.float32]) -> NDArray[np.floating] | None:
    finite = points[np.isfinite(points).all(axis=1)]
    return np.median(finite, axis=0) if len(finite) else None


def _spread(points: NDArray[np.float32], middle: NDArray[np.floating]) -> float:
    return float(np.nanmedian(np.linalg.norm(points - middle, axis=1)))
