"""asterism axis: where texts lie from cheap to expensive."""

from __future__ import annotations

from typing import Any

import click

from asterism.analysis.telling import tell_axis
from asterism.cli._answers import Picture, asking, open_to_ask, picture, plain, say_json, say_lines, terminal_width


@click.command("axis")
@click.argument("source", metavar="SPACE")
@click.argument("axes", nargs=-1, required=True, metavar="'FROM -> TO' ['FROM -> TO']")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="Texts told at either end.")
@picture
@asking
def command(
    source: str,
    axes: tuple[str, ...],
    *,
    k: int,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Project all texts on the direction FROM one text, or several, TO another; two axes make a plane.

    0 is where the mean of FROM lies, 1 where that of TO lies.

    \b
    asterism axis goods.space "cheap, budget -> expensive, luxury"
    """  # noqa: D301 - click's mark for lines to keep
    if len(axes) > 2:
        message = f"Expected one axis, or two for a plane; got {len(axes)}."
        raise click.UsageError(message)
    wanted = Picture.take(options)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = [space.axis(axis, k=k) for axis in axes]
    plane = space.plane(*axes) if len(axes) == 2 else None
    wanted.save(space, found[0] if plane is None else plane, reporter=reporter)
    if as_json:
        say_json({"axes": [{"name": axis.name, **plain(axis)} for axis in found], "plane": plane})
        return
    for axis in found:
        say_lines(tell_axis(axis, width=terminal_width()))
    if plane is not None:
        reporter.say(f"note       {plane.notes[0]}")
