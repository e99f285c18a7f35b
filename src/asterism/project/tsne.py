"""t-SNE: neighbours drawn together, everything else pushed apart, on our own kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from asterism._check import check_choice, check_range, check_whole
from asterism._native import Tsne
from asterism._progress import SILENT, Reporter
from asterism._threads import thread_count
from asterism.errors import InputError
from asterism.project._descent import Course, Phase, descend
from asterism.project._options import Settings, read_options
from asterism.project.affinity import Weights, nearest, perplexity_weights, uniform_weights
from asterism.project.eigenmap import laplacian_points
from asterism.project.init import principal_points, scaled_start
from asterism.values import METHOD_NAMES, Projection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from asterism.values import NeighborGraph

Affinity = Literal["auto", "perplexity", "uniform"]

PERPLEXITY = 30.0
UNIFORM_NEIGHBORS = 15
UNIFORM_ABOVE = 10_000
ANNEAL_ABOVE = 500_000
START_STD = 1e-4
COLLAPSED = 1e-2  # A map smaller than this has no repulsion left in it: all its points feel each other alike.
GRID_ABOVE = {2: 3_000, 3: 10_000}  # Up to here, all pairs summed are as fast as the grid.
GRID_NODES = {2: 4096, 3: 256}  # Along an axis at most: 0.35 GB in the plane, 0.8 GB in space.


@dataclass(frozen=True, slots=True)
class TsneOptions:
    """The parameters of t-SNE.

    Attributes:
        affinity: "perplexity", "uniform", or "auto": perplexity up to 10 000 vectors, uniform above.
        perplexity: Effective number of neighbours; several are averaged. None is 30, less for few vectors.
        n_neighbors: How many neighbours count with "uniform"; to name it asks for "uniform". None is 15.
        exaggeration: How much attraction outweighs repulsion in the end: 1 is t-SNE, 4 looks like UMAP, 30 like
            Laplacian eigenmaps.
        early_exaggeration: The same for the first iterations.
        early_iterations: How many these are.
        anneal_iterations: Over how many iterations the early exaggeration falls to the final one; None is 0, and 125
            above 500 000 vectors.
        n_iterations: How many follow.
        learning_rate: None is n / exaggeration, phase by phase.
        momentum: Share of the last step that is taken again.
    """

    affinity: Affinity = "auto"
    perplexity: float | Sequence[float] | None = None
    n_neighbors: int | None = None
    exaggeration: float = 1.0
    early_exaggeration: float = 12.0
    early_iterations: int = 250
    anneal_iterations: int | None = None
    n_iterations: int = 500
    learning_rate: float | None = None
    momentum: float = 0.8

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        check_choice(self.affinity, ("auto", "perplexity", "uniform"), name="affinity")
        if self.affinity == "uniform" and self.perplexity is not None:
            raise InputError("perplexity was given with affinity 'uniform', which has none; leave one of them out.")
        if self.n_neighbors is not None and (self.affinity == "perplexity" or self.perplexity is not None):
            raise InputError(
                f"n_neighbors is {self.n_neighbors}, and perplexity was asked for, too; n_neighbors belongs to "
                "affinity 'uniform', and the perplexity sets its own. Leave one of them out."
            )
        if self.perplexity is not None and not self.perplexities:
            raise InputError("perplexity is an empty list; expected a number, or several that are averaged.")
        for perplexity in self.perplexities:
            check_range(perplexity, name="perplexity", low=1)
        check_whole(self.uniform_neighbors, name="n_neighbors", low=1)
        check_range(self.exaggeration, name="exaggeration", low=0.1, high=100)
        check_range(self.early_exaggeration, name="early_exaggeration", low=0.1, high=100)
        check_whole(self.early_iterations, name="early_iterations", low=0)
        if self.anneal_iterations is not None:
            check_whole(self.anneal_iterations, name="anneal_iterations", low=0)
        check_whole(self.n_iterations, name="n_iterations", low=0)
        check_range(self.momentum, name="momentum", low=0, high=0.99)
        if self.learning_rate is not None:
            check_range(self.learning_rate, name="learning_rate", low=1e-6)

    @property
    def perplexities(self) -> tuple[float, ...]:
        """The perplexities asked for; empty for the default."""
        if self.perplexity is None:
            return ()
        given: Any = self.perplexity
        are_several = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)
        return tuple(given) if are_several else (given,)

    @property
    def uniform_neighbors(self) -> int:
        """How many neighbours count with uniform weights."""
        return UNIFORM_NEIGHBORS if self.n_neighbors is None else self.n_neighbors

    def is_uniform(self, n: int) -> bool:
        """Whether n vectors get uniform weights."""
        if self.affinity != "auto":
            return self.affinity == "uniform"
        return self.n_neighbors is not None or (self.perplexity is None and n > UNIFORM_ABOVE)

    def perplexities_for(self, n: int) -> tuple[float, ...]:
        """The perplexities for n vectors: 30 at most a third of the others, at least 2; or those asked for."""
        return self.perplexities or (max(2.0, min(PERPLEXITY, (n - 1) / 3)),)


def tsne_neighbors(n: int, params: Mapping[str, Any]) -> int:
    """How many neighbours t-SNE wants of each of n vectors: three times the perplexity, or the uniform number.

    Args:
        n: How many distinct vectors there are.
        params: Parameters of t-SNE by name.

    Returns:
        The number, not yet bounded by n − 1.

    Raises:
        InputError: A parameter that cannot be used.
    """
    options = read_options(TsneOptions, params, method="tsne")
    if options.is_uniform(n):
        return options.uniform_neighbors
    return ceil(3 * max(options.perplexities_for(n)))


def project_tsne(
    vectors: NDArray[np.float32],
    graph: NeighborGraph | None,
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,
    init: NDArray[np.float32] | None = None,
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - checked by TsneOptions
) -> Projection:
    """Lay vectors out by t-SNE, starting from their principal components.

    An interrupt (Ctrl-C) ends it within a second; the answer is then the last whole iteration, and its notes say so.

    Args:
        vectors: Shape (n, d), distinct. Not modified. Used for the start alone.
        graph: Their neighbours; see `tsne_neighbors` for how many.
        dim: 2 or 3.
        seed: For the small random part of the start.
        threads: The result does not depend on it.
        init: Where the points start, shape (n, dim), scaled to a small spread; None takes the principal components.
        report: Hears of iterations and the divergence.
        params: See TsneOptions.

    Returns:
        Points centred on the origin; `params` holds every parameter as used, and "kl", the divergence reached.

    Raises:
        InputError: A parameter that cannot be used, or no graph.
        ComputeError: A step threw a point out of reach.

    Source:
        van der Maaten & Hinton 2008; learning rate n / exaggeration from Belkina et al. 2019; start from Kobak &
        Berens 2019; exaggeration as a slider from Böhm, Berens & Kobak 2022.

    Cost: O(n²) an iteration up to 3 000 vectors (10 000 in space). Above, the repulsion is carried by a grid: O(n)
    and a Fourier transform over the map's area.
    """
    options = read_options(TsneOptions, params, method="tsne")
    check_range(dim, name="dim", low=2, high=3)
    settings = Settings(dim=dim, seed=seed, threads=thread_count(threads), init=init, report=report)
    if len(vectors) <= dim + 1:
        return isometric(vectors, settings, "tsne")
    if graph is None:
        raise InputError("tsne needs the NeighborGraph of the vectors; build it first.")
    task = prepare(vectors, graph, options, settings)
    course = descend(task.descent, task.phases, momentum=options.momentum, entropy=task.entropy, settings=settings)
    return finish(task, options, settings, course)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A descent that is ready to go.

    Attributes:
        descent: The native state.
        weights: The affinities.
        start: Shape (n, dim), where the points start.
        phases: What is to be done.
        entropy: What makes the native cost the divergence.
        used: Parameters as resolved so far.
        notes: What had to be decided.
    """

    descent: Tsne
    weights: Weights
    start: NDArray[np.float32]
    phases: tuple[Phase, ...]
    entropy: float
    used: dict[str, Any]
    notes: list[str]


