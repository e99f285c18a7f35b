"""Keeps out of a run what it does not need."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _NoPandas(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname == "pandas":
            message = "hidden from pyarrow"
            raise ModuleNotFoundError(message, name=fullname)
        return None


def leave_pandas_out() -> None:
    """Let pyarrow believe that there is no pandas, unless it is imported already.

    Where pandas is installed pyarrow imports it with the first array that is made of Python values, to recognise its
    frames: longer than all the rest of a small run, which never sees a frame. Others may import pandas afterwards.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(finder)
