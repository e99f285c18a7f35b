"""asterism evaluate: published tests, and how separable labels are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asterism.cli import _options
from asterism.cli._answers import asking, open_to_ask, plain, say_json, say_table
from asterism.errors import InputError

if TYPE_CHECKING:
    from asterism.analysis.analogies import SectionScore


@click.group("evaluate", cls=_options.Group)
def command() -> None:
    """Test a Space: analogies FILE, similarity FILE, translation TRAIN TEST, labels COL, or weat."""


space_option = click.option("--space", "source", required=True, metavar="SPACE", help="A .space folder or a file.")
restrict_option = click.option(
    "--restrict", default=300_000, show_default=True, type=click.IntRange(min=1), help="Only the first N texts."
)
case_option = click.option("--case", "minds_case", is_flag=True, help="Tell words apart that differ in case only.")


@command.command("analogies")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@space_option
@click.option(
    "--method", default="3cosadd", show_default=True, type=click.Choice(["3cosadd", "3cosmul"]), help="Score."
)
@restrict_option
@case_option
@click.option(
    "--unknown",
    default="skip",
    show_default=True,
    type=click.Choice(["skip", "wrong"]),
    help="Questions with an unknown word.",
)
@asking
def analogies(
    file: Path,
    *,
    source: str,
    method: Any,  # noqa: ANN401 - one of the choices
    restrict: int,
    minds_case: bool,
    unknown: Any,  # noqa: ANN401 - one of the choices
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Answer the questions of FILE (questions-words.txt) over the texts of a Space."""
    lines = _lines(file)
    space, reporter = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.evaluate_analogies(
        lines, method=method, restrict=restrict, ignore_case=not minds_case, unknown=unknown, report=reporter
    )
    if as_json:
        scores = {"accuracy": found.total.accuracy, "coverage": found.total.coverage}
        say_json({**plain(found), **plain(scores)})
        return
    totals = [score for score in (found.semantic, found.syntactic, found.total) if score is not None]
    heads = ("section", "correct", "answered", "accuracy", "coverage")
    say_table(heads, [_row(score) for score in (*found.sections, *totals)])
    click.echo(f"{found.method}; case {'matters' if minds_case else 'ignored'}; unknown words: {found.unknown}")


def _lines(file: Path) -> list[str]:
    """The lines of a file in UTF-8, with a byte order mark or without.

    Raises:
        InputError: It is in another encoding.
    """
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return list(lines)
    except UnicodeDecodeError as exc:
        raise InputError(f"'{file}' is not UTF-8 (byte {exc.start + 1:,}); save it in that encoding.") from exc


def _row(score: SectionScore) -> tuple[str, int, int, float, float]:
    return score.name, score.correct, score.answered, score.accuracy, score.coverage


@command.command("similarity")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@space_option
@restrict_option
@case_option
@asking
def similarity(
    file: Path,
    *,
    source: str,
    restrict: int,
    minds_case: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Compare similarities of words with the judgements in FILE: word, word, number, by tabs."""
    lines = _lines(file)
    space, _ = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.evaluate_similarity(lines, restrict=restrict, ignore_case=not minds_case)
    if as_json:
        say_json(found)
        return
    rows = [
        ("Spearman, cosine", found.spearman),
        ("Spearman, L2", found.spearman_euclidean),
        ("Spearman, L1", found.spearman_manhattan),
        ("Pearson, cosine", found.pearson),
    ]
    say_table(("correlation with the judgements", "value"), rows)
    click.echo(f"{found.answered:,} of {found.pairs:,} pairs count: both words are known")


@command.command("translation")
@click.argument("train", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("test", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@space_option
@click.option("--other", required=True, metavar="SPACE", help="The Space of the other language.")
@click.option("-k", default=1, show_default=True, type=click.IntRange(min=1), help="Nearest words looked at.")
@asking
def translation(
    train: Path,
    test: Path,
    *,
    source: str,
    other: str,
    k: int,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Turn a Space onto one of another language by the pairs of TRAIN, and translate the words of TEST."""
    pairs, asked = _lines(train), _lines(test)
    space, _ = open_to_ask(source, options, is_quiet=quiet or as_json)
    target, _ = open_to_ask(other, options, is_quiet=quiet or as_json)
    found = space.evaluate_translation(target, pairs, asked, k=k)
    if as_json:
        say_json(found)
        return
    rows = [(f"right among the {found.k} nearest", found.accuracy), ("mean cosine of the pairs of TRAIN", found.fit)]
    say_table(("measure", "value"), rows)
    click.echo(f"{found.answered:,} of {found.asked:,} words are known on both sides; {found.n_pairs:,} pairs of TRAIN")


@command.command("weat")
@click.option("-x", "x", required=True, metavar="TEXTS", help="Targets, with commas between: rose, tulip, daisy")
@click.option("-y", "y", required=True, metavar="TEXTS", help="Other targets: ant, spider, moth")
@click.option("-a", "a", required=True, metavar="TEXTS", help="What the first may lean towards: love, peace")
@click.option("-b", "b", required=True, metavar="TEXTS", help="What the others may lean towards: ugly, filth")
@space_option
@_options.seed
@asking
def association(
    x: str,
    y: str,
    a: str,
    b: str,
    *,
    source: str,
    seed: int,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Test whether texts X lean towards A, and Y towards B, more than chance would: effect size and p-value."""
    sets = [_listed(texts) for texts in (x, y, a, b)]
    space, _ = open_to_ask(source, options, is_quiet=quiet or as_json)
    found = space.weat(*sets, seed=seed)
    if as_json:
        say_json(found)
        return
    rows = [("effect size, within ±2", found.effect_size), ("statistic", found.statistic), ("p-value", found.p_value)]
    say_table(("measure", "value"), rows)
    click.echo(f"{found.n_splits:,} splits of the targets, {'all there are' if found.is_exact else 'drawn at random'}")


def _listed(texts: str) -> list[str]:
    """The texts between commas.

    Raises:
        click.UsageError: There is none.
    """
    found = [text.strip() for text in texts.split(",") if text.strip()]
    if not found:
        message = f"{texts!r} names no text; expected some with commas between, such as 'rose, tulip'."
        raise click.UsageError(message)
    return found


@command.command("labels")
@click.argument("column", metavar="COL")
@space_option
@click.option("-k", default=10, show_default=True, type=click.IntRange(min=1), help="Neighbours that vote.")
@asking
def labels(
    column: str,
    *,
    source: str,
    k: int,
    as_json: bool,
    quiet: bool,
    **options: Any,  # noqa: ANN401 - the shared options of reading
) -> None:
    """Measure how well the labels of COL can be told apart in this model, beside what guessing reaches."""
    space, _ = open_to_ask(source, options, is_quiet=quiet or as_json, column=column)
    found = space.evaluate_labels(column, k=k)
    if as_json:
        say_json(found)
        return
    rows = [
        (f"right by {found.n_neighbors} neighbours", found.knn_accuracy, found.chance),
        ("neighbours that share the label", found.knn_purity, found.chance_purity),
        ("right by a linear probe", found.probe_accuracy, found.chance),
        ("silhouette", found.silhouette, None),
    ]
    say_table(("measure", "value", "guessing"), rows)
    click.echo(f"{found.n_rows:,} rows with {found.n_labels:,} labels; neighbours of {found.n_sampled:,} of them")
