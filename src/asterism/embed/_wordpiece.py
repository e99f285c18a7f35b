"""Token ids of BERT WordPiece by the native loop, identical to those of the `tokenizers` library.

The library stays the authority on characters: how each one is cleaned, stripped of accents and lower-cased, and
whether it parts words, is asked of it once, when the character is first met.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asterism._native import WordPiece as NativeWordPiece

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_PART_OF_WORD, _PARTS_WORDS, _ALONE = 0, 1, 2


def is_supported(spec: dict[str, Any]) -> bool:
    """Whether a `tokenizer.json` describes nothing but BERT's WordPiece.

    Args:
        spec: The parsed file.

    Returns:
        False where tokens are added beside the model (they are matched before normalisation), or where another
        normalizer, pre-tokenizer or model is used; such a tokenizer is run by the library.
    """
    parts = (spec.get("normalizer") or {}, spec.get("pre_tokenizer") or {}, spec["model"])
    kinds = tuple(part.get("type") for part in parts)
    tokens = spec["model"]["vocab"]
    return (
        kinds == ("BertNormalizer", "BertPreTokenizer", "WordPiece")
        and not spec.get("added_tokens")
        and spec["model"].get("unk_token") in tokens
        and max(map(len, tokens)) <= 256
    )


class WordPiece:
    """Splits texts into tokens, on several threads, without holding the interpreter.

    Args:
        spec: A parsed `tokenizer.json` for which `is_supported` holds.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        from tokenizers import Tokenizer

        model = spec["model"]
        prefix = model.get("continuing_subword_prefix", "##")
        initial = {token: i for token, i in model["vocab"].items() if token and not token.startswith(prefix)}
        inner = {token[len(prefix) :]: i for token, i in model["vocab"].items() if token.startswith(prefix)}
        inner.pop("", None)
        # Without its vocabulary, for only characters are asked of it; with it, loading takes longer than all the rest.
        wordless = spec | {"model": model | {"vocab": {model["unk_token"]: 0}}}
        self._tokenizer: Tokenizer = Tokenizer.from_str(json.dumps(wordless))
        self._native = NativeWordPiece(
            list(initial),
            list(initial.values()),
            list(inner),
            list(inner.values()),
            model["vocab"][model["unk_token"]],
            model.get("max_input_chars_per_word", 100),
        )

    def encode(
        self, texts: Sequence[str], *, threads: int, keep_unknown: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Token ids of all texts in one row.

        Args:
            texts: n strings; a lone surrogate counts as U+FFFD.
            threads: How many threads; the result does not depend on it.
            keep_unknown: Whether words that cannot be spelled are kept as the unknown token, or left out.

        Returns:
            Ids (t,) and offsets (n + 1,): the tokens of text i are `ids[offsets[i]:offsets[i + 1]]`.
        """
        given = list(texts)
        for code in self._native.unlearnt(given):
            self._learn(code)
        ids, offsets = self._native.encode(given, keep_unknown, threads)
        return ids, offsets

    def _learn(self, code: int) -> None:
        is_surrogate = 0xD800 <= code <= 0xDFFF
        written = self._tokenizer.normalizer.normalize_str(_REPLACEMENT if is_surrogate else chr(code))
        self._native.learn(code, [ord(c) for c in written], [self._role(c) for c in written])

    def _role(self, character: str) -> int:
        """What the character does between two letters."""
        pieces = len(self._tokenizer.pre_tokenizer.pre_tokenize_str(f"a{character}a"))
        return {1: _PART_OF_WORD, 2: _PARTS_WORDS, 3: _ALONE}[pieces]
