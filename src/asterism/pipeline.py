"""The recipe: vectors → graph → points → quality, over usable rows, with every stage cached by what went into it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._progress import SILENT
from asterism.errors import InputError
from asterism.graph import build_graph
from asterism.project import fan_out, measure_quality, neighbors_wanted, project
from asterism.store import SpaceData
from asterism.store.results import NO_CACHE, fingerprint_of
from asterism.values import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.read import Reading
    from asterism.store.results import ResultCache
    from asterism.values import Metric, NeighborGraph, Projection, Quality


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a map is to be made.

    Attributes:
        method: A registered projection.
        dim: 2 or 3.
        seed: Of everything random.
        threads: How many to use, None for all; results do not depend on it.
        n_neighbors: k of the graph; None takes what the method wants.
        params: Further parameters of the method.
    """

    method: str = "tsne"
    dim: int = 2
    seed: int = 0
    threads: int | None = None
    n_neighbors: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def enter_vectors(
    vectors: ArrayLike,
    table: pa.Table,
    *,
    text_column: str | None,
    model: Model | None = None,
    metric: Metric = "cosine",
    counts: Mapping[str, int] | None = None,
    remarks: tuple[str, ...] = (),
) -> SpaceData:
    """Join vectors and table into a Space, deciding once which rows can be placed.

    A row whose text is null or empty, or whose vector holds NaN or infinity, or (under "cosine") is all zeros, keeps
    its place in the table with a vector of zeros and is set aside: it is counted, and it is on no map.

    Args:
        vectors: Shape (n, d), real numbers. Not modified.
        table: n rows.
        text_column: The column that holds the texts; None if there are none, and then no text is missed.
        model: Which model made the vectors; None if they were brought along.
        metric: The distance that suits them, if `model` is None.
        counts: Counts to carry along, as from reading.
        remarks: Remarks to carry along.

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
    matrix = np.ascontiguousarray(given, dtype=np.float32)
    model = model or Model(
        name="given", fingerprint=fingerprint_of("given", matrix), dim=matrix.shape[1], metric=metric
    )
    finite = np.isfinite(matrix).all(axis=1)
    usable = finite & matrix.any(axis=1) if model.metric == "cosine" else finite
    placed = usable & _has_text(table, text_column)
    if not finite.all():
        matrix = np.where(finite[:, None], matrix, np.float32(0))
    told = dict(counts or {})
    told |= {"vectors not finite": int((~finite).sum()), "vectors of zeros": int((finite & ~usable).sum())}
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
    )


def embed_reading(reading: Reading, embedder: Embedder, *, report: Reporter = SILENT) -> SpaceData:
    """Embed what was read; equal texts are embedded once.

    Args:
        reading: Texts and metadata.
        embedder: Turns them into vectors.
        report: Hears of the progress.

    Returns:
        The Space's data.

    Raises:
        EmbedError: The model failed.
    """
    texts = pc.fill_null(reading.table.column(reading.text_column).cast(pa.string()), "")
    encoded = texts.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    report.start("embed", len(distinct), unit="texts")
    vectors = embedder.encode(distinct, report=report)
    report.done()
    rows = encoded.indices.to_numpy()
    return enter_vectors(
        vectors if len(rows) == len(distinct) else vectors[rows],
        reading.table,
        text_column=reading.text_column,
        model=Model(embedder.name, embedder.fingerprint, embedder.dim, embedder.metric),
        counts=reading.counts,
        remarks=reading.remarks,
    )


def _has_text(table: pa.Table, text_column: str | None) -> NDArray[np.bool_]:
    if text_column is None:
        return np.ones(table.num_rows, np.bool_)
    trimmed = pc.utf8_trim_whitespace(table.column(text_column).cast(pa.string()))
    return np.asarray(pc.fill_null(pc.not_equal(trimmed, ""), False))


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
    k = recipe.n_neighbors
    if k is None:
        k = neighbors_wanted(recipe.method, len(vectors), **recipe.params)
    key = fingerprint_of("graph", vectors, metric=data.model.metric, n_neighbors=k, seed=recipe.seed)
    known = cache.graph(key)
    if known is not None:
        return known
    graph = build_graph(
        vectors, n_neighbors=k, metric=data.model.metric, seed=recipe.seed, threads=recipe.threads, report=report
    )
    cache.put_graph(key, graph)
    return graph


def make_projection(
    data: SpaceData, recipe: Recipe, *, cache: ResultCache = NO_CACHE, report: Reporter = SILENT
) -> tuple[Projection, NeighborGraph]:
    """Lay a Space out and measure how far the picture can be believed.

    Args:
        data: The Space.
        recipe: How.
        cache: Where earlier results lie.
        report: Hears of the progress.

    Returns:
        The projection, one point per row of the Space (NaN where it could not be placed), with its quality, and
        the graph over the usable rows.

    Raises:
        InputError: A parameter is unknown to the method or out of range.
    """
    vectors = usable_vectors(data)
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
    )
    drawn = cache.projection(key)
    if drawn is None:
        distinct = vectors if len(graph.first) == len(vectors) else vectors[graph.first]
        drawn = _project_distinct(distinct, graph, recipe, report)
        cache.put_projection(key, drawn)
    return _to_rows(drawn, graph, data.placed), graph


def _project_distinct(
    vectors: NDArray[np.float32], graph: NeighborGraph, recipe: Recipe, report: Reporter
) -> Projection:
    options = {"dim": recipe.dim, "seed": recipe.seed, "threads": recipe.threads, "report": report}
    drawn = project(recipe.method, vectors, graph, **options, **recipe.params)
    pca = drawn if recipe.method == "pca" else project("pca", vectors, graph, **options)
    quality = measure_quality(
        vectors,
        drawn.points,
        graph,
        pca_points=None if recipe.method == "pca" else pca.points,
        seed=recipe.seed,
        threads=recipe.threads,
        report=report,
    )
    return replace(drawn, quality=quality)


def _to_rows(drawn: Projection, graph: NeighborGraph, placed: NDArray[np.bool_]) -> Projection:
    """From distinct vectors to rows of the Space: twins fanned out, rows that were set aside NaN."""
    points = np.full((len(placed), drawn.points.shape[1]), np.nan, np.float32)
    points[placed] = fan_out(drawn.points, graph.rows)
    return replace(drawn, points=points, quality=_quality_of_rows(drawn.quality, graph, placed))


def _quality_of_rows(quality: Quality | None, graph: NeighborGraph, placed: NDArray[np.bool_]) -> Quality | None:
    if quality is None:
        return None
    lost, false = (np.full(len(placed), np.nan, np.float32) for _ in range(2))
    lost[placed] = quality.lost[graph.rows]
    false[placed] = quality.false[graph.rows]
    return replace(quality, lost=lost, false=false)
