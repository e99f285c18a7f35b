"""One view of the map: frame, points or shades, overlays and names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection

from asterism.scene._oklab import to_linear
from asterism.view.figure._density import shade
from asterism.view.figure._names import RINGS, Ground, nearest_in_box, place_names
from asterism.view.figure._overlays import PIN_REACH, draw_overlays, overlay_lines
from asterism.view.figure._page import MM_PER_POINT
from asterism.view.figure._text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.text import Text
    from numpy.typing import NDArray

    from asterism.scene.spec import Scene
    from asterism.view.figure._coloring import Coloring
    from asterism.view.figure._naming import Tag
    from asterism.view.figure._page import Page
    from asterism.view.figure._views import View

MAX_POINTS = 10_000  # more are shaded by density
MAX_OBSTACLES = 1000  # names of groups lie over more points than these
MAX_VECTOR_POINTS = 3000  # more are an image inside SVG and PDF
DOT_STEP = 1.0  # mm between the places of a line that names should not cover
CELL = 0.2  # mm, of the shading
NAME_GAP = 0.45  # mm of free space around a name
AXIS_TITLE = 6.5  # points
AXIS_LENGTH = 40  # characters
# How the titles of the three axes of an isometric view stand to the middles of their edges.
CORNERS = (("right", "top"), ("left", "top"), ("right", "center"))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, in mm."""

    left: float
    bottom: float
    width: float
    height: float


