"""asterism compare-projections: a sheet of choices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import say_json, say_table
from asterism.cli._belief import quality_facts
from asterism.cli._progress import StageReporter
from asterism.cli._run import check_asked, open_space, write_outputs
from asterism.maps import check_sheet
from asterism.project.verdict import score_names

if TYPE_CHECKING:
    from asterism.maps import Comparison

GRID = ("perplexity", "exaggeration", "n_neighbors", "min_dist")


@click.command("compare-projections")
@click.argument("source", metavar="INPUT")
@_options.reading
@_options.model
@click.option("--perplexity", multiple=True, type=click.FloatRange(min=1), metavar="P", help="t-SNE: 5, 30, 100.")
@click.option("--exaggeration", multiple=True, type=click.FloatRange(min=0.1), metavar="X", help="t-SNE: 1 to 30.")
@click.option("--n-neighbors", multiple=True, type=click.IntRange(min=2), metavar="N", help="UMAP: 5, 15, 50.")
@click.option("--min-dist", multiple=True, type=click.FloatRange(min=0), metavar="X", help="UMAP: 0.1, 0.5.")
@click.option("--color", metavar="COL", help="Column to colour by; chosen by rule without it.")
@click.option("--dim", default=2, show_default=True, type=click.IntRange(2, 3), help="2-D or 3-D.")
@_options.seed
@_options.threads
@click.option("--title", metavar="TEXT", help="Heading of the sheet.")
@_options.no_cache
@_options.outputs
@_options.without
@_options.force
@_options.as_json
@_options.quiet
def command(
    source: str,
    *,
    model: str | None,
    sample: int | None,
    outputs: tuple[Path, ...],
    without: tuple[str, ...],
    no_cache: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading, and the values to try
) -> None:
    """Lay INPUT out by PCA, t-SNE and UMAP with several parameters, side by side, each with its quality.

    Options of the methods may be given again, to try several values; without them the values named are tried.

    \b
    asterism compare-projections news.csv --color topic -o sheet.png -o sheet.html
    """  # noqa: D301 - click's mark for lines to keep
    targets = outputs or (Path(f"{api.stem_of(source)}-projections.png"),)
    check_asked(targets, without=without, as_json=as_json)
    for target in targets:
        check_sheet(target, force=force)
    tried: dict[str, Any] = {name: options.pop(name) or None for name in GRID}
    layout: dict[str, Any] = {name: options.pop(name) for name in ("color", "dim", "seed", "threads", "title")}
    reporter = StageReporter(is_quiet=quiet or as_json)
    asked: dict[str, Any] = {"model": model, "sample": sample, "seed": layout["seed"], "cache": not no_cache}
    space = open_space(source, options, **asked, reporter=reporter, columns=(layout["color"],))
    clusters = None if any(target.suffix == ".html" for target in targets) else False
    sheet = space.compare_projections(**tried, **layout, clusters=clusters, cache=not no_cache, report=reporter)
    write_outputs(sheet, targets, force=force, without=without, reporter=reporter)
    if as_json:
        say_json({"projections": _facts(sheet), "outputs": [str(target) for target in targets]})
        return
    _tell(sheet)
    for target in targets:
        click.echo(target)


def _facts(sheet: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "method": each.method,
            "params": dict(each.params),
            "seed": each.seed,
            "quality": None if each.quality is None else quality_facts(each.quality),
            "notes": list(each.notes),
        }
        for each in sheet.projections
    ]


def _tell(sheet: Comparison) -> None:
    """One row per projection; the last one is chance."""
    measured = [(each.name, each.quality) for each in sheet.projections if each.quality is not None]
    if not measured:
        return
    first = measured[0][1]
    names, labels = score_names(first), first.labels
    rows: list[list[str | float]] = []
    for name, quality in measured:
        own = [] if quality.labels is None else [quality.labels.map.accuracy, quality.labels.map.silhouette]
        rows.append([name, *(getattr(quality.scores, key) for key in names), *own])
    own = [] if labels is None else [labels.shuffled.accuracy, labels.shuffled.silhouette]
    rows.append(["(chance)", *(getattr(first.chance, key) for key in names), *own])
    heads = [] if labels is None else [f"{labels.column} by neighbours", "silhouette"]
    say_table(["projection", *names.values(), *heads], rows)
