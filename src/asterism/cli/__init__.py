"""The command line. It calls only what the Python interface offers."""

from __future__ import annotations

from asterism.cli.main import main

__all__ = ["main"]
