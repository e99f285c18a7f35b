"""Models behind OpenAI-compatible servers: OpenAI, Ollama, llama.cpp, TEI, vLLM, LM Studio, infinity."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from asterism._files import write_atomically
from asterism._progress import SILENT
from asterism.errors import InputError
from asterism.remote import find_server
from asterism.remote.embeddings import PATIENCE, embed_stream
from asterism.remote.opening import cosine, open_endpoint
from asterism.remote.packing import Limits, least_tokens
from asterism.store.answers import SERVERS
from asterism.store.results import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Keep
    from asterism.embed.options import EmbedOptions
    from asterism.remote.opening import Opened
    from asterism.remote.pace import Patience
    from asterism.values import Metric


# Below this cosine two vectors of one text are not the same vector.
SAME = 0.999
_HONOURED = ("dimensions", "prompt", "base_url")
_NAMED_PROMPTS = ("query", "document", "passage")


class RemoteModel:
    """A model behind a server; an Embedder.

    Attributes:
        name: "openai:NAME".
        fingerprint: See `load_openai`.
        dim: Length of a vector.
        metric: "cosine".
        refused: Texts that the server would not take, and why; their rows are zeros.
    """

    metric: Metric = "cosine"

    def __init__(self, opened: Opened, *, fingerprint: str, prompt: str = "", remarks: tuple[str, ...] = ()) -> None:
        limits = opened.endpoint.limits
        if opened.parity < SAME:
            limits = Limits(1, limits.tokens)
            remarks = (
                *remarks,
                f"The server gives a text another vector when it is sent with others (cosine {opened.parity:.3f}): "
                "each is sent alone.",
            )
        self._endpoint = replace(opened.endpoint, limits=limits)
        self._longest = opened.about.longest
        self._prompt = prompt
        self._remarks = remarks
        self.name = f"openai:{self._endpoint.model}"
        self.fingerprint = fingerprint
        self.dim = int(opened.probes.shape[1])
        self.refused: dict[str, str] = {}
        self.patience: Patience = PATIENCE

    def encode(
        self, texts: Sequence[str], *, report: Reporter = SILENT, keep: Keep | None = None
    ) -> NDArray[np.float32]:
        """Embed texts.

        Args:
            texts: n strings. Blank ones are not sent and have rows of zeros.
            report: Advanced by the texts done; the caller starts and ends the stage. Hears of texts that the server
                seems to have cut.
            keep: Called with rows and their vectors as answers arrive, so that nothing finished is lost.

        Returns:
            Shape (n, dim) float32. Texts that the server refused have rows of zeros and stand in `refused`.

        Raises:
            ProviderFailed: The server refuses altogether or is gone for good; what `keep` was given is good.
        """
        for remark in self._remarks:
            report.remark(remark)
        self._remarks = ()
        vectors = np.zeros((len(texts), self.dim), np.float32)
        sent = np.array([row for row, text in enumerate(texts) if text.strip()], np.int64)
        report.advance(len(texts) - len(sent))
        cut: dict[int, int] = {}
        prompted = [self._prompt + texts[row] for row in sent]
        with closing(embed_stream(prompted, self._endpoint, patience=self.patience)) as answers:
            for finished in answers:
                rows = sent[finished.rows]
                vectors[rows] = finished.vectors
                self.refused |= {texts[sent[place]]: reason for place, reason in finished.refused.items()}
                cut |= finished.cut
                if keep is not None and len(rows):
                    keep(rows, finished.vectors)
                report.advance(len(rows) + len(finished.refused))
        self._tell_cut(prompted, cut, report)
        return vectors

    def _tell_cut(self, texts: Sequence[str], cut: dict[int, int], report: Reporter) -> None:
        longest = self._longest
        if longest is None and cut:
            longest = int(np.median(list(cut.values())))
        if longest is None:
            return
        too_long = set(np.flatnonzero(least_tokens(texts) > longest).tolist()) | set(cut)
        n = sum(texts[row].removeprefix(self._prompt) not in self.refused for row in too_long)
        if n:
            report.remark(
                f"{n:,} of {len(texts):,} texts seem longer than the {longest:,} tokens or so that the server reads: "
                "what follows is not in their vectors."
            )


def load_openai(name: str, options: EmbedOptions) -> RemoteModel:
    """Ask a server for a model.

    The fingerprint tells vectors of different weights apart as well as can be told from outside: it is made of the
    name, the length of the vectors, the dimensions asked for, the prompt, and what the server says of its weights
    (the digest of Ollama, the commit of TEI, the sizes of a GGUF file; for OpenAI its name). A server that says
    nothing of its weights is known by its address. Besides, the vectors of eight fixed texts are remembered in the
    cache folder: when they come back changed (a cosine below 0.999), other weights stand behind the same name, and
    the fingerprint changes, too.

    Args:
        name: As the server knows it, "nomic-embed-text".
        options: `base_url` (None for OpenAI), `dimensions`, and a `prompt` that is put before every text.

    Returns:
        The embedder.

    Raises:
        ProviderFailed: The server is not there, or does not know the model.
        InputError: An option that a server cannot honour, or no usable address.
        MissingDependency: The `openai` package is not installed.
    """
    options.refuse_others(_HONOURED, model=f"openai:{name}")
    if options.prompt in _NAMED_PROMPTS:
        raise InputError(
            f"prompt is {options.prompt!r}; a server has no prompts with names. Give what is to stand before every "
            f"text, as the card of the model says it: 'search_{options.prompt}: '."
        )
    server = find_server(options.base_url)
    opened = open_endpoint(server, name, dimensions=options.dimensions)
    prompt = options.prompt or ""
    known_by = opened.about.weights or f"{server.base_url} {name}"
    told = ["openai 1", known_by, options.dimensions, int(opened.probes.shape[1]), prompt]
    fingerprint = blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
    changed, remarks = _remember(fingerprint, opened.probes)
    if changed:
        fingerprint = blake2b(f"{fingerprint} {changed}".encode(), digest_size=16).hexdigest()
    return RemoteModel(opened, fingerprint=fingerprint, prompt=prompt, remarks=remarks)


def _remember(fingerprint: str, probes: NDArray[np.float32]) -> tuple[str, tuple[str, ...]]:
    """What tells these weights from the first that were seen under a fingerprint, "" for those, and what to say."""
    folder = cache_folder() / SERVERS
    path = folder / f"{fingerprint}.f32"
    content = path.read_bytes() if path.is_file() else b""
    whole = len(content) // probes.nbytes * probes.nbytes
    seen = np.frombuffer(content[:whole], "<f4").reshape(-1, *probes.shape)
    for number, others in enumerate(seen):
        if min(cosine(a, b) for a, b in zip(others, probes, strict=True)) >= SAME:
            return _digest(others) if number else "", ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, np.concatenate((seen, probes[None])).astype("<f4").tobytes())
    except OSError as exc:
        return "", (f"A change of the server's weights will not be noticed: its answer cannot be remembered ({exc}).",)
    if not len(seen):
        return "", ()
    return _digest(probes), (
        "Other weights than before stand behind this name: it gives other vectors to the same texts. "
        "They are kept apart from the earlier ones.",
    )


def _digest(probes: NDArray[np.float32]) -> str:
    return blake2b(probes.astype("<f4").tobytes(), digest_size=16).hexdigest()
