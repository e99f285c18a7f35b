"""The top-level verbs, and all that the command line calls. Thin; each is one call into a room below."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism._check import check_choice
from asterism._progress import SILENT
from asterism.analysis.interpolation import MAX_STEPS
from asterism.caching import cache_report, clear_cache, collect_cache, verify_cache
from asterism.drawing import DRAWN_ALONE, Answer
from asterism.embed.options import EmbedOptions
from asterism.embed.registry import open_embedder
from asterism.embed.upkeep import CachedModel
from asterism.errors import InputError
from asterism.exporting import export_onnx
from asterism.maps import FIGURES, TABLES, Map, check_output
from asterism.pipeline import Embedding, columns_table, embed_into, embed_reading, given_reading
from asterism.project import find_method, neighbors_wanted
from asterism.read import Reading, demo_path, read, title_of
from asterism.read import sample as sample_reading
from asterism.scene.build import CLUSTER
from asterism.space import Space
from asterism.store import (
    Facts,
    facts_of,
    list_projections,
    load_projection,
    partial_folder,
    save_space,
)
from asterism.store.results import cache_folder
from asterism.store.table import coordinate_columns, places_table, write_table
from asterism.vocabularies import MAX_CONTEXTS, model_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from asterism._progress import Reporter
    from asterism.analysis.distances import DistanceTable
    from asterism.asking import Words
    from asterism.values import Metric, Places
    from asterism.view.figure._table import Measure
    from asterism.vocabularies import WordKind

__all__ = [
    "CLUSTER",
    "DEMOS",
    "DRAWN_ALONE",
    "FIGURES",
    "MAX_CONTEXTS",
    "MAX_STEPS",
    "TABLES",
    "Answer",
    "CachedModel",
    "Facts",
    "Map",
    "Reading",
    "Space",
    "as_reading",
    "cache_report",
    "check_output",
    "check_parameters",
    "clear_cache",
    "collect_cache",
    "coordinates_in",
    "demo",
    "embed",
    "embed_to",
    "export_onnx",
    "open_page",
    "read",
    "sample",
    "save_distances",
    "save_places",
    "stem_of",
    "unfinished",
    "verify_cache",
    "vocabulary",
    "words",
]

DEMO_TITLES = {
    "words": "32 words in 4 categories",
    "sentences": "20 sentences on 4 topics",
    "categories": "625 words in 25 categories",
}
DEMOS = tuple(DEMO_TITLES)
READING = tuple(name for name in signature(read).parameters if name != "source")


def embed(
    texts: Any,  # noqa: ANN401 - whatever `read` accepts
    *,
    labels: Sequence[Any] | None = None,
    model: str | None = None,
    metric: Metric | None = None,
    cache: bool = True,
    report: Reporter = SILENT,
    **options: Any,  # noqa: ANN401 - the fields of EmbedOptions, checked there
) -> Space:
    """Turn texts into a Space.

    Args:
        texts: A list of texts, a Reading, or what `asterism.read` accepts: a path, a data frame, a dataset.
        labels: One value per text to colour by, optional.
        model: "builtin"; a folder or an id of the Hugging Face hub; "static:", "onnx:" or "hf:" before one; or
            "openai:NAME" for a model behind a server. None takes the vectors or coordinates that came with the texts,
            and without them the built-in model.
        metric: The distance that suits vectors that came with the texts, None for "cosine"; a model has its own.
        cache: Take vectors that were computed before, and keep new ones, those of texts that the Space is asked about
            later among them; the built-in model needs no cache.
        report: Hears of the progress.
        **options: Of the model: pooling, layer, prompt, max_length, dtype, device, dimensions, engine, base_url,
            trust_remote_code, allow_pickle, special_tokens, threads; see `asterism.embed.options.EmbedOptions`.

    Raises:
        InputError: The input cannot be read, labels do not fit, the model cannot honour an option, or a metric is given
            and no vectors came with the texts.
        EmbedError: The model is not here or failed.
    """
    reading = as_reading(texts)
    is_given = model is None and (reading.vectors is not None or reading.coordinates is not None)
    if metric is not None and not (is_given and reading.vectors is not None):
        raise InputError(
            f"metric is {metric!r}; expected none: it belongs to vectors that come with the texts, and a model has its "
            "own. Leave it out; questions take one: space.neighbors(text, metric=…)."
        )
    if labels is not None:
        column = columns_table({"label": labels}).column(0)
        if len(column) != len(reading.texts):
            raise InputError(f"There are {len(column)} labels for {len(reading.texts)} texts; expected one for each.")
        if "label" in reading.table.column_names:
            raise InputError("The input has a column 'label' already; colour by it, or rename it.")
        reading = replace(reading, table=reading.table.append_column("label", column))
    if is_given:
        return Space(given_reading(reading, metric=metric or "cosine"), title=reading.title)
    how = _embedding(model, options, cache=cache)
    return Space(embed_reading(reading, how, report=report), title=reading.title, embedder=how.embedder, cache=cache)


def embed_to(
    folder: str | PathLike[str],
    texts: Any,  # noqa: ANN401 - whatever `read` accepts
    *,
    model: str | None = None,
    dtype: str = "float32",
    force: bool = False,
    cache: bool = True,
    report: Reporter = SILENT,
    **options: Any,  # noqa: ANN401 - the fields of EmbedOptions, checked there
) -> Facts:
    """Turn texts into a Space in a folder, part by part, whatever their number; stopped, the same call goes on.

    The table of texts is in memory, the vectors of a part of at most 256 MB at a time.

    Args:
        folder: By custom `NAME.space`.
        texts: See `embed`.
        model: See `embed`.
        dtype: "float32", or "float16" for half the size and about three decimal digits.
        force: Replace what is there; start anew where another input or model began.
        cache: See `embed`.
        report: Hears of the progress.
        **options: See `embed`.

    Returns:
        What is to be told of it; `Space.open` opens it.

    Raises:
        InputError: See `embed`.
        EmbedError: The model is not here or failed; what was finished is kept.
        OutputExists: There is something, and `force` is not given.
        FingerprintMismatch: Another input or model began, and `force` is not given.
    """
    reading = as_reading(texts)
    if model is None and (reading.vectors is not None or reading.coordinates is not None):
        given = given_reading(reading)
        save_space(given, Path(folder), dtype=dtype, force=force)
        return facts_of(given)
    how = _embedding(model, options, cache=cache)
    return embed_into(Path(folder), reading, how, dtype=dtype, force=force, report=report)


def unfinished(folder: str | PathLike[str]) -> Path | None:
    """The folder in which what a stopped `embed_to` has finished is kept; None if there is none."""
    partial = partial_folder(Path(folder))
    return partial if partial.is_dir() else None


def _embedding(model: str | None, options: Mapping[str, Any], *, cache: bool) -> Embedding:
    asked = next((name for name in options if name in READING), None)
    if asked is not None:
        raise InputError(
            f"{asked!r} is an option of reading, not of models; read first: embed(asterism.read(source, {asked}=…))."
        )
    wishes = EmbedOptions.of(options)
    embedder = open_embedder("builtin" if model is None else model, wishes)
    return Embedding(embedder, wishes, cache_folder() if cache else None)


def vocabulary(
    model: str = "builtin",
    *,
    kind: WordKind = "alone",
    corpus: Any = None,  # noqa: ANN401 - whatever `read` accepts
    contexts: int = MAX_CONTEXTS,
    cache: bool = True,
    report: Reporter = SILENT,
    **options: Any,  # noqa: ANN401 - the fields of EmbedOptions, checked there
) -> Space:
    """A Space of the whole words that a model has as tokens, to do arithmetic over.

    Args:
        model: As `embed` takes it.
        kind: Three things that are not the same: "alone", each word embedded as a text of one word; "input", its row of
            the input embeddings, before any layer; "context", the mean over its places in the texts of `corpus`. A
            static model has no contexts, and its words alone are its input embeddings.
        corpus: Texts, a Reading or what `asterism.read` accepts, for "context" only.
        contexts: At most so many places of a word count.
        cache: Take vectors that were computed before, and keep new ones.
        report: Hears of the progress.
        **options: Of the model, as `embed` takes them.

    Returns:
        The words in the order of the tokenizer; answers over them say which of the three they are.

    Raises:
        InputError: There is no such kind, or a corpus is missing or of no use.
        EmbedError: The model is not here, or does not tell its words.
    """
    texts = () if corpus is None else [text for text in as_reading(corpus).texts if text]
    kept = cache_folder() if cache else None
    found = model_words(
        model, EmbedOptions.of(options), kind=kind, corpus=texts, contexts=contexts, cache=kept, report=report
    )
    return Space(found.data, title=found.title, embedder=found.embedder, cache=cache)


def words(categories: Sequence[str], *, model: str, **options: Any) -> Words:  # noqa: ANN401 - see asterism.asking.words
    """Ask a language model behind a server for words of categories.

    Args:
        categories: Names of the categories.
        model: Its name on the server, as "llama3.2".
        **options: `base_url`, `n` of each, `temperature`, `seed`, `rounds`, `single`, `keep_case`, `cache`, `report`;
            see `asterism.asking.words`.

    Returns:
        The words; `.table` is what `embed` takes, `.save("words.csv")` writes it.
    """
    from asterism import asking

    return asking.words(categories, model=model, **options)


def as_reading(source: Any) -> Reading:  # noqa: ANN401 - whatever `read` accepts
    """A Reading of anything that can be read; a Reading is returned as it is."""
    return source if isinstance(source, Reading) else read(source)


def sample(reading: Reading, n: int, *, seed: int = 0) -> Reading:
    """Draw `n` rows of what was read at random, in their order; the sample is said in its remarks."""
    return sample_reading(reading, n, seed=seed)


def demo(name: str = "words") -> Reading:
    """One of the classic examples that come with Asterism.

    Args:
        name: "words" (32 in 4 categories), "sentences" (20 on 4 topics) or "categories" (25 × 25 words).

    Raises:
        InputError: There is no example of that name.
    """
    check_choice(name, DEMOS, name="demo")
    return replace(read(demo_path(name)), title=DEMO_TITLES[name])


def coordinates_in(source: str) -> dict[str, str]:
    """Axes to columns of a table that a map was written to; empty for any other input."""
    return coordinate_columns(Path(source))


def open_page(path: str | PathLike[str]) -> bool:
    """Open a page in the browser of this machine.

    Returns:
        Whether a browser could be started.

    Raises:
        InputError: There is no such file.
    """
    page = Path(path)
    if not page.is_file():
        raise InputError(f"There is no page '{page}' to open; check the name and the folder you are in.")
    return webbrowser.open(page.resolve().as_uri())


def save_distances(
    table: DistanceTable,
    path: str | PathLike[str],
    *,
    measure: Measure = "cosine",
    force: bool = False,
    title: str | None = None,
    **figure: Any,  # noqa: ANN401 - see asterism.view.figure.draw_table
) -> None:
    """Write a table of distances as a heat map.

    Args:
        table: From `Space.distances`, at most 200 texts.
        path: `.png`, `.svg` or `.pdf`.
        measure: "cosine", "euclidean", "manhattan", "dot" or "angle".
        force: Overwrite what is there.
        title: Heading of the picture; None for no heading.
        **figure: `theme`, `width` in mm, `dpi`, `font`.

    Raises:
        InputError: Another ending or measure, too many texts, or an option out of range.
        OutputExists: There is something, and `force` is not given.
    """
    from asterism.view.figure import draw_table, save_drawn

    target = Path(path)
    if target.suffix not in FIGURES:
        raise InputError(f"A heat map cannot be written to '{target}'; expected a name ending in {', '.join(FIGURES)}.")
    check_output(target, force=force)
    save_drawn(draw_table(table, measure=measure, title=title, **figure), target)


def save_places(map_: Map, places: Places, path: str | PathLike[str], *, force: bool = False) -> None:
    """Write new texts and their places.

    Args:
        map_: That placed them.
        places: From `Map.place`.
        path: `.html .png .svg .pdf` the map with the new texts pinned to it; `.parquet .csv` a table of them, as
            `asterism.store.table.places_table` makes it.
        force: Overwrite what is there.

    Raises:
        InputError: Another ending.
        OutputExists: There is something, and `force` is not given.
    """
    target = Path(path)
    if target.suffix == ".space":
        raise InputError(
            f"New texts are no part of the Space; write '{target}' as .html, .png, .svg, .pdf, .parquet or .csv."
        )
    check_output(target, force=force)
    if target.suffix in TABLES:
        write_table(places_table(places, map_.space.texts), target)
    else:
        map_.with_pins(places).save(target, force=force)


def open_map(
    folder: str | PathLike[str], *, projection: str | None = None, color: str | None = None, cache: bool = True
) -> Map:
    """Open a map that was saved as `NAME.space`, without laying anything out again.

    Args:
        folder: Written by `Map.save`.
        projection: Its method; None takes "tsne" where it is there, otherwise the first by name.
        color: Column to colour by; None chooses by rule.
        cache: Take what was computed before, and keep what is new.

    Returns:
        The map, with its quality as it was measured.

    Raises:
        SpaceError: Not a Space, damaged, or written by a later version.
        InputError: There is no such projection, or none at all.
    """
    space, names = Space.open(folder, cache=cache), list_projections(Path(folder))
    if not names:
        raise InputError(f"'{folder}' holds vectors but no map; make one: asterism map {folder} -o NAME.space.")
    chosen = projection or ("tsne" if "tsne" in names else names[0])
    check_choice(chosen, names, name="projection")
    saved = load_projection(Path(folder), chosen)
    return Map(space, (saved,), space.graph(cache=cache) if space.vectors.shape[1] else None, color=color)


def check_parameters(method: str, params: Mapping[str, Any]) -> None:
    """Refuse values that a projection cannot use, before any work is done.

    Raises:
        InputError: There is no such method, or it refuses a parameter.
    """
    neighbors_wanted(method, 2, **params)


def parameters_of(method: str) -> tuple[str, ...] | None:
    """The names of a projection's own parameters; None where it does not tell them.

    Raises:
        InputError: There is no such method.
    """
    return find_method(method).parameters


def stem_of(source: str) -> str:
    """What outputs are called when no name is given: as the input, without the ending that tells its format."""
    return title_of(source).lstrip(".") or "map"
