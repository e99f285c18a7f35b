"""What a user may say about a model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbedOptions:
    """Wishes about a model. What is None is left to the model; an embedder refuses what it cannot honour.

    Attributes:
        pooling: How tokens are joined: "auto", "cls", "mean", "max", "last" or "weighted-mean".
        layer: Which hidden states, 0 for the input embeddings.
        prompt: Stands before every text; or the name of one of the model's own ("query", "passage").
        max_length: Tokens of a text that are read.
        dtype: "float32", "float16", "bfloat16", or "auto" for that of the stored weights.
        device: "cuda", "cuda:1", "mps" or "cpu".
        dimensions: Length to which vectors are cut, for models trained for it.
        engine: "torch" or "onnx".
        base_url: Of a server.
        trust_remote_code: Run Python code that comes with the model.
        allow_pickle: Take pickled weights, which run code when they are loaded.
        special_tokens: Whether special tokens count in pooling; they do unless this is False.
        threads: How many cores may work.
    """

    pooling: str | None = None
    layer: int | None = None
    prompt: str | None = None
    max_length: int | None = None
    dtype: str | None = None
    device: str | None = None
    dimensions: int | None = None
    engine: str | None = None
    base_url: str | None = None
    trust_remote_code: bool = False
    allow_pickle: bool = False
    special_tokens: bool | None = None
    threads: int | None = None
