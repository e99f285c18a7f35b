"""asterism vocabulary: all words of a model as a Space."""

from __future__ import annotations

from pathlib import Path

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import Voice, tell


@click.command("vocabulary")
@click.argument("model", default="builtin")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="NAME.space", help="The folder."
)
@_options.force
@_options.as_json
@_options.quiet
def command(model: str, *, output: Path, force: bool, as_json: bool, quiet: bool) -> None:
    """Embed every whole word of MODEL once, alone, so that arithmetic over them takes milliseconds.

    \b
    asterism vocabulary builtin -o words.space
    asterism arithmetic words.space "king - man + woman"
    """  # noqa: D301 - click's mark for lines to keep
    if output.suffix != ".space":
        message = f"'{output}' does not end in .space."
        raise click.UsageError(message)
    api.check_output(output, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    space = api.vocabulary(model, report=reporter)
    space.save(output, force=force)
    tell(space.facts, None, [output], Voice(as_json=as_json, is_quiet=quiet), reporter)
