"""Models that look vectors of tokens up and average them: the built-in model and any Model2Vec folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism import builtin
from asterism._native import pool_float, pool_int8
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism.embed._hub import fetch
from asterism.embed._wordpiece import WordPiece, is_supported
from asterism.embed.lexicon import Lexicon, unpacked
from asterism.embed.tokens import whole, whole_words
from asterism.errors import EmbedError, ModelNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from asterism._progress import Reporter
    from asterism.embed.base import Keep
    from asterism.values import Metric

TEXTS_AT_ONCE = 32_768
CHARACTERS_AT_ONCE = 4_000_000

# Where Model2Vec and sentence-transformers put configuration, weights and tokenizer, and what the table is called.
_LAYOUTS = (
    ("config.json", "model.safetensors", "tokenizer.json", "embeddings"),
    ("config_sentence_transformers.json", "model.safetensors", "tokenizer.json", "embedding.weight"),
    (
        "config_sentence_transformers.json",
        "0_StaticEmbedding/model.safetensors",
        "0_StaticEmbedding/tokenizer.json",
        "embedding.weight",
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The vectors of the tokens, as they are stored.

    Attributes:
        rows: Shape (r, d), int8 or float32.
        row_of: Shape (v,) int32, the row of each token; None where token i has row i.
        weights: Shape (v,) float32, a factor per token; None for 1.
    """

    rows: NDArray[np.int8] | NDArray[np.float32]
    row_of: NDArray[np.int32] | None = None
    weights: NDArray[np.float32] | None = None

    @property
    def n_tokens(self) -> int:
        """How many tokens have a vector."""
        return len(self.rows if self.row_of is None else self.row_of)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.rows.shape[1])

    def mean(
        self, ids: NDArray[np.int32], offsets: NDArray[np.int64], *, normalize: bool, threads: int
    ) -> NDArray[np.float32]:
        """Average the tokens of each text; shape (n, d), a row of zeros where there are none."""
        out = np.empty((len(offsets) - 1, self.dim), np.float32)
        rows = ids if self.row_of is None else self.row_of[ids]
        if self.weights is None and self.rows.dtype == np.int8:
            pool_int8(self.rows, rows, offsets, out, normalize, threads)
        else:
            weights = np.ones(len(ids), np.float32) if self.weights is None else self.weights[ids]
            table = self.rows.astype(np.float32, copy=False)
            pool_float(table, rows, weights, offsets, out, normalize, threads)
        return out

    def vectors(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """The weighted vectors of some tokens, not normalised."""
        rows = self.rows[ids if self.row_of is None else self.row_of[ids]].astype(np.float32)
        return rows if self.weights is None else rows * self.weights[ids, None]


class StaticModel:
    """Embeds texts by looking up the vectors of their tokens; an Embedder.

    Tokens that the vocabulary lacks count for nothing. Of word order a table sees nothing, a lexicon a little.

    Attributes:
        name: As a user writes it.
        fingerprint: blake2b of weights, tokenizer and settings.
        dim: Length of a vector.
        metric: "cosine".
        is_normalized: Whether vectors have length 1, as the model's settings say.
        max_tokens: A text's later tokens are ignored, as the model's settings say; None for no limit.
    """

    metric: Metric = "cosine"
    is_cheap = True

    def __init__(
        self,
        table: Table | Lexicon,
        tokenizer_json: bytes,
        *,
        name: str,
        fingerprint: str,
        is_normalized: bool = True,
        max_tokens: int | None = None,
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dim = table.dim
        self.is_normalized = is_normalized
        self.max_tokens = max_tokens
        self._table = table
        self._tokenizer_json = tokenizer_json
        self._spec: dict[str, Any] = json.loads(tokenizer_json)
        n_tokens = len(self._spec["model"]["vocab"])
        if table.n_tokens < n_tokens:
            raise ValueError(f"{n_tokens} tokens, but vectors for {table.n_tokens}")

    def encode(
        self,
        texts: Sequence[str],
        *,
        report: Reporter = SILENT,
        keep: Keep | None = None,
        threads: int | None = None,
    ) -> NDArray[np.float32]:
        """Embed texts.

        Args:
            texts: n strings of any length. Not modified.
            report: Advanced by the texts done; the caller starts and ends the stage.
            keep: Called with the rows of each batch and their vectors.
            threads: None for ASTERISM_THREADS or every core; the bits of the result do not depend on it.

        Returns:
            Shape (n, dim) float32. Texts without a known token have a row of zeros.

        Cost: Beside the result, memory for one batch: 32 768 texts or 4 million characters, whichever comes first.
        """
        team = thread_count(threads)
        out = np.empty((len(texts), self.dim), np.float32)
        for start, stop in _batches(texts):
            ids, offsets = self._tokenize(texts[start:stop], team)
            out[start:stop] = self._table.mean(ids, offsets, normalize=self.is_normalized, threads=team)
            if keep is not None:
                keep(np.arange(start, stop), out[start:stop])
            report.advance(stop - start)
        return out

    @cached_property
    def vocabulary(self) -> list[str]:
        """The whole words among the tokens, in the order of the tokenizer."""
        return [token for token, _ in self._words]

    @cached_property
    def token_vectors(self) -> NDArray[np.float32]:
        """Shape (len(vocabulary), dim) float32: the vector of each whole word, of length 1 where texts have it."""
        ids = np.array([i for _, i in self._words], np.int32)
        vectors = self._table.vectors(ids)
        if self.is_normalized:
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    @cached_property
    def _words(self) -> list[tuple[str, int]]:
        """Tokens that are words by themselves: unmarked in WordPiece, after a mark for the space in the others."""
        added = {token["content"] for token in self._spec.get("added_tokens") or []}
        return whole_words(self._tokenizer.get_vocab(), added)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_buffer(self._tokenizer_json)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _unknown(self) -> int | None:
        model = self._spec["model"]
        return self._tokenizer.token_to_id(model["unk_token"]) if model.get("unk_token") else model.get("unk_id")

    @cached_property
    def _wordpiece(self) -> WordPiece | None:
        return WordPiece(self._spec) if is_supported(self._spec) else None

    def _tokenize(self, texts: Sequence[str], threads: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        if self._wordpiece is not None and self.max_tokens is None:
            return self._wordpiece.encode(texts, threads=threads)
        clean = [whole(text) for text in texts]
        encodings = self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)
        lists = [[i for i in e.ids[: self.max_tokens] if i != self._unknown] for e in encodings]
        offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in lists])]).astype(np.int64)
        return np.fromiter((i for ids in lists for i in ids), np.int32, count=int(offsets[-1])), offsets


