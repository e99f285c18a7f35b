from __future__ import annotations

import errno
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

from asterism.errors import AsterismWarning, Corrupt, InputError
from asterism.store import (
    append,
    list_projections,
    load_graph,
    load_projection,
    open_space,
    save_graph,
    save_projection,
    save_space,
)
from asterism.store import folder as store_folder
from asterism.store.results import DRAFT_SECONDS, NO_CACHE, ResultCache, cache_folder, ceiling_bytes, fingerprint_of
from asterism.values import LabelQuality, LabelScores, NeighborGraph, Projection, Quality, Scores, Stability

from .conftest import assert_same, make_space


@pytest.fixture
def graph(rng):
    return NeighborGraph(
        neighbors=rng.integers(0, 9, (9, 3)).astype(np.int32),
        distances=rng.random((9, 3)).astype(np.float32),
        rows=np.arange(10, dtype=np.int32) % 9,
        first=np.arange(9, dtype=np.int32),
        metric="cosine",
        method="nn-descent",
        recall=1 / 3,
        recall_sample=7,
        params={"seed": np.int64(3), "levels": [1, 2]},
    )


@pytest.fixture
def projection(rng):
    def scores():
        return Scores(*rng.random(6).tolist())

    points = rng.standard_normal((10, 3)).astype(np.float32)
    points[4] = np.nan
    lost, false = (rng.random(10).astype(np.float32) for _ in range(2))
    labels = [LabelScores(*rng.random(3).tolist()) for _ in range(4)]
    quality = Quality(
        scores(),
        scores(),
        None,
        15,
        9,
        9,
        lost,
        false,
        errors=scores(),
        shepard=rng.random((5, 2)).astype(np.float32),
        labels=LabelQuality("topic", *labels[:3], None, labels[3], 10, 4, 9, 9),
        stability=Stability(0.5, 0.1, (0.4, 0.6), 7, lost[::-1].copy()),
    )
    return Projection(
        points,
        "tsne",
        {"perplexity": 30.0, "init": "pca"},
        7,
        ("a", "b", "c"),
        ("note — 🙂",),
        quality,
        name="t-SNE, perplexity 30",
        is_whole=False,
    )


def _assert_equal(one, other):
    for item in fields(one):
        a, b = getattr(one, item.name), getattr(other, item.name)
        if isinstance(a, np.ndarray):
            assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes()), item.name
        elif isinstance(a, Quality | Stability):
            _assert_equal(a, b)
        else:
            assert a == b, item.name


def test_a_graph_comes_back_bit_by_bit(tmp_path, graph):
    save_graph(graph, tmp_path)
    _assert_equal(load_graph(tmp_path), graph)


def test_a_projection_comes_back_with_its_quality_bit_by_bit(tmp_path, projection):
    save_projection(projection, tmp_path, "map 1.2")
    _assert_equal(load_projection(tmp_path, "map 1.2"), projection)
    bare = Projection(projection.points[:, :2], "pca")
    save_projection(bare, tmp_path, "bare")
    _assert_equal(load_projection(tmp_path, "bare"), bare)
    assert list_projections(tmp_path) == ["bare", "map 1.2"]
    assert list_projections(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a\\b"])
def test_names_of_projections_are_plain(tmp_path, projection, name):
    with pytest.raises(InputError, match="cannot be called"):
        save_projection(projection, tmp_path, name)
    with pytest.raises(InputError, match="cannot be called"):
        load_projection(tmp_path, name)


def _flips(path, rng):
    content = path.read_bytes()
    for place in rng.integers(0, len(content), 10):
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        yield content[place : place + 1]
    path.write_bytes(content[:-1])
    yield b"cut"
    path.unlink()
    yield b"gone"


def test_damage_to_graph_and_projection_is_found(tmp_path, graph, projection, rng):
    save_graph(graph, tmp_path)
    save_projection(projection, tmp_path, "map")
    parts = [
        ("graph/neighbors.npy", load_graph),
        ("projections/map.parquet", lambda root: load_projection(root, "map")),
    ]
    for name, load in parts:
        for _ in _flips(tmp_path / name, rng):
            with pytest.raises(Corrupt, match="is damaged"):
                load(tmp_path)


def test_facts_that_were_edited_are_refused(tmp_path, projection):
    save_projection(projection, tmp_path, "map")
    path = tmp_path / "projections" / "map.json"
    path.write_text(path.read_text().replace('"seed": 7', '"seed": 8'))
    with pytest.raises(Corrupt, match="its checksum does not fit"):
        load_projection(tmp_path, "map")


def test_results_are_found_again_and_damaged_ones_are_forgotten(tmp_path, graph, projection):
    cache = ResultCache(tmp_path, ceiling=10**9)
    assert cache.graph("g") is None
    cache.put_graph("g", graph)
    cache.put_projection("p", projection)
    cache.put_graph("g", graph)
    _assert_equal(cache.graph("g"), graph)
    _assert_equal(cache.projection("p"), projection)
    (tmp_path / "results" / "g" / "graph" / "rows.npy").write_bytes(b"")
    assert cache.graph("g") is None
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["p"]


def test_what_was_used_longest_ago_makes_room(tmp_path, graph):
    cache = ResultCache(tmp_path, ceiling=10**9)
    folder = tmp_path / "results"
    for key in "abc":
        cache.put_graph(key, graph)
    size = sum(path.stat().st_size for path in (folder / "a").rglob("*") if path.is_file())
    for age, key in enumerate("bac"):
        os.utime(folder / key, (1000 + age, 1000 + age))
    for name, age in ((".busy", 0), (".left", 2 * DRAFT_SECONDS)):
        (folder / name).mkdir()
        (folder / name / "file").write_bytes(bytes(size))
        os.utime(folder / name, (time.time() - age, time.time() - age))
    ResultCache(tmp_path, ceiling=4 * size).put_graph("d", graph)
    assert sorted(path.name for path in folder.iterdir()) == [".busy", ".left", "c", "d"]
    os.utime(folder / "d", (2000, 2000))
    ResultCache(tmp_path, ceiling=2 * size).put_graph("e", graph)
    assert sorted(path.name for path in folder.iterdir()) == [".busy", "e"]


def test_a_cache_that_cannot_be_written_costs_a_warning_only(tmp_path, graph):
    (tmp_path / "results").write_text("a file, where a folder should be")
    with pytest.warns(AsterismWarning, match="Results are not kept"):
        ResultCache(tmp_path, ceiling=10**9).put_graph("g", graph)


def test_a_cache_that_may_only_be_read_gives_what_it_holds(tmp_path, graph, monkeypatch):
    cache = ResultCache(tmp_path, ceiling=10**9)
    cache.put_graph("g", graph)

    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "utime", refuse)
    _assert_equal(cache.graph("g"), graph)


