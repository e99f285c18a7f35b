"""Figures as bytes and files: PNG, SVG and PDF that are the same in every run."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from asterism._check import check_choice
from asterism._files import write_atomically
from asterism.view.figure._draw import draw_figure, plain_style

if TYPE_CHECKING:
    from os import PathLike

    from matplotlib.figure import Figure

    from asterism.scene.spec import Scene

FORMATS = ("png", "svg", "pdf")
# Text stays text: selectable, searchable, with TrueType fonts embedded in PDF. No dates, no random ids.
STABLE = {"svg.fonttype": "none", "svg.hashsalt": "asterism", "pdf.fonttype": 42}
METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save_figure(scene: Scene, path: str | PathLike[str], **options: Any) -> None:  # noqa: ANN401 - see draw_figure
    """Draw a Scene into a file.

    Args:
        scene: What to draw. Not modified.
        path: Ends in .png, .svg or .pdf; replaced if it exists.
        options: As `draw_figure` takes them.

    Raises:
        InputError: Another ending, or an option out of range.
        OSError: The file cannot be written; what was there before stays.
    """
    save_drawn(draw_figure(scene, **options), path)


def save_drawn(figure: Figure, path: str | PathLike[str]) -> None:
    """Write a drawn figure into a file.

    Args:
        figure: From `draw_figure` or `draw_table`.
        path: Ends in .png, .svg or .pdf; replaced if it exists.

    Raises:
        InputError: Another ending.
        OSError: The file cannot be written; what was there before stays.
    """
    target = Path(path)
    kind = target.suffix.lower().removeprefix(".")
    check_choice(kind, FORMATS, name="the ending of a figure")
    write_atomically(target, render_figure(figure, kind))


def render_png(scene: Scene, **options: Any) -> bytes:  # noqa: ANN401 - see draw_figure
    """Draw a Scene as PNG; options as `draw_figure` takes them."""
    return render_figure(draw_figure(scene, **options), "png")


def render_figure(figure: Figure, kind: str) -> bytes:
    """Give the bytes of a drawn figure.

    Args:
        figure: From `draw_figure`.
        kind: "png", "svg" or "pdf".

    Returns:
        The file; the same bytes for the same figure.

    Raises:
        InputError: Another kind.
    """
    check_choice(kind, FORMATS, name="kind")
    memory = BytesIO()
    with mpl.rc_context(plain_style() | STABLE):
        figure.savefig(memory, format=kind, dpi=figure.dpi, metadata=METADATA[kind])
    return memory.getvalue()
