"""asterism place: where new texts fall on a map that stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import Picture, asking, open_to_ask, picture, say_json, say_table

if TYPE_CHECKING:
    from asterism.api import Map

METHODS = ["tsne", "umap", "pca"]


@click.command("place")
@click.argument("source", metavar="SPACE")
@click.argument("texts", nargs=-1, metavar="TEXT...")
@click.option(
    "--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of further texts."
)
@click.option("--method", default="tsne", show_default=True, type=click.Choice(METHODS), help="Of the map.")
@_options.seed
@_options.threads
@click.option("--no-cache", is_flag=True, help="Lay the map out anew.")
@picture
@asking
def command(
    source: str,
    texts: tuple[str, ...],
    *,
    file: Path | None,
    method: str,
    seed: int,
    threads: int | None,
    no_cache: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Tell where each TEXT falls on the map of SPACE, which stays as it is; a picture has them as pins.

    A text marked "off" is farther from every text of the map than 99 % of these are from their nearest.

    \b
    asterism place news.space "oil prices fall" -o news.html
    """  # noqa: D301 - click's mark for lines to keep
    wanted = Picture.take(options)
    new = [*texts, *(text for text in (api.read(file).texts if file else ()) if text)]
    if not new:
        message = "Expected at least one TEXT, or --from FILE."
        raise click.UsageError(message)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    map_ = space.map(method=method, seed=seed, threads=threads, cache=not no_cache, report=reporter)
    if wanted.outputs:
        pinned = map_.with_pins(new)
        wanted.write(pinned if wanted.title is None else pinned.over(title=wanted.title), wanted.outputs, reporter)
    _tell(map_, new, as_json=as_json)


def _tell(map_: Map, new: list[str], *, as_json: bool) -> None:
    placed = map_.place(new)
    if as_json:
        say_json({"texts": new, "placement": placed})
        return
    nearest = [map_.space.texts[row] for row in placed.neighbors[:, 0].tolist()]
    heads = ("x", "y", "distance", "", "text", "nearest")
    off = ["off" if is_off else "" for is_off in placed.is_off.tolist()]
    distances = placed.distances[:, 0].tolist()
    say_table(heads, zip(*placed.points.T.tolist(), distances, off, new, nearest, strict=True))
    click.echo(f"\ndistance: to the nearest text; off the map from {placed.reach:.3f} on")
