"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of public data sets; tests that use it skip where it is missing."""
    folder = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
    if not (folder / "INDEX.md").is_file():
        pytest.skip(f"no data sets at {folder}; set ASTERISM_DATA to the folder that holds them")
    return folder


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or fills the cache of the person who runs it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ASTERISM_CACHE_DIR", str(folder))
    monkeypatch.delenv("ASTERISM_THREADS", raising=False)
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)
