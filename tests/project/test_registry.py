from __future__ import annotations

import numpy as np
import pytest

from asterism.errors import ComputeError, InputError
from asterism.project import Method, find_method, method_names, project, register, registry
from asterism.values import NeighborGraph, Projection


@pytest.fixture
def own_methods(monkeypatch):
    monkeypatch.setattr(registry, "_METHODS", dict(registry._METHODS))


def no_neighbors(n, params):
    return 0


def first_axes(vectors, graph, *, dim, seed, threads, init, report, scale=1.0):
    return Projection(points=vectors[:, :dim] * np.float32(scale), method="first", params={"scale": scale}, seed=seed)


def test_a_method_of_someone_else_can_be_used(own_methods):
    register(Method("first", first_axes, no_neighbors))
    assert "first" in method_names()
    answer = project("first", np.eye(3), None, scale=2.0)
    np.testing.assert_array_equal(answer.points, 2 * np.eye(3)[:, :2])


def test_a_name_is_given_once(own_methods):
    with pytest.raises(InputError, match="registered already"):
        register(Method("tsne", first_axes, no_neighbors))


class Entry:
    """What importlib.metadata tells of a package that offers a method."""

    group, value = registry.GROUP, "somewhere:method"

    def __init__(self, name, method):
        self.name, self._method = name, method

    def load(self):
        return self._method


@pytest.fixture
def offer(own_methods, monkeypatch):
    def install(name, method):
        monkeypatch.setattr(registry, "entry_points", lambda **_: [Entry(name, method)])

    return install


def test_a_method_of_an_installed_package_is_found_by_name(offer):
    offer("first", Method("first", first_axes, no_neighbors, parameters=("scale",)))
    assert method_names()[-1] == "first"
    np.testing.assert_array_equal(project("first", np.eye(3), None).points, np.eye(3)[:, :2])
    assert find_method("first").parameters == ("scale",)
    assert method_names().count("first") == 1


@pytest.mark.parametrize("what", [first_axes, Method("second", first_axes, no_neighbors)])
def test_an_entry_point_that_is_no_method_of_that_name_is_refused(offer, what):
    offer("first", what)
    with pytest.raises(InputError, match=r"'somewhere:method' gave .* expected an asterism.project.Method"):
        project("first", np.eye(3), None)


@pytest.mark.parametrize("stray", [-2, 3])
def test_a_graph_that_names_vectors_which_are_not_there_is_refused(stray):
    rows = np.arange(3, dtype=np.int32)
    neighbors = np.array([[1], [0], [stray]], np.int32)
    graph = NeighborGraph(neighbors, np.ones((3, 1), np.float32), rows, rows, "euclidean")
    with pytest.raises(InputError, match=r"graph.neighbors names rows from .* expected numbers from -1 to 2"):
        project("umap", np.eye(3), graph)


def test_points_that_are_not_finite_are_an_error(own_methods):
    register(Method("first", first_axes, no_neighbors))
    with pytest.raises(ComputeError, match="left the finite numbers"):
        project("first", np.eye(3), None, scale=np.nan)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("nothing", {}, "method is 'nothing'"),
        ("tsne", {"dim": 4}, "dim is 4"),
        ("tsne", {"seed": -1}, "seed is -1"),
        ("tsne", {}, "tsne needs the NeighborGraph"),
        ("tsne", {"init": np.zeros((2, 2))}, r"init has shape \(2, 2\); expected \(9, 2\)"),
    ],
)
def test_what_cannot_be_used_is_refused(method, options, message, graph_of):
    vectors = np.eye(9, dtype=np.float32)
    graph = graph_of(vectors, 8) if "init" in options else None
    with pytest.raises(InputError, match=message):
        project(method, vectors, graph, **options)


def test_a_graph_over_other_rows_is_refused(graph_of):
    with pytest.raises(InputError, match="stands over 4 distinct vectors, but 9 were given"):
        project("tsne", np.eye(9), graph_of(np.eye(4, dtype=np.float32), 3))
