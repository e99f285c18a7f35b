"""asterism cache: what was computed before."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from asterism import api
from asterism.cli import _options
from asterism.cli._answers import say_table
from asterism.cli._streams import write_json


@click.group("cache", cls=_options.Group)
def command() -> None:
    """Look after what was computed before: vectors of texts, graphs and projections.

    Everything here can be computed again. ASTERISM_CACHE_DIR names another folder, ASTERISM_CACHE_GB another ceiling.
    """


@command.command("info")
@_options.as_json
def info(*, as_json: bool) -> None:
    """What is kept, and how much of it."""
    report = api.cache_report()
    if as_json:
        facts = asdict(report) | {"folder": str(report.folder), "size": report.size}
        write_json(facts)
        return
    if report.models:
        heads = ("vectors of", "dim", "texts", "segments", "size", "last used", "options")
        say_table(heads, [_row(model) for model in report.models])
        click.echo()
    click.echo(f"results    {report.results:,} graphs and projections, {_size(report.results_size)}")
    if report.answers:
        click.echo(f"answers    {report.answers:,} of servers, {_size(report.answers_size)}")
    click.echo(f"in all     {_size(report.size)} in {report.folder}")
    limits = f"{_size(report.vectors_ceiling)} of vectors, {_size(report.results_ceiling)} of results"
    click.echo(f"at most    {limits}; what was used longest ago goes first")


@command.command("verify")
@_options.as_json
def verify(*, as_json: bool) -> None:
    """Read every segment and compare its checksum; damaged ones are set aside. Exit code 1 if there were any."""
    checked, damaged = api.verify_cache()
    if as_json:
        write_json({"checked": checked, "damaged": [str(path) for path in damaged]})
    else:
        for path in damaged:
            click.echo(f"damaged    {path}")
        ending = "; what they held will be computed again" if damaged else ""
        click.echo(f"{checked:,} segments read, {len(damaged):,} of them damaged{ending}.")
    if damaged:
        raise SystemExit(1)


@command.command("gc")
@_options.as_json
def collect(*, as_json: bool) -> None:
    """Remove damaged and left-over files, join small segments, keep under the ceiling."""
    _tell_freed(api.collect_cache(), as_json=as_json)


@command.command("clear")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_options.as_json
def clear(*, yes: bool, as_json: bool) -> None:
    """Remove everything."""
    report = api.cache_report()
    if not yes and not click.confirm(f"Remove {_size(report.size)} from {report.folder}?", err=True):
        click.echo("Nothing was removed.", err=True)
        raise SystemExit(1)
    _tell_freed(api.clear_cache(), as_json=as_json)


def _tell_freed(count: int, *, as_json: bool) -> None:
    if as_json:
        write_json({"freed": count})
    else:
        click.echo(f"{_size(count)} freed.")


def _row(model: api.CachedModel) -> tuple[str | int, ...]:
    used = datetime.fromtimestamp(model.used, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    name = model.name or model.fingerprint
    options = ", ".join(f"{key}={value}" for key, value in model.options.items())
    return (name, model.dim, model.rows, model.segments, _size(model.size), used, options)


def _size(count: int) -> str:
    for unit, of in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= of:
            return f"{count / of:.1f} {unit}"
    return f"{count} bytes"
