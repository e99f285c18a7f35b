"""The recipe: vectors → graph → points → quality, over usable rows, with every stage cached by what went into it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._progress import SILENT
from asterism.errors import InputError
from asterism.graph import build_graph, row_neighbors
from asterism.project import align, check_dim, fan_out, neighbors_wanted, place, project, project_sequence
from asterism.project.labels import measure_labels
from asterism.project.quality import measure_qualities, measure_quality, overlap, shown_neighbors
from asterism.project.stability import measure_stability
from asterism.store.results import NO_CACHE, fingerprint_of
from asterism.values import METHOD_NAMES, Projection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.project import Placement
    from asterism.project.choices import Choice
    from asterism.store import SpaceData
    from asterism.store.results import ResultCache
    from asterism.values import NeighborGraph, Quality


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


def usable_vectors(data: SpaceData) -> NDArray[np.float32]:
    """The vectors of the rows that can be placed, shape (n placed, d); not copied when that is all of them."""
    return data.vectors if data.placed.all() else np.ascontiguousarray(data.vectors[data.placed])


def check_placed(data: SpaceData) -> None:
    """Refuse rows of which none is usable, with what was found when they entered; of no rows there is an empty map.

    Raises:
        InputError: There are rows, and none is usable.
    """
    if data.placed.any() or not len(data.placed):
        return
    reasons = {name: count for name, count in data.counts.items() if count and name not in ("rows", "duplicates")}
    counted = ", ".join(f"{name}: {count:,}" for name, count in reasons.items())
    raise InputError(
        f"None of the {len(data.placed):,} rows can be placed{counted and f' ({counted})'}; expected at least "
        "one text with a vector. Choose the column of texts with --text (read(source, text=…)), or mend the rows."
    )


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

    Raises:
        InputError: There are rows, and none is usable.
    """
    return _graph_of(vectors, data, recipe, _neighbors_of(recipe, len(vectors)), cache=cache, report=report)


def _graph_of(
    vectors: NDArray[np.float32], data: SpaceData, recipe: Recipe, k: int, *, cache: ResultCache, report: Reporter
) -> NeighborGraph:
    check_placed(data)
    key = fingerprint_of("graph", vectors, metric=data.model.metric, n_neighbors=k, seed=recipe.seed)
    known = cache.graph(key)
    if known is not None:
        _tell_kept("neighbours", len(known.first), report)
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
        raise InputError(
            f"The Space has coordinates but no vectors to lay out by {recipe.method!r}; show them with --method given "
            "(method='given')."
        )
    vectors = usable_vectors(data)
    # Equal vectors are one in the graph: it may hold all there are, and yet fewer than the rows would give.
    if graph is None or graph.n_neighbors < min(_neighbors_of(recipe, len(vectors)), len(graph.first) - 1):
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


def reduce_vectors(
    data: SpaceData, recipe: Recipe, *, cache: ResultCache = NO_CACHE, report: Reporter = SILENT
) -> tuple[NDArray[np.float32], Projection]:
    """Lay a Space out in any number of dimensions, for further computation instead of for the eye.

    Args:
        data: The Space.
        recipe: How; `dim` up to what the method can.
        cache: Where earlier graphs lie.
        report: Hears of the progress.

    Returns:
        One vector per row of the Space, NaN where it was set aside, equal where the vectors are equal; and the
        projection of the distinct vectors.

    Raises:
        InputError: A parameter is unknown to the method or out of range, or the Space has no vectors.
    """
    if data.vectors.shape[1] == 0:
        raise InputError("The Space has coordinates but no vectors; there is nothing to reduce.")
    check_dim(recipe.method, recipe.dim, data.vectors.shape[1])
    vectors = usable_vectors(data)
    graph = make_graph(vectors, data, recipe, cache=cache, report=report)
    params = dict(recipe.params)
    if recipe.labels is not None:
        params["labels"] = _distinct_labels(recipe.labels[data.placed], graph)
    settings: dict[str, Any] = {"dim": recipe.dim, "seed": recipe.seed, "threads": recipe.threads}
    drawn = project(recipe.method, _distinct(vectors, graph), graph, report=report, **settings, **params)
    rows = np.full((len(data.placed), recipe.dim), np.nan, np.float32)
    rows[data.placed] = drawn.points[graph.rows]
    return rows, drawn


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