def load_builtin() -> StaticModel:
    """The model that comes with Asterism."""
    return load_folder(builtin.folder(), name="builtin")


def load_static(model: str) -> StaticModel:
    """Load a static model.

    Args:
        model: A folder that Model2Vec or sentence-transformers wrote, or the id of one on the Hugging Face hub
            ("minishlab/potion-base-8M").

    Returns:
        The model; an id that was loaded before is taken from the hub's cache when the hub cannot be reached.

    Raises:
        ModelNotFound: There is no such folder, the folder holds no static model, or the hub does not give it.
        EmbedError: The folder holds a static model that is damaged.
        MissingDependency: An id is given and huggingface_hub is not installed.
    """
    path = Path(model)
    return load_folder(path if path.is_dir() else _downloaded(model), name=f"static:{model}")


def load_folder(folder: Path, *, name: str) -> StaticModel:
    """Load the static model of a folder.

    Args:
        folder: With `config.json`, `model.safetensors` and `tokenizer.json`, or as sentence-transformers lays them.
        name: What users call it.

    Returns:
        The model.

    Raises:
        ModelNotFound: The folder holds no static model.
        EmbedError: The files are damaged or do not fit each other.
    """
    from safetensors import SafetensorError

    for config, weights, tokenizer, tensor in _LAYOUTS:
        if all((folder / file).is_file() for file in (config, weights, tokenizer)):
            try:
                return _read(folder / config, folder / weights, folder / tokenizer, tensor, name)
            except (ValueError, KeyError, TypeError, SafetensorError) as exc:
                raise EmbedError(f"{folder} holds a damaged static model ({exc!r}). Fetch or save it again.") from exc
    expected = "config.json, model.safetensors and tokenizer.json, as Model2Vec saves them"
    raise ModelNotFound(f"{folder} holds no static model; expected {expected}.")


def _read(config: Path, weights: Path, tokenizer: Path, tensor: str, name: str) -> StaticModel:
    from safetensors.numpy import load

    raw = weights.read_bytes()
    tokenizer_json = tokenizer.read_bytes()
    tensors = load(raw)
    settings = json.loads(config.read_bytes())
    is_normalized = bool(settings.get("normalize", tensor == "embedding.weight"))
    max_tokens = settings.get("max_length")
    digest = blake2b(digest_size=16)
    for part in (raw, tokenizer_json, json.dumps([is_normalized, max_tokens]).encode()):
        digest.update(len(part).to_bytes(8, "little") + part)
    return StaticModel(
        unpacked(tensors, settings) if "rows" in tensors else _table(tensors, tensor),
        tokenizer_json,
        name=name,
        fingerprint=digest.hexdigest(),
        is_normalized=is_normalized,
        max_tokens=max_tokens,
    )


def _table(tensors: dict[str, NDArray[Any]], tensor: str) -> Table:
    rows = tensors[tensor]
    rows = np.ascontiguousarray(rows, np.int8 if rows.dtype == np.int8 else np.float32)
    row_of = tensors.get("mapping")
    weights = tensors.get("weights")
    if rows.ndim != 2 or (row_of is not None and not 0 <= row_of.min() <= row_of.max() < len(rows)):
        raise ValueError(f"vectors of shape {rows.shape}, and tokens mapped beyond them")
    return Table(
        rows,
        None if row_of is None else row_of.astype(np.int32),
        None if weights is None else weights.astype(np.float32),
    )


def _downloaded(model: str) -> Path:
    return fetch(model, sorted({file for layout in _LAYOUTS for file in layout[:3]}))


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of texts of bounded number and length."""
    start = characters = 0
    for i, text in enumerate(texts):
        if i > start and (i - start == TEXTS_AT_ONCE or characters + len(text) > CHARACTERS_AT_ONCE):
            yield start, i
            start, characters = i, 0
        characters += len(text)
    if start < len(texts):
        yield start, len(texts)
