"""asterism outliers: texts that stand apart, wrong labels, duplicates."""

from __future__ import annotations

from typing import Any

import click

from asterism.analysis.telling import tell_fence
from asterism.cli import _options
from asterism.cli._answers import Picture, asking, drawn_on, open_to_ask, picture, say_json, say_table


@click.command("outliers")
@click.argument("source", metavar="SPACE")
@click.option("--column", metavar="COL", help="Also tell texts whose neighbours mostly have another label.")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="Texts told of each kind.")
@click.option("--neighbors", "n_neighbors", type=click.IntRange(min=1), help="Neighbours to look at.")
@click.option("--threshold", type=click.FloatRange(min=0), help="Largest distance between near duplicates.")
@_options.threads
@picture
@drawn_on("map")
@asking
def command(
    source: str,
    *,
    column: str | None,
    k: int,
    n_neighbors: int | None,
    threshold: float | None,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Tell the texts that stand apart, and those that are there more than once.

    \b
    asterism outliers news.space --column topic
    """  # noqa: D301 - click's mark for lines to keep
    wanted = Picture.take(options)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json, column=column)
    found = space.outliers(
        column=column,
        k=k,
        n_neighbors=n_neighbors,
        threshold=threshold,
        threads=threads,
        cache=wanted.is_cached,
        report=reporter,
    )
    wanted.save(space, found, reporter=reporter, threads=threads)
    if as_json:
        say_json(found)
        return
    click.echo(tell_fence(found.measures))
    for head, ranking in (("distance", found.farthest), ("LOF", found.isolated)):
        say_table((head, "row", "text"), zip(ranking.scores, ranking.rows, ranking.texts, strict=True))
        click.echo()
    wrong = found.mislabelled
    if wrong is not None:
        own, others = zip(*found.suggested, strict=True) if found.suggested else ((), ())
        heads = ("other labels", "row", str(found.column), "neighbours say", "text")
        say_table(heads, zip(wrong.scores, wrong.rows, own, others, wrong.texts, strict=True))
        click.echo()
    for kind, groups in (("equal", found.duplicates.equal), ("nearly equal", found.duplicates.near)):
        what = f"1 group of {kind} vectors" if len(groups) == 1 else f"{len(groups)} groups of {kind} vectors"
        click.echo(f"{what}, {sum(map(len, groups))} texts")
        rows = [(len(group), group[0], space.texts[group[0]]) for group in groups[:k]]
        if rows:
            say_table(("texts", "first row", "text"), rows)
    click.echo(f"nearly equal: a distance of at most {found.duplicates.threshold:.4f}")
