"""What the tests share."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def interrupts() -> Iterator[None]:
    """Ctrl-C is heard also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Presser:
    """A reporter that has Ctrl-C pressed while the work it hears of is under way, however long it took to begin.

    Args:
        when: The call that says so: "start", or "advance" for work that answers an interrupt only once it is begun.
    """

    def __init__(self, when: str) -> None:
        self._when = when
        self._timer = Timer(0.1, signal.raise_signal, [signal.SIGINT])
        self._is_pressed = False

    def _hear(self, call: str) -> None:
        if call == self._when and not self._is_pressed:
            self._is_pressed = True
            self._timer.start()

    def start(self, *_args: object, **_options: object) -> None:
        """See Reporter."""
        self._hear("start")

    def advance(self, *_args: object, **_options: object) -> None:
        """See Reporter."""
        self._hear("advance")

    def done(self) -> None:
        """See Reporter."""

    def remark(self, message: str) -> None:
        """See Reporter."""


@pytest.fixture
def press_control_c() -> type[Presser]:
    """Makes a Presser."""
    return Presser


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
    for name in ("ASTERISM_THREADS", "ASTERISM_CACHE_GB"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sends the keys of the person who runs it to a server, nor goes through their proxy."""
    keys = ("OPENAI_API_KEY", "ASTERISM_API_KEY", "OPENAI_BASE_URL", "OPENAI_CUSTOM_HEADERS")
    for name in (*keys, "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """In CI nothing that a test needs may be missing, but for data sets where their folder is not named."""
    report = yield
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get("CI"):
        return report
    reason = str(report.longrepr[2])
    if "ASTERISM_DATA" not in reason or "ASTERISM_DATA" in os.environ:
        report.outcome = "failed"
        report.longrepr = f"in CI nothing may be missing: {reason}"
    return report
