"""How the commands that ask a Space open it and tell the answer."""

from __future__ import annotations

import dataclasses
import math
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from asterism import api
from asterism._terminal import table_lines
from asterism.cli import _options, _streams
from asterism.cli._progress import StageReporter
from asterism.cli._run import open_space, take_figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from asterism._terminal import Cell
    from asterism.api import Space

picture = _options.apply([_options.outputs, _options.title, _options.figure, _options.force])
"""Options of the picture of an answer; `Picture.take` takes them out of all options."""


def drawn_on(default: str) -> Callable[[Any], Any]:
    """The option that says which map a picture is drawn on."""
    told = "Draw on: map (t-SNE), umap, or pca (principal axes, where straight lines stay straight)."
    return click.option(
        "--on", default=default, show_default=True, type=click.Choice(["map", "umap", "pca"]), help=told
    )


asking = _options.apply([_options.reading, _options.model, _options.no_cache, _options.as_json, _options.quiet])


def open_to_ask(
    source: str, options: Mapping[str, Any], *, is_quiet: bool, column: str | None = None
) -> tuple[Space, StageReporter]:
    """Open whatever INPUT is, with the options of `asking`; `column` is one that will be asked for."""
    reporter = StageReporter(is_quiet=is_quiet)
    reading = dict(options)
    asked = {name: reading.pop(name) for name in ("model", "sample")}
    cache = not reading.pop("no_cache")
    space = open_space(source, reading, **asked, seed=0, reporter=reporter, cache=cache, columns=(column,))
    return space, reporter


def check_outputs(outputs: Sequence[Path], *, force: bool) -> None:
    """Refuse outputs that could not be written, before any work is done."""
    for output in outputs:
        api.check_output(output, force=force)


@dataclass(frozen=True, slots=True)
class Picture:
    """Where the picture of an answer is to be written, and how."""

    outputs: tuple[Path, ...]
    is_forced: bool
    title: str | None
    on: str
    figure: Mapping[str, Any]
    is_cached: bool = True

    @classmethod
    def take(cls, options: dict[str, Any]) -> Picture:
        """Take the options of a picture out of all options, and refuse outputs that could not be written.

        Raises:
            click.UsageError: Options of figures without a figure.
        """
        outputs, is_forced = options.pop("outputs"), options.pop("force")
        check_outputs(outputs, force=is_forced)
        title, on = options.pop("title"), options.pop("on", "pca")
        return cls(outputs, is_forced, title, on, take_figure(options, outputs), not options["no_cache"])

    def save(self, space: Space, answer: api.Answer, *, reporter: StageReporter, threads: int | None = None) -> None:
        """Write the picture of an answer to every output, and tell of it on stderr: stdout has the answer."""
        if not self.outputs:
            return
        on = None
        if self.on != "pca" or not isinstance(answer, api.DRAWN_ALONE):
            method = "tsne" if self.on == "map" else self.on
            on = space.map(method=method, clusters=False, threads=threads, cache=self.is_cached, report=reporter)
        self.write(space.draw(answer, on=on, title=self.title), self.outputs, reporter)

    def write(self, drawn: api.Map, outputs: Sequence[Path], reporter: StageReporter) -> None:
        """Write a picture that is drawn."""
        for output in outputs:
            figure = self.figure if output.suffix in api.FIGURES else {}
            drawn.save(output, force=self.is_forced, **figure)
            reporter.say(f"written    {output}")


def plain(value: Any) -> Any:  # noqa: ANN401 - any answer
    """An answer as JSON has it: dataclasses by field, arrays as lists, numbers that are not finite as null."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def say_json(answer: Any) -> None:  # noqa: ANN401 - any answer
    """Write an answer as JSON to stdout."""
    _streams.write_json(plain(answer))


def say_table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write aligned columns to stdout; see `table_lines`."""
    say_lines(table_lines(heads, rows, width=terminal_width()))


def say_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout."""
    for line in lines:
        click.echo(line)


def terminal_width() -> int | None:
    """Columns of the terminal that stdout is; None where it is a file or a pipe, whose lines are not cut to fit."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def say_remarks(remarks: Iterable[str], reporter: StageReporter) -> None:
    """Write remarks to stderr."""
    for remark in remarks:
        reporter.say(f"note       {remark}")
