"""Requests over HTTP, through the official `openai` package; nothing else knows it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import TYPE_CHECKING, Any

from asterism._deps import require
from asterism.remote.failure import Failure, failure_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asterism.remote.server import Server

_CONNECT_S = 10.0


class Transport:
    """The connections to one server, for one event loop.

    The package's own retries are off: who retries what, and when, is decided in one place, in `courier`.

    Args:
        server: Whom to ask.

    Raises:
        MissingDependency: The `openai` package is not installed.
    """

    def __init__(self, server: Server) -> None:
        self._openai = require("openai", extra="api", why="to ask an OpenAI-compatible server")
        self._server = server
        self._client: Any = self._openai.AsyncOpenAI(
            api_key=server.key or "none",
            base_url=server.base_url,
            max_retries=0,
            timeout=self._openai.Timeout(None, connect=_CONNECT_S),
            default_headers=None if server.is_openai else self._without_users_headers(server.key),
        )
        if not server.is_openai:  # the package would tell every server who we are with OpenAI
            self._client.organization = self._client.project = None

    def _without_users_headers(self, key: str | None) -> dict[str, Any]:
        """Overrides what the package takes from OPENAI_CUSTOM_HEADERS, which may hold secrets for OpenAI."""
        lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
        names = [line.partition(":")[0].strip() for line in lines if ":" in line]
        ours = {"authorization": f"Bearer {key or 'none'}"}
        return {name: ours.get(name.lower(), self._openai.Omit()) for name in names}

    async def __aenter__(self) -> Transport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def post(self, path: str, body: Mapping[str, Any], *, deadline_s: float) -> dict[str, Any] | Failure:
        """Send a JSON body.

        Args:
            path: Below the base address, as "/embeddings".
            body: What to send.
            deadline_s: For connecting, sending and reading together; a server that trickles bytes does not get more.

        Returns:
            The JSON object that was answered, or why there is none.
        """
        return await self._ask("post", path, deadline_s, body=body)

    async def get(self, path: str, *, deadline_s: float) -> dict[str, Any] | Failure:
        """Fetch a JSON object; `path` may be a whole address."""
        return await self._ask("get", path, deadline_s)

    async def _ask(self, method: str, path: str, deadline_s: float, **options: Any) -> dict[str, Any] | Failure:  # noqa: ANN401 - passed on to the package
        # Failures are returned, not raised: an exception of the package holds the request with its key.
        openai = self._openai
        send = getattr(self._client, method)
        try:
            async with asyncio.timeout(deadline_s):
                content = await send(path, cast_to=bytes, **options)
        except TimeoutError:
            return Failure("lost", f"no answer within {deadline_s:.0f} s")
        except openai.APIStatusError as exc:
            found = failure_of(exc.status_code, exc.response.text, exc.response.headers, now=time.time())
            return Failure(found.kind, self._server.hide_key(found.message), found.status, found.retry_after_s)
        except (openai.OpenAIError, OSError) as exc:
            return Failure("lost", self._server.hide_key(_reason(exc)))
        return _read(content, self._server)


def _read(content: bytes, server: Server) -> dict[str, Any] | Failure:
    try:
        answer = json.loads(content)
    except ValueError:
        start = server.hide_key(content[:80].decode("utf-8", "replace"))
        return Failure("lost", f"the answer is not JSON: {start!r}")
    if not isinstance(answer, dict):
        return Failure("lost", f"the answer is a {type(answer).__name__}, not a JSON object")
    error = answer.get("error")
    if error:  # LM Studio says 200 to what it does not know
        return Failure("refused", server.hide_key(f"the answer is an error: {str(error)[:300]}"), 200)
    return answer


def _reason(exc: BaseException) -> str:
    """The innermost cause: the package itself only says "Connection error."."""
    while exc.__cause__ is not None:
        exc = exc.__cause__
    return f"{type(exc).__name__}: {exc}".rstrip(": ")
