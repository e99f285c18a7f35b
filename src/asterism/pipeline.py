"""The recipe: vectors → graph → points → quality, over usable rows, with every stage cached by what went into it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._progress import SILENT
from asterism.embed.base import Planned, Refusing
from asterism.embed.cache import open_cache
from asterism.embed.options import NO_WISHES
from asterism.embed.run import embed_texts, is_cached
from asterism.embed.upkeep import trim_vectors
from asterism.errors import InputError
from asterism.graph import build_graph, row_neighbors
from asterism.project import align, fan_out, neighbors_wanted, project
from asterism.project.labels import measure_labels
from asterism.project.quality import measure_qualities, measure_quality
from asterism.project.stability import measure_stability
from asterism.store import SpaceData
from asterism.store.results import NO_CACHE, VECTORS_CEILING_GB, ceiling_bytes, fingerprint_of
from asterism.values import Model, Projection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.embed.options import EmbedOptions
    from asterism.project.choices import Choice
    from asterism.read import Reading
    from asterism.store.results import ResultCache
    from asterism.values import Metric, NeighborGraph, Quality


# Characters of a text that a remark quotes.
MOST_QUOTED = 60
# Neighbours that views show and per-point faithfulness counts, also where the method itself needs none.
SHOWN_NEIGHBORS = 15


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a map is to be made.

    Attributes:
        method: A registered projection.
        dim: 2 or 3.
        seed: Of everything random.
        threads: How many to use, None for all; results do not depend on it.
        params: Parameters of the method.
        labels: Shape (rows of the Space,) whole numbers, −1 for unknown, for a method that is guided by labels.
        stability: Lay out three times more, to see what comes out alike.
    """

    method: str = "tsne"
    dim: int = 2
    seed: int = 0
    threads: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    labels: NDArray[np.int64] | None = None
    stability: bool = False

    @property
    def guided_by(self) -> str | None:
        """Identifies the labels."""
        return None if self.labels is None else fingerprint_of("labels", self.labels)


def enter_vectors(
    vectors: ArrayLike,
    table: pa.Table,
    *,
    text_column: str,
    model: Model | None = None,
    metric: Metric = "cosine",
    counts: Mapping[str, int] | None = None,
    remarks: tuple[str, ...] = (),
    coordinates: NDArray[np.float32] | None = None,
) -> SpaceData:
    """Join vectors and table into a Space, deciding once which rows can be placed.

    A row whose text is null or empty, or whose vector holds NaN or infinity, or (under "cosine") is all zeros, keeps
    its place in the table with a vector of zeros and is set aside: it is counted, and it is on no map.

    Args:
        vectors: Shape (n, d), real numbers. Not modified.
        table: n rows.
        text_column: The column that holds the texts.
        model: Which model made the vectors; None if they were brought along.
        metric: The distance that suits them, if `model` is None.
        counts: Counts to carry along, as from reading.
        remarks: What every picture must say already, one sentence each.
        coordinates: Shape (n, 2|3), if they were brought along; a row without them (NaN) is set aside.

    Returns:
        The Space's data.

    Raises:
        InputError: Not a matrix of real numbers, or not one row per text.
    """
    given = np.asarray(vectors)
    if given.ndim != 2 or given.dtype.kind not in "fiu":
        raise InputError(f"vectors has shape {given.shape} and dtype {given.dtype}; expected (n, d) real numbers.")
    if len(given) != table.num_rows:
        raise InputError(f"There are {len(given)} vectors for {table.num_rows} rows; expected one for each.")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is counted as that below
        matrix = np.ascontiguousarray(given, dtype=np.float32)
    model = model or Model(
        name="given", fingerprint=fingerprint_of("given", matrix), dim=matrix.shape[1], metric=metric
    )
    finite: NDArray[np.bool_] = np.all(np.isfinite(matrix), axis=1)
    usable = finite & (matrix != 0).any(axis=1) if model.metric == "cosine" and matrix.shape[1] else finite
    has_text = _has_text(table, text_column)
    placed = usable & has_text
    if coordinates is not None:
        placed &= np.isfinite(coordinates).all(axis=1)
    if not finite.all():
        matrix = np.where(finite[:, None], matrix, np.float32(0))
    told = dict(counts or {})
    told |= {"vectors not finite": int((~finite).sum()), "vectors of zeros": int((finite & ~usable & has_text).sum())}
    aside = int((~placed).sum())
    if aside:
        remarks = (*remarks, f"{aside:,} of {len(matrix):,} rows have no place on the map ({_reasons(told)}).")
    return SpaceData(
        table=table,
        text_column=text_column,
        vectors=matrix,
        placed=placed,
        model=model,
        counts=told,
        remarks=remarks,
        coordinates=coordinates,
    )


