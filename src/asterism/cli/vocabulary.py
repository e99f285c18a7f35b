"""asterism vocabulary: all words of a model as a Space."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import Voice, take_wishes, tell


@click.command("vocabulary")
@click.argument("model", default="builtin")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="NAME.space", help="The folder."
)
@click.option(
    "--kind",
    default="alone",
    show_default=True,
    type=click.Choice(["alone", "input", "context"]),
    help="Each word as a text of its own; its input embedding; or its mean over places in --corpus.",
)
@click.option("--corpus", type=click.Path(exists=True, path_type=Path), metavar="FILE", help="Texts, for context.")
@click.option("--text", metavar="COL", help="Column of --corpus that holds the texts; found by rule without it.")
@click.option(
    "--contexts",
    default=api.MAX_CONTEXTS,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Places of a word that count.",
)
@_options.wishes
@_options.no_cache
@_options.force
@_options.as_json
@_options.quiet
def command(
    model: str,
    *,
    output: Path,
    kind: Any,  # noqa: ANN401 - one of the choices
    corpus: Path | None,
    text: str | None,
    contexts: int,
    no_cache: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of models
) -> None:
    """Keep a vector for every whole word of MODEL, so that arithmetic over them takes milliseconds.

    \b
    asterism vocabulary builtin -o words.space
    asterism arithmetic words.space "king - man + woman"
    asterism vocabulary bert-base-uncased --kind context --corpus news.csv -o bert.space
    """  # noqa: D301 - click's mark for lines to keep
    if output.suffix != ".space":
        message = f"'{output}' does not end in .space."
        raise click.UsageError(message)
    if (kind == "context") != (corpus is not None):
        message = "--kind context and --corpus FILE belong together."
        raise click.UsageError(message)
    api.check_output(output, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    texts = None if corpus is None else api.read(str(corpus), text=text)
    wishes = take_wishes(options)
    space = api.vocabulary(
        model, kind=kind, corpus=texts, contexts=contexts, cache=not no_cache, report=reporter, **wishes
    )
    space.save(output, force=force)
    tell(space.facts, None, [output], Voice(as_json=as_json, is_quiet=quiet), reporter)
