"""A page in millimetres: measuring, wrapping and writing text on a matplotlib figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Affine2D

from asterism.view.figure._text import ELLIPSIS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from asterism.scene.palette import Theme
    from asterism.view.figure._text import Fonts

MM_PER_INCH = 25.4
MM_PER_POINT = MM_PER_INCH / 72
LINE_SPACING = 1.34
MARGIN = 5.0  # mm around everything


class Page:
    """A figure whose places and lengths are millimetres from its lower left corner."""

    def __init__(self, width: float, *, dpi: float, theme: Theme, fonts: Fonts) -> None:
        self.width = width
        self.height = width
        self.theme = theme
        self.fonts = fonts
        self.dpi = dpi
        self.figure = Figure(figsize=(width / MM_PER_INCH, width / MM_PER_INCH), dpi=dpi, facecolor=theme.background)
        FigureCanvasAgg(self.figure)
        # Measures text only, so that its canvas may be tiny. matplotlib ships no types for it.
        self._renderer: Any = RendererAgg(16, 16, dpi)  # type: ignore[no-untyped-call]
        self.mm = Affine2D().scale(1 / MM_PER_INCH) + self.figure.dpi_scale_trans
        self._widths: dict[tuple[str, float, str], float] = {}

    def set_height(self, height: float) -> None:
        """Settle the height, in mm, once everything on the page has been measured."""
        self.height = height
        self.figure.set_size_inches(self.width / MM_PER_INCH, height / MM_PER_INCH)

    @property
    def inner(self) -> float:
        """Width between the margins, in mm."""
        return self.width - 2 * MARGIN

    def add_axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place of the page, without ticks, grid or frame."""
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box, facecolor="none")
        axes.xaxis.set_visible(False)
        axes.yaxis.set_visible(False)
        axes.spines[:].set_visible(False)
        return axes

    def font(self, text: str, size: float, *, bold: bool = False) -> FontProperties:
        """The font for a text; `size` in points."""
        return FontProperties(family=list(self.fonts.families), size=size, weight=self.fonts.weight(text, bold=bold))

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """Width of a text in mm; `size` in points."""
        font = self.font(text, size, bold=bold)
        key = (text, size, str(font.get_weight()))
        if key not in self._widths:
            pixels = self._renderer.get_text_width_height_descent(text, font, ismath=False)[0]
            self._widths[key] = pixels * MM_PER_INCH / self.dpi
        return self._widths[key]

    def write(self, x: float, y: float, text: str, size: float, **style: Any) -> Text:  # noqa: ANN401 - of matplotlib
        """Write one line at a place of the page.

        Args:
            x: In mm, of the left edge unless `ha` says otherwise.
            y: In mm, of the baseline unless `va` says otherwise.
            text: Clean and drawable.
            size: In points.
            style: `bold`, and what matplotlib's Text takes.
        """
        font = self.font(text, size, bold=style.pop("bold", False))
        drawn: dict[str, Any] = {"color": self.theme.ink, "transform": self.mm, "va": "baseline"} | style
        return self.figure.text(x, y, text, fontproperties=font, parse_math=False, **drawn)

    def extent(self, text: Text) -> tuple[float, float]:
        """Width and height in mm of the box that a text fills when it is drawn."""
        box = text.get_window_extent(self._renderer)
        return box.width * MM_PER_INCH / self.dpi, box.height * MM_PER_INCH / self.dpi

    def area(self, text: Text) -> tuple[float, float, float, float]:
        """Left, bottom, right and top in mm of the box that a text fills where it stands."""
        box = text.get_window_extent(self._renderer)
        scale = MM_PER_INCH / self.dpi
        return box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale

    def fit(self, text: str, size: float, width: float, *, bold: bool = False) -> str:
        """The text, or as much of its start as fits the width in mm, with an ellipsis."""
        if self.measure(text, size, bold=bold) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.measure(text[:middle].rstrip() + ELLIPSIS, size, bold=bold) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + ELLIPSIS

    def wrap(self, text: str, size: float, width: float, *, max_lines: int) -> list[str]:
        """Break a text at its spaces into lines of at most `width` mm; an ellipsis stands for lines beyond the last."""
        lines: list[str] = []
        rest = text.split(" ")
        while rest and len(lines) < max_lines - 1:
            line, rest = self._take_line(rest, size, width)
            lines.append(line)
        return [*lines, self.fit(" ".join(rest), size, width)] if rest else lines

    def _take_line(self, words: list[str], size: float, width: float) -> tuple[str, list[str]]:
        count = 1
        while count < len(words) and self.measure(" ".join(words[: count + 1]), size) <= width:
            count += 1
        line = " ".join(words[:count])
        if self.measure(line, size) <= width:
            return line, words[count:]
        cut = len(self.fit(line, size, width)) - len(ELLIPSIS)  # one long word, or a script without spaces
        cut = max(cut, 1)
        return line[:cut], [line[cut:], *words[count:]]


def line_height(size: float) -> float:
    """Height in mm of a line of text of that size in points."""
    return size * MM_PER_POINT * LINE_SPACING
