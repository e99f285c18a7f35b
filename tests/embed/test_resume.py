"""A run that is killed at any moment, and started again, ends with the bits of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import asterism
from asterism.api import embed_to
from asterism.embed.cache import VectorCache
from asterism.embed.upkeep import verify_vectors
from asterism.errors import EmbedError

# Vectors depend on the batch in their last bits, as those of a real model do; a batch takes two milliseconds.
PLUGIN = """
import os, time
import numpy as np
from asterism.embed.schedule import plan_batches

class Slow:
    name, fingerprint, dim, metric = "slow:", "slow-1", 8, "cosine"

    def __init__(self, plan=None):
        self.plan = dict(plan or {})
        self.batches = self.told = 0

    def with_plan(self, plan):
        return Slow(plan)

    def encode(self, texts, *, report=None, keep=None, done=None):
        self.plan = self.plan or {"budget": int(os.environ.get("BUDGET", "64"))}
        lengths = np.array([len(text) for text in texts])
        vectors = np.zeros((len(texts), 8), np.float32)
        for rows in plan_batches(lengths, self.plan["budget"]):
            if done is not None and done[rows].all():
                continue
            time.sleep(0.002)
            self.batches += 1
            if self.batches == 20 and os.environ.get("FAULT") == "memory":
                raise MemoryError
            if self.batches == 20 and os.environ.get("FAULT") == "disk":
                raise OSError(28, "No space left on device", "x.seg")
            for row in rows:
                seed = np.random.default_rng(sum(texts[row].encode()))
                vectors[row] = seed.normal(size=8) + len(rows) * 1e-6
            if keep is not None:
                keep(rows, vectors[rows])
            with open(os.environ["TOLD"], "a") as file:
                file.write("".join(f"{texts[row]}\\n" for row in rows))
            self.told += len(rows)
            if self.told >= int(os.environ.get("HOLD", "999999")):
                time.sleep(3600)
        return vectors

def load(name, options):
    return Slow()
