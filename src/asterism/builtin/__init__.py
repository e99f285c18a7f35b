"""The built-in model: a folder in the format of Model2Vec, made by `training/`, described in MODEL_CARD.md."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Where its `config.json`, `tokenizer.json` and `model.safetensors` lie."""
    return Path(__file__).parent
