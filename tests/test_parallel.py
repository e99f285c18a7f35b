from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from asterism._native import cpu_features, limit_cpu, nearest_distances

MANY = np.arange(20_000, dtype=np.int32)


def distances(threads):
    points = np.random.default_rng(0).normal(size=(20_000, 2)).astype(np.float32)
    return nearest_distances(points, MANY, threads).tobytes()


def test_callers_at_the_same_time_share_the_threads():
    alone = distances(1)
    with ThreadPoolExecutor(6) as callers:
        assert set(callers.map(distances, [1, 2, 3, 4, 2, 8] * 3)) == {alone}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    alone = distances(4)
    child = os.fork()
    if child == 0:
        os._exit(0 if distances(4) == alone else 1)
    for _ in range(6000):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        pytest.fail("the forked process hangs")
    assert os.waitstatus_to_exitcode(status) == 0


def test_the_process_ends_while_threads_sleep():
    code = (
        "import numpy as np; from asterism._native import nearest_distances as f;"
        "p = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32);"
        "f(p, np.arange(5000, dtype=np.int32), 4)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


def test_the_instruction_set_can_be_told_and_limited():
    best = cpu_features()["best"]
    assert best in ("base", "avx2", "avx512")
    limit_cpu("base")
    assert cpu_features() == {"best": best, "used": "base"}
    limit_cpu("avx512")
    assert cpu_features() == {"best": best, "used": best}
    with pytest.raises(ValueError, match="level is 'sse'"):
        limit_cpu("sse")
