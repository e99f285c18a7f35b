"""asterism interpolate: what lies between two texts."""

from __future__ import annotations

from typing import Any

import click

from asterism import api
from asterism.analysis.telling import tell_interpolation
from asterism.cli._answers import (
    Picture,
    asking,
    drawn_on,
    open_to_ask,
    picture,
    say_json,
    say_lines,
    say_remarks,
    terminal_width,
)


@click.command("interpolate")
@click.argument("source", metavar="SPACE")
@click.argument("texts", nargs=-1, required=True, metavar="TEXT TEXT...")
@click.option(
    "--steps", default=10, show_default=True, type=click.IntRange(1, api.MAX_STEPS), help="From each to the next."
)
@click.option(
    "--method", default="slerp", show_default=True, type=click.Choice(["slerp", "lerp", "nlerp"]), help="Way."
)
@click.option("--metric", type=click.Choice(["cosine", "euclidean", "manhattan"]), help="The model's own without it.")
@picture
@drawn_on("pca")
@asking
def command(
    source: str,
    texts: tuple[str, ...],
    *,
    steps: int,
    method: Any,  # noqa: ANN401 - one of the choices
    metric: Any,  # noqa: ANN401 - one of the choices
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Walk from one TEXT to the next and tell the real texts near each step.

    An asterisk marks the steps at which the nearest text becomes another one.

    \b
    asterism interpolate news.space "Oil prices rise" "A new phone is sold"
    """  # noqa: D301 - click's mark for lines to keep
    wanted = Picture.take(options)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.interpolate(*texts, steps=steps, method=method, metric=metric)
    wanted.save(space, found, reporter=reporter)
    if as_json:
        say_json(found)
        return
    say_remarks(found.remarks, reporter)
    say_lines(tell_interpolation(found, width=terminal_width()))
