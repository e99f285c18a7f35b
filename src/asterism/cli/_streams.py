"""What is written to stdout and stderr, whatever they can take."""

from __future__ import annotations

import codecs
import json
import sys
from io import TextIOWrapper
from typing import Any

import click


def never_fail() -> None:
    """Let stdout and stderr write ? for a character that their encoding has not, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def write_json(facts: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Write facts as JSON to stdout: characters escaped where it does not take UTF-8, so that none is lost."""
    takes_all = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name == "utf-8"
    click.echo(json.dumps(facts, ensure_ascii=not takes_all, indent=2))
