"""asterism reduce: vectors of fewer dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import Voice, open_space, take_parameters, tell


@click.command("reduce")
@click.argument("source", metavar="INPUT")
@_options.reading
@_options.model
@click.option("--method", default="umap", show_default=True, metavar="NAME", help="umap, pca or random.")
@click.option("--dim", default=10, show_default=True, type=click.IntRange(min=1), help="Dimensions of the new vectors.")
@_options.seed
@_options.threads
@_options.parameters
@_options.no_cache
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="NAME.space")
@_options.force
@_options.as_json
@_options.quiet
def command(
    source: str,
    *,
    model: str | None,
    sample: int | None,
    no_cache: bool,
    output: Path,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading, and the method's own
) -> None:
    """Lay INPUT out in more dimensions than can be drawn, and keep the result as vectors.

    \b
    asterism reduce news.space --dim 10 --param min_dist=0 -o news-10.space
    """  # noqa: D301 - click's mark for lines to keep
    if output.suffix != ".space":
        message = f"Reduced vectors are kept in a folder NAME.space, not in '{output}'."
        raise click.UsageError(message)
    api.check_output(output, force=force)
    layout: dict[str, Any] = {name: options.pop(name) for name in ("method", "dim", "seed", "threads")}
    labels = options.pop("labels")
    params = take_parameters(options, layout["method"], labels=labels)
    reporter = StageReporter(is_quiet=quiet or as_json)
    asked: dict[str, Any] = {"model": model, "sample": sample, "seed": layout["seed"], "cache": not no_cache}
    space = open_space(source, options, **asked, reporter=reporter, columns=(labels,))
    made = space.reduce(layout.pop("dim"), **layout, labels=labels, cache=not no_cache, report=reporter, **params)
    made.save(output, force=force)
    tell(made.facts, None, (output,), Voice(as_json=as_json, is_quiet=quiet), reporter)
