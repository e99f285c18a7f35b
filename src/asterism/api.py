"""What the user holds: Space and the top-level verbs. Thin; each method is one call into a room below."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from asterism._check import check_choice
from asterism._progress import SILENT
from asterism._rng import generator
from asterism.caching import cache_report, clear_cache, collect_cache, verify_cache
from asterism.comparing import Comparing
from asterism.drawing import DRAWN_ALONE, Answer, draw
from asterism.embed.options import EmbedOptions
from asterism.embed.registry import open_embedder
from asterism.embed.upkeep import CachedModel
from asterism.errors import InputError
from asterism.exporting import export_onnx
from asterism.layouts import Recipe, make_projection, reduce_vectors
from asterism.maps import FIGURES, TABLES, Map, check_output, is_corpus
from asterism.pipeline import Embedding, embed_into, embed_reading, enter_vectors, given_reading
from asterism.project import find_method
from asterism.read import Reading, demo_path
from asterism.read import read as read_source
from asterism.read import sample as sample_reading
from asterism.store import (
    Facts,
    facts_of,
    list_projections,
    load_projection,
    open_space,
    partial_folder,
    save_space,
    select,
)
from asterism.store.results import NO_CACHE, ResultCache, cache_folder, ceiling_bytes
from asterism.store.table import coordinate_columns
from asterism.vocabularies import MAX_CONTEXTS, model_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.analysis.distances import DistanceTable
    from asterism.asking import Words
    from asterism.embed.base import Embedder
    from asterism.store import SpaceData
    from asterism.values import Metric
    from asterism.view.figure._table import Measure
    from asterism.vocabularies import WordKind

__all__ = [
    "DEMOS",
    "DRAWN_ALONE",
    "FIGURES",
    "MAX_CONTEXTS",
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


class Space(Comparing):
    """Texts, their metadata and their vectors, and which model made them; what it can be asked is in `Questions`.

    Made by `asterism.embed`, `Space.open` or `Space.from_vectors`; never changed afterwards.
    """

    def __init__(self, data: SpaceData, *, title: str = "", embedder: Embedder | None = None) -> None:
        super().__init__(data, embedder)
        self.title = title

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Space:
        """Open a `NAME.space` folder; vectors stay on disk until they are used.

        Args:
            folder: Written by `save` or by `asterism embed`.

        Raises:
            SpaceError: Not a Space, damaged, or written by a later version.
        """
        return cls(open_space(Path(folder)), title=Path(folder).stem)

    @classmethod
    def from_vectors(
        cls,
        vectors: ArrayLike,
        texts: Sequence[str | None],
        labels: Sequence[Any] | None = None,
        *,
        metric: Metric = "cosine",
    ) -> Space:
        """Make a Space from vectors that exist already.

        Args:
            vectors: Shape (n, d), real numbers. Rows with NaN or infinity, and under "cosine" rows of zeros, are
                kept, counted and set aside: they have no place on a map.
            texts: n texts.
            labels: n values to colour by, optional.
            metric: The distance that suits the vectors.

        Raises:
            InputError: Shapes do not fit.
        """
        columns: dict[str, Any] = {"text": pa.array(texts, pa.string())}
        if labels is not None:
            if len(labels) != len(texts):
                raise InputError(f"There are {len(labels)} labels for {len(texts)} texts; expected one for each.")
            columns["label"] = pa.array(list(labels))
        return cls(enter_vectors(vectors, pa.table(columns), text_column="text", metric=metric))

    def save(self, folder: str | PathLike[str], *, dtype: str = "float32", force: bool = False) -> None:
        """Write the Space to a folder.

        Args:
            folder: By custom `NAME.space`.
            dtype: "float32", or "float16" for half the size and about three decimal digits.
            force: Replace what is there, if it is a Space, a file or an empty folder.

        Raises:
            OutputExists: There is something, and `force` is not given, or it is a folder that is no Space.
            InputError: Another dtype, or vectors that float16 cannot hold.
        """
        save_space(self._data, Path(folder), dtype=dtype, force=force)

    def __len__(self) -> int:
        return len(self._data.vectors)

    def __repr__(self) -> str:
        model = self._data.model
        return f"<Space of {len(self)} texts × {model.dim} dimensions, model {model.name!r}>"

    @property
    def data(self) -> SpaceData:
        """The tables and arrays behind the Space."""
        return self._data

    @property
    def facts(self) -> Facts:
        """How many rows, what was found odd, what was decided."""
        return facts_of(self._data)

    @property
    def texts(self) -> list[str]:
        """The texts, "" for a row without one."""
        return self._data.texts

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors, shape (n, d)."""
        return self._data.vectors

    @property
    def table(self) -> pa.Table:
        """All columns of the input, texts included; n rows."""
        return self._data.table

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Shape (n,): whether a row has a usable vector. The others stay in the table and off the map."""
        return self._data.placed

    def select(self, rows: ArrayLike) -> Space:
        """A Space of some of the rows.

        Args:
            rows: Row numbers, or n booleans.
        """
        return Space(select(self._data, np.asarray(rows)), title=self.title, embedder=self._embedder)

    def with_columns(self, columns: Mapping[str, Any]) -> Space:
        """A Space with further columns beside its texts.

        Args:
            columns: Name to n values; a column that is there already is replaced.

        Raises:
            InputError: Not one value per text, or the column of the texts would be replaced.
        """
        table = self.table
        for name, values in columns.items():
            column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
            if len(column) != len(self) or name == self._data.text_column:
                raise InputError(
                    f"Column {name!r} has {len(column)} values for {len(self)} texts; expected one for each, under "
                    f"another name than {self._data.text_column!r}."
                )
            at = table.schema.get_field_index(name)
            table = table.append_column(name, column) if at < 0 else table.set_column(at, name, column)
        return Space(replace(self._data, table=table), title=self.title, embedder=self._embedder)

    def sample(self, n: int, *, seed: int = 0) -> Space:
        """A Space of `n` rows drawn at random, in their order; all of them if there are no more."""
        if n >= len(self):
            return self
        rows = np.sort(generator(seed, "sample").choice(len(self), n, replace=False))
        taken = select(self._data, rows)
        told = f"A SAMPLE: {n:,} of {len(self):,} rows, drawn at random with seed {seed}."
        return Space(replace(taken, remarks=(*taken.remarks, told)), title=self.title, embedder=self._embedder)

    def map(  # noqa: PLR0913 - each is the option of the same name on the command line
        self,
        *,
        method: str = "tsne",
        dim: int = 2,
        seed: int = 0,
        threads: int | None = None,
        color: str | None = None,
        title: str | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
        also: Sequence[str] = (),
        clusters: bool | None = None,
        labels: str | None = None,
        stability: bool = False,
        name_with: str | None = None,
        base_url: str | None = None,
        **params: Any,  # noqa: ANN401 - each method has parameters of its own, checked there
    ) -> Map:
        """Lay the texts out and measure how far the picture can be believed.

        Where the texts are too many to be written on the map, clusters are found at several granularities and their
        names are written instead; `over(labels=())` takes them away.

        Args:
            method: "tsne", "umap", "pca" or another registered projection.
            dim: 2 or 3.
            seed: The same seed gives the same map, on any number of threads.
            threads: How many to use; None for all.
            color: Column to colour by; None chooses by rule.
            title: Heading of the picture; None takes the name of what was read.
            cache: Take and keep results; False computes anew.
            report: Hears of the progress.
            labels: Column whose values guide the layout, for "umap": what has one value is drawn together.
            clusters: Group the texts, name the groups and write the names on the map; None does so for documents.
            also: Further methods, laid out with their defaults, to switch to in the explorer.
            stability: Lay out three times more from other starts, and tell which neighbours shown come back.
            name_with: A language model that names the clusters, as its server calls it.
            base_url: Of the OpenAI-compatible server of `name_with`; None for OpenAI.
            **params: Of the method: `perplexity=50` for "tsne", `n_neighbors=30` for "umap"; docs/layout.md lists them.

        Returns:
            The map, with its quality.

        Raises:
            InputError: A parameter is unknown or out of range, or there is no such column.
        """
        guide = None if labels is None else self._codes(labels)
        plain = Recipe(method=method, dim=dim, seed=seed, threads=threads)
        recipe = replace(plain, params=params, labels=guide, stability=stability)
        results = ResultCache(cache_folder(), ceiling=ceiling_bytes()) if cache else NO_CACHE
        projection, graph = make_projection(self._data, recipe, cache=results, report=report)
        beside = [replace(plain, method=other) for other in dict.fromkeys(also) if other != method]
        others = [make_projection(self._data, each, graph=graph, cache=results, report=report)[0] for each in beside]
        groups = None
        wants_names = self._is_corpus() or name_with is not None if clusters is None else clusters
        if graph is not None and wants_names:
            groups = self._clusters_of(graph, seed=seed, threads=threads, report=report)
            if name_with is not None:
                named = self._name(*groups, name_with, base_url=base_url, cache=cache, report=report)
                groups = (groups[0], named[0])
                projection = replace(projection, notes=(*projection.notes, named[1]))
        return Map(self, (projection, *others), graph, groups=groups, color=color, title=title, report=report)

    def reduce(
        self,
        dim: int,
        *,
        method: str = "umap",
        seed: int = 0,
        threads: int | None = None,
        labels: str | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
        **params: Any,  # noqa: ANN401 - of the method
    ) -> Space:
        """A Space of the same texts with vectors of fewer dimensions, for clustering and the like.

        Args:
            dim: Of the new vectors: up to 64 by "umap", up to d by "pca".
            method: "umap", "pca", "random", or another registered projection.
            seed: The same seed gives the same vectors, on any number of threads.
            threads: How many to use; None for all.
            labels: Column whose values guide the layout, for "umap".
            cache: Take and keep the graph; False computes it anew.
            report: Hears of the progress.
            **params: Of the method.

        Returns:
            Its metric is "euclidean", and a remark says how it was made.

        Raises:
            InputError: A parameter is unknown or out of range, or the Space has no vectors.
        """
        guide = None if labels is None else self._codes(labels)
        recipe = Recipe(method=method, dim=dim, seed=seed, threads=threads, params=params, labels=guide)
        results = ResultCache(cache_folder(), ceiling=ceiling_bytes()) if cache else NO_CACHE
        vectors, drawn = reduce_vectors(self._data, recipe, cache=results, report=report)
        told = f"Vectors of {self._data.model.dim} dimensions reduced to {dim} by {method}, seed {seed}."
        made = enter_vectors(
            np.where(self.placed[:, None], vectors, np.float32(0)),
            self.table,
            text_column=self._data.text_column,
            metric="euclidean",
            counts=self._data.counts,
            remarks=(*self._data.remarks, told, *drawn.notes),
        )
        return Space(replace(made, placed=self.placed), title=self.title)

    def draw(self, answer: Answer, *, on: Map | None = None, title: str | None = None) -> Map:
        """Make a picture of an answer.

        Args:
            answer: From `interpolate`, `arithmetic`, `neighbors`, `axis`, `plane`, `distances`, `clusters` or
                `outliers`.
            on: A map of this Space to draw it on: ways and arrows are placed on it step by step. None draws ways and
                arrows on the principal axes of what belongs to them, where straight lines stay straight, and the
                others on the default map. Axes, planes and distances have a projection of their own.
            title: Heading of the picture; None says what was asked.

        Returns:
            A map that can be saved; as a table it holds what was found as columns. What is no map of the whole Space
            has no measured quality.
        """
        return draw(self, answer, on=on, title=title)

    def _is_corpus(self) -> bool:
        return is_corpus(self.texts)


def embed(
    texts: Any,  # noqa: ANN401 - whatever `read` accepts
    *,
    labels: Sequence[Any] | None = None,
    model: str | None = None,
    metric: Metric = "cosine",
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
        metric: The distance that suits vectors that came with the texts.
        cache: Take vectors that were computed before, and keep new ones; the built-in model needs no cache.
        report: Hears of the progress.
        **options: Of the model: pooling, layer, prompt, max_length, dtype, device, dimensions, engine, base_url,
            trust_remote_code, allow_pickle, special_tokens, threads; see `asterism.embed.options.EmbedOptions`.

    Raises:
        InputError: The input cannot be read, labels do not fit, or the model cannot honour an option.
        EmbedError: The model is not here or failed.
    """
    reading = as_reading(texts)
    if labels is not None:
        if len(labels) != len(reading.texts):
            raise InputError(f"There are {len(labels)} labels for {len(reading.texts)} texts; expected one for each.")
        if "label" in reading.table.column_names:
            raise InputError("The input has a column 'label' already; colour by it, or rename it.")
        reading = replace(reading, table=reading.table.append_column("label", pa.array(list(labels))))
    if model is None and (reading.vectors is not None or reading.coordinates is not None):
        return Space(given_reading(reading, metric=metric), title=reading.title)
    how = _embedding(model, options, cache=cache)
    return Space(embed_reading(reading, how, report=report), title=reading.title, embedder=how.embedder)


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
    wishes = EmbedOptions.of(options)
    return Embedding(open_embedder(model or "builtin", wishes), wishes, cache_folder() if cache else None)


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
    return Space(found.data, title=found.title, embedder=found.embedder)


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


