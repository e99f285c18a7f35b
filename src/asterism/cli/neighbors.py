"""asterism neighbors: what is near a text."""

from __future__ import annotations

from typing import Any

import click

from asterism.analysis.telling import tell_neighbors
from asterism.cli._answers import Picture, asking, drawn_on, open_to_ask, picture, say_json, say_lines, terminal_width


@click.command("neighbors")
@click.argument("source", metavar="SPACE")
@click.argument("query", metavar="TEXT")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="How many.")
@click.option("--metric", type=click.Choice(["cosine", "euclidean", "manhattan"]), help="The model's own without it.")
@click.option("--row", "is_row", is_flag=True, help="TEXT is the number of a row, counted from 0.")
@picture
@drawn_on("map")
@asking
def command(
    source: str,
    query: str,
    *,
    k: int,
    metric: Any,  # noqa: ANN401 - one of the choices
    is_row: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Tell the texts nearest to TEXT, which may be one of the Space or a new one.

    \b
    asterism neighbors news.space "oil prices" -k 5
    """  # noqa: D301 - click's mark for lines to keep
    wanted = Picture.take(options)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.neighbors(_row_of(query) if is_row else query, k=k, metric=metric)
    wanted.save(space, found, reporter=reporter)
    if as_json:
        say_json(found)
        return
    say_lines(tell_neighbors(found, width=terminal_width()))


def _row_of(text: str) -> int:
    if not text.isdecimal():
        message = f"'{text}' is not the number of a row."
        raise click.UsageError(message)
    return int(text)
