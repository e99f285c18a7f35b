from __future__ import annotations

import os
import time

import numpy as np
import pytest

from asterism.embed.cache import Segment, VectorCache
from asterism.embed.upkeep import cached_models, clear_vectors, collect_vectors, trim_vectors, verify_vectors


def fill(folder, model="m", n=10, segments=3):
    cache = VectorCache(folder, model, 4)
    for part in range(segments):
        texts = [f"{part}-{i}" for i in range(n)]
        cache.put(texts, np.full((n, 4), part, np.float32))
    return cache


def segments_of(folder):
    return sorted(folder.rglob("*.seg"))


def flip(path, at=40):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_an_empty_cache_holds_nothing(tmp_path):
    assert cached_models(tmp_path) == []
    assert verify_vectors(tmp_path) == (0, [])
    assert collect_vectors(tmp_path, ceiling=0) == clear_vectors(tmp_path) == 0


def test_models_are_told_with_their_rows_and_bytes(tmp_path):
    fill(tmp_path, "a")
    fill(tmp_path, "b", n=2, segments=1)
    told = {model.fingerprint: model for model in cached_models(tmp_path)}
    assert (told["a"].rows, told["a"].segments, told["a"].dim) == (30, 3, 4)
    assert told["b"].rows == 2
    assert told["a"].size == sum(path.stat().st_size for path in (tmp_path / "vectors" / "a").iterdir())


def test_a_flipped_byte_is_found_and_only_its_segment_is_lost(tmp_path):
    fill(tmp_path)
    flip(segments_of(tmp_path)[1])
    checked, damaged = verify_vectors(tmp_path)
    assert checked == 3
    assert len(damaged) == 1
    texts = [f"{part}-{i}" for part in range(3) for i in range(10)]
    vectors, found = VectorCache(tmp_path, "m", 4).get(texts)
    assert found.sum() == 20
    assert set(vectors[found][:, 0]) < {0.0, 1.0, 2.0}
    assert verify_vectors(tmp_path) == (2, [])


def test_collecting_joins_small_segments_and_keeps_every_row(tmp_path):
    fill(tmp_path, segments=5)
    flip(segments_of(tmp_path)[0])
    verify_vectors(tmp_path)
    texts = [f"{part}-{i}" for part in range(5) for i in range(10)]
    before, found_before = VectorCache(tmp_path, "m", 4).get(texts)
    assert collect_vectors(tmp_path, ceiling=10**9) > 0
    assert len(segments_of(tmp_path)) == 1
    after, found_after = VectorCache(tmp_path, "m", 4).get(texts)
    np.testing.assert_array_equal(found_after, found_before)
    np.testing.assert_array_equal(after, before)
    assert list(tmp_path.rglob("*.damaged")) == []


@pytest.mark.parametrize("method", ["is_whole", "keys", "vectors"])
def test_segments_that_another_process_removes_meanwhile_are_passed_over(tmp_path, monkeypatch, method):
    fill(tmp_path)
    look = getattr(Segment, method)

    def vanish(segment):
        found = look(segment) if method == "is_whole" else None
        segment.path.unlink(missing_ok=True)
        return look(segment) if found is None else found

    monkeypatch.setattr(Segment, method, vanish)
    assert not VectorCache(tmp_path, "m", 4).get(["0-0", "1-0"])[1].any()
    fill(tmp_path)
    assert collect_vectors(tmp_path, ceiling=10**9) > 0


def test_left_overs_go_only_when_they_are_old(tmp_path):
    fill(tmp_path)
    folder = tmp_path / "vectors" / "m"
    names = [".x.seg.1.tmp", "abc.run"]
    for name in names:
        (folder / name).write_bytes(b"half")
    collect_vectors(tmp_path, ceiling=10**9)
    assert all((folder / name).is_file() for name in names)
    long_ago = time.time() - 30 * 24 * 3600
    for name in names:
        os.utime(folder / name, (long_ago, long_ago))
    collect_vectors(tmp_path, ceiling=10**9)
    assert not any((folder / name).exists() for name in names)


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_what_was_used_longest_ago_goes_first(tmp_path, kept):
    for part in range(3):  # the clock of files is too coarse to tell segments apart that are written in a row
        known = segments_of(tmp_path)
        cache = VectorCache(tmp_path, "m", 4)
        cache.put([f"{part}-{i}" for i in range(10)], np.full((10, 4), part, np.float32))
        (path,) = set(segments_of(tmp_path)) - set(known)
        os.utime(path, (1000 + part, 1000 + part))
    cache.get(["0-0"])  # the oldest is used again
    size = segments_of(tmp_path)[0].stat().st_size
    trim_vectors(tmp_path, ceiling=kept * size)
    texts = ["1-0", "2-0", "0-0"]
    _, found = VectorCache(tmp_path, "m", 4).get(texts)
    assert found.tolist() == [False] * (3 - kept) + [True] * kept


def test_a_note_for_people_that_cannot_be_read_is_no_obstacle(tmp_path):
    fill(tmp_path)
    (tmp_path / "vectors" / "m" / "model.json").write_bytes(b"{not json")
    (told,) = cached_models(tmp_path)
    assert (told.name, told.rows, told.dim) == ("", 30, 4)


def test_a_model_is_told_with_its_options_as_soon_as_something_of_it_is_kept(tmp_path):
    about = {"name": "bert", "dim": 4, "options": {"layer": 8}}
    cache = VectorCache(tmp_path, "m", 4, about=about)
    cache.get(["a"])
    assert cached_models(tmp_path) == []
    cache.introduce()
    assert cached_models(tmp_path)[0].name == "bert"
    cache.put(["a"], np.ones((1, 4), np.float32))
    (told,) = cached_models(tmp_path)
    assert (told.name, told.options) == ("bert", {"layer": 8})
