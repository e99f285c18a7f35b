"""Options that several commands share; each is written once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_HELP = 200  # Characters of a sentence; click cuts at the width of a line.
Decorator = Any  # click's decorators keep the type of what they decorate, which its stubs do not say for lists


class Group(click.Group):
    """Commands of a command, each listed with the whole of its first sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of --help."""
        rows = [(name, command.get_short_help_str(MAX_HELP)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


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
# The flags of models: what `asterism.embed` calls them, in the order of --help.
WISHES = (
    "pooling",
    "layer",
    "prompt",
    "max_length",
    "model_dtype",
    "device",
    "dimensions",
    "engine",
    "base_url",
    "special_tokens",
    "trust_remote_code",
    "allow_pickle",
)
wishes = apply(
    [
        click.option("--pooling", metavar="NAME", help="cls, mean, max, last or weighted-mean; as trained without it."),
        click.option(
            "--layer", type=click.IntRange(min=0), metavar="N", help="Hidden states of a layer; 0 is the input."
        ),
        click.option("--prompt", metavar="TEXT", help="Before every text; or the name of a prompt of the model."),
        click.option("--max-length", type=click.IntRange(min=1), metavar="N", help="Tokens of a text that are read."),
        click.option("--model-dtype", metavar="NAME", help="float32, float16, bfloat16, auto; int8 for onnx."),
        click.option("--device", metavar="NAME", help="cpu, cuda or mps; the quickest without it."),
        click.option("--dimensions", type=click.IntRange(min=1), metavar="D", help="Shorter vectors, where it can."),
        click.option("--engine", type=click.Choice(["torch", "onnx"]), help="What runs the model."),
        click.option("--base-url", metavar="URL", help="Of an OpenAI-compatible server: http://localhost:11434/v1"),
        click.option("--special-tokens/--no-special-tokens", default=None, help="Count [CLS] and the like in pooling."),
        click.option("--trust-remote-code", is_flag=True, help="Run Python code that comes with the model."),
        click.option("--allow-pickle", is_flag=True, help="Load pickled weights, which may run code of their author."),
    ]
)
model = apply(
    [
        click.option(
            "--model",
            metavar="MODEL",
            help="builtin (without it); a folder or an id of the Hugging Face hub; onnx:PATH, static:PATH; or "
            "openai:NAME with --base-url.",
        ),
        wishes,
    ]
)
name_with = click.option(
    "--name-with",
    metavar="MODEL",
    help="Let this language model name the clusters; --base-url is its server, OpenAI without it.",
)
no_cache = click.option("--no-cache", is_flag=True, help="Compute anew; neither take nor keep results.")
seed = click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Same seed, same result.")
title = click.option("--title", metavar="TEXT", help="Heading of the picture.")
threads = click.option(
    "--threads", type=click.IntRange(min=1), metavar="N", help="Threads; all without it. Results stay equal."
)


class Numbers(click.ParamType):  # type: ignore[type-arg]  # generic in some versions of click only
    """One number, or several with commas between them."""

    name = "P[,P…]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """A float, or a tuple of them."""
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not a number, nor several with commas between them.", param, ctx)
        return numbers[0] if len(numbers) == 1 else numbers


_METAVARS: dict[type, str] = {click.IntRange: "N", click.FloatRange: "X"}
_WHOLE = click.IntRange(min=0)
_REAL = click.FloatRange(min=0)
PARAMETERS: dict[str, tuple[Any, str]] = {
    "perplexity": (Numbers(), "t-SNE: neighbours that count, 30 without it; several are averaged."),
    "affinity": (click.Choice(["auto", "perplexity", "uniform"]), "t-SNE: how neighbours are weighed."),
    "exaggeration": (_REAL, "t-SNE: attraction over repulsion; 1 without it, 4 looks like UMAP, 30 like eigenmaps."),
    "early_exaggeration": (_REAL, "t-SNE: the same for the first iterations, 12 without it."),
    "n_iterations": (_WHOLE, "t-SNE: iterations after the first 250, 500 without it."),
    "n_neighbors": (click.IntRange(min=1), "UMAP, or t-SNE with uniform weights: how many count, 15 without it."),
    "min_dist": (_REAL, "UMAP: how close points may lie, 0.1 without it."),
    "spread": (_REAL, "UMAP: scale of the map, 1 without it."),
    "n_epochs": (click.IntRange(min=1), "UMAP: passes over all pairs, 300 or 60 without it."),
    "label_weight": (_REAL, "UMAP with --labels: from 0 to below 1, 0.5 without it."),
    "learning_rate": (_REAL, "t-SNE, UMAP: length of a step."),
}
"""The parameters of the methods that have an option of their own; --param reaches the rest."""
parameters = apply(
    [
        *(
            click.option(f"--{name.replace('_', '-')}", name, type=kind, metavar=_METAVARS.get(type(kind)), help=text)
            for name, (kind, text) in PARAMETERS.items()
        ),
        click.option("--labels", metavar="COL", help="UMAP: column whose values guide the layout."),
        click.option(
            "--param", "others", multiple=True, metavar="NAME=VALUE", help="A further parameter of the method."
        ),
    ]
)
layout = apply(
    [
        click.option(
            "--color",
            metavar="COL",
            help="Column to colour by; chosen by rule without it. cluster: clusters, found if need be.",
        ),
        click.option("--method", default="tsne", show_default=True, metavar="NAME", help="tsne, umap, pca or random."),
        click.option("--dim", default=2, show_default=True, type=click.IntRange(2, 3), help="2-D or 3-D."),
        seed,
        threads,
        parameters,
        click.option(
            "--also",
            multiple=True,
            metavar="NAME",
            help="A further method to switch to in the explorer; pca (and umap for few texts) without it.",
        ),
        click.option(
            "--clusters/--no-clusters",
            default=None,
            help="Name clusters, on the map and in tables; documents have them without it where they are drawn.",
        ),
        name_with,
        click.option(
            "--stability",
            is_flag=True,
            help="Lay out three times more, and tell which neighbours shown come back.",
        ),
        title,
        no_cache,
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
figure = apply(
    [
        click.option("--theme", type=click.Choice(["light", "dark"]), help="Of figures; light without it."),
        click.option("--width", type=click.FloatRange(80, 1000), metavar="MM", help="Of figures; 180 without it."),
        click.option(
            "--height", type=click.FloatRange(60, 2000), metavar="MM", help="Of figures; what is needed without it."
        ),
        click.option("--dpi", type=click.FloatRange(50, 1200), metavar="N", help="Of .png figures; 220 without it."),
        click.option("--font", metavar="FAMILY", help="Of figures: a font that is installed."),
    ]
)
"""How figures are wanted; `_run.take_figure` takes them out of all options."""
without = click.option(
    "--without",
    multiple=True,
    type=click.Choice(["texts", "neighbors"]),
    help="Leave this out of a page, to make it smaller. May be given again.",
)
force = click.option("--force", is_flag=True, help="Overwrite what is there.")
shepard = click.option(
    "--shepard", is_flag=True, help="Add a Shepard diagram to figures, and its pairs of distances to --json."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Write the facts as JSON to stdout.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors.")
