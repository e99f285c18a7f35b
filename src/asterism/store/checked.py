"""JSON files that know whether they are still as they were written."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._files import write_atomically
from asterism.errors import Corrupt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CHECKSUM = "checksum"


def write_checked(path: Path, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON, with a checksum of them as the last.

    Args:
        path: Where; replaced if it exists.
        facts: JSON values, NumPy scalars and arrays; no key "checksum".

    Raises:
        OSError: It cannot be written.
        TypeError: A value cannot be written as JSON.
    """
    plain = json.loads(json.dumps(facts, default=to_plain))
    content = json.dumps({**plain, CHECKSUM: _checksum(plain)}, ensure_ascii=False, indent=1)
    write_atomically(path, content.encode("utf-8", "surrogatepass"))


def read_checked(path: Path) -> dict[str, Any]:
    """Read what `write_checked` wrote, without its checksum.

    Raises:
        Corrupt: It is no JSON object, or was changed.
        FileNotFoundError: It is not there.
    """
    remedy = "restore it from a copy, or write it again"
    try:
        facts = json.loads(path.read_bytes())
        found = facts.pop(CHECKSUM)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise Corrupt(f"'{path}' is damaged: it is no JSON object with a checksum; {remedy}.") from exc
    if found != _checksum(facts):
        raise Corrupt(f"'{path}' was changed since it was written: its checksum does not fit; {remedy}.")
    plain: dict[str, Any] = facts
    return plain


def _checksum(facts: Mapping[str, Any]) -> str:
    content = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return blake2b(content.encode(), digest_size=16).hexdigest()


def to_plain(value: Any) -> Any:  # noqa: ANN401 - NumPy scalars and arrays that parameters may hold
    """What NumPy holds as JSON can hold it; the `default` of `json.dumps`.

    Raises:
        TypeError: It is nothing of NumPy's.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    message = f"cannot write a {type(value).__name__} as JSON"
    raise TypeError(message)
