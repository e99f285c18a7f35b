"""What may go wrong with one request, and what is to be done about it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

# refused: what was sent is at fault · busy: ask again later · lost: no usable answer · fatal: nothing will help
Kind = Literal["refused", "busy", "lost", "fatal"]

_REFUSED = (400, 413, 422)
_BUSY = (429, 503, 529)
_LOST = (408, 409, 425)
_LONGEST_MESSAGE = 300
# llama.cpp answers 500 to a text longer than its physical batch, which no repetition makes shorter.
_TOO_LONG = ("too large to process", "input is too large", "exceeds the context", "context length", "context size")
_NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no usable answer.

    Attributes:
        kind: What is to be done.
        message: For people, without keys.
        status: The HTTP status; 0 where there was none.
        retry_after_s: How long the server asks to wait; None if it does not say.
    """

    kind: Kind
    message: str
    status: int = 0
    retry_after_s: float | None = None


def failure_of(status: int, body: str, headers: Mapping[str, str], *, now: float) -> Failure:
    """Sort an HTTP status other than 2xx.

    Args:
        status: The status.
        body: The answer as text.
        headers: Of the answer, names in lower case or case-insensitive.
        now: Seconds since the epoch, to work out how far a date is.

    Returns:
        The failure. 400, 413 and 422 blame what was sent, and so does a 500 that says the input is too long; 429,
        503 and 529 ask to wait; other 5xx, 408, 409 and 425 may pass; all else, and an empty account, will not.
    """
    message = f"HTTP {status}: {_brief(body)}"
    wait = retry_after(headers, now=now)
    if status == 429 and any(word in body for word in _NO_MONEY):
        return Failure("fatal", message, status)
    if status in _REFUSED or (status == 500 and any(words in body.lower() for words in _TOO_LONG)):
        return Failure("refused", message, status)
    if status in _BUSY:
        return Failure("busy", message, status, wait)
    if status in _LOST or status >= 500:
        return Failure("lost", message, status, wait)
    return Failure("fatal", message, status)


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """How long a server asks to wait, in seconds from now.

    Args:
        headers: `retry-after-ms`, or `retry-after` with seconds or an HTTP date (RFC 9110, 10.2.3).
        now: Seconds since the epoch.

    Returns:
        At least 0; None where there is no such header or it cannot be read.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            break
        return max(0.0, seconds) if seconds == seconds and seconds != float("inf") else None  # noqa: PLR0124 - NaN
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - now)
    except (KeyError, ValueError, TypeError):
        return None


def _brief(body: str) -> str:
    """The message within an answer, on one line."""
    told: Any = body
    with suppress(ValueError):
        told = json.loads(body)
    while isinstance(told, dict):
        inner = next((told[name] for name in ("error", "message", "detail", "msg") if told.get(name)), None)
        if inner is None:
            break
        told = inner
    line = " ".join(str(told).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"