def read(source: Any, **options: Any) -> Reading:  # noqa: ANN401 - see asterism.read.read, which this is
    """Read texts and metadata from a file, a data frame or a dataset; see `asterism.read.read` for the options."""
    return read_source(source, **options)


def as_reading(source: Any) -> Reading:  # noqa: ANN401 - whatever `read` accepts
    """A Reading of anything that can be read; a Reading is returned as it is."""
    return source if isinstance(source, Reading) else read_source(source)


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
    return replace(read_source(demo_path(name)), title=DEMO_TITLES[name])


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


def open_map(folder: str | PathLike[str], *, projection: str | None = None, color: str | None = None) -> Map:
    """Open a map that was saved as `NAME.space`, without laying anything out again.

    Args:
        folder: Written by `Map.save`.
        projection: Its method; None takes "tsne" where it is there, otherwise the first by name.
        color: Column to colour by; None chooses by rule.

    Returns:
        The map, with its quality as it was measured.

    Raises:
        SpaceError: Not a Space, damaged, or written by a later version.
        InputError: There is no such projection, or none at all.
    """
    space, names = Space.open(folder), list_projections(Path(folder))
    if not names:
        raise InputError(f"'{folder}' holds vectors but no map; make one: asterism map {folder} -o NAME.space.")
    chosen = projection or ("tsne" if "tsne" in names else names[0])
    check_choice(chosen, names, name="projection")
    saved = load_projection(Path(folder), chosen)
    return Map(space, (saved,), space.graph() if space.vectors.shape[1] else None, color=color)


def parameters_of(method: str) -> tuple[str, ...] | None:
    """The names of a projection's own parameters; None where it does not tell them.

    Raises:
        InputError: There is no such method.
    """
    return find_method(method).parameters


def stem_of(source: str) -> str:
    """What outputs are called when no name is given: the name of the input without its endings."""
    return "stdin" if source == "-" else Path(source).name.split(".")[0] or "map"
