"""UMAP: memberships of neighbours, attraction along them, repulsion from points drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import check_range, check_whole
from asterism._native import Umap, smooth_weights, symmetric_rows
from asterism._progress import SILENT, Reporter
from asterism._threads import thread_count
from asterism.errors import ComputeError, InputError
from asterism.project._options import Settings, read_options
from asterism.project.affinity import Weights, units_of
from asterism.project.init import principal_points, scaled_start
from asterism.project.tsne import isometric
from asterism.values import Projection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from asterism.values import NeighborGraph

MAX_DIM = 64
START_STD = 7.0  # Wider than where it ends: a map that shrinks keeps more than one that must unfold; see the decisions.
SMALL = 10_000  # Up to here shapes are kept by many short steps; above, time goes into fewer, longer ones.
SLICE_S = 0.2  # The kernels hand control back this often, so that an interrupt is heard.
MOST_EPOCHS = MOST_NEGATIVES = 2**31 - 1  # What the kernel counts with.
LEAST_FACTOR = 600.0  # e to its negative leaves a point some membership where all around it have another label.
SMALLEST_SCALE = 1e-3  # Of the mean distance: the least width of a point's memberships.


@dataclass(frozen=True, slots=True)
class UmapOptions:
    """The parameters of UMAP.

    Attributes:
        n_neighbors: How many neighbours count, the point itself among them as in umap-learn.
        min_dist: How close points may lie in the map.
        spread: Scale of the map, from 0.001 to 1000.
        n_epochs: None is 300 up to 10 000 vectors, 60 above: fewer than the reference needs for as many neighbours.
        learning_rate: Length of the first steps; it falls to 0 evenly. None is .25 up to 10 000 vectors, .5 above; the
            reference has 1: see the decisions.
        negative_sample_rate: Points that push for each that pulls.
        repulsion_strength: Weight of these pushes.
        labels: Shape (n,) whole numbers, −1 for unknown: neighbours with another label are drawn together less.
        label_weight: From 0, labels do not count, to below 1.
    """

    n_neighbors: int = 15
    min_dist: float = 0.1
    spread: float = 1.0
    n_epochs: int | None = None
    learning_rate: float | None = None
    negative_sample_rate: int = 5
    repulsion_strength: float = 1.0
    labels: ArrayLike | None = None
    label_weight: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        check_whole(self.n_neighbors, name="n_neighbors", low=2)
        check_range(self.spread, name="spread", low=1e-3, high=1e3)
        check_range(self.min_dist, name="min_dist", low=0, high=self.spread)
        if self.n_epochs is not None:
            check_whole(self.n_epochs, name="n_epochs", low=1, high=MOST_EPOCHS)
        if self.learning_rate is not None:
            check_range(self.learning_rate, name="learning_rate", low=1e-6)
        check_whole(self.negative_sample_rate, name="negative_sample_rate", low=0, high=MOST_NEGATIVES)
        check_range(self.repulsion_strength, name="repulsion_strength", low=0)
        check_range(self.label_weight, name="label_weight", low=0, high=0.999)


def umap_neighbors(n: int, params: Mapping[str, Any]) -> int:  # noqa: ARG001 - one signature for every method
    """How many neighbours UMAP wants of each vector; the vector itself counts as one.

    Args:
        n: How many distinct vectors there are.
        params: Parameters of UMAP by name.

    Returns:
        n_neighbors − 1.

    Raises:
        InputError: A parameter that cannot be used.
    """
    return read_options(UmapOptions, params, method="umap").n_neighbors - 1


def project_umap(
    vectors: NDArray[np.float32],
    graph: NeighborGraph | None,
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,
    init: NDArray[np.float32] | None = None,
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - checked by UmapOptions
) -> Projection:
    """Lay vectors out by UMAP, starting from their principal components.

    An interrupt (Ctrl-C) ends it within a second; the answer is then the last whole epoch, and its notes say so.

    Args:
        vectors: Shape (n, d), distinct. Not modified. Used for the start alone.
        graph: Their neighbours; see `umap_neighbors` for how many.
        dim: 1 to 64; more than 3 are for further computation.
        seed: For what is drawn at random.
        threads: The result does not depend on it.
        init: Where the points start, shape (n, dim), scaled; None takes the principal components.
        report: Hears of epochs.
        params: See UmapOptions.

    Returns:
        Points centred on the origin; `params` holds every parameter as used.

    Raises:
        InputError: A parameter that cannot be used, or no graph.
        ComputeError: A step threw a point out of reach.

    Source:
        McInnes, Healy & Melville 2018. We differ in the descent: points move a quarter at a time, each gathering the
        pulls and pushes that the reference would apply edge by edge, so that threads do not race.

    Cost: O(n · n_neighbors · n_epochs).
    """
    options = read_options(UmapOptions, params, method="umap")
    check_range(dim, name="dim", low=1, high=MAX_DIM)
    settings = Settings(dim=dim, seed=seed, threads=thread_count(threads), init=init, report=report)
    n = len(vectors)
    if n <= dim + 1:
        return isometric(vectors, settings, "umap")
    if graph is None:
        raise InputError("umap needs the NeighborGraph of the vectors; build it first.")
    notes: list[str] = []
    kept = min(options.n_neighbors - 1, graph.n_neighbors)
    if kept < options.n_neighbors - 1 and ("n_neighbors" in params or kept < n - 1):
        notes.append(f"n_neighbors {options.n_neighbors} was reduced to {kept + 1}: {kept} of each text are known.")
    weights = memberships(graph, kept, threads=settings.threads)
    if options.labels is not None:
        weights = guided(weights, _as_labels(options.labels, n), options.label_weight)
    start = principal_points(vectors, dim, threads=settings.threads) if init is None else init
    start = scaled_start(start, std=START_STD, seed=seed, stage="umap")
    a, b = curve(options.min_dist, options.spread)
    rate = weights.weight / weights.weight.max()
    descent = Umap(start, weights.start, weights.index, rate, a, b, options.repulsion_strength, seed)
    epochs = options.n_epochs or (300 if n <= SMALL else 60)
    learning_rate = options.learning_rate or (0.25 if n <= SMALL else 0.5)
    done = _descend(descent, epochs, learning_rate, options.negative_sample_rate, settings)
    if done < epochs:
        notes.append(f"Stopped by the user after {done} of {epochs} epochs.")
    for note in notes:
        report.remark(note)
    points = descent.points()
    points -= points.mean(axis=0, dtype=np.float64).astype(np.float32)
    used = {
        "n_neighbors": kept + 1,
        "min_dist": options.min_dist,
        "spread": options.spread,
        "a": a,
        "b": b,
        "n_epochs": done,
        "learning_rate": learning_rate,
        "negative_sample_rate": options.negative_sample_rate,
        "repulsion_strength": options.repulsion_strength,
        "label_weight": options.label_weight if options.labels is not None else 0.0,
        "init": "pca" if init is None else "given",
    }
    return Projection(points=points, method="umap", params=used, seed=seed, notes=tuple(notes), is_whole=done == epochs)


def memberships(graph: NeighborGraph, n_neighbors: int, *, threads: int) -> Weights:
    """How much each two points belong together, from 0 to 1: the fuzzy union of each one's view.

    Args:
        graph: With at least `n_neighbors` each.
        n_neighbors: How many count, the point itself not among them.
        threads: The result does not depend on it.

    Returns:
        Symmetric weights; the nearest neighbour of each point has 1.

    Source:
        McInnes, Healy & Melville 2018, section 3.1: ρ is the distance to the nearest neighbour (not at 0), σ solves
        Σ exp(−max(0, d − ρ) / σ) = log₂(k), k counting the point itself.
    """
    near = np.ascontiguousarray(graph.neighbors[:, :n_neighbors], dtype=np.int32)
    away = np.where(near < 0, np.float32(0), np.maximum(graph.distances[:, :n_neighbors], 0))
    away /= units_of(np.atleast_1d(away.max(initial=0)))
    distances = np.where(near < 0, np.float32(1e30), away)
    known = distances[near >= 0]
    mean = float(known.mean(dtype=np.float64)) * n_neighbors / (n_neighbors + 1) if known.size else 0.0
    directed = smooth_weights(
        np.ascontiguousarray(distances, dtype=np.float32),
        target=float(np.log2(n_neighbors + 1)),
        floor=SMALLEST_SCALE,
        mean_distance=mean,
        threads=threads,
    )
    return Weights(*symmetric_rows(near, directed, is_union=True, threads=threads))


def guided(weights: Weights, labels: NDArray[np.int64], label_weight: float) -> Weights:
    """Weaken the memberships between different labels.

    Args:
        weights: Symmetric memberships. Not modified.
        labels: Shape (n,), −1 for unknown.
        label_weight: From 0 to below 1.

    Returns:
        Symmetric memberships with the same structure.

    Source:
        The reference implementation's intersection of categories: e^−far between different labels with
        far = 2.5 / (1 − weight), e^−1 where one is unknown; then each point's largest is 1 again, and the union taken.
    """
    if label_weight == 0.0:
        return weights
    row = np.repeat(np.arange(len(weights)), np.diff(weights.start))
    own, other = labels[row], labels[weights.index]
    factor = np.where(own == other, 1.0, np.exp(-min(2.5 / (1.0 - label_weight), LEAST_FACTOR)))
    factor = np.where((own < 0) | (other < 0), np.exp(-1.0), factor)
    weakened = weights.weight * factor
    largest = np.maximum.reduceat(weakened, weights.start[:-1])
    seen, seen_back = weakened / largest[row], weakened / largest[weights.index]
    joined = seen + seen_back - seen * seen_back
    return Weights(weights.start, weights.index, joined.astype(np.float32))


def curve(min_dist: float, spread: float) -> tuple[float, float]:
    """The a and b with which 1 / (1 + a x^(2b)) comes nearest to the membership wanted at distance x.

    Args:
        min_dist: Up to here the membership is 1.
        spread: Beyond, it falls by e over this distance.

    Returns:
        a and b, by least squares over 300 distances up to 3 · spread.

    Source:
        McInnes, Healy & Melville 2018, definition 11; Levenberg–Marquardt in ln a and ln b.
    """
    # In units of the spread, which the fit need not find out; a takes the unit along in the end.
    x, near = np.linspace(0, 3, 300)[1:], min_dist / spread
    wanted = np.where(x < near, 1.0, np.exp(near - x))
    logs = np.zeros(2)
    damping = 1e-3

    def residual(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(at[0]) * x ** (2 * np.exp(at[1]))) - wanted)

    error = residual(logs)
    for _ in range(200):
        a, b = np.exp(logs)
        power = a * x ** (2 * b)
        slope = -power / np.square(1 + power)
        jacobian = np.stack([slope, slope * 2 * b * np.log(x)], axis=1)
        normal = np.einsum("xi,xj->ij", jacobian, jacobian)
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -np.einsum("xi,x->i", jacobian, error))
        tried = residual(logs + step)
        if np.square(tried).sum() < np.square(error).sum():
            logs, error, damping = logs + step, tried, damping / 10
            if np.abs(step).max() < 1e-10:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    a, b = np.exp(logs)
    return float(a * spread ** (-2 * b)), float(b)


def _descend(descent: Umap, epochs: int, learning_rate: float, negatives: int, settings: Settings) -> int:
    """Run the epochs; answer how many were done, fewer after an interrupt."""
    done = 0
    settings.report.start("UMAP", epochs, unit="epochs")
    try:
        while done < epochs:
            reached = descent.run(done, epochs, epochs, learning_rate, negatives, settings.threads, SLICE_S)
            if reached < 0:
                raise ComputeError(
                    f"UMAP diverged in epoch {done + 1}: a point left all reach. The learning rate was "
                    f"{learning_rate:g}. Give a lower one."
                )
            settings.report.advance(reached - done)
            done = reached
    except KeyboardInterrupt:
        pass  # what is whole is answered, and the caller says that it was stopped
    settings.report.done()
    return done


def _as_labels(labels: ArrayLike, n: int) -> NDArray[np.int64]:
    given = np.asarray(labels)
    if given.shape != (n,) or given.dtype.kind not in "iu":
        raise InputError(f"labels has shape {given.shape} and dtype {given.dtype}; expected ({n},) whole numbers.")
    return given.astype(np.int64)
