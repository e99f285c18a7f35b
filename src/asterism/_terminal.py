"""Texts and tables as a terminal shows them."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell = str | bool | int | float | None

WIDEST = 76
# Columns that texts have at least, however narrow the terminal.
LEAST = 20
GAP = "  "
DECIMALS = 4
# Numbers as near to 0 as this are what float32 leaves of it.
LEFT_OVER = 1e-6
# What a terminal obeys instead of showing it: controls, and marks that turn the direction of what follows.
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def columns_of(text: str) -> int:
    """How many columns a terminal gives a text: two for wide characters, none for marks over the one before."""
    return sum(map(_columns, text))


def one_line(text: str, widest: int = WIDEST) -> str:
    """A text on one line of a terminal, cut with an ellipsis where it is wider than so many columns."""
    line = OBEYED.sub("\ufffd", " ".join(text.split()))
    return line if columns_of(line) <= widest else line[: _fitting(line, widest - 1)].rstrip() + "…"


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, width: int | None = None) -> list[str]:
    """Aligned columns, a line each: numbers to the right, texts on one line, long ones cut with an ellipsis.

    Whole numbers keep every digit. The others of a column have equally many decimals, so that their points stand one
    under another; what would be rounded to 0 is told by its magnitude.

    Args:
        heads: Names of the columns.
        rows: A value for each column: text, a number, a bool, which becomes yes or no; None and NaN become a dash.
        width: Columns that a line may have; texts in the last column are cut or shown in full accordingly.

    Returns:
        The heads, then a line for each row, without white space at their ends.
    """
    told = [[("yes" if value else "no") if isinstance(value, bool) else value for value in row] for row in rows]
    columns = [[row[i] for row in told] for i in range(len(heads))]
    *before, last = zip(heads, columns, strict=True)
    shown = [_column(head, values, WIDEST) for head, values in before]
    taken = sum(max(map(columns_of, cells)) + len(GAP) for cells, _ in shown)
    return _aligned([*shown, _column(*last, WIDEST if width is None else max(LEAST, width - taken))])


def _column(head: str, values: Sequence[Cell], widest: int) -> tuple[list[str], bool]:
    """The cells of a column, its head among them, and whether they are numbers alone."""
    numbers = [value for value in values if not isinstance(value, str)]
    is_whole = all(number is None or not math.isfinite(number) or number == int(number) for number in numbers)
    cells = [
        one_line(value, widest) if isinstance(value, str) else _number(value, is_whole=is_whole) for value in values
    ]
    return [one_line(head), *cells], len(numbers) == len(values)


def _number(value: float | None, *, is_whole: bool) -> str:
    if value is None or math.isnan(value):
        return "–"
    if isinstance(value, int) or (is_whole and math.isfinite(value)):
        return str(int(value))
    if LEFT_OVER < abs(value) < 0.5 * 10**-DECIMALS:
        return f"{value:.1e}"
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}"  # without a sign before 0


def _aligned(columns: Sequence[tuple[list[str], bool]]) -> list[str]:
    widths = [max(map(columns_of, cells)) for cells, _ in columns]
    lines = []
    for row in zip(*(cells for cells, _ in columns), strict=True):
        padded = [
            " " * (width - columns_of(cell)) + cell if is_number else cell + " " * (width - columns_of(cell))
            for cell, width, (_, is_number) in zip(row, widths, columns, strict=True)
        ]
        lines.append(GAP.join(padded).rstrip())
    return lines


def _fitting(line: str, width: int) -> int:
    """How many characters of a line fit into so many columns."""
    return bisect_right(list(accumulate(map(columns_of, line[: 2 * width]))), width)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