def given_reading(reading: Reading, *, metric: Metric = "cosine") -> SpaceData:
    """A Space of what was read with vectors, or with coordinates alone, of its own; nothing is embedded.

    Args:
        reading: With `vectors`, `coordinates` or both. Without vectors those of the Space have no dimensions, and no
            quality can be measured.
        metric: The distance that suits the vectors.

    Returns:
        The Space's data.
    """
    vectors = reading.vectors if reading.vectors is not None else np.empty((reading.table.num_rows, 0), np.float32)
    return enter_vectors(
        vectors,
        reading.table,
        text_column=reading.text_column,
        metric=metric,
        counts=reading.counts,
        remarks=reading.caveats,
        coordinates=reading.coordinates,
    )


def embed_reading(
    reading: Reading,
    embedder: Embedder,
    *,
    options: EmbedOptions = NO_WISHES,
    cache: Path | None = None,
    report: Reporter = SILENT,
) -> SpaceData:
    """Embed what was read; equal texts are embedded once.

    Args:
        reading: Texts and metadata.
        embedder: Turns them into vectors.
        options: With which it was opened; the Space remembers them.
        cache: The folder in which vectors are kept between runs; None neither takes nor keeps.
        report: Hears of the progress.

    Returns:
        The Space's data.

    Raises:
        EmbedError: The model failed; with a cache, what was finished is kept.
    """
    texts = pc.fill_null(reading.table.column(reading.text_column).cast(pa.string()), "")
    encoded = texts.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    kept = None if cache is None or not is_cached(embedder) else open_cache(cache, embedder)
    report.start("embed", len(distinct), unit="texts")
    vectors = embed_texts(embedder, distinct, cache=kept, report=report)
    report.done()
    if cache is not None and kept is not None:
        trim_vectors(cache, ceiling=ceiling_bytes(VECTORS_CEILING_GB))
    rows = encoded.indices.to_numpy()
    refused = embedder.refused if isinstance(embedder, Refusing) else {}
    n_refused = sum(text in refused for text in distinct)
    counts = dict(reading.counts) | ({"refused by the model": n_refused} if n_refused else {})
    return enter_vectors(
        vectors if len(rows) == len(distinct) else vectors[rows],
        reading.table,
        text_column=reading.text_column,
        model=model_of(embedder, options),
        counts=counts,
        remarks=(*reading.caveats, *_tell_refused(refused, distinct)),
        coordinates=reading.coordinates,
    )


def model_of(embedder: Embedder, options: EmbedOptions = NO_WISHES) -> Model:
    """What a Space remembers of the model that made its vectors."""
    plan = dict(embedder.plan) if isinstance(embedder, Planned) else {}
    return Model(embedder.name, embedder.fingerprint, embedder.dim, embedder.metric, options.given(), plan)


def _tell_refused(refused: Mapping[str, str], texts: Sequence[str]) -> tuple[str, ...]:
    """The first text that the model refused, and why."""
    told = [text for text in texts if text in refused]
    if not told:
        return ()
    line = " ".join(told[0].split())
    shown = line if len(line) <= MOST_QUOTED else f"{line[: MOST_QUOTED - 1]}…"
    which = f"a text ({shown!r})" if len(told) == 1 else f"{len(told):,} texts, the first of them {shown!r}"
    return (f"The model refused {which}: {refused[told[0]]}",)


def _has_text(table: pa.Table, text_column: str) -> NDArray[np.bool_]:
    texts = pc.fill_null(table.column(text_column).cast(pa.string()), "")
    blank = pc.or_(pc.utf8_is_space(texts), pc.equal(pc.binary_length(texts), 0))
    return np.asarray(pc.invert(blank))


def _reasons(counts: Mapping[str, int]) -> str:
    names = ("null", "empty", "vectors of zeros", "vectors not finite")
    return ", ".join(f"{name}: {counts[name]:,}" for name in names if counts.get(name))


