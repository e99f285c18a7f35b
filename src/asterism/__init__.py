"""Asterism turns texts into a map of their meaning that can be trusted, explored and explained."""

__version__ = "0.1.0"
