"""asterism export-onnx: a transformer for ONNX Runtime."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import say_json
from asterism.cli._progress import StageReporter


@click.command("export-onnx")
@click.argument("model", metavar="MODEL")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write."
)
@click.option("--int8", is_flag=True, help="Weights of 8 bits: a quarter of the size, faster on a CPU, rounded.")
@click.option(
    "--texts",
    metavar="INPUT",
    help="Texts to compare on, like those you will embed; the words and sentences of the examples without it.",
)
@_options.force
@_options.as_json
@_options.quiet
def command(
    model: str, *, output: Path, int8: bool, texts: str | None, force: bool, as_json: bool, quiet: bool
) -> None:
    """Write the transformer MODEL (a folder or a hub id) in the ONNX format, and measure what that costs.

    \b
    asterism export-onnx sentence-transformers/all-MiniLM-L6-v2 --int8 --texts news.csv -o minilm-onnx
    asterism map news.csv --model onnx:minilm-onnx
    """  # noqa: D301 - click's mark for lines to keep
    reporter = StageReporter(is_quiet=quiet or as_json)
    weights, fidelity = api.export_onnx(model, output, int8=int8, texts=texts, force=force, report=reporter)
    if as_json:
        say_json({"weights": str(weights), "is_close": fidelity.is_close, "fidelity": asdict(fidelity)})
        return
    click.echo(weights)
    click.echo(str(fidelity))
    if int8:
        click.echo("Its scales are fixed; ONNX Runtime alone reads it, in batches without padding.", err=True)
    if not fidelity.is_close:
        message = "Below a cosine of .99 or an overlap of 90 % it is taken only if asked for: --model-dtype int8."
        click.echo(message, err=True)