def usable_vectors(data: SpaceData) -> NDArray[np.float32]:
    """The vectors of the rows that can be placed, shape (n placed, d); not copied when that is all of them."""
    return data.vectors if data.placed.all() else np.ascontiguousarray(data.vectors[data.placed])


def make_graph(
    vectors: NDArray[np.float32],
    data: SpaceData,
    recipe: Recipe,
    *,
    cache: ResultCache = NO_CACHE,
    report: Reporter = SILENT,
) -> NeighborGraph:
    """Find the neighbours of the usable rows, or take them from the cache.

    Args:
        vectors: The usable vectors (see `usable_vectors`).
        data: The Space they belong to; its model tells the metric.
        recipe: How the map is to be made.
        cache: Where earlier graphs lie.
        report: Hears of the progress.

    Returns:
        The graph; its `rows` count usable rows only.
    """
    return _graph_of(vectors, data, recipe, _neighbors_of(recipe, len(vectors)), cache=cache, report=report)


def _graph_of(
    vectors: NDArray[np.float32], data: SpaceData, recipe: Recipe, k: int, *, cache: ResultCache, report: Reporter
) -> NeighborGraph:
    key = fingerprint_of("graph", vectors, metric=data.model.metric, n_neighbors=k, seed=recipe.seed)
    known = cache.graph(key)
    if known is not None:
        return known
    graph = build_graph(
        vectors, n_neighbors=k, metric=data.model.metric, seed=recipe.seed, threads=recipe.threads, report=report
    )
    cache.put_graph(key, graph)
    return graph


def _neighbors_of(recipe: Recipe, n: int) -> int:
    wanted = max(neighbors_wanted(recipe.method, n, **recipe.params), SHOWN_NEIGHBORS)
    return max(1, min(wanted, n - 1))


def make_projection(
    data: SpaceData,
    recipe: Recipe,
    *,
    graph: NeighborGraph | None = None,
    cache: ResultCache = NO_CACHE,
    report: Reporter = SILENT,
) -> tuple[Projection, NeighborGraph | None]:
    """Lay a Space out and measure how far the picture can be believed.

    Args:
        data: The Space.
        recipe: How.
        graph: Over the usable rows, from another projection; used if it holds as many neighbours as this one wants.
        cache: Where earlier results lie.
        report: Hears of the progress.

    Returns:
        The projection, one point per row of the Space (NaN where it could not be placed), with its quality, and
        the graph over the usable rows; without vectors neither quality nor graph.

    Raises:
        InputError: A parameter is unknown to the method or out of range, or there is nothing to lay out.
    """
    if recipe.method == "given":
        return _given(data, recipe, report)
    if data.vectors.shape[1] == 0:
        raise InputError(f"The Space has no vectors to lay out by {recipe.method!r}; its method is 'given'.")
    vectors = usable_vectors(data)
    if graph is None or graph.n_neighbors < _neighbors_of(recipe, len(vectors)):
        graph = make_graph(vectors, data, recipe, cache=cache, report=report)
    key = fingerprint_of(
        "projection",
        vectors,
        metric=data.model.metric,
        method=recipe.method,
        dim=recipe.dim,
        seed=recipe.seed,
        n_neighbors=graph.n_neighbors,
        params=dict(recipe.params),
        labels=recipe.guided_by,
    )
    drawn = _drawn(vectors, data, recipe, graph, key, cache=cache, report=report)
    return _to_rows(drawn, graph, data.placed), graph


