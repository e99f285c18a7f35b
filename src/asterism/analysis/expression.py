"""Reading expressions such as ``king - man + woman``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asterism._terminal import columns_of
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PLUS = "+＋"
_MINUS = "-−–﹣－"
_SIGNS = _PLUS + _MINUS
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "「": "」", "'": "'", "‘": "’"}
_APOSTROPHES = "'‘"
_WEIGHT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*[*×·⋅∗]\s*")
_RUN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an expression.

    Attributes:
        weight: Its factor, sign included.
        text: The word or phrase.
    """

    weight: float
    text: str


def parse_expression(expression: str, *, is_known: Callable[[str], bool] = lambda _: False) -> tuple[Term, ...]:
    """Read an expression: terms joined by + and −, each with an optional weight before it.

    ``king - man + woman``, ``0.5*paris + 0.5*rome``, ``"new york" - usa + france``. Signs may be typed as any of the
    usual minus characters, with or without spaces. A sign inside a run without spaces belongs to the word where that
    word is known ("well-known"), else it splits the run ("king-man").

    Args:
        expression: The text.
        is_known: Whether a word is in the vocabulary; decides over signs inside words.

    Returns:
        The terms from left to right, at least one.

    Raises:
        InputError: The expression is empty or does not read as terms and signs; the message points at the place.
    """
    terms: list[Term] = []
    at = _skip(expression, 0)
    if at == len(expression):
        raise InputError('the expression is empty; expected terms joined by + and -, such as "king - man + woman".')
    while at < len(expression):
        sign, at = _read_sign(expression, at, is_first=not terms)
        weight, at = _read_weight(expression, at)
        text, at = _read_operand(expression, at, is_known)
        terms.append(Term(sign * weight, text))
        at = _skip(expression, at)
    return tuple(terms)


def format_expression(terms: Sequence[Term]) -> str:
    """Write terms the way people read them.

    Args:
        terms: At least one.

    Returns:
        For example ``king − man + 0.5*"new york"``.
    """
    pieces: list[str] = []
    for i, term in enumerate(terms):
        sign = "−" if term.weight < 0 else "+"
        if i:
            pieces.append(f" {sign} ")
        elif term.weight < 0:
            pieces.append(sign)
        size = abs(term.weight)
        pieces.append(("" if size == 1 else f"{size:g}*") + _quoted(term.text))
    return "".join(pieces)


def _quoted(text: str) -> str:
    is_run = bool(_RUN.fullmatch(text)) and text[0] not in _QUOTES and not _WEIGHT.match(text)
    if is_run and not any(sign in text for sign in _SIGNS):
        return text
    return f"«{text}»" if '"' in text else f'"{text}"'


def _skip(expression: str, at: int) -> int:
    while at < len(expression) and expression[at].isspace():
        at += 1
    return at


def _read_sign(expression: str, at: int, *, is_first: bool) -> tuple[float, int]:
    if expression[at] in _SIGNS:
        return (1.0 if expression[at] in _PLUS else -1.0), _skip(expression, at + 1)
    if not is_first:
        raise _stopped(expression, at, 'expected + or - before the next term; quote a phrase: "new york"')
    return 1.0, at


def _read_weight(expression: str, at: int) -> tuple[float, int]:
    match = _WEIGHT.match(expression, at)
    return (float(match[1]), match.end()) if match else (1.0, at)


def _read_operand(expression: str, at: int, is_known: Callable[[str], bool]) -> tuple[str, int]:
    if at == len(expression):
        raise _stopped(expression, at, "expected a term, but the expression ends")
    if expression[at] in _QUOTES and (expression[at] not in _APOSTROPHES or _closing(expression, at) > at):
        return _read_quoted(expression, at)
    match = _RUN.match(expression, at)
    run = match[0] if match else ""
    splits = [i for i, character in enumerate(run) if character in _SIGNS]
    for end in [len(run), *reversed(splits)]:
        if end and is_known(run[:end]):
            return run[:end], at + end
    end = splits[0] if splits else len(run)
    if not end:
        raise _stopped(expression, at, f"expected a term, found {expression[at]!r}")
    return run[:end], at + end


def _closing(expression: str, at: int) -> int:
    """Where the quotation that begins at `at` ends; −1 where it does not."""
    marks, is_apostrophe = _QUOTES[expression[at]], expression[at] in _APOSTROPHES
    for i in range(at + 1, len(expression)):
        following = expression[i + 1 : i + 2]
        # The apostrophe of don't closes nothing: what follows it is neither a space nor a sign.
        if expression[i] in marks and not (is_apostrophe and following and following not in _SIGNS + " \t\n"):
            return i
    return -1


def _read_quoted(expression: str, at: int) -> tuple[str, int]:
    end = _closing(expression, at)
    if end < 0:
        raise _stopped(expression, at, "this quotation mark is never closed")
    text = expression[at + 1 : end].strip()
    if not text:
        raise _stopped(expression, at, "there is nothing between the quotation marks")
    return text, end + 1


def _stopped(expression: str, at: int, why: str) -> InputError:
    line = "".join(" " if character.isspace() else character for character in expression)
    indent = " " * columns_of(line[:at])
    return InputError(f"the expression could not be read at character {at + 1}: {why}.\n  {line}\n  {indent}^")
