"""What a user may say about a model."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbedOptions:
    """Wishes about a model; what is None is decided by the model.

    Attributes:
        pooling: How token vectors become one: "auto", "cls", "mean", "max", "last", "weighted-mean".
        layer: Hidden states of which layer; 0 is the input embeddings.
        prompt: What stands before every text, or the name of a prompt that the model brings.
        max_length: Tokens of a text that are read.
        dtype: "float32", "float16", "bfloat16", "auto" for that of the stored weights; "int8" for an ONNX model.
        device: "cpu", "cuda", "mps".
        dimensions: Length of a vector, for models that can shorten theirs.
        engine: "torch" or "onnx".
        base_url: Address of an OpenAI-compatible server.
        trust_remote_code: Run Python code that comes with a model.
        allow_pickle: Load weights that are pickled, which runs code of their author.
        special_tokens: Whether special tokens count in the pooling.
        threads: How many to use. No part of what a Space remembers: it moves rounding alone.
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

    @classmethod
    def of(cls, wishes: Mapping[str, Any]) -> EmbedOptions:
        """The options of these names.

        Raises:
            InputError: There is no option of a name.
        """
        names = [field.name for field in fields(cls)]
        unknown = [name for name in wishes if name not in names]
        if unknown:
            raise InputError(f"There is no option {unknown[0]!r} of models; expected one of {', '.join(names)}.")
        return cls(**wishes)

    def given(self) -> dict[str, Any]:
        """What was said, by name; what a Space remembers to embed new texts alike."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "threads"}
        return {
            name: value
            for name, value in values.items()
            if value not in (None, False) or (name == "special_tokens" and value is False)
        }

    def refuse_others(self, honoured: Collection[str], *, model: str) -> None:
        """Refuse what a model cannot honour; device and threads are never refused.

        Args:
            honoured: Names of the options that it can.
            model: As a user writes it, for the message.

        Raises:
            InputError: Another one was given.
        """
        others = [name for name in self.given() if name not in {*honoured, "device"}]
        if others:
            can = ", ".join(honoured) if honoured else "none"
            message = f"The model {model!r} cannot honour {others[0]}={getattr(self, others[0])!r}; "
            raise InputError(f"{message}its options are: {can}. Leave it out.")


NO_WISHES = EmbedOptions()
