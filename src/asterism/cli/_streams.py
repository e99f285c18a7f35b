"""What is written to stdout and stderr, whatever they can take."""

from __future__ import annotations

import codecs
import json
import sys
import warnings
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

import click

from asterism.errors import AsterismWarning

if TYPE_CHECKING:
    from collections.abc import Iterator


def never_fail() -> None:
    """Let stdout and stderr write ? for a character that their encoding has not, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def noting_warnings(*, is_quiet: bool) -> Iterator[None]:
    """Tell warnings of our own as the notes of a run, without the place in the code; quiet, not at all."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def note(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, AsterismWarning):
                show(message, category, filename, lineno, file, line)
            elif not is_quiet:
                click.echo(f"note       {message}", err=True)

        warnings.showwarning = note
        yield


def write_json(facts: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write facts as JSON to stdout: characters escaped where it does not take UTF-8, so that none is lost."""
    takes_all = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name == "utf-8"
    click.echo(json.dumps(facts, ensure_ascii=not takes_all, indent=2))