def make_comparison(
    data: SpaceData,
    choices: Sequence[Choice],
    recipe: Recipe,
    *,
    cache: ResultCache = NO_CACHE,
    report: Reporter = SILENT,
) -> tuple[tuple[Projection, ...], NeighborGraph]:
    """Lay a Space out in several ways, from one graph, turned onto each other, each with its quality.

    Args:
        data: The Space.
        choices: At least one; the first stays as it is, the others are turned, mirrored perhaps, onto it.
        recipe: Dimensions, seed and threads.
        cache: Where earlier graphs lie.
        report: Hears of the progress.

    Returns:
        One projection per choice, one point per row of the Space; and the graph over the usable rows.

    Raises:
        InputError: A parameter is unknown to its method or out of range, or the Space has no vectors.

    Cost: One graph with as many neighbours as the most demanding choice wants; a layout for each.
    """
    if data.vectors.shape[1] == 0:
        raise InputError("The Space has coordinates but no vectors; there is nothing to lay out in several ways.")
    vectors = usable_vectors(data)
    recipes = [replace(recipe, method=choice.method, params=choice.params) for choice in choices]
    k = max(_neighbors_of(each, len(vectors)) for each in recipes)
    graph = _graph_of(vectors, data, recipe, k, cache=cache, report=report)
    distinct = _distinct(vectors, graph)
    settings: dict[str, Any] = {"dim": recipe.dim, "seed": recipe.seed, "threads": recipe.threads}
    drawn = [project(choice.method, distinct, graph, report=report, **settings, **choice.params) for choice in choices]
    pca = project("pca", distinct, None, **settings).points
    judged = measure_qualities(
        distinct,
        [each.points for each in drawn],
        graph,
        pca_points=pca,
        seed=recipe.seed,
        threads=recipe.threads,
        report=report,
    )
    made: list[Projection] = []
    for choice, each, quality in zip(choices, drawn, judged, strict=True):
        turned = align(each.points, drawn[0].points).points if made else each.points
        own = replace(quality, pca=None) if choice.method == "pca" else quality
        whole = replace(each, name=choice.name, points=turned, axes=() if made else each.axes)
        made.append(_to_rows(replace(whole, quality=own), graph, data.placed))
    return tuple(made), graph


def _to_rows(drawn: Projection, graph: NeighborGraph, placed: NDArray[np.bool_]) -> Projection:
    """Points and quality from distinct vectors to rows of the Space."""
    points = np.full((len(placed), drawn.points.shape[1]), np.nan, np.float32)
    points[placed] = fan_out(drawn.points, graph.rows)
    return replace(drawn, points=points, quality=_quality_of_rows(drawn.quality, graph, placed))


def _drawn(
    vectors: NDArray[np.float32],
    data: SpaceData,
    recipe: Recipe,
    graph: NeighborGraph,
    key: str,
    *,
    cache: ResultCache,
    report: Reporter,
) -> Projection:
    """The points of the distinct vectors with their quality, from the cache or computed and kept there."""
    stable_key = f"{key}-stability"
    known = cache.projection(stable_key) if recipe.stability else None
    if known is not None:
        return known
    distinct = _distinct(vectors, graph)
    params = dict(recipe.params)
    if recipe.labels is not None:
        params["labels"] = _distinct_labels(recipe.labels[data.placed], graph)
    drawn = cache.projection(key)
    if drawn is None:
        drawn = project(
            recipe.method,
            distinct,
            graph,
            dim=recipe.dim,
            seed=recipe.seed,
            threads=recipe.threads,
            report=report,
            **params,
        )
        drawn = replace(drawn, quality=_measure(distinct, drawn, graph, recipe, report))
        if drawn.is_whole:
            cache.put_projection(key, drawn)
    if recipe.stability and drawn.is_whole and drawn.quality is not None:
        told = measure_stability(
            recipe.method,
            distinct,
            graph,
            drawn.points,
            seed=recipe.seed,
            threads=recipe.threads,
            report=report,
            **params,
        )
        drawn = replace(drawn, quality=replace(drawn.quality, stability=told))
        if told is not None:
            cache.put_projection(stable_key, drawn)
    return drawn


def judge_labels(
    data: SpaceData,
    projections: tuple[Projection, ...],
    graph: NeighborGraph,
    codes: NDArray[np.integer],
    *,
    column: str,
    report: Reporter = SILENT,
) -> tuple[Projection, ...]:
    """Measure how far labels can be told apart on maps, and note it in their quality.

    Args:
        data: The Space.
        projections: Each with one point per row of the Space.
        graph: Over the usable rows.
        codes: One whole number per row of the Space, −1 for none.
        column: What they are called.
        report: Hears of one stage.

    Returns:
        The projections with `quality.labels`; unchanged without quality, or where there is nothing to ask.
    """
    if any(projection.quality is None for projection in projections):
        return projections
    report.start("labels", len(graph.first), unit="vectors")
    vectors = _distinct(usable_vectors(data), graph)
    told = measure_labels(
        vectors,
        [projection.points[data.placed][graph.first] for projection in projections],
        _distinct_labels(codes[data.placed].astype(np.int64), graph),
        column=column,
        metric=graph.metric,
        pca_points=project("pca", vectors, None, dim=projections[0].points.shape[1]).points,
        seed=projections[0].seed,
    )
    report.done()
    if told is None:
        return projections
    return tuple(
        replace(each, quality=replace(each.quality, labels=replace(one, pca=None) if each.method == "pca" else one))
        for each, one in zip(projections, told, strict=True)
        if each.quality is not None
    )