class Panel:
    """One view of one projection on a rectangle of the page."""

    def __init__(self, page: Page, scene: Scene, view: View, box: Box, *, chosen: int, small: bool = False) -> None:
        self._page, self._scene, self._view, self._chosen = page, scene, view, chosen
        self._margin = (1.5, 1.5) if small else _margin(view)
        inset = 4.0 if any(view.titles) and view.edges is None else 0.0  # room for the titles of the axes
        self.box = Box(box.left + inset, box.bottom + inset, box.width - inset, box.height - inset)
        points = scene.projections[chosen].points
        self._rows = np.flatnonzero(np.isfinite(points).all(axis=1))
        self._places = view.place(points[self._rows])
        self._depth = points[self._rows] @ view.depth
        self._area = point_area(len(self._rows)) * (1.0 if view.edges is None else 0.5) * (0.3 if small else 1.0)
        self._radius = float(np.sqrt(self._area / np.pi)) * MM_PER_POINT
        self.axes = page.add_axes(self.box.left, self.box.bottom, self.box.width, self.box.height)
        self._titles: list[tuple[float, float, float, float]] = []
        self._low, self._scale = self._set_limits()

    def draw(self, coloring: Coloring, tags: Sequence[Tag]) -> int:
        """Draw everything; tells how many tags found no room."""
        self._draw_frame()
        if len(self._rows) > MAX_POINTS:
            self._draw_shades(coloring)
        else:
            self._draw_points(coloring)
        draw_overlays(self.axes, self._scene, self._view, self._chosen, self._page.theme)
        return self._write_names(tags)

    def to_page(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places of the view in mm on the page."""
        return np.asarray((places - self._low) * self._scale + [self.box.left, self.box.bottom])

    def _set_limits(self) -> tuple[NDArray[np.float64], float]:
        """Show everything with one scale for both directions, and a margin for names."""
        low, high = extent_of(self._scene, self._view, self._chosen)
        size = np.array([self.box.width, self.box.height])
        margin = np.array(self._margin)
        extent = high - low
        possible = (size - 2 * margin)[extent > 0] / extent[extent > 0]
        scale = float(possible.min()) if len(possible) else 1.0
        low = (low + high) / 2 - size / scale / 2
        high = low + size / scale
        self.axes.set_xlim(low[0], high[0])
        self.axes.set_ylim(low[1], high[1])
        return low, scale

    def _draw_frame(self) -> None:
        page, view, box = self._page, self._view, self.box
        if view.edges is None:
            self.axes.spines[:].set(visible=True, color=page.theme.faint, linewidth=0.7)
            left, bottom = box.left, box.bottom
            middle = np.array([box.left + box.width / 2, box.bottom + box.height / 2])
        else:
            edges = LineCollection(list(view.edges), colors=page.theme.faint, linewidths=0.7, zorder=0)
            self.axes.add_collection(edges)
            ends = self.to_page(view.edges.reshape(-1, 2))
            left, bottom = ends.min(axis=0)
            middle = (ends.min(axis=0) + ends.max(axis=0)) / 2
        across, up = view.titles
        self._write_title(across, middle[0], bottom - 1.2, ha="center", va="top")
        self._write_title(up, left - 1.2, middle[1], ha="right", va="center", rotation=90)
        for (place, title), (ha, va) in zip(view.corners, CORNERS, strict=False):
            x, y = self.to_page(place[None])[0]
            self._write_title(title, x + (0.8 if ha == "left" else -0.8), y - 0.4, ha=ha, va=va)
        if view.name:
            page.write(box.left, box.bottom + box.height + 0.8, view.name, 7.5, bold=True)

    def _write_title(self, title: str, x: float, y: float, **style: Any) -> None:  # noqa: ANN401 - of matplotlib
        page = self._page
        text = page.write(
            x, y, page.fonts.drawable(clean(title, AXIS_LENGTH)), AXIS_TITLE, color=page.theme.muted, **style
        )
        if title:
            self._titles.append(page.area(text))

    def _draw_points(self, coloring: Coloring) -> None:
        n = len(self._rows)
        area = self._area
        # Far ones first in space; in a plane in random order, so that no category hides the others.
        order = np.argsort(self._depth, kind="stable")
        if not self._depth.any():
            order = np.random.default_rng(0).permutation(n)
        slots = coloring.slots[self._rows]
        colors = np.array(coloring.colors)
        edge = 0.5 if n <= 1000 else 0.0
        opacity = 1.0 if n <= 1000 else 0.75
        for marker in dict.fromkeys(coloring.markers):
            of_marker = order[np.array(coloring.markers)[slots[order]] == marker]
            if not len(of_marker):
                continue
            x, y = self._places[of_marker].T
            style: dict[str, Any] = {"edgecolors": self._page.theme.background, "linewidths": edge, "alpha": opacity}
            self.axes.scatter(
                x, y, s=area, c=colors[slots[of_marker]].tolist(), marker=marker, zorder=2,
                rasterized=n > MAX_VECTOR_POINTS, **style,
            )  # fmt: skip

    def _draw_shades(self, coloring: Coloring) -> None:
        shape = (max(int(self.box.height / CELL), 1), max(int(self.box.width / CELL), 1))
        inside = (self._places - self._low) * self._scale / [self.box.width, self.box.height]
        cells = np.clip((inside * shape[::-1]).astype(np.intp), 0, np.array(shape[::-1]) - 1)[:, ::-1]
        image = shade(cells, coloring.slots[self._rows], to_linear(coloring.colors), shape)
        extent = (*self.axes.get_xlim(), *self.axes.get_ylim())
        self.axes.imshow(image, extent=extent, origin="lower", aspect="auto", interpolation="bilinear", zorder=2)

    def _write_names(self, tags: Sequence[Tag]) -> int:
        page = self._page
        shown = [tag for tag in tags if tag.text and np.isfinite(tag.place).all()]
        if not shown:
            return 0
        texts = [self._prepare(tag) for tag in shown]
        sizes = np.array([page.extent(text) for text in texts])
        anchors = self.to_page(self._view.place(np.stack([tag.place for tag in shown])))
        names = place_names(
            anchors,
            sizes,
            self._ground(),
            is_centered=np.array([tag.is_centered for tag in shown]),
            clear=np.array([max(tag.mark, self._radius) for tag in shown]),
            reach=len(RINGS) if len(shown) <= 700 else 2,
        )
        for text, corner, is_placed in zip(texts, names.corners, names.is_placed, strict=True):
            if is_placed:
                text.set_position((float(corner[0]), float(corner[1])))
            else:
                text.remove()
        self._draw_leaders(anchors, names.corners, sizes, names.is_moved)
        return int((~names.is_placed).sum())

    def _prepare(self, tag: Tag) -> Text:
        style: dict[str, Any] = {"color": tag.color, "va": "bottom", "zorder": 8, "bold": tag.is_bold, "label": "name"}
        if tag.is_centered:
            pill = {"boxstyle": "round,pad=0.12", "facecolor": self._page.theme.background, "alpha": 0.72, "lw": 0}
            style |= {"bbox": pill, "multialignment": "center", "linespacing": 1.05}
        return self._page.write(0, 0, self._page.fonts.drawable(tag.text), tag.size, **style)

    def _ground(self) -> Ground:
        box, n = self.box, len(self._rows)
        points = self.to_page(self._places) if n <= MAX_OBSTACLES else np.zeros((0, 2))
        lines = [self.to_page(line) for line in overlay_lines(self._scene, self._view, self._chosen)]
        points = np.concatenate([points, *(_dots(line) for line in lines)])
        edge = NAME_GAP + 0.1
        low = (box.left + edge, box.bottom + edge)
        high = (box.left + box.width - edge, box.bottom + box.height - edge)
        return Ground(low, high, points, self._radius, NAME_GAP, np.array(self._titles).reshape(-1, 4))

    def _draw_leaders(
        self,
        anchors: NDArray[np.float64],
        corners: NDArray[np.float64],
        sizes: NDArray[np.float64],
        is_moved: NDArray[np.bool_],
    ) -> None:
        if not is_moved.any():
            return
        ends = nearest_in_box(anchors[is_moved], corners[is_moved], sizes[is_moved])
        lines = np.stack([anchors[is_moved], ends], axis=1)
        color = self._page.theme.muted
        leaders = LineCollection(list(lines), colors=color, linewidths=0.4, alpha=0.7, zorder=1.8)
        leaders.set_transform(self._page.mm)
        self.axes.add_collection(leaders, autolim=False)


def point_area(n: int) -> float:
    """Area of a marker in points² that n points allow."""
    steps = ((60, 20.0), (200, 14.0), (1000, 9.0), (2500, 5.0), (5000, 3.4))
    return next((area for most, area in steps if n <= most), 2.6)


def extent_of(scene: Scene, view: View, chosen: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower left and upper right corner of everything that a view shows."""
    places = view.place(scene.projections[chosen].points)
    places = np.concatenate([places[np.isfinite(places).all(axis=1)], *overlay_lines(scene, view, chosen)])
    if view.edges is not None:
        places = np.concatenate([places, view.edges.reshape(-1, 2)])
    return (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(2), np.ones(2))


def _dots(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places along a line in mm, and around its ends as far as their marks reach; obstacles for names."""
    steps = [np.zeros((0, 2))]
    for start, end in pairwise(line):
        share = np.linspace(0, 1, max(int(np.hypot(*(end - start)) / DOT_STEP), 1) + 1)
        steps.append(start + share[:, None] * (end - start))
    if len(line):
        around = 0.7 * PIN_REACH * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
        steps += [line[0] + around, line[-1] + around]
    return np.concatenate(steps)


def height_for(scene: Scene, view: View, chosen: int, width: float) -> float:
    """Height in mm at which a view fills a box of that width."""
    low, high = extent_of(scene, view, chosen)
    across, up = high - low
    margin = _margin(view)
    ratio = up / across if across > 0 else 1.0
    return float((width - 2 * margin[0]) * ratio + 2 * margin[1])


def _margin(view: View) -> tuple[float, float]:
    """Room for names beyond the outermost points, in mm, to the sides and above and below."""
    return (9.0, 6.0) if view.edges is None else (6.0, 4.0)
