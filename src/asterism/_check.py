"""Checks of arguments; the one place that phrases errors about shapes and values."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from math import inf
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


# As many column names as one line of an error can hold.
MAX_LISTED = 20


def as_vectors(vectors: ArrayLike, *, name: str = "vectors") -> NDArray[np.float32]:
    """Give a matrix of finite float32 rows, without copying what already is one.

    Args:
        vectors: Shape (n, d), any real dtype. Not modified.
        name: What the caller calls it.

    Returns:
        Shape (n, d), float32, C-contiguous.

    Raises:
        InputError: Not two-dimensional, not real numbers, or a value is NaN or infinite.
    """
    matrix = np.ascontiguousarray(real_matrix(vectors, name=name), dtype=np.float32)
    check_finite(matrix, name=name)
    return matrix


def real_matrix(vectors: ArrayLike, *, name: str) -> NDArray[Any]:
    """Give a matrix of real numbers of whatever dtype, without copying what already is one.

    Args:
        vectors: Shape (n, d). What is masked becomes NaN. Not modified.
        name: What the caller calls it.

    Raises:
        InputError: Not two-dimensional, not real numbers, or rows of different lengths.
    """
    if isinstance(vectors, np.ma.MaskedArray):
        vectors = np.ma.filled(vectors.astype(np.result_type(vectors, np.float32)), np.nan)
    try:
        given = np.asarray(vectors)
    except ValueError as exc:
        raise InputError(f"{name} has rows of different lengths; expected (n, d) real numbers.") from exc
    if given.ndim != 2 or given.dtype.kind not in "fiu":
        raise InputError(f"{name} has shape {given.shape} and dtype {given.dtype}; expected (n, d) real numbers.")
    return given


def check_finite(matrix: NDArray[np.float32], *, name: str) -> None:
    """Refuse NaN and infinity, naming the first row that holds one.

    Args:
        matrix: Shape (n, d).
        name: What the caller calls it.

    Raises:
        InputError: A value is NaN or infinite.
    """
    rows = 65536
    for start in range(0, matrix.shape[0], rows):
        finite = np.isfinite(matrix[start : start + rows]).all(axis=1)
        if not finite.all():
            first = start + int(np.argmin(finite))
            raise InputError(f"{name} holds NaN or infinity, first in row {first}; expected finite numbers.")


def check_rows(rows: NDArray[np.integer], n: int, *, name: str, least: int = -1) -> None:
    """Refuse numbers of rows that are not there, before native code follows them.

    Args:
        rows: Any shape.
        n: How many rows there are.
        name: What the caller calls them.
        least: The smallest number allowed: −1 where it stands for none, else 0.

    Raises:
        InputError: A number is below `least`, or not below n.
    """
    low, high = int(rows.min(initial=least)), int(rows.max(initial=least))
    if low < least or high >= max(n, least + 1):
        raise InputError(f"{name} names rows from {low} to {high}; expected numbers from {least} to {n - 1}.")


def check_choice(value: Any, choices: Sequence[str], *, name: str) -> None:  # noqa: ANN401 - whatever the caller passed
    """Refuse a value that is not one of the choices.

    Args:
        value: What was given.
        choices: What is allowed.
        name: What the caller calls it.

    Raises:
        InputError: `value` is none of `choices`.
    """
    if value not in choices:
        raise InputError(f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}.")


def check_texts(texts: Iterable[str], *, name: str = "texts") -> list[str]:
    """Give several texts as a list.

    Args:
        texts: Any number of them, from whatever yields them.
        name: What the caller calls them.

    Raises:
        InputError: One text, which would be taken letter by letter; nothing that yields texts; an item that is none.
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise InputError(f"{name} is {texts!r}; expected a list of texts, also for one: [text].")
    found = list(texts)
    for number, text in enumerate(found):
        if not isinstance(text, str):
            raise InputError(f"Item {number} of {name} is {text!r}; expected a text.")
    return found


def check_column(name: str, columns: Sequence[str]) -> None:
    """Refuse the name of a column that is not there.

    Args:
        name: What was given.
        columns: The names of those that are.

    Raises:
        InputError: Says which are, and which comes near.
    """
    if name not in columns:
        raise InputError(f"There is no column {name!r} {list_columns(columns, like=name)}.")


def list_columns(columns: Sequence[str], *, like: str = "") -> str:
    """The names of columns in brackets, with the one that comes nearest to a name."""
    if not columns:
        return "(there are no columns)"
    lower = {known.lower(): known for known in reversed(columns)}
    near = get_close_matches(str(like).lower(), list(lower), 1)
    hint = f"; did you mean {lower[near[0]]!r}?" if near else ""
    more = f" and {len(columns) - MAX_LISTED} more" if len(columns) > MAX_LISTED else ""
    return f"(the columns are {', '.join(map(repr, columns[:MAX_LISTED]))}{more}{hint})"


def check_range(value: float, *, name: str, low: float | None = None, high: float | None = None) -> None:
    """Refuse what is no finite number, or one outside [low, high].

    Args:
        value: What was given.
        name: What the caller calls it.
        low: Smallest allowed value, None for no bound.
        high: Largest allowed value, None for no bound.

    Raises:
        InputError: `value` is outside, NaN, infinite, or no number.
    """
    _check_number(value, Real, "a number", name=name, low=low, high=high)


def check_whole(value: int, *, name: str, low: int | None = None, high: int | None = None) -> None:
    """Refuse what is no whole number, or one outside [low, high]; see `check_range`.

    Raises:
        InputError: `value` is outside, or no whole number: 2.0 is none.
    """
    _check_number(value, Integral, "a whole number", name=name, low=low, high=high)


def _check_number(
    value: Any,  # noqa: ANN401 - whatever the caller passed
    kind: type[Any],
    told: str,
    *,
    name: str,
    low: float | None,
    high: float | None,
) -> None:
    is_number = isinstance(value, kind) and not isinstance(value, bool) and abs(value) < inf
    if is_number and (low is None or value >= low) and (high is None or value <= high):
        return
    if low is None and high is None:
        bounds = ""
    elif high is None:
        bounds = f"at least {low}"
    elif low is None:
        bounds = f"at most {high}"
    else:
        bounds = f"between {low} and {high}"
    given, expected = (value, bounds) if is_number else (repr(value), ", ".join(filter(None, (told, bounds))))
    raise InputError(f"{name} is {given}; expected {expected}.")
