"""The key of the sentences: what the numbers on the map say, beneath it in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asterism.scene.palette import readable
from asterism.view.figure._page import MARGIN, line_height
from asterism.view.figure._text import ELLIPSIS, clean

if TYPE_CHECKING:
    from asterism.scene.spec import Scene
    from asterism.view.figure._coloring import Coloring
    from asterism.view.figure._page import Page

SIZE = 6.8  # points
HEADING = 7.2
TEXT_LENGTH = 220  # characters
MAX_LINES = 3
NUMBER = 5.0  # mm for the number
GUTTER = 6.0  # mm between columns
TWO_COLUMNS_FROM = 120.0  # mm


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence of the key, or a heading.

    Attributes:
        lines: Wrapped.
        color: Of the number or the heading.
        row: Of the sentence; −1 for a heading.
        number: On the map; 0 for a heading.
    """

    lines: tuple[str, ...]
    color: str
    row: int = -1
    number: int = 0

    @property
    def height(self) -> float:
        """In mm."""
        return line_height(HEADING) * 1.35 if self.row < 0 else line_height(SIZE) * len(self.lines) + 0.5


class Key:
    """Measured first, drawn when the page has its height."""

    def __init__(self, page: Page, scene: Scene, coloring: Coloring, *, room: float) -> None:
        """Wrap and number the sentences that fit.

        Args:
            page: Where.
            scene: Its texts; rows without text or place get no number.
            coloring: Headings and colours.
            room: Height in mm that the key may take.
        """
        self._page = page
        n_columns = 2 if page.inner >= TWO_COLUMNS_FROM else 1
        self._width = (page.inner - GUTTER * (n_columns - 1)) / n_columns
        items = self._make_items(scene, coloring)
        wanted = sum(item.row >= 0 for item in items)
        self._columns = _balance(items, n_columns)
        while items and max(_height(column) for column in self._columns) > room:
            items.pop()
            self._columns = _balance(items, n_columns)
        self.numbers = [(item.row, item.number) for item in items if item.row >= 0]
        self.n_left_out = wanted - len(self.numbers)
        self.n_shortened = sum(item.row >= 0 and item.lines[-1].endswith(ELLIPSIS) for item in items)
        self.height = max((_height(column) for column in self._columns), default=0.0)

    def _make_items(self, scene: Scene, coloring: Coloring) -> list[Item]:
        items: list[Item] = []
        theme = self._page.theme.name
        order = sorted(range(len(scene.texts)), key=lambda row: int(coloring.slots[row])) if coloring.entries else None
        headings = {entry.slot: entry.name for entry in coloring.entries} if coloring.bar is None else {}
        slot, number = -1, 0
        for row in range(len(scene.texts)) if order is None else order:
            own = int(coloring.slots[row])
            color = readable(coloring.colors[own], theme)
            if own != slot and own in headings:
                heading = self._page.fonts.drawable(clean(headings[own], 60))
                items.append(Item((self._page.fit(heading, HEADING, self._width, bold=True),), color))
            slot = own
            text = self._page.fonts.drawable(clean(scene.texts[row], TEXT_LENGTH))
            if not text:
                continue
            number += 1
            lines = self._page.wrap(text, SIZE, self._width - NUMBER, max_lines=MAX_LINES)
            items.append(Item(tuple(lines), color, row, number))
        return items

    def draw(self, top: float) -> None:
        """Draw with the upper edge at `top` mm."""
        for column, items in enumerate(self._columns):
            left, y = MARGIN + column * (self._width + GUTTER), top
            for item in items:
                if item.row < 0:
                    self._page.write(
                        left, y - 0.98 * line_height(HEADING), item.lines[0], HEADING, bold=True, color=item.color
                    )
                else:
                    self._write_sentence(item, left, y)
                y -= item.height

    def _write_sentence(self, item: Item, left: float, top: float) -> None:
        first = top - 0.75 * line_height(SIZE)
        number = {"bold": True, "ha": "right", "color": item.color}
        self._page.write(left + NUMBER - 1.5, first, str(item.number), SIZE, **number)
        for i, line in enumerate(item.lines):
            self._page.write(left + NUMBER, first - i * line_height(SIZE), line, SIZE)


def _height(items: list[Item]) -> float:
    return sum(item.height for item in items)


def _balance(items: list[Item], n_columns: int) -> list[list[Item]]:
    """Fill columns evenly in reading order; a heading never ends one."""
    columns: list[list[Item]] = [[]]
    share = _height(items) / n_columns
    for i, item in enumerate(items):
        block = item.height + (items[i + 1].height if item.row < 0 and i + 1 < len(items) else 0.0)
        full = _height(columns[-1]) + block / 2 > share
        after_heading = bool(columns[-1]) and columns[-1][-1].row < 0
        if full and len(columns) < n_columns and not after_heading:
            columns.append([])
        columns[-1].append(item)
    return columns
