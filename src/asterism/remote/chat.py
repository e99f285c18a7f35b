"""Questions to a language model behind a server, answered as JSON wherever the server can be made to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asterism._rng import generator
from asterism.remote.courier import Request, deliver, provider_failed
from asterism.remote.failure import Failure
from asterism.remote.loop import stream
from asterism.remote.pace import Pace, Patience
from asterism.remote.reading import without_thinking
from asterism.remote.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from asterism.remote.server import Server

# An answer takes longer than an embedding, and a local model answers one question at a time.
PATIENCE = Patience(in_flight=8, failures=5, deadline_s=600.0, shortest_deadline_s=120.0, tries=3)
# A grammar for JSON lets small models write spaces for ever; thinking takes a few thousand.
_MOST_TOKENS = 8192
_DISPENSABLE = ("temperature", "seed", "max_tokens", "reasoning_effort")
# How a server is told what to answer, strictest first.
_FORMS = ("json_schema", "json_object", "plain")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        system: What the model is to do.
        user: The question; texts of people stand only here, as JSON.
        schema: JSON schema of the answer, an object.
        seed: For servers that take one.
    """

    system: str
    user: str
    schema: Mapping[str, Any]
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered.

    Attributes:
        number: Of the question.
        text: The answer without its thinking; "" where there is none.
        trouble: Why there is no answer; "" where there is one.
    """

    number: int
    text: str
    trouble: str = ""


class Chat:
    """A language model behind a server.

    What the server does not know (a JSON schema, a seed, a temperature) is left out from then on.

    Args:
        server: The server.
        model: Its name there.
        temperature: 0 for the likeliest answer.
        patience: How many at once, and when to give up.
    """

    def __init__(self, server: Server, model: str, *, temperature: float = 0.0, patience: Patience = PATIENCE) -> None:
        self.server = server
        self.model = model
        self.temperature = temperature
        self._patience = patience
        self._form = 0
        self._left_out: set[str] = set()
        self._may_think = True

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """Ask all questions, several at once.

        Args:
            questions: What to ask.

        Yields:
            A reply to each, as they come.

        Raises:
            ProviderFailed: The server is not there, does not know the model, or is gone.
        """

        async def main(tell: Callable[[Reply], None]) -> None:
            async with Transport(self.server) as transport:
                pace = Pace(self._patience, generator(0, "jitter"))
                await deliver(_Asking(self, questions, tell), transport, pace, self.server)

        return stream(main)

    def body(self, question: Question) -> dict[str, Any]:
        """The body of a request, as the server is known to understand it by now."""
        options: dict[str, Any] = {
            "temperature": self.temperature,
            "seed": question.seed,
            "max_tokens": _MOST_TOKENS,
        }
        if not self._may_think:
            options["reasoning_effort"] = "none"
        form = _FORMS[self._form]
        if form == "json_schema":
            schema = {"name": "answer", "strict": True, "schema": dict(question.schema)}
            options["response_format"] = {"type": form, "json_schema": schema}
        elif form == "json_object":
            options["response_format"] = {"type": form}
        messages = [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}]
        told = {name: value for name, value in options.items() if name not in self._left_out}
        return {"model": self.model, "messages": messages, **told}

    def give_way(self, body: Mapping[str, Any], failure: Failure) -> bool:
        """Leave out what the server refused; False if there is nothing left to leave out."""
        said = failure.message.lower()
        for name in _DISPENSABLE:
            if name in said and name in body:
                self._left_out.add(name)
                return True
        if "response_format" in body:
            asked = _FORMS.index(body["response_format"]["type"])
            self._form = max(self._form, asked + 1)
            return True
        extras = set(_DISPENSABLE) & set(body)
        self._left_out |= extras
        return bool(extras)

    def forbid_thinking(self) -> bool:
        """Ask for answers without thinking from now on; False if that was asked already."""
        was_allowed = self._may_think
        self._may_think = False
        return was_allowed


class _Asking:
    hint = "Start the server, or check the address (--base-url)."

    def __init__(self, chat: Chat, questions: Sequence[Question], tell: Callable[[Reply], None]) -> None:
        self._chat = chat
        self._questions = questions
        self._tell = tell
        self._todo = list(range(len(questions)))
        self._empty: set[int] = set()
        self._n_answered = 0

    def next(self) -> Request | None:
        if not self._todo:
            return None
        number = self._todo.pop(0)
        return Request("/chat/completions", self._chat.body(self._questions[number]), number)

    def answered(self, request: Request, answer: dict[str, Any]) -> Failure | None:
        number: int = request.what
        message = _message(answer)
        if message is None:
            return Failure("lost", f"the answer holds no message but {sorted(answer)[:6]}")
        text = without_thinking(message.get("content") or "")
        self._n_answered += 1
        if text:
            self._tell(Reply(number, text))
        elif (
            number not in self._empty
        ):  # all of it was thinking, or the grammar and the thinking got in each other's way
            self._empty.add(number)
            self._chat.forbid_thinking()
            self._todo.append(number)
        else:
            has_thought = bool(message.get("reasoning") or message.get("reasoning_content") or message.get("content"))
            self._tell(Reply(number, "", "the model only thought" if has_thought else "the answer is empty"))
        return None

    def refused(self, request: Request, failure: Failure) -> None:
        if failure.kind == "lost":
            self._tell(Reply(request.what, "", failure.message))
        elif self._chat.give_way(request.body, failure):
            self._todo.append(request.what)
        elif self._n_answered:  # it is this question: too long, or one that the server will not have
            self._tell(Reply(request.what, "", failure.message))
        else:
            raise provider_failed(self._chat.server, failure)

    def is_single(self, request: Request) -> bool:  # noqa: ARG002 - as in Work
        return True

    def trial(self) -> None:
        return None


def _message(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return None
    message = choices[0].get("message")
    return message if isinstance(message, dict) else None
