"""Texts as data: what can be drawn of them, in which fonts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

if TYPE_CHECKING:
    from collections.abc import Iterable

BASE_FONT = "DejaVu Sans"  # comes with matplotlib, so that figures look the same everywhere
# Asked in this order for characters that the base font lacks, where they are installed.
FALLBACK_FONTS = (
    "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP",
    "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "PingFang SC",
    "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Arial Unicode MS",
    "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Telugu", "Noto Sans Thai",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Georgian", "Noto Sans Armenian", "Noto Sans Ethiopic",
    "Noto Emoji", "Noto Sans Symbols", "Noto Sans Symbols2", "Segoe UI Symbol", "Segoe UI", "Unifont",
)  # fmt: skip
NO_GLYPH = "□"
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "…"
# Overrides of the writing direction would reach beyond their text; the others of these have no shape of their own.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")
# Assigned neither to a character nor to a control with a meaning on a single line.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
MARKS_PER_LETTER = 3


def clean(text: str, limit: int) -> str:
    """Give one line that can be drawn: no line breaks, no control characters, no towers of accents.

    Args:
        text: Anything.
        limit: At most so many characters come back, an ellipsis in place of the rest.

    Returns:
        White space is collapsed, controls (NUL among them) and lone surrogates become "�", direction overrides go.
    """
    raw = " ".join(text[: 4 * limit + 64].split())
    shown = CONTROL.sub(UNPRINTABLE, INVISIBLE.sub("", raw))
    if not shown.isascii():
        shown = _without_towers(shown)
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + ELLIPSIS


def _without_towers(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MARKS_PER_LETTER:
            kept.append(character)
    return "".join(kept)


@dataclass(slots=True)
class Fonts:
    """The fonts of one figure.

    Attributes:
        families: Asked in this order for each character.
        missing: Characters met that none of them has.
    """

    families: tuple[str, ...]
    missing: set[str] = field(default_factory=set)

    def drawable(self, text: str) -> str:
        """The text with "□" for characters that no font has; they are added to `missing`."""
        if text.isascii():
            return text
        lacking = {c for c in set(text) if not any(ord(c) in _charmap(family, "normal") for family in self.families)}
        if not lacking:
            return text
        # A joiner that no font knows has no shape to miss.
        invisible = {c for c in lacking if unicodedata.category(c) == "Cf"}
        self.missing |= lacking - invisible
        return "".join("" if c in invisible else NO_GLYPH if c in lacking else c for c in text)

    def weight(self, text: str, *, bold: bool) -> str:
        """Bold where asked for and the bold faces have every character, else normal."""
        if not bold or text.isascii():
            return "bold" if bold else "normal"
        has_all = all(any(ord(c) in _charmap(family, "bold") for family in self.families) for c in set(text))
        return "bold" if has_all else "normal"


def choose_fonts(texts: Iterable[str], preferred: str | None = None) -> Fonts:
    """Find installed fonts that together have the characters of the texts, as far as there are any.

    Args:
        texts: All that will be drawn.
        preferred: A family to use first.

    Returns:
        The preferred one, the base font, and those fallback fonts that add characters.
    """
    families = [*([preferred] if preferred else []), BASE_FONT]
    foreign = {c for text in texts if not text.isascii() for c in text}
    wanted = {ord(c) for c in foreign}
    wanted -= {code for family in families for code in _charmap(family, "normal")}
    installed = {entry.name for entry in fontManager.ttflist} if wanted else set()
    for family in FALLBACK_FONTS:
        if not wanted:
            break
        if family in installed and (found := wanted & _charmap(family, "normal")):
            families.append(family)
            wanted -= found
    return Fonts(tuple(families))


def is_installed(family: str) -> bool:
    """Whether matplotlib knows a font of that family."""
    return any(entry.name == family for entry in fontManager.ttflist)


@lru_cache(maxsize=128)
def _charmap(family: str, weight: str) -> frozenset[int]:
    path = findfont(FontProperties(family=[family], weight=weight), fallback_to_default=False)
    return frozenset(get_font(path).get_charmap())
