"""asterism demo: the classic examples, out of the box."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import Layout, Voice, check_asked, lay_out, take_figure, take_wishes, tell, write_outputs


@click.command("demo")
@click.argument("name", type=click.Choice(api.DEMOS), default="words")
@_options.model
@_options.layout
@_options.outputs
@_options.shepard
@_options.figure
@_options.force
@_options.as_json
@_options.quiet
def command(
    name: str,
    *,
    model: str | None,
    outputs: tuple[Path, ...],
    shepard: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of layout and figures
) -> None:
    """Map an example: 32 words in 4 categories, 20 sentences on 4 topics, or 25 categories of 25 words.

    \b
    asterism demo words -o words.png
    asterism demo categories --dim 3 -o categories.html
    """  # noqa: D301 - click's mark for lines to keep
    layout = Layout.take(options, model=model)
    targets = outputs or (Path(f"{name}.html"),)
    figure = take_figure(options, targets)
    check_asked(targets, also=layout.also, shepard=shepard, as_json=as_json)
    for target in targets:
        api.check_output(target, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    wishes = take_wishes(options)
    space = api.embed(api.demo(name), model=model, cache=not layout.no_cache, report=reporter, **wishes)
    map_ = lay_out(space, layout, targets, reporter)
    write_outputs(map_, targets, force=force, shepard=shepard, figure=figure, reporter=reporter)
    tell(space.facts, map_, targets, Voice(as_json=as_json, is_quiet=quiet, with_shepard=shepard), reporter)
