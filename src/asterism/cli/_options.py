"""Options that several commands share; each is written once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Decorator = Any  # click's decorators keep the type of what they decorate, which its stubs do not say for lists


def apply(options: list[Decorator]) -> Callable[[Any], Any]:
    """One decorator out of several, the first listed first in --help."""

    def decorate(function: Any) -> Any:  # noqa: ANN401 - click's own commands and functions
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


reading = apply(
    [
        click.option("--text", metavar="COL", help="Column that holds the texts; found by rule without it."),
        click.option(
            "--vectors", metavar="FILE|COL", help="Vectors you have: .npy .npz .safetensors .vec .txt, or a column."
        ),
        click.option("--x", metavar="COL", help="Column of ready coordinates, with --y."),
        click.option("--y", metavar="COL", help="Column of ready coordinates, with --x."),
        click.option("--z", metavar="COL", help="Third column of ready coordinates."),
        click.option(
            "--format", "file_format", metavar="NAME", help="Format of the input, where its name does not tell."
        ),
        click.option("--encoding", metavar="NAME", help="Encoding of a text file that is not UTF-8."),
        click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Use only N rows, drawn at random."),
    ]
)
model = click.option("--model", metavar="MODEL", help="builtin (without it), a folder, or static:PATH.")
seed = click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Same seed, same map.")
threads = click.option(
    "--threads", type=click.IntRange(min=1), metavar="N", help="Threads; all without it. Results stay equal."
)
layout = apply(
    [
        click.option("--color", metavar="COL", help="Column to colour by; chosen by rule without it."),
        click.option("--method", default="tsne", show_default=True, metavar="NAME", help="tsne, umap, pca or random."),
        click.option("--dim", default=2, show_default=True, type=click.IntRange(2, 3), help="2-D or 3-D."),
        seed,
        threads,
        click.option("--neighbors", type=click.IntRange(min=1), metavar="K", help="Neighbours in the graph."),
        click.option("--perplexity", type=click.FloatRange(min=1), metavar="P", help="Of t-SNE; 30 without it."),
        click.option(
            "--also",
            multiple=True,
            metavar="NAME",
            help="A further method to switch to in the explorer; pca (and umap for few texts) without it.",
        ),
        click.option(
            "--clusters/--no-clusters", default=None, help="Name clusters on the map; documents have them without it."
        ),
        click.option("--title", metavar="TEXT", help="Heading of the picture."),
        click.option("--no-cache", is_flag=True, help="Compute anew; neither take nor keep results."),
    ]
)
outputs = click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Where to write; the ending picks the view: .html .png .svg .pdf .parquet .csv .space. May be given again.",
)
without = click.option(
    "--without",
    multiple=True,
    type=click.Choice(["texts", "neighbors"]),
    help="Leave this out of a page, to make it smaller. May be given again.",
)
force = click.option("--force", is_flag=True, help="Overwrite what is there.")
as_json = click.option("--json", "as_json", is_flag=True, help="Write the facts as JSON to stdout.")
quiet = click.option("--quiet", is_flag=True, help="Say nothing but results and errors.")
