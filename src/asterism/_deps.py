"""Optional packages: imported where they are used, with one wording when they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from asterism.errors import MissingDependency

if TYPE_CHECKING:
    from types import ModuleType


def require(module: str, *, extra: str, why: str) -> ModuleType:
    """Import an optional package, or say which command installs it.

    Args:
        module: Name to import, for example "torch" or "onnxruntime".
        extra: The extra of Asterism that brings it.
        why: What it is wanted for, completing "… is needed".

    Returns:
        The imported module.

    Raises:
        MissingDependency: The package is not installed.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] != package:
            raise
        message = f"The package '{package}' is needed {why}. Install it with: pip install 'asterism[{extra}]'"
        raise MissingDependency(message, package=package, extra=extra) from exc
