"""Which server is asked, and with which key."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENAI_URL = "https://api.openai.com/v1"
OWN_KEY, OPENAI_KEY, OPENAI_BASE = "ASTERISM_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"


@dataclass(frozen=True, slots=True)
class Server:
    """An OpenAI-compatible server.

    Attributes:
        base_url: With its path and without a slash at the end, as "http://localhost:11434/v1".
        key: Sent as a bearer token; never shown, compared or written. None where none is needed.
    """

    base_url: str
    key: str | None = field(default=None, repr=False, compare=False)

    @property
    def host(self) -> str:
        """Host and port, to be told to people."""
        return urlsplit(self.base_url).netloc

    @property
    def root(self) -> str:
        """The address without the path, where servers answer to their own dialects."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI's own."""
        host = urlsplit(self.base_url).hostname or ""
        return host == "openai.com" or host.endswith(".openai.com")

    def hide_key(self, text: str) -> str:
        """A text without the key, should it hold it: some servers repeat it in their errors."""
        return text.replace(self.key, "…") if self.key else text


def find_server(base_url: str | None = None, *, environ: Mapping[str, str] | None = None) -> Server:
    """The server of an address, with the key that belongs to it.

    ASTERISM_API_KEY goes to whichever server is named. OPENAI_API_KEY goes only to OpenAI and to the address in
    OPENAI_BASE_URL, so that it is not handed to a server that somebody else runs.

    Args:
        base_url: As "http://localhost:11434/v1"; None takes OPENAI_BASE_URL, and without it OpenAI.
        environ: Variables; None takes those of the process.

    Raises:
        InputError: Not an http address, or one that carries a password or a query.
    """
    known = os.environ if environ is None else environ
    named = known.get(OPENAI_BASE) or OPENAI_URL
    url = (base_url or named).strip().rstrip("/")
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            f"The address of the server at {parts.hostname} carries a password or a query; expected "
            f"scheme://host[:port]/path. Put the key into the environment as {OWN_KEY}."
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"base_url is {url!r}; expected an address such as http://localhost:11434/v1.")
    server = Server(url)
    is_openais = server.is_openai or url == named.strip().rstrip("/")
    key = known.get(OWN_KEY) or (known.get(OPENAI_KEY) if is_openais else None)
    return Server(url, key.strip() if key else None)
