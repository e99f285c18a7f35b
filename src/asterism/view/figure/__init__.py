"""Figures for print, drawn from a Scene with matplotlib: PNG, SVG and PDF."""

from asterism.view.figure._draw import draw_figure
from asterism.view.figure._save import render_figure, render_png, save_drawn, save_figure
from asterism.view.figure._sheet import draw_sheet
from asterism.view.figure._table import draw_table

__all__ = ["draw_figure", "draw_sheet", "draw_table", "render_figure", "render_png", "save_drawn", "save_figure"]
