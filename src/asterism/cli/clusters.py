"""asterism clusters: the groups of a corpus, and their names."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from asterism.cli import _options
from asterism.cli._answers import Picture, asking, drawn_on, open_to_ask, picture, say_json, say_remarks, say_table
from asterism.cli._run import take_naming
from asterism.errors import InputError

if TYPE_CHECKING:
    from asterism.questions import Clusters


@click.command("clusters")
@click.argument("source", metavar="SPACE")
@click.option("--column", metavar="COL", help="Compare with the labels of this column.")
@click.option("--resolution", "resolutions", multiple=True, type=float, help="Granularity; may be given again.")
@click.option("--min-size", type=click.IntRange(min=1), help="Smaller groups are noise.")
@click.option("--level", type=click.IntRange(min=0), help="Tell only this level; 0 is the coarsest.")
@_options.name_with
@_options.seed
@_options.threads
@picture
@drawn_on("map")
@asking
def command(
    source: str,
    *,
    column: str | None,
    resolutions: tuple[float, ...],
    min_size: int | None,
    level: int | None,
    seed: int,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Group the texts at several granularities, coarse first, and name the groups.

    \b
    asterism clusters news.space --column topic
    asterism clusters news.space --name-with llama3.2 --base-url http://localhost:11434/v1
    """  # noqa: D301 - click's mark for lines to keep
    naming = take_naming(options, model=options["model"])
    wanted = Picture.take(options)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json, column=column)
    found = space.clusters(
        column=column,
        resolutions=resolutions or None,
        min_size=min_size,
        seed=seed,
        threads=threads,
        cache=wanted.is_cached,
        report=reporter,
        **naming,
    )
    last = len(found.clustering.levels) - 1
    if level is not None and level > last:
        raise InputError(f"There is no level {level}; the levels are 0, the coarsest, to {last}.")
    wanted.save(space, found, reporter=reporter, threads=threads)
    say_remarks(found.remarks, reporter)
    if as_json:
        say_json(found)
        return
    for i in range(len(found.clustering.levels)) if level is None else (level,):
        _tell_level(found, i, space.texts)


def _tell_level(found: Clusters, i: int, texts: list[str]) -> None:
    members = found.clustering.levels[i]
    sizes = np.bincount(members[members >= 0]).tolist()
    click.echo(f"level {i}: {len(sizes)} clusters, {100 * found.noise[i]:.1f} % noise")
    central = [texts[rows[0]] for rows in found.labels.central[i]]
    rows = list(zip(sizes, found.labels.names[i], central, strict=True))
    say_table(("texts", "name", "most central"), sorted(rows, key=itemgetter(0), reverse=True))
    if found.agreement is not None:
        a = found.agreement[i]
        click.echo(f"agreement with {found.column}: ARI {a.ari:.3f}, NMI {a.nmi:.3f}, purity {a.purity:.3f}")
    click.echo()