def prepare(vectors: NDArray[np.float32], graph: NeighborGraph, options: TsneOptions, settings: Settings) -> Task:
    """Set a descent up; see `project_tsne`."""
    n, dim = len(vectors), settings.dim
    notes: list[str] = []
    weights, used = _weights(graph, options, settings.threads, notes)
    start = principal_points(vectors, dim, threads=settings.threads) if settings.init is None else settings.init
    start = scaled_start(start, std=START_STD, seed=settings.seed, stage="tsne")
    descent = Tsne(start, weights.start, weights.index, weights.weight, grid_spacing(n, dim), GRID_NODES[dim])
    phases = schedule(options, n)
    used |= _schedule_params(options, phases) | {"init": "pca" if settings.init is None else "given"}
    return Task(descent, weights, start, phases, _entropy(weights), used, notes)


def finish(task: Task, options: TsneOptions, settings: Settings, course: Course) -> Projection:
    """Read the points off a descent that has run, and tell how it went."""
    descent, notes = task.descent, list(task.notes)
    wanted = sum(phase.count for phase in task.phases)
    if course.done < wanted:
        notes.append(f"Stopped by the user after {course.done} of {wanted} iterations.")
    used = task.used | {
        "repulsion": f"grid, {spacing:.3g} between nodes" if (spacing := descent.spacing()) > 0 else "exact",
        "iterations": course.done,
        "kl": descent.cost(settings.threads) + task.entropy,
    }
    if course.ease < 1:
        used["early_exaggeration"] = max(options.early_exaggeration * course.ease, options.exaggeration)
    points = descent.points()
    if course.done == wanted and options.exaggeration > 1 and _narrowest(points) < COLLAPSED:
        points, values = laplacian_points(task.weights, task.start)
        used["repulsion"] = "none: Laplacian eigenvectors"
        # The last direction is the first to fall: only a smaller exaggeration leaves none of them out.
        notes.append(
            f"Exaggeration {options.exaggeration:g} draws these texts into one place or onto one line (up to about "
            f"{1 / values[-1]:.0f} they part). Shown is the shape they keep while they fall: Laplacian eigenvectors."
        )
    for note in notes:
        settings.report.remark(note)
    points -= points.mean(axis=0, dtype=np.float64).astype(np.float32)
    return Projection(
        points=points,
        method="tsne",
        params=used,
        seed=settings.seed,
        notes=tuple(notes),
        is_whole=course.done == wanted,
    )


