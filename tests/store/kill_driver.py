"""Kills processes that write a Space at random moments, and looks at what they left. Run by test_writer.py.

Every step runs in a forked process, so that this one never starts a thread and forking stays safe and quick.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import pyarrow as pa

from asterism.errors import NotASpace
from asterism.store import SpaceData, SpaceWriter, append, open_space, save_space, select
from asterism.values import Model

SHARDS = 4


def space(n, seed):
    vectors = np.random.default_rng(seed).standard_normal((n, 16)).astype(np.float32)
    table = pa.table({"text": [f"text {seed} {i}" for i in range(n)]})
    return SpaceData(table, "text", vectors, np.ones(n, bool), Model("m", "f", 16), {"rows": n})


# A killed process loses nothing that the kernel has taken; only a power cut does. So nobody waits for the disk here.
os.fsync = int

OLD, NEW = space(700, 1), space(900, 2)


def write_shards(folder):
    writer = SpaceWriter(folder, NEW.model, "text", fingerprint="f", force=True)
    for number in range(SHARDS):
        if number not in writer.done:
            writer.write(number, select(NEW, np.arange(900 * number // SHARDS, 900 * (number + 1) // SHARDS)))
    writer.finish(counts=NEW.counts)


def replace_all(folder):
    save_space(NEW, folder, force=True, shard_rows=450)


def add_rows(folder):
    append(folder, NEW)


def state(folder):
    """Which of the allowed states a folder is in; anything else is an error."""
    try:
        found = open_space(folder, verify=True)
    except NotASpace:
        return "absent"
    both = np.concatenate([OLD.vectors, NEW.vectors])
    expected = {"old": OLD.vectors, "new": NEW.vectors, "both": both}
    name = next(name for name, vectors in expected.items() if np.array_equal(found.vectors, vectors))
    assert found.texts == {"old": OLD.texts, "new": NEW.texts, "both": OLD.texts + NEW.texts}[name]
    return name


def assert_state(folder, allowed):
    found = state(folder)
    assert found in allowed, found


def assert_equal_files(one, other):
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir()), names
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def fork(work, *args):
    child = os.fork()
    if child:
        return child
    try:
        work(*args)
    except BaseException:  # noqa: BLE001 - a forked process must never return into the driver
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def run(work, *args):
    _, status = os.waitpid(fork(work, *args), 0)
    if status:
        sys.exit(f"{work.__name__} failed")


def kill(work, folder, seconds):
    child = fork(work, folder)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def duration(work, folder):
    start = time.perf_counter()
    run(work, folder)
    return time.perf_counter() - start


def trial(root, work, before, after, moments):
    """Kill `work` at random moments; the folder is as before or as after, and doing it again ends as if unstopped."""
    whole = root / "whole.space"
    if before == "old":
        run(save_space, OLD, whole)
    shutil.copytree(whole, root / "start") if whole.exists() else None
    seconds = duration(work, whole)
    rng = random.Random(work.__name__)  # noqa: S311 - moments, not secrets
    for moment in range(moments):
        folder = root / f"{moment}.space"
        if before == "old":
            shutil.copytree(root / "start", folder)
        kill(work, folder, rng.uniform(0, 1.1) * seconds)
        run(assert_state, folder, (before, after))
        if work is not add_rows:  # adding rows again would add them twice
            run(work, folder)
            run(assert_equal_files, folder, whole)
        shutil.rmtree(folder, ignore_errors=True)
    print(moments)


def main(root):
    for work, before, after, moments in (
        (write_shards, "absent", "new", 20),
        (replace_all, "old", "new", 8),
        (add_rows, "old", "both", 8),
    ):
        folder = root / work.__name__
        folder.mkdir()
        trial(folder, work, before, after, moments)


main(Path(sys.argv[1]))
