"""asterism words: word lists by category, from a language model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import say_json, say_remarks, say_table
from asterism.cli._progress import StageReporter


@click.command("words")
@click.option(
    "--category", "categories", multiple=True, required=True, metavar="NAME", help="A category; may be given again."
)
@click.option("-n", default=25, show_default=True, type=click.IntRange(min=1), help="Words of each.")
@click.option("--model", required=True, metavar="MODEL", help="A language model, as its server calls it: llama3.2")
@click.option(
    "--base-url", metavar="URL", help="Of its OpenAI-compatible server, http://localhost:11434/v1; OpenAI without it."
)
@click.option(
    "--temperature", default=0.7, show_default=True, type=click.FloatRange(0, 2), help="How freely it answers."
)
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1), help="Ask at most so often.")
@click.option("--single", is_flag=True, help="Only words without spaces.")
@click.option("--keep-case", is_flag=True, help="Leave capitals; without it words are in lower case.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="For servers that take one.")
@_options.no_cache
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="words.csv or .parquet, for `asterism map`."
)
@_options.force
@_options.as_json
@_options.quiet
def command(
    *,
    categories: tuple[str, ...],
    model: str,
    no_cache: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **wanted: Any,  # noqa: ANN401 - the options of asterism.words
) -> None:
    """Ask a language model for words of categories, until there are enough of each.

    \b
    asterism words --category fruits --category vehicles -n 25 \\
        --model llama3.2 --base-url http://localhost:11434/v1 -o words.csv
    asterism map words.csv --color category
    """  # noqa: D301 - click's mark for lines to keep
    if output is not None:
        if output.suffix not in api.TABLES:
            message = f"'{output}' ends in none of {', '.join(api.TABLES)}."
            raise click.UsageError(message)
        api.check_output(output, force=force)
    reporter = StageReporter(is_quiet=quiet or as_json)
    found = api.words(categories, model=model, cache=not no_cache, report=reporter, **wanted)
    say_remarks(found.lists.remarks, reporter)
    if output is not None:
        found.save(output, force=force)
    if as_json:
        say_json(found)
    elif output is None:
        rows = ((word, category) for category, words in found.lists.words.items() for word in words)
        say_table(("word", "category"), rows)
    else:
        click.echo(output)