def _narrowest(points: NDArray[np.float32]) -> float:
    """The standard deviation of points in the direction in which they vary least."""
    centred = points - points.mean(axis=0, dtype=np.float64)
    spread = np.einsum("ni,nj->ij", centred, centred) / len(centred)
    return float(np.sqrt(max(float(np.linalg.eigvalsh(spread).min()), 0.0)))


def schedule(options: TsneOptions, n: int) -> tuple[Phase, ...]:
    """The iterations, phase by phase.

    Args:
        options: See TsneOptions.
        n: How many vectors there are.

    Returns:
        Early exaggeration, its fall where there is one, and the final exaggeration; phases of no iteration left out.
    """
    anneal = options.anneal_iterations
    if anneal is None:
        anneal = 125 if n > ANNEAL_ABOVE else 0
    fall = np.linspace(options.early_exaggeration, options.exaggeration, anneal + 2)[1:-1]
    steps = [(options.early_iterations, options.early_exaggeration)]
    steps += [(1, float(exaggeration)) for exaggeration in fall]
    steps += [(options.n_iterations, options.exaggeration)]
    return tuple(
        Phase(count, exaggeration, options.learning_rate or n / exaggeration) for count, exaggeration in steps if count
    )


def grid_spacing(n: int, dim: int) -> float:
    """Distance between the nodes of the grid that carries the repulsion.

    Half the distance is an eighth of the error in a force, and twice the nodes along each axis. The kernel
    1 / (1 + d²) has one width for every map, but the more points, the less an error in the push of two near ones
    matters, and the more the nodes cost.

    Args:
        n: How many points.
        dim: 2 or 3.

    Returns:
        In units of the map; 0 for few points, whose pairs are all summed.
    """
    if n <= GRID_ABOVE[dim]:
        return 0.0
    if dim == 3:
        return 1.0
    return 0.25 if n <= 300_000 else 0.5


def _schedule_params(options: TsneOptions, phases: tuple[Phase, ...]) -> dict[str, Any]:
    return {
        "exaggeration": options.exaggeration,
        "early_exaggeration": options.early_exaggeration,
        "early_iterations": options.early_iterations,
        "anneal_iterations": sum(p.count for p in phases) - options.early_iterations - options.n_iterations,
        "n_iterations": options.n_iterations,
        "learning_rate": options.learning_rate or "n / exaggeration",
        "momentum": options.momentum,
    }


def _weights(
    graph: NeighborGraph, options: TsneOptions, threads: int, notes: list[str]
) -> tuple[Weights, dict[str, Any]]:
    """The affinities, with what had to be reduced because the graph holds fewer neighbours than asked for."""
    n, k = graph.neighbors.shape
    if options.is_uniform(n):
        asked = options.uniform_neighbors
        kept = min(asked, k)
        if kept < min(asked, n - 1):
            notes.append(f"The graph holds {k} neighbours of each text; {asked} were asked for.")
        return uniform_weights(graph, kept, threads=threads), {"affinity": "uniform", "n_neighbors": kept}
    wanted = options.perplexities_for(n)
    most = float(k) if k >= n - 1 else max(1.0, k / 3)
    used = tuple(min(float(perplexity), most) for perplexity in wanted)
    if used != wanted:
        notes.append(
            f"Perplexity {', '.join(f'{p:g}' for p in wanted)} was reduced to {', '.join(f'{p:g}' for p in used)}: "
            f"{k} neighbours of each text are known."
        )
    perplexity = used[0] if len(used) == 1 else list(used)  # as it comes back from JSON
    # Beyond three times the perplexity a Gaussian has no weight left; a wider graph must not change the map.
    near = nearest(graph, max(1, ceil(3 * max(used))))
    return perplexity_weights(near, used, threads=threads), {"affinity": "perplexity", "perplexity": perplexity}


def _entropy(weights: Weights) -> float:
    """Sum of p ln p, the part of the divergence that the points do not change."""
    p = weights.weight.astype(np.float64)
    return float(np.sum(p * np.log(p)))


def isometric(vectors: NDArray[np.float32], settings: Settings, method: str) -> Projection:
    """Draw so few vectors that their distances can be kept as they are: at most one more than there are dimensions.

    Args:
        vectors: Shape (n, d). Not modified.
        settings: Dimensions, seed, threads and reporter.
        method: The method that was asked for, "tsne" or "umap".

    Returns:
        Their principal components, with a note.
    """
    points = principal_points(vectors, settings.dim, threads=settings.threads)
    note = f"So few texts ({len(vectors)}) are drawn at their true distances, without {METHOD_NAMES[method]}."
    settings.report.remark(note)
    return Projection(points=points, method=method, params={"iterations": 0}, seed=settings.seed, notes=(note,))
