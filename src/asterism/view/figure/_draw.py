"""Compose a figure: title, legend, map, key and footer on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from asterism._check import check_choice, check_range
from asterism.errors import InputError
from asterism.project.verdict import tell_verdict
from asterism.scene.palette import THEMES
from asterism.scene.spec import CategoryColumn
from asterism.view.figure._coloring import MAX_CATEGORIES, color_rows
from asterism.view.figure._footer import Footer, tell
from asterism.view.figure._key import TEXT_LENGTH, Key
from asterism.view.figure._legend import Legend, marks_of, overlay_marks
from asterism.view.figure._naming import MAX_WORDS, Naming, choose_names
from asterism.view.figure._overlays import overlay_notes
from asterism.view.figure._page import MARGIN, Page, line_height
from asterism.view.figure._panel import MAX_POINTS, Box, Panel, height_for
from asterism.view.figure._shepard import Shepard
from asterism.view.figure._text import choose_fonts, clean, is_installed
from asterism.view.figure._views import make_views

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

    from asterism.scene.palette import ThemeName
    from asterism.scene.spec import Scene
    from asterism.values import Projection

TITLE = 11.0  # points
TITLE_LENGTH = 160  # characters
MISSING = "No installed font has some of the characters; □ stands for them."
BLOCK_GAP = 2.6  # mm between the blocks of the page
PANEL_GAP = 5.0
LEAST_MAP = 40.0  # mm
KEY_ROOM = 150.0  # mm that a key may take on a page of its own height
DPI = 220
PAGE_WIDTH = 180.0  # mm, across both columns of a journal
HEADING = line_height(7.5) + 0.8  # mm, above each of four views
# Height of the map as a share of its width: what the data want, between these.
LOW_SHAPE = 0.5
SHAPE = 0.78
SHAPE_ABOVE_KEY = 0.62
SHAPE_OF_MANY_NAMES = 1.05
MANY_NAMES = 150
SHAPE_OF_FOUR = 0.85


@dataclass(frozen=True, slots=True)
class Options:
    """How a figure is wanted.

    Attributes:
        theme: "light" or "dark" paper.
        width: In mm, 80 to 1000.
        height: In mm; None takes what the content needs.
        dpi: Dots per inch of a PNG and of images inside SVG and PDF.
        projection: Which of the Scene's projections, by position or by method.
        font: A font family to use first; None for the one that comes with matplotlib.
        shepard: Add a Shepard diagram, where the projection has pairs for it.
    """

    theme: ThemeName = "light"
    width: float = PAGE_WIDTH
    height: float | None = None
    dpi: float = DPI
    projection: int | str = 0
    font: str | None = None
    shepard: bool = False

    def __post_init__(self) -> None:
        check_choice(self.theme, tuple(THEMES), name="theme")
        check_range(self.width, name="width", low=80, high=1000)
        check_range(self.dpi, name="dpi", low=50, high=1200)
        if self.height is not None:
            check_range(self.height, name="height", low=60, high=2000)
        if self.font is not None and not is_installed(self.font):
            raise InputError(f"font is {self.font!r}; expected a family that is installed, such as 'DejaVu Sans'.")


def draw_figure(
    scene: Scene,
    *,
    theme: ThemeName = "light",
    width: float = PAGE_WIDTH,
    height: float | None = None,
    dpi: float = DPI,
    projection: int | str = 0,
    font: str | None = None,
    shepard: bool = False,
) -> Figure:
    """Draw a Scene.

    Names never cover each other, the legend never covers data, and the small print says how the map was made, how
    far it can be believed and what is not shown. The same Scene and options give the same figure.

    Args:
        scene: What to draw. Not modified.
        theme: "light" or "dark" paper.
        width: In mm, 80 to 1000.
        height: In mm, 60 to 2000; None takes what the content needs.
        dpi: Dots per inch, 50 to 1200.
        projection: Which of the Scene's projections, by position or by method.
        font: A font family to use first; None for the one that comes with matplotlib.
        shepard: Add a Shepard diagram, where the projection has pairs for it.

    Returns:
        A figure of matplotlib, attached to no window; `render_figure` writes it.

    Raises:
        InputError: An option is out of range, there is no such projection or font, or the height leaves no map.

    Cost: O(n) for points; for names see `_names.place_names`.
    """
    options = Options(theme, width, height, dpi, projection, font, shepard)
    # Whatever style the caller has set for other figures, this one is drawn with the defaults.
    with mpl.rc_context(plain_style()):
        return _Composition(scene, options).draw()


def plain_style() -> dict[Any, Any]:  # matplotlib declares three hundred literal keys
    """Matplotlib's own defaults, apart from its choice of a window system."""
    return {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")}


class _Composition:
    """One figure in the making."""

    def __init__(self, scene: Scene, options: Options) -> None:
        self.scene, self.options = scene, options
        self.chosen = _choose(scene, options.projection)
        self.projection = scene.projections[self.chosen]
        self.points = self.projection.points
        self.n_drawn = int(np.isfinite(self.points).all(axis=1).sum())
        theme = THEMES[options.theme]
        fonts = choose_fonts(_all_texts(scene, self.projection), options.font)
        self.page = Page(options.width, dpi=options.dpi, theme=theme, fonts=fonts)
        self.coloring = color_rows(scene, options.theme, is_shaded=self.n_drawn > MAX_POINTS)
        self.views = make_views(self.projection)
        told = self.projection.quality if options.shepard else None
        self.shepard = Shepard(self.page, told, metric=scene.metric)

    def draw(self) -> Figure:
        """Measure all blocks, settle the height, then draw from top to bottom."""
        page, scene = self.page, self.scene
        title = page.fit(page.fonts.drawable(clean(scene.title, TITLE_LENGTH)), TITLE, page.inner, bold=True)
        key = Key(page, scene, self.coloring, room=self._key_room()) if scene.kind == "sentences" else None
        # The headings of a key say what the colours mean.
        marks = marks_of(self.coloring) if key is None or self.coloring.bar else []
        heading = self.coloring.title if marks else ""
        legend = Legend(page, self.coloring, [*marks, *overlay_marks(scene, page.theme)], title=heading)
        naming = choose_names(scene, self.points, self.coloring, page.theme, key.numbers if key else [])
        notes = [*self.coloring.notes, *naming.notes, *overlay_notes(scene), *(_key_notes(key) if key else [])]
        longest = self._footer([*notes, *self._omissions(len(naming.tags), naming), MISSING])

        heights = [line_height(TITLE) if title else 0.0, legend.height, key.height if key else 0.0, longest.height]
        heights.append(self.shepard.height)
        fixed = 2 * MARGIN + sum(heights) + BLOCK_GAP * sum(height > 0 for height in heights)
        map_height = self._map_height(fixed, len(naming.tags), has_key=key is not None)
        page.set_height(fixed + map_height)

        top = page.height - MARGIN
        if title:
            page.write(MARGIN, top - 0.78 * line_height(TITLE), title, TITLE, bold=True)
            top -= line_height(TITLE) + BLOCK_GAP
        if legend.height:
            legend.draw(top)
            top -= legend.height + BLOCK_GAP
        notes += self._omissions(self._draw_map(naming, top - map_height, map_height), naming)
        top -= map_height + BLOCK_GAP
        if key and key.height:
            key.draw(top)
            top -= key.height + BLOCK_GAP
        if self.shepard.height:
            self.shepard.draw(top)
            top -= self.shepard.height + BLOCK_GAP
        self._footer([*notes, *([MISSING] if page.fonts.missing else [])]).draw(top)
        return page.figure

    def _footer(self, notes: Sequence[str]) -> Footer:
        facts = tell(self.scene, self.projection, self.n_drawn)
        quality = self.projection.quality
        verdict = () if quality is None else tell_verdict(quality)
        return Footer(self.page, facts, [*verdict, *notes, *self.scene.remarks, *self.projection.notes])

    def _omissions(self, n_omitted: int, naming: Naming) -> list[str]:
        where = " in at least one of the views" if len(self.views) > 1 else ""
        return [f"{n_omitted:,} of {len(naming.tags):,} names found no room{where}."] if n_omitted else []

    def _map_height(self, fixed: float, n_names: int, *, has_key: bool) -> float:
        if self.options.height is not None:
            left = self.options.height - fixed
            if left < LEAST_MAP:
                raise InputError(
                    f"height is {self.options.height:g} mm, and title, legend, key and footer take {fixed:.0f} mm; "
                    f"expected at least {fixed + LEAST_MAP:.0f} mm, or None for what the content needs."
                )
            return left
        inner = self.page.inner
        if len(self.views) == 4:
            width = (inner - PANEL_GAP) / 2
            wanted = [height_for(self.scene, view, self.chosen, width) for view in self.views]
            row = min(max(*wanted, LOW_SHAPE * width), SHAPE_OF_FOUR * width)
            return 2 * (row + HEADING) + PANEL_GAP
        most = SHAPE_OF_MANY_NAMES if n_names > MANY_NAMES else SHAPE_ABOVE_KEY if has_key else SHAPE
        return min(max(height_for(self.scene, self.views[0], self.chosen, inner), LOW_SHAPE * inner), most * inner)

    def _key_room(self) -> float:
        if self.options.height is None:
            return KEY_ROOM
        return max(0.45 * (self.options.height - 30), 0.0)

    def _draw_map(self, naming: Naming, bottom: float, height: float) -> int:
        """Draw all views; tells how many names found no room, at most over the views."""
        if len(self.views) == 1:
            boxes = [Box(MARGIN, bottom, self.page.inner, height)]
        else:
            boxes = list(_quarters(Box(MARGIN, bottom, self.page.inner, height)))
        panels = [
            Panel(self.page, self.scene, view, box, chosen=self.chosen)
            for view, box in zip(self.views, boxes, strict=True)
        ]
        return max(panel.draw(self.coloring, naming.tags) for panel in panels)


def _quarters(whole: Box) -> Iterator[Box]:
    """Four boxes with room for their headings, row by row."""
    width = (whole.width - PANEL_GAP) / 2
    height = (whole.height - PANEL_GAP) / 2 - HEADING
    for row in (1, 0):
        for column in (0, 1):
            left = whole.left + column * (width + PANEL_GAP)
            yield Box(left, whole.bottom + row * (height + HEADING + PANEL_GAP), width, height)


def _key_notes(key: Key) -> list[str]:
    notes = []
    if key.n_shortened:
        notes.append(f"Sentences shortened (…): {key.n_shortened:,}.")
    if key.n_left_out:
        n_told = f"The key has room for {len(key.numbers):,} sentences"
        notes.append(f"{n_told}; points without a number: {key.n_left_out:,}.")
    return notes


def _choose(scene: Scene, wanted: int | str) -> int:
    """Index of the projection that was asked for."""
    methods = [projection.method for projection in scene.projections]
    if isinstance(wanted, str) and wanted in methods:
        return methods.index(wanted)
    if isinstance(wanted, int) and 0 <= wanted < len(methods):
        return wanted
    known = ", ".join(f"{i} ({method!r})" for i, method in enumerate(methods))
    raise InputError(f"projection is {wanted!r}; expected one of {known or 'none: the Scene has no projection'}.")


def _all_texts(scene: Scene, projection: Projection) -> Iterator[str]:
    """Whatever may be written, cut to the length at which it would be."""
    yield from (scene.title, *scene.remarks, *projection.notes, *projection.axes, *scene.about.values())
    column = scene.column(scene.color)
    if column is not None:
        yield column.name
    if isinstance(column, CategoryColumn):
        yield from column.values[:MAX_CATEGORIES]
    yield from (label.text for label in scene.labels)
    yield from (pin.text for pin in scene.pins)
    yield from (arrow.name for arrow in scene.arrows)
    for path in scene.paths:
        yield from (path.name, *path.captions)
    if scene.kind != "documents":
        yield from (text[:TEXT_LENGTH] for text in scene.texts[:MAX_WORDS])
