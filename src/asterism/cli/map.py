"""asterism map: from a file of texts to a map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import (
    Layout,
    Voice,
    check_asked,
    evaluate_labels,
    lay_out,
    open_space,
    take_figure,
    tell,
    write_outputs,
)


@click.command("map")
@click.argument("source", metavar="INPUT")
@_options.reading
@_options.model
@_options.layout
@_options.outputs
@_options.without
@_options.shepard
@_options.figure
@click.option("--evaluate", metavar="COL", help="Also measure how well the labels of COL can be told apart.")
@_options.force
@_options.as_json
@_options.quiet
def command(
    source: str,
    *,
    model: str | None,
    sample: int | None,
    outputs: tuple[Path, ...],
    without: tuple[str, ...],
    shepard: bool,
    evaluate: str | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading, layout and figures
) -> None:
    """Turn INPUT into a map: a file of texts, a .space folder, or - for stdin.

    \b
    asterism map news.csv --text title --color topic -o news.html -o news.png
    """  # noqa: D301 - click's mark for lines to keep
    layout = Layout.take(options, model=model)
    targets = outputs or (Path(f"{api.stem_of(source)}.html"),)
    figure = take_figure(options, targets)
    check_asked(targets, also=layout.also, without=without, shepard=shepard, as_json=as_json)
    for target in targets:
        api.check_output(target, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    asked: dict[str, Any] = {"model": model, "sample": sample, "seed": layout.seed, "cache": not layout.no_cache}
    columns = (*layout.columns, evaluate)
    space = open_space(source, options, **asked, reporter=reporter, columns=columns)
    evaluated = evaluate_labels(space, evaluate, reporter)
    map_ = lay_out(space, layout, targets, reporter)
    write_outputs(map_, targets, force=force, shepard=shepard, without=without, figure=figure, reporter=reporter)
    voice = Voice(as_json=as_json, is_quiet=quiet, with_shepard=shepard)
    tell(space.facts, map_, targets, voice, reporter, further=evaluated)
