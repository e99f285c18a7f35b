"""The methods that lay points out, by name: one signature for ours and for those that others add."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from asterism._check import as_vectors, check_choice, check_rows, check_whole
from asterism._progress import SILENT, Reporter
from asterism._threads import thread_count
from asterism.errors import ComputeError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint

    from numpy.typing import ArrayLike, NDArray

    from asterism.values import NeighborGraph, Projection


class ProjectFunction(Protocol):
    """Lays points out."""

    def __call__(
        self,
        vectors: NDArray[np.float32],
        graph: NeighborGraph | None,
        *,
        dim: int,
        seed: int,
        threads: int | None,
        init: NDArray[np.float32] | None,
        report: Reporter,
        **params: Any,  # noqa: ANN401 - the method's own parameters
    ) -> Projection:
        """Answer one finite point per vector, and every parameter as it was used.

        Args:
            vectors: Shape (n, d), distinct and finite. Not modified.
            graph: Their NeighborGraph; None only where the method wants no neighbours.
            dim: Dimensions of the points.
            seed: At least 0.
            threads: No result may depend on it.
            init: Where the points start, shape (n, dim); None leaves it to the method. Not modified.
            report: Hears how far the work has come.
            params: The method's own parameters as the caller gave them; it refuses those it does not know.
        """


# What a map can have, whatever the length of the vectors.
MAP_DIM = 3


@dataclass(frozen=True, slots=True)
class Method:
    """An entry of the registry.

    Attributes:
        name: As users write it.
        run: Does the work.
        neighbors: From n and the method's parameters, how many neighbours its graph should hold; 0 for no graph.
        max_dim: The most dimensions that it lays out; None for as many as the vectors have.
        parameters: Names of its own parameters, for the command line; None where it does not tell them.
    """

    name: str
    run: ProjectFunction
    neighbors: Callable[[int, Mapping[str, Any]], int]
    max_dim: int | None = MAP_DIM
    parameters: tuple[str, ...] | None = None


GROUP = "asterism.projections"
_METHODS: dict[str, Method] = {}


def register(method: Method) -> None:
    """Add a method, so that `project` and the command line know its name.

    Args:
        method: See Method.

    Raises:
        InputError: The name is taken.
    """
    if method.name in _METHODS:
        raise InputError(f"A projection method named {method.name!r} is registered already; choose another name.")
    _METHODS[method.name] = method


def method_names() -> tuple[str, ...]:
    """The registered names, in the order of their registration; then those that installed packages offer."""
    return tuple(dict.fromkeys((*_METHODS, *_offers())))


def find_method(name: str) -> Method:
    """The method of that name, ours, registered, or offered by an installed package.

    A package offers methods by entry points of the group "asterism.projections", each of which names a `Method`.

    Args:
        name: As users write it.

    Returns:
        The method.

    Raises:
        InputError: There is none of that name, or what a package offers is no Method of that name.
    """
    if name in _METHODS:
        return _METHODS[name]
    check_choice(name, method_names(), name="method")
    entry = _offers()[name]
    method = entry.load()
    if not isinstance(method, Method) or method.name != name:
        raise InputError(
            f"The entry point {entry.value!r} gave {method!r}; expected an asterism.project.Method named {name!r}. "
            "Tell the authors of that package."
        )
    register(method)
    return method


def _offers() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP) if entry.name not in _METHODS}


def neighbors_wanted(method: str, n: int, **params: Any) -> int:  # noqa: ANN401 - the method's own parameters
    """How many neighbours of each vector the graph for this method should hold.

    Args:
        method: A registered name.
        n: How many distinct vectors there are.
        params: The method's parameters, as for `project`.

    Returns:
        At most n − 1; 0 where the method needs no graph.

    Raises:
        InputError: The method or a parameter is unknown or out of range.
    """
    return max(0, min(find_method(method).neighbors(n, params), n - 1))


def check_dim(method: str, dim: int, d: int) -> None:
    """Refuse dimensions of points that a method cannot give vectors of length d.

    Raises:
        InputError: The method is unknown, or `dim` is out of range.
    """
    most = find_method(method).max_dim
    check_whole(dim, name="dim", low=1, high=max(d, MAP_DIM) if most is None else most)


def project(
    method: str,
    vectors: ArrayLike,
    graph: NeighborGraph | None,
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,
    init: ArrayLike | None = None,
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - each method checks its own parameters
) -> Projection:
    """Lay vectors out as points.

    Args:
        method: A registered name: "tsne" and the others of `method_names()`.
        vectors: Shape (n, d), finite and distinct. Not modified.
        graph: Their neighbours, over the same n distinct vectors; None where `neighbors_wanted` is 0.
        dim: Dimensions of the points.
        seed: At least 0; the same seed gives the same bits on any number of threads.
        threads: None takes what `thread_count` finds.
        init: Shape (n, dim), where the points start; None lets the method choose.
        report: Hears how far the work has come.
        params: The method's own parameters.

    Returns:
        One finite point per vector, in the order of `vectors`.

    Raises:
        InputError: A shape, a name or a parameter that cannot be used.
        ComputeError: The points left the finite numbers.
    """
    entry = find_method(method)
    matrix = as_vectors(vectors)
    check_dim(method, dim, matrix.shape[1])
    check_whole(seed, name="seed", low=0)
    if graph is not None and graph.neighbors.shape[0] != len(matrix):
        raise InputError(
            f"graph stands over {graph.neighbors.shape[0]} distinct vectors, but {len(matrix)} were given; "
            "pass vectors[graph.first]."
        )
    if graph is not None:
        check_rows(graph.neighbors, len(matrix), name="graph.neighbors")
    if graph is None and neighbors_wanted(method, len(matrix), **params) > 0:
        raise InputError(f"{method} needs the NeighborGraph of the vectors; build it first.")
    start = None if init is None else _as_init(init, len(matrix), dim)
    answer = entry.run(
        matrix, graph, dim=dim, seed=seed, threads=thread_count(threads), init=start, report=report, **params
    )
    if not np.isfinite(answer.points).all():
        raise ComputeError(f"{method} left the finite numbers. Try a lower learning rate, or look for huge vectors.")
    return answer


def _as_init(init: ArrayLike, n: int, dim: int) -> NDArray[np.float32]:
    start = as_vectors(init, name="init")
    if start.shape != (n, dim):
        raise InputError(f"init has shape {start.shape}; expected ({n}, {dim}): one start per distinct vector.")
    return start
