"""From which side a projection is looked at: one view of two dimensions, four of three."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism.values import Projection


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A way to look at points.

    Attributes:
        name: Of the side; "" for the only view of a plane.
        matrix: Shape (2, dim): places on paper, right and up.
        depth: Shape (dim,): how near to the eye, more is nearer.
        titles: Of the horizontal and the vertical axis; "" for none.
        edges: Shape (m, 2, 2): lines of the box around three-dimensional points, in the units of the paper.
        corners: Places and names of the ends of the axes, where the view shows three.
    """

    name: str
    matrix: NDArray[np.float64]
    depth: NDArray[np.float64]
    titles: tuple[str, str] = ("", "")
    edges: NDArray[np.float64] | None = None
    corners: tuple[tuple[NDArray[np.float64], str], ...] = ()

    def place(self, points: ArrayLike) -> NDArray[np.float64]:
        """Places on paper, shape (m, 2), of points of shape (m, dim)."""
        return np.asarray(np.asarray(points, np.float64) @ self.matrix.T)


def make_views(projection: Projection) -> tuple[View, ...]:
    """The views of a projection: itself, or isometric, front, side and top."""
    if projection.points.shape[1] == 2:
        titles = (projection.axes[0], projection.axes[1]) if len(projection.axes) >= 2 else ("", "")
        return (View("", np.eye(2), np.zeros(2), titles),)
    x, y, z = projection.axes if len(projection.axes) == 3 else ("x", "y", "z")
    right, back, up = np.eye(3)
    box = _box(projection.points)
    # Isometric: the eye looks along (−1, 1, −1), each axis is foreshortened alike.
    iso_right, iso_up = (right + back) / np.sqrt(2), (2 * up - right + back) / np.sqrt(6)
    iso = View("isometric", np.stack([iso_right, iso_up]), (right - back + up) / np.sqrt(3))
    flat = (
        ("front", right, up, -back, (x, z)),
        ("side", back, up, right, (y, z)),
        ("top", right, back, up, (x, y)),
    )
    others = (View(name, np.stack([h, v]), eye, titles) for name, h, v, eye, titles in flat)
    return tuple(_with_box(view, box, (x, y, z)) for view in (iso, *others))


def _box(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Lower and upper corner of the box around the finite points, shape (2, 3)."""
    finite = points[np.isfinite(points).all(axis=1)].astype(np.float64)
    if not len(finite):
        return np.array([[-1.0] * 3, [1.0] * 3])
    low, high = finite.min(axis=0), finite.max(axis=0)
    # A flat set of points still gets a box with a height.
    half = np.maximum((high - low) / 2 * 1.05, max(0.05 * float((high - low).max()), 1e-6))
    middle = (low + high) / 2
    return np.stack([middle - half, middle + half])


def _with_box(view: View, box: NDArray[np.float64], titles: tuple[str, str, str]) -> View:
    corners = np.array(list(product(*box.T)))
    pairs = [(i, i | 1 << bit) for i in range(8) for bit in range(3) if not i & 1 << bit]
    edges = view.place(corners)[np.array(pairs)]
    if view.name != "isometric":
        return View(view.name, view.matrix, view.depth, view.titles, edges)
    low, high = box
    middle = (low + high) / 2
    ends = (
        np.array([middle[0], low[1], low[2]]),
        np.array([high[0], middle[1], low[2]]),
        np.array([low[0], low[1], middle[2]]),
    )
    places = view.place(np.array(ends))
    return View(view.name, view.matrix, view.depth, ("", ""), edges, tuple(zip(places, titles, strict=True)))
