"""Figures for print, drawn from a Scene with matplotlib."""