def test_a_cache_folder_that_is_a_file_holds_nothing(tmp_path):
    (tmp_path / "file").write_text("a file, where a folder should be")
    assert ResultCache(tmp_path / "file", ceiling=10**9).graph("g") is None


def test_fingerprints_tell_every_byte_and_parameter_apart():
    array = np.zeros((3, 4), np.float32)
    other = array.copy()
    other[2, 3] = -0.0
    prints = {
        fingerprint_of("graph", array, k=1),
        fingerprint_of("graph", array, k=2),
        fingerprint_of("projection", array, k=1),
        fingerprint_of("graph", other, k=1),
        fingerprint_of("graph", array.reshape(4, 3), k=1),
        fingerprint_of("graph", array.astype(np.float64), k=1),
    }
    assert len(prints) == 6
    assert fingerprint_of("graph", array[:, :], k=1) in prints


def _read_on(folder, stop):
    while not stop.is_set():
        found = open_space(folder, verify=True)
        n = len(found.vectors)
        assert found.table.num_rows == n
        assert found.vectors.tobytes() == make_space(n, seed=n).vectors.tobytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a moment without a Space")
def test_readers_see_one_state_while_a_space_is_replaced(tmp_path):
    folder = tmp_path / "a.space"
    save_space(make_space(50, seed=50), folder)
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(_read_on, folder, stop) for _ in range(2)]
        try:
            for turn in range(20):
                n = 50 + turn % 2 * 10
                save_space(make_space(n, seed=n), folder, force=True, shard_rows=30)
        finally:
            stop.set()
        for reader in readers:
            reader.result()


def test_a_space_that_is_replaced_by_another_and_back_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    folder = tmp_path / "a.space"
    one, other = make_space(50, seed=50), make_space(50, seed=51)
    save_space(one, folder)
    opened = store_folder._open

    def between(*args, **options):
        if next(is_first, False):
            save_space(other, folder, force=True)
            try:
                return opened(*args, **options)
            finally:
                save_space(one, folder, force=True)
        return opened(*args, **options)

    for verify in (True, False):
        is_first = iter([True])
        monkeypatch.setattr(store_folder, "_open", between)
        assert_same(open_space(folder, verify=verify), one)


def test_appending_drops_what_knows_nothing_of_new_rows(tmp_path, graph, projection):
    folder = tmp_path / "a.space"
    save_space(make_space(10), folder)
    save_graph(graph, folder)
    save_projection(projection, folder, "map")
    append(folder, make_space(5))
    assert list_projections(folder) == []
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == []


def test_the_cache_lies_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("ASTERISM_CACHE_DIR", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("ASTERISM_CACHE_DIR")
    for platform, variable in (("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")):
        monkeypatch.setattr("sys.platform", platform)
        monkeypatch.setenv(variable, str(tmp_path))
        assert cache_folder() == tmp_path / "asterism"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder().parts[-3:] == ("Library", "Caches", "asterism")


def test_the_ceiling_of_the_cache_is_a_number_of_gigabytes(monkeypatch):
    monkeypatch.delenv("ASTERISM_CACHE_GB", raising=False)
    assert ceiling_bytes() == 4_000_000_000
    monkeypatch.setenv("ASTERISM_CACHE_GB", "0.5")
    assert ceiling_bytes() == 500_000_000
    for wrong in ("inf", "-1", "much", "nan"):
        monkeypatch.setenv("ASTERISM_CACHE_GB", wrong)
        with pytest.raises(InputError, match="ASTERISM_CACHE_GB"):
            ceiling_bytes()


def test_without_a_folder_nothing_is_kept(graph):
    NO_CACHE.put_graph("g", graph)
    assert NO_CACHE.graph("g") is None


def test_parameters_of_numpy_become_plain_and_others_are_refused(tmp_path, projection):
    params = {"a": np.float32(0.5), "b": np.arange(3)}
    save_projection(replace(projection, params=params), tmp_path, "map")
    assert load_projection(tmp_path, "map").params == {"a": 0.5, "b": [0, 1, 2]}
    with pytest.raises(TypeError, match="cannot write a set as JSON"):
        save_projection(replace(projection, params={"a": {1}}), tmp_path, "other")
