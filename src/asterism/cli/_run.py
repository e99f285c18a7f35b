"""What `map`, `demo` and `embed` do alike: read, embed, lay out, write, and tell of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asterism import api
from asterism.cli._belief import quality_facts, say_belief
from asterism.cli._options import PARAMETERS, WISHES
from asterism.cli._streams import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asterism.api import Facts, Map, Reading, Space
    from asterism.cli._progress import StageReporter


# Up to this many texts a second layout takes no longer than the page needs to be written.
MOST_WITH_UMAP = 5000
FIGURE = ("theme", "width", "height", "dpi", "font")


@dataclass(frozen=True, slots=True)
class Layout:
    """The options of a layout, as given on the command line; `params` are the method's own."""

    method: str
    dim: int
    seed: int
    threads: int | None
    color: str | None
    title: str | None
    no_cache: bool
    also: tuple[str, ...]
    clusters: bool | None
    labels: str | None
    stability: bool
    params: Mapping[str, Any]
    naming: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns that the input must have."""
        is_found = self.color == api.CLUSTER and self.clusters is not False
        return (None if is_found else self.color, self.labels)

    @classmethod
    def take(cls, options: dict[str, Any], *, model: str | None) -> Layout:
        """Take the options of a layout out of all options; `model` is the embedder.

        Raises:
            click.UsageError: An option that belongs to another method.
        """
        own = {name: options.pop(name) for name in cls.__slots__ if name not in ("params", "naming")}
        if options.get("x") and own["method"] == "tsne":
            own["method"] = "given"
        params = take_parameters(options, own["method"], labels=own["labels"])
        for other in own["also"]:
            api.check_parameters(other, {})
        return cls(**own, params=params, naming=take_naming(options, model=model))


def take_parameters(options: dict[str, Any], method: str, *, labels: str | None) -> dict[str, Any]:
    """Take the method's own parameters out of all options.

    Raises:
        click.UsageError: An option that belongs to another method.
    """
    given = {name: options.pop(name) for name in PARAMETERS}
    params = {name: value for name, value in given.items() if value is not None}
    params |= dict(_named_value(text) for text in options.pop("others"))
    check_parameters(method, [*params, *(["labels"] if labels else [])])
    api.check_parameters(method, params)
    return params


def take_naming(options: dict[str, Any], *, model: str | None) -> dict[str, Any]:
    """Take who names the clusters; --base-url remains for the embedder where that is behind a server, too."""
    name_with = options.pop("name_with")
    if name_with is None:
        return {}
    base_url = options["base_url"]
    if (model or "").partition(":")[0] in ("", "builtin", "static", "onnx", "hf") or ":" not in (model or ""):
        options["base_url"] = None
    return {"name_with": name_with, "base_url": base_url}


def check_parameters(method: str, names: Sequence[str]) -> None:
    """Refuse parameters that the method does not take, naming the methods that do.

    Raises:
        click.UsageError: One of them belongs to another method, or to none.
    """
    known = api.parameters_of(method)
    if known is None:
        return
    for name in names:
        if name in known:
            continue
        owners = [other for other in ("tsne", "umap") if name in (api.parameters_of(other) or ())]
        whose = f"an option of {' and '.join(owners)}" if owners else "a parameter of no method that is known here"
        offered = ", ".join(f"--{own.replace('_', '-')}" for own in known if own in PARAMETERS or own == "labels")
        message = f"--{name.replace('_', '-')} is {whose}; --method {method} takes {offered or 'none'}."
        raise click.UsageError(message)


def _named_value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        message = f"--param is {text!r}; expected NAME=VALUE, such as momentum=0.9."
        raise click.UsageError(message)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@dataclass(frozen=True, slots=True)
class Voice:
    """How the command speaks."""

    as_json: bool
    is_quiet: bool
    with_shepard: bool = False


def take_wishes(options: dict[str, Any]) -> dict[str, Any]:
    """Take the flags of models out of all options, by the names that `asterism.embed` has for them."""
    given = {name: options.pop(name) for name in WISHES if name in options}
    return {name.removeprefix("model_"): value for name, value in given.items() if value not in (None, False)} | (
        {"special_tokens": False} if given.get("special_tokens") is False else {}
    )


def open_space(
    source: str,
    options: Mapping[str, Any],
    *,
    model: str | None,
    sample: int | None,
    seed: int,
    reporter: StageReporter,
    cache: bool = True,
    columns: Sequence[str | None] = (),
) -> Space:
    """A Space of whatever INPUT is: a `.space` folder, a file, or "-" for stdin.

    `columns` are those that will be asked for, so that a name that is not there is told before texts are embedded.

    Raises:
        click.UsageError: A model is named for a Space, which has one, or how a file is to be read.
    """
    reading = dict(options)
    wishes = take_wishes(reading)
    if Path(source).is_dir() and source.rstrip("/").endswith(".space"):
        if model is not None or wishes:
            message = f"'{source}' holds vectors of a model already; leave --model and its options out, or embed anew."
            raise click.UsageError(message)
        for name, value in reading.items():
            if value is not None:
                flag = f"--{name.removeprefix('file_')}"
                message = f"{flag} belongs to files; '{source}' holds what was read already. Leave it out."
                raise click.UsageError(message)
        space = api.Space.open(source, cache=cache)
        return space if sample is None else space.sample(sample, seed=seed)
    read = read_input(source, reading, sample=sample, seed=seed, reporter=reporter)
    read.check_columns(*columns)
    return api.embed(read, model=model, cache=cache, report=reporter, **wishes)


def read_input(
    source: str, reading: Mapping[str, Any], *, sample: int | None, seed: int, reporter: StageReporter
) -> Reading:
    """Read a file, or "-" for stdin, and tell how it was understood."""
    reporter.start("read")
    read = api.read(source, **reading)
    if sample is not None:
        read = api.sample(read, sample, seed=seed)
    reporter.advance(detail=_rows_told(read.counts))
    reporter.done()
    for remark in read.remarks:
        reporter.remark(remark)
    return read


def _rows_told(counts: Mapping[str, int]) -> str:
    told = [f"{counts[name]:,} {name}" for name in ("null", "empty") if counts[name]]
    rows, twins = counts["rows"], counts["duplicates"]
    told += [f"{twins:,} duplicate{'s' if twins > 1 else ''}"] if twins else []
    return ", ".join([f"{rows:,} row{'s' if rows > 1 else ''}", *told])


def lay_out(space: Space, layout: Layout, outputs: Sequence[Path], reporter: StageReporter) -> Map:
    """Lay a Space out as the options say; an explorer gets others to switch to."""
    also = layout.also
    if not also and space.vectors.shape[1] > 0 and any(output.suffix == ".html" for output in outputs):
        also = ("pca", "umap") if len(space) <= MOST_WITH_UMAP else ("pca",)
    # Where nothing is drawn, none are looked for that were not asked for.
    is_drawn = any(output.suffix not in api.TABLES for output in outputs)
    is_asked = bool(layout.naming) or (layout.color == api.CLUSTER and api.CLUSTER not in space.table.column_names)
    return space.map(
        method=layout.method,
        dim=layout.dim,
        seed=layout.seed,
        threads=layout.threads,
        color=layout.color,
        title=layout.title,
        cache=not layout.no_cache,
        report=reporter,
        clusters=layout.clusters if is_drawn or is_asked or layout.clusters else False,
        also=also,
        labels=layout.labels,
        stability=layout.stability,
        **layout.naming,
        **layout.params,
    )


def take_figure(options: dict[str, Any], outputs: Sequence[Path]) -> dict[str, Any]:
    """Take the options of figures out of all options.

    Raises:
        click.UsageError: There are some, and no output is a figure.
    """
    given = {name: value for name in FIGURE if (value := options.pop(name)) is not None}
    if given and not any(output.suffix in api.FIGURES for output in outputs):
        message = f"--{next(iter(given))} belongs to figures; give an -o that ends in {', '.join(api.FIGURES)}."
        raise click.UsageError(message)
    return given


def check_asked(
    outputs: Sequence[Path],
    *,
    also: Sequence[str] = (),
    without: Sequence[str] = (),
    shepard: bool = False,
    as_json: bool,
) -> None:
    """Refuse options that none of the outputs heeds.

    Raises:
        click.UsageError: Names the option, and the outputs that it is for.
    """
    endings = {output.suffix for output in outputs}
    if also and endings.isdisjoint({".html", ".space"}):
        message = "--also belongs to pages and Spaces; give an -o that ends in .html or .space."
        raise click.UsageError(message)
    if without and ".html" not in endings:
        message = "--without belongs to pages; give an -o that ends in .html."
        raise click.UsageError(message)
    if shepard and not as_json and endings.isdisjoint(api.FIGURES):
        message = f"--shepard belongs to figures and --json; give an -o that ends in {', '.join(api.FIGURES)}."
        raise click.UsageError(message)


def write_outputs(
    map_: Map,
    outputs: Sequence[Path],
    *,
    force: bool,
    without: Sequence[str] = (),
    shepard: bool = False,
    figure: Mapping[str, Any] | None = None,
    reporter: StageReporter,
) -> None:
    """Write every output."""
    for output in outputs:
        reporter.start(f"write {output.suffix}")
        options = (figure or {}) if output.suffix in api.FIGURES else {}
        map_.save(output, force=force, without=without, shepard=shepard, report=reporter, **options)
        reporter.done()


def evaluate_labels(space: Space, column: str | None, reporter: StageReporter) -> dict[str, Any]:
    """How well the labels of a column can be told apart: said in a line, and as facts; none without a column."""
    if column is None:
        return {}
    reporter.start("evaluate", len(space), unit="texts")
    found = space.evaluate_labels(column)
    reporter.done()
    reporter.say(
        f"{'':<10} {column}: {found.knn_accuracy:.2f} right by {found.n_neighbors} neighbours, "
        f"{found.probe_accuracy:.2f} by a linear probe (guessing {found.chance:.2f}); silhouette {found.silhouette:.2f}"
    )
    facts = {name: None if value != value else value for name, value in asdict(found).items()}  # noqa: PLR0124 - NaN
    return {"evaluation": {"column": column, **facts}}


def tell(
    told: Facts,
    map_: Map | None,
    outputs: Sequence[Path],
    voice: Voice,
    reporter: StageReporter,
    *,
    further: Mapping[str, Any] | None = None,
) -> None:
    """Say what came out: paths to stdout, or all facts as JSON; counts, remarks and quality to stderr."""
    remarks = list(dict.fromkeys((*reporter.remarks, *told.remarks, *(map_.projection.notes if map_ else ()))))
    if voice.as_json:
        facts = {
            "rows": told.rows,
            "placed": told.placed,
            "counts": dict(told.counts),
            "text_column": told.text_column,
            "model": asdict(told.model),
            **({} if map_ is None else _map_facts(map_, with_shepard=voice.with_shepard)),
            **(further or {}),
            "remarks": remarks,
            "seconds": {stage: round(seconds, 3) for stage, seconds in reporter.seconds.items()},
            "outputs": [str(output) for output in outputs],
        }
        write_json(facts)
        return
    for remark in remarks:
        if remark in reporter.remarks:  # said when it came up
            continue
        reporter.say(f"note       {remark}")
    if map_ is not None and map_.quality is not None:
        say_belief(map_.quality, reporter)
    if map_ is not None and map_.outliers is not None and map_.outliers.is_far.any():
        apart = map_.outliers
        far = int(apart.is_far.sum())
        lie, its, them = ("text lies", "its", "it") if far == 1 else ("texts lie", "their", "them")
        reporter.say(
            f"apart      {far:,} {lie} farther than {apart.fence:.2f} from {its} {apart.n_neighbors} nearest on "
            f"average; asterism outliers names {them}"
        )
    for output in outputs:
        click.echo(output)


def _map_facts(map_: Map, *, with_shepard: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "method": map_.method,
        "params": dict(map_.params),
        "seed": map_.seed,
        "color": map_.scene.color,
    }
    if map_.outliers is not None:
        apart = map_.outliers
        far = int(apart.is_far.sum())
        facts["outliers"] = {"n_far": far, "fence": apart.fence, "n_neighbors": apart.n_neighbors}
    if map_.quality is not None:
        facts["quality"] = quality_facts(map_.quality, with_shepard=with_shepard)
    return facts
