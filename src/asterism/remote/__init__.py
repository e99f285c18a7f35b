"""The OpenAI-compatible client that embedders, word lists and the naming of clusters share."""

from __future__ import annotations

from asterism.remote.server import Server, find_server

__all__ = ["Server", "find_server"]