def neighbors_of_rows(
    graph: NeighborGraph, placed: NDArray[np.bool_], k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The true neighbours of every row of a Space, for views.

    Args:
        graph: Over the usable rows.
        placed: Shape (n,): which rows those are.
        k: How many.

    Returns:
        Rows (n, k) int32, nearest first, −1 where there are not enough or the row was set aside; and their distances
        (n, k) float32, 0 there.
    """
    near, away = row_neighbors(graph, k)
    usable = np.flatnonzero(placed).astype(np.int32)
    rows = np.full((len(placed), k), -1, np.int32)
    distances = np.zeros((len(placed), k), np.float32)
    rows[usable] = np.where(near < 0, -1, usable[near]) if len(usable) else near
    distances[usable] = np.where(near < 0, 0, away)
    return rows, distances


def _given(data: SpaceData, recipe: Recipe, report: Reporter) -> tuple[Projection, NeighborGraph | None]:
    """The coordinates that came with the texts; their quality, where there are vectors to compare them with."""
    points = data.coordinates
    if points is None:
        raise InputError("The Space has no ready coordinates; name their columns with --x and --y, or another method.")
    points = np.where(data.placed[:, None], points, np.float32(np.nan))
    drawn = Projection(points=points, method="given", seed=recipe.seed)
    if data.vectors.shape[1] == 0:
        return replace(drawn, notes=("Coordinates came without vectors, so their quality is unknown.",)), None
    vectors = usable_vectors(data)
    graph = make_graph(vectors, data, recipe, report=report)
    first = replace(drawn, points=points[data.placed][graph.first])
    quality = _measure(_distinct(vectors, graph), first, graph, replace(recipe, dim=points.shape[1]), report)
    return replace(drawn, quality=_quality_of_rows(quality, graph, data.placed)), graph


def _distinct(vectors: NDArray[np.float32], graph: NeighborGraph) -> NDArray[np.float32]:
    return vectors if len(graph.first) == len(vectors) else vectors[graph.first]


def _distinct_labels(labels: NDArray[np.int64], graph: NeighborGraph) -> NDArray[np.int64]:
    """One label per distinct vector; unknown where rows with that vector have different ones."""
    low = np.full(len(graph.first), np.iinfo(np.int64).max)
    high = np.full(len(graph.first), np.iinfo(np.int64).min)
    np.minimum.at(low, graph.rows, labels)
    np.maximum.at(high, graph.rows, labels)
    return np.where(low == high, low, -1)


def _measure(
    vectors: NDArray[np.float32], drawn: Projection, graph: NeighborGraph, recipe: Recipe, report: Reporter
) -> Quality:
    pca = None
    if recipe.method != "pca":
        pca = project("pca", vectors, graph, dim=recipe.dim, seed=recipe.seed, threads=recipe.threads).points
    return measure_quality(
        vectors,
        drawn.points,
        graph,
        pca_points=pca,
        seed=recipe.seed,
        threads=recipe.threads,
        report=report,
    )


def _quality_of_rows(quality: Quality | None, graph: NeighborGraph, placed: NDArray[np.bool_]) -> Quality | None:
    """Per-point numbers from distinct vectors to rows of the Space; rows that were set aside have NaN."""
    if quality is None:
        return None
    lost, false = (np.full(len(placed), np.nan, np.float32) for _ in range(2))
    lost[placed] = quality.lost[graph.rows]
    false[placed] = quality.false[graph.rows]
    stability = quality.stability
    if stability is not None:
        kept = np.full(len(placed), np.nan, np.float32)
        kept[placed] = stability.kept[graph.rows]
        stability = replace(stability, kept=kept)
    return replace(quality, lost=lost, false=false, stability=stability)
