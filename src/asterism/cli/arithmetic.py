"""asterism arithmetic: king - man + woman."""

from __future__ import annotations

from typing import Any

import click

from asterism import api
from asterism.analysis.telling import tell_arithmetic
from asterism.cli._answers import (
    Picture,
    asking,
    drawn_on,
    open_to_ask,
    picture,
    say_json,
    say_lines,
    say_remarks,
    terminal_width,
)
from asterism.cli._progress import StageReporter
from asterism.cli._run import take_wishes

METHODS = ["3cosadd", "3cosmul", "pairdirection", "3cosavg"]


@click.command("arithmetic", context_settings={"ignore_unknown_options": False})
@click.argument("arguments", nargs=-1, metavar="[SPACE] EXPRESSION")
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="How many texts.")
@click.option("--method", default="3cosadd", show_default=True, type=click.Choice(METHODS), help="How to score.")
@click.option("--pair", "pairs", multiple=True, metavar="FROM:TO", help="For 3cosavg; may be given again.")
@picture
@drawn_on("pca")
@asking
def command(
    arguments: tuple[str, ...],
    *,
    k: int,
    method: Any,  # noqa: ANN401 - one of the choices
    pairs: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading and pictures
) -> None:
    """Work out EXPRESSION over the texts of SPACE; without SPACE, over the words of the model.

    Terms may have weights (0.5*paris) and be quoted phrases. The terms themselves are left out of the answer and
    shown apart.

    \b
    asterism arithmetic "king - man + woman"
    asterism arithmetic words.space '"new york" - usa + france' --method 3cosmul
    """  # noqa: D301 - click's mark for lines to keep
    if not 1 <= len(arguments) <= 2:
        message = f"Expected an expression, and perhaps a Space before it; got {len(arguments)} arguments."
        raise click.UsageError(message)
    wanted = Picture.take(options)
    is_quiet = quiet or as_json
    if len(arguments) == 2:
        space, reporter = open_to_ask(arguments[0], options, is_quiet=is_quiet)
    else:
        reporter = StageReporter(is_quiet=is_quiet)
        model = options.pop("model")
        wishes = take_wishes(options)
        space = api.vocabulary("builtin" if model is None else model, cache=wanted.is_cached, report=reporter, **wishes)
    found = space.arithmetic(arguments[-1], k=k, method=method, pairs=[_pair(pair) for pair in pairs])
    wanted.save(space, found, reporter=reporter)
    if as_json:
        say_json(found)
        return
    say_remarks(found.remarks, reporter)
    say_lines(tell_arithmetic(found, width=terminal_width()))


def _pair(pair: str) -> tuple[str, str]:
    start, colon, end = pair.partition(":")
    if not (colon and start and end):
        message = f"--pair is '{pair}'; expected FROM:TO, for example man:woman."
        raise click.UsageError(message)
    return start, end
