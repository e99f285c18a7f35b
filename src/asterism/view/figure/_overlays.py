"""What lies over the points: ways, arrows, pins and pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import FancyArrowPatch

from asterism.scene.palette import sequential_colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from asterism.scene.palette import Theme
    from asterism.scene.spec import Scene
    from asterism.view.figure._views import View

PAIRS_SHOWN = 2000  # lines; more would be a blot
STAR = 90.0  # points², area
STAR_REACH = 1.7  # mm from the middle of a star to its points
PIN = 42.0
PIN_REACH = 1.4
RING = 26.0  # around a point that is named by itself
RING_REACH = 1.1


def draw_overlays(axes: Axes, scene: Scene, view: View, chosen: int, theme: Theme) -> None:
    """Draw everything of a Scene that is no point.

    Args:
        axes: Where.
        scene: What.
        view: From which side.
        chosen: Index of the projection.
        theme: Colours.
    """
    points = scene.projections[chosen].points
    for pairs in scene.pairs:
        _draw_pairs(axes, view.place(points[pairs.rows[:PAIRS_SHOWN].ravel()]).reshape(-1, 2, 2), theme)
    named = [label.row for label in scene.labels if label.row >= 0]
    if named:
        x, y = view.place(points[named]).T
        axes.scatter(x, y, s=RING, facecolors="none", edgecolors=theme.ink, linewidths=0.8, zorder=5)
    for path in scene.paths:
        _draw_path(axes, view.place(path.points[chosen]), theme)
    for arrow in scene.arrows:
        ends = view.place(np.stack([arrow.start[chosen], arrow.end[chosen]]))
        if np.isfinite(ends).all():
            style: dict[str, Any] = {
                "arrowstyle": "-|>",
                "mutation_scale": 9,
                "linewidth": 1.1,
                "shrinkA": 2,
                "shrinkB": 2,
            }
            axes.add_patch(FancyArrowPatch(*ends, color=theme.ink, zorder=4, **style))
    if scene.pins:
        x, y = view.place(np.stack([pin.points[chosen] for pin in scene.pins])).T
        axes.scatter(x, y, s=PIN, marker="D", color=theme.ink, edgecolors=theme.background, linewidths=1.0, zorder=6)


def overlay_notes(scene: Scene) -> list[str]:
    """What is not drawn, one sentence each."""
    left = [pairs for pairs in scene.pairs if len(pairs.rows) > PAIRS_SHOWN]
    return [f"The first {PAIRS_SHOWN:,} of {len(pairs.rows):,} {pairs.name} are joined." for pairs in left]


def _draw_pairs(axes: Axes, segments: NDArray[np.float64], theme: Theme) -> None:
    whole = segments[np.isfinite(segments).all(axis=(1, 2))]
    axes.add_collection(LineCollection(list(whole), colors=theme.muted, linewidths=0.4, alpha=0.6, zorder=1.5))


def _draw_path(axes: Axes, places: NDArray[np.float64], theme: Theme) -> None:
    """A line whose colour runs from start to end, a star at either."""
    places = places[np.isfinite(places).all(axis=1)]
    if not len(places):
        return
    ramp = sequential_colors(max(len(places), 2), theme=theme.name)
    segments = list(np.stack([places[:-1], places[1:]], axis=1))
    axes.add_collection(LineCollection(segments, colors=ramp[: len(segments)], linewidths=1.8, zorder=4))
    x, y = places[1:-1].T
    axes.scatter(x, y, s=9, c=ramp[1 : len(places) - 1] or None, zorder=5, linewidths=0)
    for place, color in ((places[0], ramp[0]), (places[-1], ramp[-1])):
        axes.scatter(
            place[0], place[1], s=STAR, marker="*", color=color, edgecolors=theme.ink, linewidths=0.6, zorder=6
        )


def overlay_lines(scene: Scene, view: View, chosen: int) -> list[NDArray[np.float64]]:
    """What overlays draw, as polylines of shape (m, 2) in the units of the view; names should not cover them."""
    lines = [path.points[chosen] for path in scene.paths]
    lines += [np.stack([arrow.start[chosen], arrow.end[chosen]]) for arrow in scene.arrows]
    lines += [pin.points[chosen][None] for pin in scene.pins]
    places = [view.place(line) for line in lines]
    return [place[np.isfinite(place).all(axis=1)] for place in places]