def make_sequence(
    spaces: Sequence[SpaceData], recipe: Recipe, *, tether: float, report: Reporter = SILENT
) -> tuple[tuple[Projection, ...], NeighborGraph]:
    """Lay several Spaces of the same texts out so that what moves from map to map moves for a reason.

    Args:
        spaces: At least one, of the same rows in the same order; a row that one of them sets aside has no place.
        recipe: Method, dimensions, seed and threads.
        tether: How much movement counts; see `project_sequence`.
        report: Hears of the progress.

    Returns:
        One projection per Space with its quality, measured against its own vectors; and the graph of the first.
    """
    placed = np.all([data.placed for data in spaces], axis=0)
    k = _neighbors_of(recipe, int(placed.sum()))
    steps = []
    for data in spaces:
        vectors = np.ascontiguousarray(data.vectors[placed])
        found = build_graph(
            vectors, n_neighbors=k, metric=data.model.metric, seed=recipe.seed, threads=recipe.threads, report=report
        )
        # Texts may have equal vectors in one Space and different ones in another: every row is an item of its own.
        near, away = row_neighbors(found, min(k, max(len(vectors) - 1, 0)))
        rows = np.arange(len(vectors), dtype=np.int32)
        steps.append((vectors, replace(found, neighbors=near, distances=away, rows=rows, first=rows)))
    settings: dict[str, Any] = {"dim": recipe.dim, "seed": recipe.seed, "threads": recipe.threads}
    drawn = project_sequence(recipe.method, steps, tether=tether, report=report, **settings, **recipe.params)
    made = []
    for each, (vectors, graph) in zip(drawn, steps, strict=True):
        quality = _measure(vectors, each, graph, recipe, report)
        made.append(_to_rows(replace(each, quality=quality), graph, placed))
    return tuple(made), steps[0][1]


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
        _tell_kept(METHOD_NAMES.get(recipe.method, recipe.method), len(graph.first), report)
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
    else:
        _tell_kept(METHOD_NAMES.get(recipe.method, recipe.method), len(graph.first), report)
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


def _tell_kept(stage: str, n: int, report: Reporter) -> None:
    report.start(stage, n, unit="vectors")
    report.advance(n, detail="from the cache")
    report.done()


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


def place_vectors(
    data: SpaceData,
    projection: Projection,
    graph: NeighborGraph,
    new: NDArray[np.float32],
    *,
    threads: int | None = None,
    report: Reporter = SILENT,
) -> tuple[Placement, float]:
    """Find where new vectors fall on a map that stands.

    Args:
        data: The Space.
        projection: One point per row of the Space. Nothing on it moves.
        graph: Over the usable rows.
        new: Shape (m, d), usable.
        threads: The result does not depend on it.
        report: Hears how many have been placed.

    Returns:
        The places, their neighbours as rows of the Space; and, to compare `kept` with, the mean share of their nearest
        vectors that the map's own vectors have among their nearest points.

    Raises:
        InputError: Vectors of another dimension, or a map without points.
    """
    vectors = _distinct(usable_vectors(data), graph)
    usable = np.flatnonzero(data.placed).astype(np.int32)
    points = projection.points[usable][graph.first]
    placed = place(new, vectors, points, graph=graph, threads=threads, report=report)
    k = min(placed.neighbors.shape[1], graph.n_neighbors)
    shown, _ = shown_neighbors(points, k, threads=threads)
    own = float(overlap(graph.neighbors[:, :k], shown).mean()) if k else 1.0
    return replace(placed, neighbors=usable[graph.first[placed.neighbors]]), own


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
    check_placed(data)
    if recipe.stability:
        raise InputError("Ready coordinates are laid out by nothing that could be laid out again; leave stability out.")
    points = data.coordinates
    if points is None:
        raise InputError("The Space has no ready coordinates; name their columns with --x and --y, or another method.")
    if recipe.dim > points.shape[1]:
        raise InputError(f"dim is {recipe.dim}, but {points.shape[1]} coordinates came along; name a third with --z.")
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
