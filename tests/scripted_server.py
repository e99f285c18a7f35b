"""An OpenAI-compatible server for the tests, which misbehaves as it is told."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIM = 16


def vector_of(text: str, dim: int = DIM) -> np.ndarray:
    """The vector that the server gives to a text."""
    seed = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
    vector = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return vector / np.linalg.norm(vector)


@dataclass
class Reply:
    """What is sent back."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


DROP, TRICKLE = object(), object()


@dataclass
class Script:
    """What the server does.

    Attributes:
        answer: Body of a POST and its path to a Reply, DROP or TRICKLE.
        about: Paths of GET to bodies.
        latency_s: Of every POST.
        before: Called before every answer, without the lock, so that a server can have places that are taken.
        posts: (path, body, headers) of every POST.
    """

    answer: Callable[[dict[str, Any], str], Any]
    about: dict[str, Any] = field(default_factory=dict)
    latency_s: float = 0.0
    before: Callable[[], None] = lambda: None
    posts: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sent(self) -> list[int]:
        """How many texts each request for embeddings held."""
        return [len(body["input"]) for path, body, _ in self.posts if path.endswith("/embeddings")]


def embeddings(texts: list[str], encoding: str = "float", *, dim: int = DIM, tokens: int | None = None) -> Reply:
    """A good answer."""

    def form(text: str) -> Any:
        vector = vector_of(text, dim)
        return base64.b64encode(vector.tobytes()).decode() if encoding == "base64" else vector.tolist()

    data = [{"object": "embedding", "index": i, "embedding": form(text)} for i, text in enumerate(texts)]
    usage = {} if tokens is None else {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
    return Reply({"object": "list", "model": "m", "data": data, **usage})


def well(body: dict[str, Any], path: str) -> Reply:
    """Answers every request as it should be."""
    return embeddings(body["input"], body.get("encoding_format", "float"))


MOST_INPUTS = 32


def misbehaving(poison: str) -> Script:
    """A server with every fault at once, each at a set request.

    429 with retry-after, 413 above 32 inputs, answers out of order, one text that is refused, NaN once, a wrong width
    once, dropped connections, and an answer that trickles for ever.
    """
    script = Script(well)
    faults: dict[int, Callable[[dict[str, Any]], Any]] = {
        4: lambda _: Reply({"error": "slow down"}, 429, {"retry-after": "0.05"}),
        9: lambda _: DROP,
        15: lambda _: TRICKLE,
        22: lambda body: embeddings(body["input"], dim=8),
        40: lambda _: DROP,
        50: lambda _: Reply({"error": "slow down"}, 429, {"retry-after": "0"}),
    }

    def answer(body: dict[str, Any], path: str) -> Any:
        number = len(script.posts)
        if number in faults:
            return faults[number](body)
        if len(body["input"]) > MOST_INPUTS:
            return Reply({"error": {"message": "too many inputs"}}, 413)
        if poison in body["input"]:
            return Reply({"error": {"message": "cannot read this"}}, 400)
        reply = well(body, path)
        if number == 30:
            reply.body["data"][-1]["embedding"] = [float("nan")] * DIM
        reply.body["data"].reverse()
        return reply

    script.answer = answer
    return script


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *args: Any) -> None:
        pass


@contextmanager
def serve(script: Script) -> Iterator[str]:
    """Run a server; gives its base address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._send(Reply(script.about[self.path]) if self.path in script.about else Reply({}, 404))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with script.lock:
                script.posts.append((self.path, body, dict(self.headers)))
                script.flying += 1
                script.most_flying = max(script.most_flying, script.flying)
            time.sleep(script.latency_s)
            script.before()
            with script.lock:  # an answer is on its way before the next request is judged
                reply = script.answer(body, self.path)
                script.flying -= 1
                if isinstance(reply, Reply):
                    self._send(reply)
            if reply is DROP:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            elif reply is TRICKLE:
                self._trickle()

        def _trickle(self) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n")
                while True:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.02)

        def _send(self, reply: Reply) -> None:
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            with suppress(OSError):
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

    server = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