"""
ROWS = 1200
SEGMENT = 100
RUN = f"""
import sys
from importlib import import_module
run, pipeline = import_module("asterism.embed.run"), import_module("asterism.pipeline")
run.SEGMENT_ROWS, pipeline.LEAST_PART_ROWS, pipeline.PART_BYTES = {SEGMENT}, 400, 0
from asterism.cli import main
main(sys.argv[1:])
"""


@pytest.fixture
def world(tmp_path):
    (tmp_path / "slowly.py").write_text(PLUGIN)
    about = tmp_path / "slowly-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: slowly\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[asterism.embedders]\nslow = slowly:load\n")
    texts = [f"text {i * 7919 % 1000} {'x' * (i % 13)}" for i in range(ROWS - 2)]
    (tmp_path / "big.txt").write_text("\n".join([*texts, "", texts[0]]) + "\n")
    return tmp_path


def start(world, cache, output, **environment):
    command = [sys.executable, "-c", RUN, "embed", str(world / "big.txt"), "--model", "slow:", "-o", str(output)]
    told = {"PYTHONPATH": str(world), "ASTERISM_CACHE_DIR": str(cache), "TOLD": str(world / "told.txt"), **environment}
    return subprocess.Popen(command, env=os.environ | told, stderr=subprocess.PIPE, text=True)


def finish(process):
    error = error_of(process)
    assert process.returncode == 0, error
    return error


def error_of(process):
    """What it says; only a run that hangs takes anything like so long."""
    return process.communicate(timeout=600)[1]


def checksum(folder):
    digest = blake2b()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def told(world):
    path = world / "told.txt"
    return len(path.read_text().splitlines()) if path.is_file() else 0


def held(world):
    """A run that goes no further once it has told of 500 texts."""
    process = start(world, world / "cache", world / "a.space", HOLD="500")
    while told(world) < 500:
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("trials", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_anywhere_it_ends_with_the_same_checksum(world, rng, trials):
    finish(start(world, world / "cache", world / "whole.space"))
    whole, work = checksum(world / "whole.space"), told(world)
    lost = []
    for trial, share in enumerate(rng.uniform(0, 1.1, trials)):
        output, cache = world / f"{trial}.space", world / f"cache{trial}"
        (world / "told.txt").unlink()
        process = start(world, cache, output)
        while process.poll() is None and told(world) < min(share, 1) * work:  # counted in work done, not in seconds
            time.sleep(0.002)
        time.sleep(rng.random() * 0.02)
        process.kill()
        process.communicate()
        if not output.exists():  # else it had nothing left to do but to clear up, or had ended
            # Started again on a machine where another plan is quicker: the recorded one counts.
            finish(start(world, cache, output, BUDGET="64" if not list(cache.rglob("*.run")) else "31"))
            assert not Path(f"{output}.partial").exists()
        assert checksum(output) == whole
        lost.append(told(world) - work)
    assert max(lost) <= SEGMENT + 64  # the segment in work, and a batch


def test_interrupted_it_says_how_to_go_on(world):
    process = held(world)
    process.send_signal(signal.SIGINT)
    error = error_of(process)
    assert process.returncode == 130
    assert "The same command goes on from there" in error
    assert "Traceback" not in error
    finish(start(world, world / "cache", world / "a.space"))
    assert told(world) <= ROWS + 64


@pytest.mark.parametrize(("fault", "line"), [("memory", "Not enough memory"), ("disk", "No space left on device")])
def test_out_of_room_is_one_clear_line_and_nothing_is_lost(world, fault, line):
    finish(start(world, world / "cache", world / "whole.space"))
    work = told(world)
    process = start(world, world / "other", world / "a.space", FAULT=fault)
    error = error_of(process)
    assert process.returncode == 1
    assert line in error
    assert "The same command goes on from there" in error
    assert "Traceback" not in error
    finish(start(world, world / "other", world / "a.space"))
    assert checksum(world / "a.space") == checksum(world / "whole.space")
    assert told(world) == 2 * work


def test_other_texts_do_not_go_on_with_what_was_begun(world):
    process = held(world)
    process.kill()
    process.communicate()
    with (world / "big.txt").open("a") as file:
        file.write("one more\n")
    process = start(world, world / "cache", world / "a.space")
    error = error_of(process)
    assert process.returncode == 1
    assert "was begun with other inputs or another model" in error


def test_eight_writers_at_once_all_end_well(world):
    running = [start(world, world / "cache", world / f"{i}.space") for i in range(8)]
    for process in running:
        finish(process)
    spaces = [asterism.Space.open(world / f"{i}.space") for i in range(8)]
    # Who finds some of the others' vectors cuts other batches, which moves the last bits alone.
    for space in spaces:
        np.testing.assert_allclose(space.vectors, spaces[0].vectors, atol=1e-4)
        assert space.data.counts == spaces[0].data.counts
    assert verify_vectors(world / "cache")[1] == []


def test_a_flipped_byte_costs_one_segment(world):
    finish(start(world, world / "cache", world / "a.space"))
    path = max((world / "cache").rglob("*.seg"), key=lambda path: path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = told(world)
    finish(start(world, world / "cache", world / "b.space"))
    assert 0 < told(world) - before <= SEGMENT + 64
    cache = VectorCache(world / "cache", "slow-1", 8)
    space = asterism.Space.open(world / "b.space")
    vectors, found = cache.get([text for text in space.texts if text])
    assert found.all()
    np.testing.assert_array_equal(vectors, space.vectors[[bool(text) for text in space.texts]])


REFUSING = """
import numpy as np

class Refusing:
    name, fingerprint, dim, metric = "refusing:", "refusing-1", 2, "cosine"
    calls = []
    is_gone = False

    def __init__(self):
        self.refused = {}

    def encode(self, texts, *, report=None, keep=None):
        vectors = np.array([[1, len(text)] for text in texts], np.float32)
        for row, text in enumerate(texts):
            if self.is_gone and text == "text 500":
                raise EmbedError("the server is gone")
            if text == "text 7":
                self.refused[text], vectors[row] = "too odd", 0
        self.calls.append(list(texts))
        return vectors

from asterism.errors import EmbedError

def load(name, options):
    return Refusing()
"""


def test_what_was_refused_before_a_stop_is_asked_for_again_and_told(world, monkeypatch):
    (world / "slowly.py").write_text(REFUSING)
    monkeypatch.syspath_prepend(str(world))
    monkeypatch.delitem(sys.modules, "slowly", raising=False)
    monkeypatch.setattr("asterism.pipeline.LEAST_PART_ROWS", 400)
    monkeypatch.setattr("asterism.pipeline.PART_BYTES", 0)
    texts = [f"text {i}" for i in range(1000)]
    model = import_module("slowly").Refusing
    whole = embed_to(world / "whole.space", texts, model="slow:", cache=False)
    model.calls.clear()
    monkeypatch.setattr(model, "is_gone", True)
    with pytest.raises(EmbedError, match="gone"):
        embed_to(world / "a.space", texts, model="slow:")
    monkeypatch.setattr(model, "is_gone", False)
    assert embed_to(world / "a.space", texts, model="slow:") == whole
    assert [len(call) for call in model.calls] == [400, 1, 400, 200]
    assert whole.counts["refused by the model"] == 1
    assert checksum(world / "a.space") == checksum(world / "whole.space")
    sys.modules.pop("slowly", None)
