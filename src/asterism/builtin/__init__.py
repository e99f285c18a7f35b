"""The built-in model, made by `training/`; MODEL_CARD.md says what it is, `docs/formats.md` how it lies on disk."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Where its `config.json`, `tokenizer.json` and `model.safetensors` lie."""
    return Path(__file__).parent
