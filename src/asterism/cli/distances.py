"""asterism distances: how far some texts are from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asterism import api
from asterism.analysis.telling import MEASURES, tell_distances
from asterism.cli._answers import Picture, asking, open_to_ask, picture, say_json, say_lines

if TYPE_CHECKING:
    from asterism.cli._progress import StageReporter


@click.command("distances")
@click.argument("source", metavar="SPACE")
@click.argument("texts", nargs=-1, metavar="TEXT...")
@click.option("--measure", "measures", multiple=True, type=click.Choice(MEASURES), help="Only this; repeatable.")
@picture
@asking
def command(
    source: str,
    texts: tuple[str, ...],
    *,
    measures: tuple[Any, ...],
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Measure every distance between TEXTs, or between all texts of a small Space.

    The texts stand in an order that brings alike ones together; the angle is in degrees.

    \b
    asterism distances words.space king man woman queen
    """  # noqa: D301 - click's mark for lines to keep
    wanted = Picture.take(options)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.distances(texts or None)
    _draw(space, found, wanted, measure=(*measures, "cosine")[0], reporter=reporter)
    if as_json:
        say_json(found)
        return
    say_lines(tell_distances(found, measures or MEASURES))


def _draw(space: api.Space, found: Any, wanted: Picture, *, measure: Any, reporter: StageReporter) -> None:  # noqa: ANN401
    """Figures hold the table as a heat map; pages and tables hold the texts, with their similarities as columns."""
    others = [output for output in wanted.outputs if output.suffix not in api.FIGURES]
    for output in wanted.outputs:
        if output.suffix in api.FIGURES:
            api.save_distances(
                found, output, measure=measure, force=wanted.is_forced, title=wanted.title, **wanted.figure
            )
            reporter.say(f"written    {output}")
    if others:
        wanted.write(space.draw(found, title=wanted.title), others, reporter)
