"""Where names go: beside their points, without covering each other.

Every name has a list of possible places, nearest first. Names take the cheapest free place in turn, and are then
revisited while that makes anything better: coordinate descent on the sum of costs, with hard constraints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Places that touch the point: direction of the name's middle from the point, and what readers like less (0 is best).
BESIDE = (
    (1, 0, 0.0), (1, 1, 0.15), (1, -1, 0.2), (-1, 0, 0.25), (-1, 1, 0.3), (-1, -1, 0.35), (0, 1, 0.3), (0, -1, 0.4),
)  # fmt: skip
RINGS = (0.9, 1.6, 2.4, 3.4, 4.6, 6.0)  # free distance between a point and its moved name, in heights of the name
GROUP_RINGS = 3  # how many of them the name of a group may use; farther off it would name others
ANGLES = 20
MOVED = 1.6  # what a name costs that needs a line to its point
PER_HEIGHT = 0.55  # and for each of its heights in between
COVERED_POINT = 2.0
COVERED_BY_GROUP = 0.1  # the name of a group may cover a few of its points
CROSSED_NAME = 6.0
PASSES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What names must mind.

    Attributes:
        low: Lower left corner of the room for names.
        high: Upper right corner.
        points: Shape (p, 2): places better not covered.
        radius: Of the points.
        gap: Free space around each name.
        taken: Shape (q, 4): left, bottom, right, top of what must not be covered, such as titles of axes.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    points: Floats
    radius: float
    gap: float
    taken: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where the names went.

    Attributes:
        corners: Shape (m, 2): lower left corner of each name.
        is_placed: Shape (m,): whether there was room.
        is_moved: Shape (m,): whether it stands away from its point and needs a line.
    """

    corners: Floats
    is_placed: NDArray[np.bool_]
    is_moved: NDArray[np.bool_]


def place_names(
    anchors: Floats,
    sizes: Floats,
    ground: Ground,
    *,
    is_centered: NDArray[np.bool_] | None = None,
    clear: Floats | None = None,
    reach: int = len(RINGS),
) -> Placement:
    """Place names so that none covers another or leaves the ground.

    Args:
        anchors: Shape (m, 2), the points that are named; the more important first.
        sizes: Shape (m, 2), width and height of each name.
        ground: Bounds and obstacles, in the same unit.
        is_centered: Shape (m,): names of groups, written over the middle of their points instead of beside one.
        clear: Shape (m,): how far the mark of each named point reaches; None for the radius of the points.
        reach: How many of the rings around a point may be used; 0 keeps names where no line is needed.

    Returns:
        The places; a name without any free place is left out.

    Cost: O(m · places · names and points within reach), four passes at most.
    """
    centered = np.zeros(len(anchors), np.bool_) if is_centered is None else is_centered
    marks = np.full(len(anchors), ground.radius) if clear is None else clear
    board = _Board(anchors, sizes, ground, centered, marks, reach)
    for number in range(PASSES):
        if not board.visit(only_better=number > 0):
            break
    for i in np.flatnonzero(board.choice < 0):
        board.squeeze_in(int(i))
    is_placed = board.choice >= 0
    return Placement(board.corners, is_placed, is_placed & (board.choice >= board.n_beside))


