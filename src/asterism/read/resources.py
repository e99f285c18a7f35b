"""The examples that come with Asterism."""

from __future__ import annotations

from pathlib import Path


def demo_path(name: str) -> Path:
    """The file of an example: "words", "sentences" or "categories"."""
    return Path(__file__).parent / "demo" / f"{name}.csv"
