"""Asterism turns texts into a map of their meaning that can be trusted, explored and explained.

>>> import asterism
>>> space = asterism.embed(["cat", "dog", "car", "bus"], labels=["animal", "animal", "vehicle", "vehicle"])
>>> map_ = space.map(method="pca")
>>> map_.points.shape
(4, 2)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

TYPE_CHECKING = False  # as type checkers know it: importing `typing` would be most of the time that this file takes
if TYPE_CHECKING:
    from typing import Any

    from asterism import errors
    from asterism.api import Map, Space, demo, embed, open_map, read, vocabulary, words

__all__ = ["Map", "Space", "__version__", "demo", "embed", "errors", "open_map", "read", "vocabulary", "words"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    # Resolved at first use, so that `import asterism` stays cheap.
    if name == "errors":
        return import_module("asterism.errors")
    if name in __all__:
        return getattr(import_module("asterism.api"), name)
    message = f"module 'asterism' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Keeps the verbs: importing the rooms `asterism.embed` and `asterism.read` does not put them in their place."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in ("embed", "read") or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
