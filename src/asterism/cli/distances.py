"""asterism distances: how far some texts are from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import asking, check_outputs, open_to_ask, say_json, say_table

if TYPE_CHECKING:
    from pathlib import Path

MEASURES = ["cosine", "euclidean", "manhattan", "dot", "angle"]


@click.command("distances")
@click.argument("source", metavar="SPACE")
@click.argument("texts", nargs=-1, metavar="TEXT...")
@click.option("--measure", "measures", multiple=True, type=click.Choice(MEASURES), help="Only this; repeatable.")
@_options.outputs
@_options.force
@asking
def command(
    source: str,
    texts: tuple[str, ...],
    *,
    measures: tuple[Any, ...],
    outputs: tuple[Path, ...],
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Measure every distance between TEXTs, or between all texts of a small Space.

    The texts stand in an order that brings alike ones together; the angle is in degrees.

    \b
    asterism distances words.space king man woman queen
    """  # noqa: D301 - click's mark for lines to keep
    check_outputs(outputs, force=force)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.distances(texts or None)
    for output in outputs:
        api.save_distances(found, output, measure=(*measures, "cosine")[0], force=force)
        reporter.say(f"written    {output}")
    if as_json:
        say_json(found)
        return
    order = found.order.tolist()
    for measure in measures or MEASURES:
        table = getattr(found, measure)
        say_table((measure, *(found.texts[i][:12] for i in order)), [(found.texts[i], *table[i, order]) for i in order])
        click.echo()
    say_table(("text", "length"), [(found.texts[i], found.norms[i]) for i in order])
