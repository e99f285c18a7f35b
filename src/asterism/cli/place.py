"""asterism place: where new texts fall on a map that stands."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - as in the other commands
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import check_outputs, say_json, say_table
from asterism.cli._progress import StageReporter
from asterism.errors import InputError

if TYPE_CHECKING:
    from asterism.maps import Map
    from asterism.values import Places


@click.command("place")
@click.argument("source", metavar="MAP")
@click.argument("texts", nargs=-1, metavar="[TEXT]…")
@click.option("--file", "file", metavar="FILE", help="Place the texts of a file, - for stdin.")
@click.option("--text", metavar="COL", help="Column of FILE that holds the texts; found by rule without it.")
@click.option("--projection", metavar="NAME", help="Which map of the Space; tsne without it, where there is one.")
@click.option("--color", metavar="COL", help="Column that colours the map in -o.")
@_options.threads
@_options.no_cache
@_options.outputs
@_options.force
@_options.as_json
@_options.quiet
def command(  # noqa: PLR0913 - each is an option
    source: str,
    *,
    texts: tuple[str, ...],
    file: str | None,
    text: str | None,
    projection: str | None,
    color: str | None,
    threads: int | None,
    no_cache: bool,
    outputs: tuple[Path, ...],
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Place new texts on MAP, a .space folder that `asterism map -o NAME.space` wrote. Nothing on the map moves.

    "off" marks texts farther from the map than 99 % of its own are from their nearest: their places mean little.
    -o draws the map with the new texts pinned to it; .parquet and .csv are tables of the new texts.

    \b
    asterism map news.csv -o news.space
    asterism place news.space "Oil prices rise" "A recipe for soup" -o placed.png
    """  # noqa: D301 - click's mark for lines to keep
    check_outputs(outputs, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    if text is not None and file is None:
        message = "--text names a column of --file; give one, or leave --text out."
        raise click.UsageError(message)
    wanted = [*texts, *(_texts_of(file, text, reporter) if file else [])]
    if not wanted:
        message = "There is no text to place; name some, or a --file of them."
        raise click.UsageError(message)
    map_ = api.open_map(source, projection=projection, color=color, cache=not no_cache)
    places = map_.place(wanted, threads=threads, report=reporter)
    for output in outputs:
        api.save_places(map_, places, output, force=force)
    if as_json:
        told = {"remarks": reporter.remarks, "outputs": [str(output) for output in outputs]}
        say_json(_facts(map_, places) | told)
        return
    _tell(map_, places, reporter)
    for output in outputs:
        reporter.say(f"written    {output}")


def _texts_of(file: str, column: str | None, reporter: StageReporter) -> list[str]:
    texts = api.read(file, text=column).texts
    filled = [text for text in texts if text]
    if not filled:
        raise InputError(f"'{file}' holds no text to place.")
    if len(filled) < len(texts):
        reporter.remark(
            f"{len(texts) - len(filled):,} of {len(texts):,} rows of '{file}' are left out: without a text."
        )
    return filled


def _tell(map_: Map, places: Places, reporter: StageReporter) -> None:
    """A row per text; how the places compare with the map's own on stderr."""
    axes = ("x", "y", "z")[: places.points.shape[1]]
    rows: list[list[Any]] = []
    for i, text in enumerate(places.texts):
        near = places.nearest[i]
        told = map_.space.texts[near] if near >= 0 else ""
        place = ["no place"] * len(axes) if near < 0 else places.points[i].astype(float).tolist()
        numbers = ["", ""] if near < 0 else [float(places.kept[i]), float(places.distances[i])]
        rows.append([*place, *numbers, "off" if places.is_off[i] else "", text, told])
    say_table((*axes, "kept", "distance", "", "text", "nearest"), rows)
    known = places.kept[np.isfinite(places.kept)]
    if len(known):
        off = int((places.is_off & (places.nearest >= 0)).sum())
        reporter.say(
            f"faith      {float(known.mean()):.2f} of the {places.n_neighbors} nearest texts are nearest to the place, "
            f"too (the map's own: {places.own_kept:.2f})"
        )
        reporter.say(f"{'':<10} {off} of {len(known)} are off the map: farther from it than {places.reach:.3g}")


def _facts(map_: Map, places: Places) -> dict[str, Any]:
    texts = map_.space.texts
    known = places.kept[np.isfinite(places.kept)]
    return {
        "method": map_.method,
        "places": [
            {
                "text": text,
                "point": None if places.nearest[i] < 0 else places.points[i],
                "is_off": bool(places.is_off[i]),
                "kept": float(places.kept[i]),
                "nearest": None if places.nearest[i] < 0 else texts[places.nearest[i]],
                "row": int(places.nearest[i]),
                "distance": float(places.distances[i]),
            }
            for i, text in enumerate(places.texts)
        ],
        "n_neighbors": places.n_neighbors,
        "kept": float(known.mean()) if len(known) else None,
        "own_kept": places.own_kept,
        "reach": places.reach,
    }
