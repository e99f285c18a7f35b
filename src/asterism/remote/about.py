"""What a server says of itself: whose it is, how much it takes at once, and which weights are behind a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asterism.remote.failure import Failure
from asterism.remote.packing import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asterism.remote.server import Server
    from asterism.remote.transport import Transport

_DEADLINE_S = 10.0
# OpenAI: 2,048 inputs and 300,000 tokens, of which the estimate gets 250,000. vLLM and infinity batch by themselves.
LIMITS = {"openai": Limits(2048, 250_000), "vllm": Limits(128, 64_000), "infinity": Limits(128, 64_000)}


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a model behind a server.

    Attributes:
        kind: "openai", "ollama", "tei", "vllm", "llamacpp", "infinity"; "" if it is not told.
        limits: Of one request.
        weights: What tells the weights apart, as the server says it; "" if it does not.
        longest: Tokens of a text that it reads; None if it does not say.
    """

    kind: str = ""
    limits: Limits = field(default_factory=Limits)
    weights: str = ""
    longest: int | None = None


async def describe(server: Server, model: str, transport: Transport) -> About:
    """Ask a server about a model; what it does not answer stays unknown.

    Args:
        server: The server; OpenAI's is known and not asked.
        model: The name.
        transport: To ask through.
    """
    if server.is_openai:
        return About("openai", LIMITS["openai"], weights=f"openai {model}")
    models = await transport.get("/models", deadline_s=_DEADLINE_S)
    if isinstance(models, Failure) and not models.status:  # nobody is there, which the first request will tell
        return About()
    entry = _entry(models, model)
    owner = str(entry.get("owned_by", ""))
    if owner in ("vllm", "infinity", "llamacpp"):
        return _told(owner, entry)
    info = await transport.get(f"{server.root}/info", deadline_s=_DEADLINE_S)
    if isinstance(info, dict) and "max_client_batch_size" in info:
        return _text_embeddings_inference(info)
    tags = await transport.get(f"{server.root}/api/tags", deadline_s=_DEADLINE_S)
    if isinstance(tags, dict):
        return _ollama(tags, model)
    return About()


def _entry(models: dict[str, Any] | Failure, model: str) -> dict[str, Any]:
    """The entry of a model in `/models`; the only one where its name is not minded, as by llama.cpp."""
    listed = [] if isinstance(models, Failure) else models.get("data")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    named = [entry for entry in entries if entry.get("id") == model]
    return (named or (entries if len(entries) == 1 else [{}]))[0]


def _told(owner: str, entry: Mapping[str, Any]) -> About:
    limits = LIMITS.get(owner, Limits())
    if owner == "vllm":
        longest = entry.get("max_model_len")
        return About(owner, limits, longest=longest if isinstance(longest, int) else None)
    meta = entry.get("meta")
    if owner == "llamacpp" and isinstance(meta, dict):
        told = [f"{name} {meta[name]}" for name in ("n_params", "size", "n_embd", "n_vocab") if name in meta]
        return About(owner, limits, weights=f"llamacpp {entry.get('id')} {' '.join(told)}" if told else "")
    return About(owner, limits)


def _text_embeddings_inference(info: Mapping[str, Any]) -> About:
    inputs, tokens, longest = (
        info.get(f"max_{name}") for name in ("client_batch_size", "batch_tokens", "input_length")
    )
    sha = info.get("model_sha")
    return About(
        "tei",
        Limits(inputs if isinstance(inputs, int) else 32, min(tokens, 16_000) if isinstance(tokens, int) else 16_000),
        weights=f"{info.get('model_id')} {sha} {info.get('model_dtype')}" if sha else "",
        longest=longest if isinstance(longest, int) else None,
    )


def _ollama(tags: Mapping[str, Any], model: str) -> About:
    listed = tags.get("models")
    name = model if ":" in model else f"{model}:latest"
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and name in (entry.get("name"), entry.get("model")) and entry.get("digest"):
            return About("ollama", weights=f"ollama {entry['digest']}")
    return About("ollama")
