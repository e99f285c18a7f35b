"""Vectors of many texts from a server, whatever it does on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._rng import generator
from asterism.remote.answers import read_embeddings
from asterism.remote.courier import Request, deliver, provider_failed
from asterism.remote.failure import Failure
from asterism.remote.loop import stream
from asterism.remote.pace import Pace, Patience
from asterism.remote.packing import Limits, Packer, cut_length, estimate_tokens, least_tokens
from asterism.remote.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from numpy.typing import NDArray

    from asterism.remote.server import Server

PATIENCE = Patience()
# A text whose vector was not finite so often has none.
_MOST_SPOILED = 3
# So many texts refused one by one before any was taken: it is not the texts.
_MOST_REFUSED = 4
TRIAL = "A short sentence."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind a server, ready to be asked.

    Attributes:
        server: The server.
        model: Its name there.
        dim: Length of a vector; None before it is known.
        dimensions: Asked for with every request; None leaves the choice to the model.
        encoding: "base64", or "float" where the server does not know it.
        limits: Of one request.
    """

    server: Server
    model: str
    dim: int | None = None
    dimensions: int | None = None
    encoding: str = "base64"
    limits: Limits = field(default_factory=Limits)

    def request(self, texts: Sequence[str]) -> dict[str, Any]:
        """The body of a request."""
        body = {"model": self.model, "input": list(texts), "encoding_format": self.encoding}
        return body if self.dimensions is None else {**body, "dimensions": self.dimensions}


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """Rows that are done.

    Attributes:
        rows: Row numbers.
        vectors: Shape (len(rows), dim) float32, finite.
        refused: Rows that will have no vector, and why.
        cut: Rows of which the server seems to have read only the beginning, with the tokens it seems to have read.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    refused: dict[int, str]
    cut: dict[int, int]


def embed_stream(
    texts: Sequence[str], endpoint: Endpoint, *, patience: Patience = PATIENCE
) -> Generator[Finished, None, None]:
    """Ask a server for the vectors of texts.

    Requests are packed by texts and tokens, several are under way at once, what is lost is sent again, and a request
    that is refused is halved down to the text that is to blame.

    Args:
        texts: n strings, none of them blank.
        endpoint: Whom to ask; `dim` is known.
        patience: How many at once, and when to give up.

    Yields:
        Each row once, in any order, as answers arrive.

    Raises:
        ProviderFailed: The server refuses altogether or is gone; what was yielded before is good.
    """

    async def main(tell: Callable[[Finished], None]) -> None:
        work = EmbeddingWork(texts, endpoint, tell)
        async with Transport(endpoint.server) as transport:
            await deliver(work, transport, Pace(patience, generator(0, "jitter")), endpoint.server)

    return stream(main)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows of a request; the first half of a refused one knows the `rest`, the second that the first was taken."""

    rows: list[int]
    rest: list[int] | None = None
    is_second: bool = False


class EmbeddingWork:
    """Which texts go into which request, and what becomes of the answers; sends nothing itself.

    Args:
        texts: n strings.
        endpoint: The model.
        tell: Hears of rows that are done.
    """

    hint = "What was finished is kept; run the same again to go on."

    def __init__(self, texts: Sequence[str], endpoint: Endpoint, tell: Callable[[Finished], None]) -> None:
        # Half a surrogate pair, as cut strings have at their end, has no UTF-8.
        self._texts = [text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for text in texts]
        self._endpoint = endpoint
        self._tell = tell
        self._tokens = estimate_tokens(self._texts)
        self._packer = Packer(self._tokens, range(len(self._texts)), endpoint.limits)
        self._pieces: list[_Piece] = []
        self._spoiled: Counter[int] = Counter()
        self._n_taken = 0
        self._n_refused = 0

    @property
    def limits(self) -> Limits:
        """Of one request, as learned so far."""
        return self._packer.limits

    def next(self) -> Request | None:
        """See Work."""
        while self._pieces:
            piece = self._pieces.pop(0)
            if self._packer.fits(piece.rows):
                return self._request(piece)
            self._packer.put_back([*piece.rows, *(piece.rest or ())])
        rows = self._packer.pop()
        return self._request(_Piece(rows)) if rows else None

    def _request(self, piece: _Piece) -> Request:
        return Request("/embeddings", self._endpoint.request([self._texts[row] for row in piece.rows]), piece)

    def is_single(self, request: Request) -> bool:
        """See Work."""
        return len(request.what.rows) == 1

    def trial(self) -> Request | None:
        """See Work."""
        return Request("/embeddings", self._endpoint.request([TRIAL]), None)

    def answered(self, request: Request, answer: dict[str, Any]) -> Failure | None:
        """See Work."""
        piece: _Piece = request.what
        found = read_embeddings(answer, len(piece.rows), self._endpoint.dim)
        if isinstance(found, Failure):
            return found
        self._learn_from(piece)
        rows = np.array(piece.rows, np.int64)
        is_good = np.isfinite(found.vectors).all(axis=1)
        given_up = self._ask_again(rows[~is_good].tolist())
        self._n_taken += int(is_good.sum())
        self._tell(Finished(rows[is_good], found.vectors[is_good], given_up, self._cut(piece.rows, found.tokens)))
        return None

    def _ask_again(self, rows: list[int]) -> dict[int, str]:
        """Rows whose vector is not finite; those that had their chances are given up."""
        self._spoiled.update(rows)
        self._packer.put_back(row for row in rows if self._spoiled[row] < _MOST_SPOILED)
        said = f"the server answered numbers that are not finite, {_MOST_SPOILED} times"
        return {row: said for row in rows if self._spoiled[row] >= _MOST_SPOILED}

    def _learn_from(self, piece: _Piece) -> None:
        self._packer.taken(piece.rows)
        if piece.rest is not None:  # the first half was taken: is the second, too?
            self._pieces.insert(0, _Piece(piece.rest, is_second=True))
        elif piece.is_second:
            self._packer.was_too_much()

    def refused(self, request: Request, failure: Failure) -> None:
        """See Work."""
        piece: _Piece = request.what
        rows = piece.rows
        if piece.rest is not None:  # nothing is known of the second half: it goes with others
            self._packer.put_back(piece.rest)
        if not self._packer.fits(rows):  # smaller limits were learned while it was under way
            self._packer.put_back(rows)
            return
        if len(rows) > 1:
            half = (len(rows) + 1) // 2
            self._packer.suspect(rows, rows[:half])
            self._pieces.insert(0, _Piece(rows[:half], rest=rows[half:]))
            return
        self._packer.was_a_text()
        self._n_refused += 1
        if self._n_refused >= _MOST_REFUSED and not self._n_taken:
            raise provider_failed(self._endpoint.server, failure)
        empty = np.empty((0, self._endpoint.dim or 0), np.float32)
        self._tell(Finished(np.empty(0, np.int64), empty, {rows[0]: failure.message}, {}))

    def _cut(self, rows: list[int], counted: int) -> dict[int, int]:
        """Rows that seem to have been cut, by the tokens that the server counted."""
        texts = [self._texts[row] for row in rows]
        length = cut_length(texts, counted)
        if length is None:
            return {}
        return {row: length for row, least in zip(rows, least_tokens(texts), strict=True) if least > length}
