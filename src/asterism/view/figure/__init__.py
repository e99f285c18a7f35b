"""Figures for print, drawn from a Scene with matplotlib: PNG, SVG and PDF."""

from asterism.view.figure._draw import draw_figure
from asterism.view.figure._save import render_figure, render_png, save_figure

__all__ = ["draw_figure", "render_figure", "render_png", "save_figure"]
