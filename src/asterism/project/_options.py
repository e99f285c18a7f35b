"""What a method is told: settings that all of them share, and its own parameters, checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from asterism._progress import SILENT, Reporter
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Options = TypeVar("Options")


@dataclass(frozen=True, slots=True)
class Settings:
    """What every layout is told beside vectors, graph and its own parameters.

    Attributes:
        dim: Dimensions of the points.
        seed: At least 0.
        threads: At least 1; no result may depend on it.
        init: Where the points start, shape (n, dim) float32; None leaves it to the method.
        report: Hears how far the work has come.
    """

    dim: int = 2
    seed: int = 0
    threads: int = 1
    init: NDArray[np.float32] | None = None
    report: Reporter = SILENT


def read_options(kind: type[Options], params: Mapping[str, Any], *, method: str) -> Options:
    """Make a method's options from its parameters.

    Args:
        kind: A dataclass that checks its own values.
        params: By name; a name that is missing takes its default.
        method: For the message.

    Returns:
        The options.

    Raises:
        InputError: A name that the method does not know.
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind here is a dataclass
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise InputError(f"{method} has no parameter {', '.join(unknown)}; expected some of {', '.join(known)}.")
    return kind(**params)
