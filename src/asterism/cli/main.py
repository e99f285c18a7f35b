"""The `asterism` command: finds the file of the command that was typed, and turns errors into one clear line."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from asterism import __version__
from asterism.cli._light import leave_pandas_out
from asterism.cli._streams import never_fail, noting_warnings
from asterism.errors import AsterismError

if TYPE_CHECKING:
    from collections.abc import Sequence

# One file per command, imported only when it is typed; the line is what --help shows.
COMMANDS = {
    "map": "Turn a file of texts into a map.",
    "demo": "Map one of the examples that come with Asterism.",
    "explore": "Open the explorer of a file, a Space or a map in the browser.",
    "embed": "Turn a file of texts into vectors, kept in a folder.",
    "neighbors": "What is near a text.",
    "arithmetic": "king - man + woman, over a Space or the words of the model.",
    "place": "Where new texts fall on a map that stands.",
    "interpolate": "What lies between two texts.",
    "distances": "How far some texts are from each other.",
    "axis": "Where texts lie on a direction that means something.",
    "clusters": "The groups of a corpus at several granularities, with names.",
    "outliers": "Texts that stand apart, wrong labels, duplicates.",
    "compare-projections": "The texts laid out in several ways, side by side.",
    "reduce": "Vectors of fewer dimensions, for clustering and the like.",
    "evaluate": "Published word tests, and how separable labels are.",
    "vocabulary": "All words of a model as a Space.",
    "export-onnx": "Write a transformer for ONNX Runtime, and measure what that costs.",
    "cache": "What was computed before: how much, whether it is sound, making room.",
    "words": "Word lists by category, from a language model.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"asterism.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="asterism", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context, *, debug: bool) -> None:
    """Turn texts into a map of their meaning that can be trusted, explored and explained.

    Try first:  asterism demo words
    """
    ctx.obj = debug
    leave_pandas_out()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process.

    Exit code 0: done; 1: failed, with one line on stderr; 2: wrong usage; 130: interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    never_fail()
    try:
        with noting_warnings(is_quiet=not {"-q", "--quiet"}.isdisjoint(arguments)):
            cli.main(arguments, prog_name="asterism", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (AsterismError, OSError, MemoryError) as error:
        if "--debug" in arguments:
            raise
        click.echo(f"asterism: {_one_line(error)}", err=True)
        sys.exit(1)


def _one_line(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "Not enough memory for this; try --sample N, or a machine with more."
    text = str(error)
    if isinstance(error, OSError) and error.strerror is not None:
        text = f"'{error.filename}': {error.strerror}." if error.filename is not None else f"{error.strerror}."
    # An expression that cannot be read is shown with a caret under the place.
    return text if text.endswith("^") else " ".join(text.split())
