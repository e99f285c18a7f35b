"""Carries requests to a server until all are answered: what is sent again, when, and when to give up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from asterism.errors import ProviderFailed
from asterism.remote.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asterism.remote.pace import Pace
    from asterism.remote.server import Server
    from asterism.remote.transport import Transport


@dataclass(slots=True, eq=False)
class Request:
    """One request and how it has fared.

    Attributes:
        path: Below the base address.
        body: What is sent.
        what: What the work knows it by.
        tries: How often it was sent and lost.
        answers_before: Answers to others when it was first lost; −1 before.
    """

    path: str
    body: Mapping[str, Any]
    what: Any
    tries: int = 0
    answers_before: int = -1


class Work(Protocol):
    """What is to be carried.

    Attributes:
        hint: What to do when the server is gone, for people.
    """

    hint: str

    def next(self) -> Request | None:
        """The next request to send; None if there is none now. What was lost or refused may bring new ones."""

    def answered(self, request: Request, answer: dict[str, Any]) -> Failure | None:
        """Take an answer; a Failure says that it cannot be used."""

    def refused(self, request: Request, failure: Failure) -> None:
        """The server does not take this request, or lost it too often; it may be taken apart."""

    def is_single(self, request: Request) -> bool:
        """Whether it cannot be taken apart any further."""

    def trial(self) -> Request | None:
        """A request that a server which works answers; None if there is none."""


_HINTS = {
    401: "Set ASTERISM_API_KEY (or OPENAI_API_KEY for OpenAI itself).",
    403: "The key may not be allowed to do this.",
    404: "Check the name of the model and the address, which for most servers ends in /v1; "
    "Ollama wants `ollama pull MODEL` first.",
}


def provider_failed(server: Server, failure: Failure, *, hint: str = "") -> ProviderFailed:
    """The error that tells of a failure.

    Args:
        server: The server.
        failure: What went wrong.
        hint: How to go on where the same may succeed later; "" where it will not.
    """
    advice = hint or _HINTS.get(failure.status, "Check the model, its options and the server's log.")
    message = f"The server at {server.host} failed: {failure.message.rstrip('.')}. {advice}"
    return ProviderFailed(message, provider=server.host, is_retryable=bool(hint))


async def deliver(work: Work, transport: Transport, pace: Pace, server: Server) -> None:
    """Send requests until there are none left.

    Args:
        work: Makes requests and takes answers.
        transport: Sends them.
        pace: How many at once, and when.
        server: For messages.

    Raises:
        ProviderFailed: The server refuses altogether, or is gone for good.
    """
    await _Courier(work, transport, pace, server).run()


class _Courier:
    def __init__(self, work: Work, transport: Transport, pace: Pace, server: Server) -> None:
        self._work = work
        self._transport = transport
        self._pace = pace
        self._server = server
        self._again: list[Request] = []
        self._flying: dict[asyncio.Task[dict[str, Any] | Failure], tuple[Request, float]] = {}

    async def run(self) -> None:
        try:
            while True:
                wait = self._pace.wait_s(time.monotonic())
                is_empty = wait == 0 and not self._fill()
                if self._flying:
                    done, _ = await asyncio.wait(
                        self._flying, timeout=wait or None, return_when=asyncio.FIRST_COMPLETED
                    )
                    for task in done:
                        await self._settle(task)
                elif is_empty:
                    return
                else:
                    await asyncio.sleep(wait)
        finally:
            for task in self._flying:
                task.cancel()
            await asyncio.gather(*self._flying, return_exceptions=True)

    def _fill(self) -> bool:
        """Send as many requests as may be under way; False if there are none to send."""
        while len(self._flying) < self._pace.window:
            request = self._again.pop(0) if self._again else self._work.next()
            if request is None:
                return False
            sending = self._transport.post(request.path, request.body, deadline_s=self._pace.deadline_s())
            self._flying[asyncio.create_task(sending)] = (request, time.monotonic())
        return True

    async def _settle(self, task: asyncio.Task[dict[str, Any] | Failure]) -> None:
        request, sent_at = self._flying.pop(task)
        outcome: dict[str, Any] | Failure | None = task.result()
        now = time.monotonic()
        if isinstance(outcome, dict):
            outcome = self._work.answered(request, outcome)
        if outcome is None:
            self._pace.answered(now - sent_at)
        elif outcome.kind == "refused":
            self._pace.answered(now - sent_at)
            self._work.refused(request, outcome)
        elif outcome.kind == "fatal":
            raise provider_failed(self._server, outcome)
        else:
            self._note(outcome, sent_at, now)
            if outcome.kind == "lost":
                await self._lost(request, outcome)
            else:
                self._again.append(request)

    def _note(self, failure: Failure, sent_at: float, now: float) -> None:
        asked = failure.retry_after_s
        if asked is not None and asked > self._pace.patience.longest_asked_s:
            longer = Failure("busy", f"{failure.message} (asks to wait {asked:.0f} s)", failure.status)
            raise provider_failed(self._server, longer, hint=self._work.hint)
        self._pace.failed(sent_at, now, is_busy=failure.kind == "busy", retry_after_s=asked)
        if self._pace.is_gone:
            raise provider_failed(self._server, failure, hint=self._work.hint)

    async def _lost(self, request: Request, failure: Failure) -> None:
        """Send it again; after some tries it is to blame, if the server answers to others."""
        request.tries += 1
        if request.answers_before < 0:
            request.answers_before = self._pace.answers
        if request.tries < self._pace.patience.tries:
            self._again.append(request)
        elif self._pace.answers > request.answers_before or not self._work.is_single(request) or await self._lives():
            self._pace.go_on()
            self._work.refused(request, failure)
        else:
            self._again.append(request)

    async def _lives(self) -> bool:
        trial = self._work.trial()
        if trial is None:
            return False
        answer = await self._transport.post(trial.path, trial.body, deadline_s=self._pace.deadline_s())
        return isinstance(answer, dict)
