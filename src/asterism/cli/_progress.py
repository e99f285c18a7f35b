"""Progress on stderr: a bar while a stage runs, one line with its time when it is done."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any

import click


class StageReporter:
    """Tells of the stages of a command on stderr and keeps their times.

    Args:
        is_quiet: Say nothing; times are kept all the same.

    Attributes:
        seconds: Stage name → seconds, in the order they ran; a stage that runs twice adds up.
        remarks: What was remarked on the way.
    """

    def __init__(self, *, is_quiet: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self.remarks: list[str] = []
        self._is_quiet = is_quiet
        self._shows_bar = not is_quiet and sys.stderr is not None and sys.stderr.isatty()
        self._bar: Any = None
        self._stage = ""
        self._detail = ""
        self._total: int | None = None
        self._advanced = 0
        self._unit = ""
        self._began = perf_counter()

    def start(self, stage: str, total: int | None = None, *, unit: str = "") -> None:
        """See Reporter."""
        self._stage, self._total, self._unit, self._detail = stage, total, unit, ""
        self._advanced = 0
        self._began = perf_counter()
        if self._shows_bar:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total,
                desc=f"{stage:<10}",
                unit=f" {unit}" if unit else "",
                leave=False,
                file=sys.stderr,
                delay=0.2,
            )

    def advance(self, n: int = 1, *, detail: str = "") -> None:
        """See Reporter."""
        self._detail = detail or self._detail
        self._advanced += n
        if self._bar is not None:
            if detail:
                self._bar.set_postfix_str(detail, refresh=False)
            self._bar.update(n)

    def done(self) -> None:
        """See Reporter."""
        seconds = perf_counter() - self._began
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + seconds
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        unit = self._unit.removesuffix("s") if self._total == 1 else self._unit
        whole = self._advanced == 0 or self._total is None or self._advanced >= self._total
        amount = f"{'' if whole else f'{self._advanced:,} of '}{self._total:,} {unit}" if self._total and unit else ""
        self.say(f"{self._stage:<10} {seconds:6.2f} s  {', '.join(part for part in (amount, self._detail) if part)}")

    def remark(self, message: str) -> None:
        """See Reporter."""
        self.remarks.append(message)
        self.say(f"note       {message}")

    def say(self, line: str) -> None:
        """Write a line to stderr unless quiet."""
        if not self._is_quiet:
            click.echo(line.rstrip(), err=True)
