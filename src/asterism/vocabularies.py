"""All words of a model with a vector each: of the word alone, of its row of input embeddings, or of its contexts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pyarrow as pa

from asterism._check import check_choice, check_whole
from asterism._progress import SILENT
from asterism.embed.options import NO_WISHES
from asterism.embed.registry import open_embedder
from asterism.errors import EmbedError, InputError
from asterism.pipeline import Embedding, embed_reading, enter_vectors
from asterism.read import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.embed.options import EmbedOptions
    from asterism.store import SpaceData

WordKind = Literal["alone", "input", "context"]
MAX_CONTEXTS = 20
_TEXTS_AT_ONCE = 256
# What is left of English contractions where a tokenizer splits at the apostrophe; none is a word.
_REMAINS = frozenset(
    """
    ll ve re didn doesn isn wasn couldn wouldn shouldn hadn hasn aren weren mustn needn mightn shan
    """.split()  # noqa: SIM905 - a list of quoted words is harder to read
)
_IDEOGRAPHS = range(0x3400, 0x9FFF + 1)


@dataclass(frozen=True, slots=True, eq=False)
class ModelWords:
    """The words of a model.

    Attributes:
        data: A row per word, in the order of the tokenizer; its first remark says which vectors these are.
        embedder: The model, where it embeds new texts as it did these words; None where it does not.
        title: What to call them.
    """

    data: SpaceData
    embedder: Embedder | None
    title: str


def model_words(
    model: str,
    options: EmbedOptions = NO_WISHES,
    *,
    kind: WordKind = "alone",
    corpus: Sequence[str] = (),
    contexts: int = MAX_CONTEXTS,
    cache: Path | None = None,
    report: Reporter = SILENT,
) -> ModelWords:
    """Give every whole word of a model a vector, in one of three ways that should not be mixed.

    Args:
        model: As `open_embedder` takes it.
        options: Wishes about the model.
        kind: "alone": embedded as a text of one word. "input": its row of the input embeddings, before any layer.
            "context": the mean over its places in `corpus`, of its tokens as the model's last layer sees them.
        corpus: Texts, for "context" only.
        contexts: For "context": at most so many places of a word count, evenly drawn over the corpus.
        cache: The folder in which vectors of words alone are kept between runs.
        report: Hears of the progress.

    Returns:
        The words; those of which nothing is known (they stand nowhere in the corpus) are left out, and counted.

    Raises:
        InputError: There is no such kind, contexts are wanted without a corpus, or of a static model.
        EmbedError: The model does not tell its words.

    Source:
        Bommasani, Davis & Cardie 2020, Interpreting Pretrained Contextualized Representations via Reductions to Static
        Embeddings, for words alone ("decontextualized") and averaged over contexts.
    """
    check_choice(kind, get_args(WordKind), name="kind")
    check_whole(contexts, name="contexts", low=1)
    if (kind == "context") != bool(corpus):
        raise InputError(f"kind is {kind!r} with a corpus of {len(corpus)} texts; 'context' needs texts, others none.")
    opened = open_embedder(model, options)
    is_static = hasattr(opened, "token_vectors")
    if kind == "context" and is_static:
        raise InputError(f"{model!r} is a static model: a word has one vector in every text. Use kind 'alone'.")
    inside: Any = opened if is_static or hasattr(opened, "token_embeddings") else _transformer(model, options)
    if kind == "alone":
        data = _alone(_tokens(inside)[0], opened, options, cache, report)
        return ModelWords(data, opened, f"Words of {model}, each alone")
    words, vectors = _tokens(inside)
    if kind == "input":
        return ModelWords(
            _given(words, vectors, f"{_whole(words, model)} by its row of the input embeddings."),
            None,
            f"Words of {model}, input embeddings",
        )
    vectors, counts = _in_contexts(inside, words, corpus, contexts, report)
    found = np.flatnonzero(counts)
    told = (
        f"{_whole(found, model)} averaged over at most {contexts} of its places in {len(corpus):,} texts; "
        f"{len(words) - len(found):,} further words stand nowhere in them."
    )
    data = _given([words[i] for i in found], vectors[found], told, contexts=counts[found])
    return ModelWords(data, None, f"Words of {model}, averaged over contexts")


def is_word(token: str) -> bool:
    """Whether a token without marks can be an answer: no single letter, but an ideograph; no rest of a contraction."""
    if len(token) == 1:
        return ord(token) in _IDEOGRAPHS
    return token not in _REMAINS


def _whole(words: Sequence[str] | NDArray[np.int64], model: str) -> str:
    return f"{len(words):,} whole words of {model!r}, each"


def _transformer(model: str, options: EmbedOptions) -> Any:  # noqa: ANN401 - an embedder that shows its inside
    """The transformer in a model that does not show it, such as one of sentence-transformers."""
    kind, has_kind, rest = model.partition(":")
    inside = open_embedder(f"hf:{rest if has_kind and kind == 'hf' else model}", options) if kind != "openai" else None
    if not hasattr(inside, "token_embeddings"):
        raise EmbedError(f"The model {model!r} does not tell its words; embed a list of words instead.")
    return inside


def _tokens(inside: Any) -> tuple[list[str], NDArray[np.float32]]:  # noqa: ANN401 - static, or a transformer
    """Whole words and their rows of the input embeddings."""
    if hasattr(inside, "token_vectors"):
        words, vectors = list(inside.vocabulary), inside.token_vectors
    else:
        words, vectors = inside.token_embeddings()
    kept = [i for i, word in enumerate(words) if is_word(word)]
    return [words[i] for i in kept], vectors[kept]


def _alone(
    words: list[str], embedder: Embedder, options: EmbedOptions, cache: Path | None, report: Reporter
) -> SpaceData:
    remark = f"{_whole(words, embedder.name)} embedded alone."
    reading = replace(read(words), caveats=(remark,))
    return embed_reading(reading, Embedding(embedder, options, cache), report=report)


def _given(words: list[str], vectors: NDArray[np.float32], remark: str, **columns: NDArray[np.int64]) -> SpaceData:
    """A Space of vectors that no new text is given by the model."""
    table = pa.table({"text": pa.array(words, pa.string())} | {name: pa.array(each) for name, each in columns.items()})
    return enter_vectors(vectors, table, text_column="text", remarks=(remark,))


def _in_contexts(
    model: Any,  # noqa: ANN401 - a transformer
    words: Sequence[str],
    corpus: Sequence[str],
    contexts: int,
    report: Reporter,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Mean vectors of words over their places, and how many places count."""
    from asterism.embed.transformers import find_words

    report.start("find", len(corpus), unit="texts")
    spans, owners = find_words(corpus, words)
    drawn = _spread(owners, contexts)
    spans, owners = spans[drawn], owners[drawn]
    report.done()
    texts = np.unique(spans[:, 0]) if len(spans) else np.empty(0, np.int64)
    report.start("embed", len(texts), unit="texts")
    vectors, counts = np.zeros((len(words), model.dim), np.float32), np.zeros(len(words), np.int64)
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        part = texts[start : start + _TEXTS_AT_ONCE]
        own = np.isin(spans[:, 0], part)
        local = spans[own].copy()
        local[:, 0] = np.searchsorted(part, local[:, 0])
        found = model.span_vectors([corpus[i] for i in part], local)
        read_places = (found != 0).any(axis=1)
        np.add.at(vectors, owners[own][read_places], found[read_places])
        counts += np.bincount(owners[own][read_places], minlength=len(words))
        report.advance(len(part))
    report.done()
    vectors /= np.maximum(counts, 1)[:, None]
    return vectors, counts


def _spread(owners: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many places of each word, evenly over all of them, in their order."""
    order = np.argsort(owners, kind="stable")
    ends = np.flatnonzero(np.diff(owners[order], append=-1)) + 1
    starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
    kept = [
        order[start + np.arange(min(most, end - start)) * (end - start) // min(most, end - start)]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, np.int64)
