"""A sheet of choices: all projections of a Scene as small multiples, each with its quality beneath it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from asterism._check import check_choice, check_range, check_whole
from asterism.scene.palette import THEMES
from asterism.view.figure._coloring import color_rows
from asterism.view.figure._draw import TITLE, TITLE_LENGTH, plain_style
from asterism.view.figure._footer import Footer, decimal
from asterism.view.figure._legend import Legend, marks_of
from asterism.view.figure._page import MARGIN, Page, line_height
from asterism.view.figure._panel import MAX_POINTS, Box, Panel
from asterism.view.figure._text import choose_fonts, clean
from asterism.view.figure._views import make_views

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asterism.scene.palette import ThemeName
    from asterism.scene.spec import Scene
    from asterism.values import Projection, Quality

WIDTH = 250.0  # mm
COLUMNS = 4
GAP = 4.0  # mm between panels
BLOCK_GAP = 2.6
HEADING = 7.0  # points
SMALL = 6.0
ADVICE = (
    "All are the same texts, turned onto the first. What stays from panel to panel is in the data; what changes is the "
    "layout's own. Panels differ in scale; the size of a cluster and the width of a gap are not data in any of them."
)


def draw_sheet(
    scene: Scene, *, theme: ThemeName = "light", width: float = WIDTH, columns: int = COLUMNS, dpi: float = 150
) -> Figure:
    """Draw every projection of a Scene beside the others.

    Args:
        scene: What to draw. Not modified.
        theme: "light" or "dark" paper.
        width: In mm, 80 to 1000.
        columns: Panels in a row, 1 to 12.
        dpi: Dots per inch, 50 to 1200.

    Returns:
        A figure of matplotlib; `save_drawn` writes it.

    Raises:
        InputError: An option is out of range.
    """
    check_choice(theme, tuple(THEMES), name="theme")
    check_range(width, name="width", low=80, high=1000)
    check_whole(columns, name="columns", low=1, high=12)
    check_range(dpi, name="dpi", low=50, high=1200)
    with mpl.rc_context(plain_style()):
        return _draw(scene, theme, width, min(columns, len(scene.projections)), dpi)


def _draw(scene: Scene, theme: ThemeName, width: float, columns: int, dpi: float) -> Figure:
    column = scene.column(scene.color)
    names = [projection.name or projection.method for projection in scene.projections]
    about = list(scene.about.values())
    fonts = choose_fonts([scene.title, *names, *scene.remarks, *about, column.name if column else "", ADVICE])
    page = Page(width, dpi=dpi, theme=THEMES[theme], fonts=fonts)
    n_drawn = max(int(np.isfinite(each.points).all(axis=1).sum()) for each in scene.projections)
    coloring = color_rows(scene, theme, is_shaded=n_drawn > MAX_POINTS)
    legend = Legend(page, coloring, marks_of(coloring), title=coloring.title)
    footer = Footer(page, _facts(scene), [ADVICE, *coloring.notes, *scene.remarks, *_notes(scene)])
    side = (page.inner - (columns - 1) * GAP) / columns
    row = side + line_height(HEADING) + 2 * line_height(SMALL) + GAP
    n_rows = -(-len(scene.projections) // columns)
    title = page.fit(fonts.drawable(clean(scene.title, TITLE_LENGTH)), TITLE, page.inner, bold=True)
    heights = [line_height(TITLE) if title else 0.0, legend.height]
    head = sum(height + BLOCK_GAP for height in heights if height)
    page.set_height(2 * MARGIN + head + n_rows * row + footer.height)
    top = page.height - MARGIN
    if title:
        page.write(MARGIN, top - 0.78 * line_height(TITLE), title, TITLE, bold=True)
        top -= line_height(TITLE) + BLOCK_GAP
    if legend.height:
        legend.draw(top)
        top -= legend.height + BLOCK_GAP
    for i, projection in enumerate(scene.projections):
        left = MARGIN + (i % columns) * (side + GAP)
        upper = top - (i // columns) * row
        heading = page.fit(fonts.drawable(clean(names[i], 60)), HEADING, side, bold=True)
        page.write(left, upper - 0.75 * line_height(HEADING), heading, HEADING, bold=True)
        box = Box(left, upper - line_height(HEADING) - side, side, side)
        Panel(page, scene, make_views(projection)[0], box, chosen=i, small=True).draw(coloring, ())
        for line, told in enumerate(_told(projection)):
            y = box.bottom - (line + 0.9) * line_height(SMALL)
            page.write(left, y, page.fit(told, SMALL, side), SMALL, color=page.theme.muted)
    footer.draw(top - n_rows * row)
    return page.figure


def _told(projection: Projection) -> tuple[str, ...]:
    """Two lines: what is near, and what is far."""
    quality = projection.quality
    if quality is None:
        return ()
    near = f"recall@10 {decimal(quality.recall)} · @50 {decimal(quality.recall_50)}"
    near += f" · trust {decimal(quality.trustworthiness)}"
    far = f"triplets {decimal(quality.triplets)} · distances {decimal(quality.spearman)}"
    if quality.labels is not None:
        far += f" · {quality.labels.column} {decimal(quality.labels.map.accuracy)}"
    return near, far


def _facts(scene: Scene) -> list[list[str]]:
    first = scene.projections[0]
    made = [f"n = {len(scene.texts):,}", f"seed {first.seed}"]
    made += [f"{key} {scene.about[key]}" for key in ("model",) if key in scene.about]
    made += [f"asterism {scene.about['version']}"] if "version" in scene.about else []
    quality = first.quality
    return [made] if quality is None else [made, _measures(quality)]


def _measures(quality: Quality) -> list[str]:
    chance = quality.chance
    told = [
        f"By chance: recall@10 {decimal(chance.recall)}",
        f"@50 {decimal(chance.recall_50)}",
        f"trustworthiness {decimal(chance.trustworthiness)}",
        f"triplets {decimal(chance.triplets)}",
        f"distances {decimal(chance.spearman)}",
    ]
    if quality.labels is not None:
        labels = quality.labels
        told.append(f"{labels.column} told by {labels.n_neighbors} neighbours {decimal(labels.shuffled.accuracy)}")
        told.append(f"by neighbours among the vectors {decimal(labels.space.accuracy)}")
    if quality.n_sampled < quality.n_vectors:
        told.append(f"measured on {quality.n_sampled:,} of {quality.n_vectors:,} vectors")
    return told


def _notes(scene: Scene) -> list[str]:
    return [f"{each.name}: {note}" for each in scene.projections for note in each.notes]