class _Board:
    """The state of the search."""

    def __init__(
        self, anchors: Floats, sizes: Floats, ground: Ground, is_centered: NDArray[np.bool_], marks: Floats, reach: int
    ) -> None:
        self.anchors, self.sizes, self.ground = anchors, sizes, ground
        self.corners = np.full((len(anchors), 2), np.nan)
        self.choice = np.full(len(anchors), -1)
        self.cost = np.full(len(anchors), np.inf)
        self.n_beside = np.where(is_centered, 1, len(BESIDE))
        self._clear, self._reach = marks + ground.gap, reach
        self._places = [self._make_places(i, bool(is_centered[i])) for i in range(len(anchors))]
        self._rivals = self._find_rivals()

    def visit(self, *, only_better: bool) -> bool:
        """Give each name its cheapest free place; tells whether any name moved."""
        changed = False
        for i in range(len(self.anchors)):
            if only_better and self.cost[i] <= BESIDE[0][2]:
                continue
            before = int(self.choice[i])
            self._lift(i)
            self._settle(i)
            changed |= int(self.choice[i]) != before
        return changed

    def squeeze_in(self, i: int) -> None:
        """Take a place that one other name holds, if that one finds another."""
        corners, _ = self._places[i]
        hits = self._overlaps(i, corners)
        for c in np.flatnonzero(hits.sum(axis=1) == 1):
            other = int(self._rivals[i][np.flatnonzero(hits[c])[0]])
            if other == i:
                continue  # outside the ground
            old = (self.corners[other].copy(), int(self.choice[other]), float(self.cost[other]))
            self._lift(other)
            self._hold(i, int(c), corners[c], self._places[i][1][c] + COVERED_POINT)
            if self._settle(other):
                return
            self._lift(i)
            self.corners[other], self.choice[other], self.cost[other] = old

    def _lift(self, i: int) -> None:
        self.corners[i], self.choice[i], self.cost[i] = np.nan, -1, np.inf

    def _hold(self, i: int, choice: int, corner: Floats, cost: float) -> None:
        self.corners[i], self.choice[i], self.cost[i] = corner, choice, cost

    def _settle(self, i: int) -> bool:
        return self._settle_among(i, int(self.n_beside[i])) or self._settle_among(i, len(self._places[i][1]))

    def _settle_among(self, i: int, first: int) -> bool:
        """Take the cheapest of the first places, if one is free and the places after them could not be cheaper."""
        corners, costs = (array[:first] for array in self._places[i])
        free = np.flatnonzero(~self._overlaps(i, corners).any(axis=1))
        if not len(free):
            return False
        total = costs[free] + CROSSED_NAME * self._crossings(i, corners[free], free)
        best = int(np.argmin(total))
        if first < len(self._places[i][1]) and total[best] > MOVED:
            return False
        self._hold(i, int(free[best]), corners[free[best]], float(total[best]))
        return True

    def _make_places(self, i: int, is_centered: bool) -> tuple[Floats, Floats]:
        """Lower left corners of the places of a name, NaN outside the ground, and their costs."""
        size, clear = self.sizes[i], float(self._clear[i])
        middles, costs = _over(size, self._reach) if is_centered else _beside(size, clear, self._reach)
        corners = self.anchors[i] + middles - size / 2
        inside = (corners >= self.ground.low).all(axis=1) & (corners + size <= self.ground.high).all(axis=1)
        if len(self.ground.taken):
            low, high = self.ground.taken[:, :2], self.ground.taken[:, 2:]
            inside &= ~_meet(corners, corners + size, low, high).any(axis=1)
        costs = costs + (COVERED_BY_GROUP if is_centered else COVERED_POINT) * self._covered(corners, size)
        corners[~inside] = np.nan
        return corners, costs

    def _find_rivals(self) -> list[NDArray[np.intp]]:
        """For each name, those whose places come near its own."""
        low, high = np.full((len(self.anchors), 2), np.inf), np.full((len(self.anchors), 2), -np.inf)
        for i, (corners, _) in enumerate(self._places):
            inside = corners[~np.isnan(corners[:, 0])]
            if len(inside):
                low[i], high[i] = inside.min(axis=0), inside.max(axis=0) + self.sizes[i] + self.ground.gap
        # A line starts at the anchor, which may lie outside the boxes of its name.
        low, high = np.minimum(low, self.anchors), np.maximum(high, self.anchors)
        return [np.flatnonzero(((low <= high[i]) & (high >= low[i])).all(axis=1)) for i in range(len(low))]

    def _covered(self, corners: Floats, size: Floats) -> NDArray[np.intp]:
        near, radius = self.ground.points, self.ground.radius
        if not len(near):
            return np.zeros(len(corners), np.intp)
        window = (near >= corners.min(axis=0) - radius).all(axis=1)
        window &= (near <= corners.max(axis=0) + size + radius).all(axis=1)
        local = near[window]
        return np.asarray(_meet(corners, corners + size, local - radius, local + radius).sum(axis=1))

    def _overlaps(self, i: int, corners: Floats) -> NDArray[np.bool_]:
        """Which places, in rows, would touch which rivals, in columns; a place outside the ground touches all."""
        gap, rivals = self.ground.gap, self._rivals[i]
        low, high = self.corners[rivals] - gap, self.corners[rivals] + self.sizes[rivals] + gap
        hits = _meet(corners, corners + self.sizes[i], low, high)
        hits[np.isnan(corners[:, 0])] = True  # a name is its own rival, so that there is a column
        return np.asarray(hits)

    def _crossings(self, i: int, corners: Floats, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """How many names the line to each place would cross, and how many lines would be covered by the name."""
        crossed = np.zeros(len(corners), np.intp)
        rivals = self._rivals[i]
        held = rivals[self.choice[rivals] >= 0]
        size = self.sizes[i]
        moved = np.flatnonzero(places >= self.n_beside[i])
        if len(moved) and len(held):
            ends = nearest_in_box(self.anchors[i], corners[moved], size)
            low, high = self.corners[held], self.corners[held] + self.sizes[held]
            crossed[moved] += _segments_hit_boxes(self.anchors[i][None], ends, low, high).sum(axis=1)
        lines = held[self.choice[held] >= self.n_beside[held]]
        if len(lines):
            ends = nearest_in_box(self.anchors[lines], self.corners[lines], self.sizes[lines])
            crossed += _segments_hit_boxes(self.anchors[lines], ends, corners, corners + size).sum(axis=0)
        return crossed


def nearest_in_box(points: Floats, corners: Floats, sizes: Floats) -> Floats:
    """The place in each box, by lower left corner and size, nearest to a point; where a line to it ends."""
    return np.clip(points, corners, corners + sizes)


def _beside(size: Floats, clear: float, reach: int) -> tuple[Floats, Floats]:
    """Offsets of the middle of a name from its point, and their costs."""
    beside = np.array(BESIDE)
    is_corner = (beside[:, :2] != 0).all(axis=1, keepdims=True)
    middles = beside[:, :2] * (size / 2 + clear * np.where(is_corner, 0.6, 1.0))  # corners can come closer
    return _with_rings(middles, beside[:, 2], size, clear, reach)


def _over(size: Floats, reach: int) -> tuple[Floats, Floats]:
    """The same for a name in the middle of its points."""
    return _with_rings(np.zeros((1, 2)), np.zeros(1), size, -float(size[1]), min(reach, GROUP_RINGS))


def _with_rings(middles: Floats, costs: Floats, size: Floats, clear: float, reach: int) -> tuple[Floats, Floats]:
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    direction = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # How far the border of the name is from its middle in that direction.
    with np.errstate(divide="ignore"):
        inner = (size / 2 / np.abs(direction)).min(axis=1)
    rings = np.array(RINGS[:reach])
    moved = direction[None] * (clear + rings[:, None] * size[1] + inner)[:, :, None]
    ring_costs = np.repeat(MOVED + PER_HEIGHT * rings, ANGLES)
    return np.concatenate([middles, moved.reshape(-1, 2)]), np.concatenate([costs, ring_costs])


def _meet(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> NDArray[np.bool_]:
    """Shape (boxes, others): which rectangles share some area; one axis after the other, which NumPy does fastest."""
    across = (low[:, None, 0] < other_high[None, :, 0]) & (high[:, None, 0] > other_low[None, :, 0])
    return np.asarray(across & (low[:, None, 1] < other_high[None, :, 1]) & (high[:, None, 1] > other_low[None, :, 1]))


def _segments_hit_boxes(starts: Floats, ends: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Shape (segments, boxes): whether a segment passes through a box (the slab method of ray tracing)."""
    step = ends - starts
    enter = np.full((len(starts), len(low)), -np.inf)
    leave = np.full((len(starts), len(low)), np.inf)
    # A segment parallel to an axis gives ±inf, and NaN on the very border, which counts as outside.
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in (0, 1):
            one = (low[None, :, axis] - starts[:, None, axis]) / step[:, None, axis]
            two = (high[None, :, axis] - starts[:, None, axis]) / step[:, None, axis]
            enter = np.maximum(enter, np.minimum(one, two))
            leave = np.minimum(leave, np.maximum(one, two))
    return np.asarray((enter < leave) & (leave > 0) & (enter < 1))
