from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from asterism.embed.cache import HEADER, KEY, VectorCache, text_keys


@pytest.fixture
def cache(tmp_path):
    return VectorCache(tmp_path, "model-a", 4)


def vectors_of(texts):
    return np.array([[len(text), *text.encode()[:3].ljust(3, b"\0")] for text in texts], np.float32)


def test_kept_vectors_come_back_bit_for_bit(cache, rng):
    vectors = rng.standard_normal((3, 4)).astype(np.float32)
    cache.put(["a", "b", "c"], vectors)
    got, found = cache.get(["c", "nothing", "a"])
    assert found.tolist() == [True, False, True]
    assert got[0].tobytes() == vectors[2].tobytes()
    assert not got[1].any()


def test_empty_cache_finds_nothing(cache):
    got, found = cache.get(["a"])
    assert got.shape == (1, 4)
    assert not found.any()
    assert cache.get([])[0].shape == (0, 4)


def test_other_models_are_kept_apart(cache, tmp_path):
    cache.put(["a"], vectors_of(["a"]))
    assert not VectorCache(tmp_path, "model-b", 4).get(["a"])[1].any()
    assert not (text_keys("x", ["yz"]) == text_keys("xy", ["z"])).all()


def test_awkward_texts_have_keys_of_their_own():
    texts = ["", " ", "\0", "a\0", "é", "e\u0301", "🙂", "\ud800", "x" * 100_000]
    assert len({tuple(key) for key in text_keys("m", texts).tolist()}) == len(texts)


def test_many_segments_are_searched(cache):
    texts = [f"text {i}" for i in range(500)]
    for start in range(0, 500, 50):
        cache.put(texts[start : start + 50], vectors_of(texts[start : start + 50]))
    got, found = cache.get(texts[::-1])
    assert found.all()
    np.testing.assert_array_equal(got, vectors_of(texts[::-1]))


@pytest.mark.parametrize("offset", [0, 9, HEADER + 2, HEADER + 2 * KEY + 5, -3])
def test_flipped_byte_costs_only_its_segment(cache, tmp_path, offset):
    cache.put(["a", "b"], vectors_of(["a", "b"]))
    broken = next(cache.folder.glob("*.seg"))
    cache.put(["c"], vectors_of(["c"]))
    content = bytearray(broken.read_bytes())
    content[offset] ^= 1
    broken.write_bytes(content)
    fresh = VectorCache(tmp_path, "model-a", 4)
    assert fresh.get(["a", "b", "c"])[1].tolist() == [False, False, True]
    assert not broken.exists()


def test_segment_cut_short_is_set_aside(cache, tmp_path):
    cache.put(["a", "b"], vectors_of(["a", "b"]))
    segment = next(cache.folder.glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:-20])
    assert not VectorCache(tmp_path, "model-a", 4).get(["a"])[1].any()


WRITER = """
import sys
from pathlib import Path
import numpy as np
from asterism.embed.cache import VectorCache
folder, number = sys.argv[1:]
cache = VectorCache(Path(folder), "model-a", 4)
texts = [f"{number} {i}" for i in range(100)]
for start in range(0, 100, 10):
    some = texts[start : start + 10]
    cache.put(some, np.array([[int(number), int(text.split()[1]), 0, 0] for text in some], np.float32))
    cache.get(texts)
"""


def test_eight_writers_at_once_lose_nothing(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)]) for number in range(8)]
    assert [writer.wait() for writer in writers] == [0] * 8
    pairs = [(number, i) for number in range(8) for i in range(100)]
    got, found = VectorCache(tmp_path, "model-a", 4).get([f"{number} {i}" for number, i in pairs])
    assert found.all()
    np.testing.assert_array_equal(got[:, :2], pairs)
