"""What the tests of servers share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    """No test sends the keys of the person who runs it, nor goes through their proxy."""
    for name in ("OPENAI_API_KEY", "ASTERISM_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
