"""The first questions to a server: how long its vectors are, in which form, and whether it can be trusted with many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._rng import generator
from asterism.remote.about import describe
from asterism.remote.answers import read_embeddings
from asterism.remote.courier import Request, deliver, provider_failed
from asterism.remote.embeddings import Endpoint
from asterism.remote.failure import Failure
from asterism.remote.loop import stream
from asterism.remote.pace import Pace, Patience
from asterism.remote.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from asterism.remote.about import About
    from asterism.remote.server import Server

# Of different lengths and kinds, so that a server that pads, sorts or mixes up what it gets together shows it.
PROBES = (
    "cat",
    "The train leaves at noon.",
    "Prices of crude oil rose for the third day as producers cut their output more than had been expected.",
    "1, 2, 3",
    "Eine kleine Geschichte über das Meer",
    "A",
    "def add(a, b): return a + b",
    "Once upon a time there was a miller who had three sons, a mill, a donkey and a cat; when he died the eldest took "
    "the mill, the second the donkey, and nothing was left for the youngest but the cat.",
)
_ALONE = (0, 7)
_ASKS_ANOTHER = "Start the server, or check the address (--base-url)."
_ASKS_OPENAI = (
    "OpenAI is asked unless --base-url or OPENAI_BASE_URL names another server, as http://localhost:11434/v1 does for "
    "Ollama."
)
# A server that is not there is told of soon; one that loads its model says so and is waited for.
OPENING = Patience(in_flight=2, failures=3, deadline_s=120.0)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A model that answers.

    Attributes:
        endpoint: With `dim`, encoding and limits as found.
        about: What the server says of itself.
        probes: Shape (8, dim) float32, the vectors of PROBES sent together.
        parity: The least cosine between the vector of a probe sent with others and sent alone.
    """

    endpoint: Endpoint
    about: About
    probes: NDArray[np.float32]
    parity: float


def open_endpoint(server: Server, model: str, *, dimensions: int | None = None, patience: Patience = OPENING) -> Opened:
    """Ask a server for a few vectors, together and alone.

    Args:
        server: The server.
        model: Its name there.
        dimensions: To ask for; None leaves it to the model.
        patience: When to give up.

    Returns:
        The endpoint.

    Raises:
        ProviderFailed: It is not there, does not know the model or the dimensions, or answers something else.

    Cost: Three requests, and up to three questions about the server itself.
    """

    async def main(tell: Callable[[Opened], None]) -> None:
        async with Transport(server) as transport:
            about = await describe(server, model, transport)
            work = _Probing(Endpoint(server, model, dimensions=dimensions, limits=about.limits))
            await deliver(work, transport, Pace(patience, generator(0, "jitter")), server)
            tell(Opened(work.endpoint, about, work.together, work.parity()))

    (opened,) = stream(main)
    return opened


class _Probing:
    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.hint = _ASKS_OPENAI if endpoint.server.is_openai else _ASKS_ANOTHER
        self.together = np.empty((0, 0), np.float32)
        self._alone: dict[int, NDArray[np.float32]] = {}
        self._todo: list[tuple[int, ...]] = [tuple(range(len(PROBES)))]

    def next(self) -> Request | None:
        if not self._todo:
            return None
        rows = self._todo.pop(0)
        return Request("/embeddings", self.endpoint.request([PROBES[row] for row in rows]), rows)

    def answered(self, request: Request, answer: dict[str, Any]) -> Failure | None:
        rows: tuple[int, ...] = request.what
        found = read_embeddings(answer, len(rows), self.endpoint.dim)
        if isinstance(found, Failure):
            return found
        if not np.isfinite(found.vectors).all():
            return Failure("lost", "the answer holds numbers that are not finite")
        if len(rows) == 1:
            self._alone[rows[0]] = found.vectors[0]
            return None
        dim, asked = int(found.vectors.shape[1]), self.endpoint.dimensions
        if asked not in (None, dim):
            return Failure("fatal", f"{asked} dimensions were asked for and {dim} answered; the model cannot be cut")
        self.together = found.vectors
        self.endpoint = replace(self.endpoint, dim=dim)
        self._todo += [(row,) for row in _ALONE]
        return None

    def refused(self, request: Request, failure: Failure) -> None:
        if self.endpoint.encoding != "base64" or self.endpoint.dim is not None:
            raise provider_failed(self.endpoint.server, failure)
        self.endpoint = replace(self.endpoint, encoding="float")
        self._todo.append(request.what)

    def is_single(self, request: Request) -> bool:
        return len(request.what) >= 1

    def trial(self) -> None:
        return None

    def parity(self) -> float:
        return min(cosine(self.together[row], vector) for row, vector in self._alone.items())


def cosine(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Cosine of two vectors; 1 for two vectors of zeros, 0 for one."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    lengths = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y / lengths) if lengths else float(not x.any() and not y.any())
