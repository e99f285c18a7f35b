"""asterism explore: the explorer of whatever is given, opened in the browser."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._progress import StageReporter
from asterism.cli._run import Layout, Voice, lay_out, open_space, tell, write_outputs


@click.command("explore")
@click.argument("source", metavar="INPUT")
@_options.reading
@_options.model
@_options.layout
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="OUT.html", help="Keep the page; a temporary one else."
)
@_options.force
@_options.quiet
def command(
    source: str,
    *,
    model: str | None,
    sample: int | None,
    output: Path | None,
    force: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and layout
) -> None:
    """Open the explorer of INPUT: texts, a .space folder, a map's table, or a page.

    A table that `asterism map` wrote (.parquet, .csv) is shown with the coordinates it has.

    \b
    asterism explore news.csv --color topic
    asterism explore news.space
    asterism explore news.html
    """  # noqa: D301 - click's mark for lines to keep
    if source.endswith(".html"):
        _open(Path(source))
        return
    if output is not None and output.suffix != ".html":
        message = f"'{output}' does not end in .html; asterism map writes figures and tables."
        raise click.UsageError(message)
    target = output or Path(tempfile.mkdtemp(prefix="asterism-")) / f"{api.stem_of(source)}.html"
    api.check_output(target, force=force)
    if not options["x"]:
        options |= api.coordinates_in(source)
    layout = Layout.take(options, model=model)
    reporter = StageReporter(is_quiet=quiet)
    asked: dict[str, Any] = {"model": model, "sample": sample, "seed": layout.seed, "cache": not layout.no_cache}
    space = open_space(source, options, **asked, reporter=reporter, columns=layout.columns)
    map_ = lay_out(space, layout, (target,), reporter)
    write_outputs(map_, (target,), force=force, reporter=reporter)
    tell(space.facts, map_, (target,), Voice(as_json=False, is_quiet=quiet), reporter)
    _open(target)


def _open(page: Path) -> None:
    if not api.open_page(page):
        click.echo(f"No browser could be started here; open {page} in one.", err=True)
