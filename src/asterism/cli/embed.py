"""asterism embed: texts become vectors, kept in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import Voice, read_input, take_wishes, tell
from asterism.errors import EmbedError


@click.command("embed")
@click.argument("source", metavar="INPUT")
@_options.reading
@_options.model
@_options.seed
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="NAME.space", help="The folder."
)
@click.option(
    "--dtype",
    default="float32",
    show_default=True,
    type=click.Choice(["float32", "float16"]),
    help="Of the vectors on disk: float16 is half the size, rounded to about three digits.",
)
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Cores that may work; all without it.")
@_options.no_cache
@_options.force
@_options.as_json
@_options.quiet
def command(  # noqa: PLR0913 - each is an option
    source: str,
    *,
    model: str | None,
    sample: int | None,
    seed: int,
    output: Path,
    dtype: str,
    threads: int | None,
    no_cache: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Embed INPUT and keep texts, metadata and vectors in a NAME.space folder.

    A run that was stopped goes on where it was when the same command is given again.

    \b
    asterism embed news.csv --text title -o news.space
    """  # noqa: D301 - click's mark for lines to keep
    if output.suffix != ".space":
        message = f"'{output}' does not end in .space."
        raise click.UsageError(message)
    api.check_output(output, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    reading = dict(options)
    wishes = take_wishes(reading)
    read = read_input(source, reading, sample=sample, seed=seed, reporter=reporter)
    asked: dict[str, Any] = {"model": model, "dtype": dtype, "force": force, "cache": not no_cache, "threads": threads}
    try:
        told = api.embed_to(output, read, **asked, report=reporter, **wishes)
    except (KeyboardInterrupt, EmbedError, OSError, MemoryError):
        if partial := api.unfinished(output):
            click.echo(f"\nWhat is finished is kept in '{partial}'. The same command goes on from there.", err=True)
        raise
    tell(told, None, [output], Voice(as_json=as_json, is_quiet=quiet), reporter)
