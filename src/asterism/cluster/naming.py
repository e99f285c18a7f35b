"""Names for clusters: the words that set each apart, and its most central texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_range
from asterism._progress import SILENT
from asterism.cluster.words import FUNCTION_WORDS, find_words
from asterism.errors import InputError
from asterism.values import Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.cluster.words import Words
    from asterism.values import Clustering

MAX_TERMS = 50_000
_IN_NAME = 3
_CANDIDATES = 40
_LONGEST_EXCERPT = 48
_QUARTER, _MOST, _FEW = 0.25, 0.4, 1.2  # chosen on AG News, CLINC150 and arXiv, see docs/questions.md


def name_clusters(
    texts: Sequence[str | None],
    clustering: Clustering,
    *,
    vectors: NDArray[np.floating] | None = None,
    n_keywords: int = 8,
    n_central: int = 5,
    report: Reporter = SILENT,
) -> Labels:
    """Name every cluster by the words that set it apart from the others of its level.

    Words that are spread over the clusters as the texts themselves are say nothing of any of them; these stop words
    come from the corpus itself, whatever its language. A cluster without words, of emoji for instance, is named
    after its most central text.

    Args:
        texts: n texts.
        clustering: Levels of shape (n,).
        vectors: Shape (n, d); the most central texts are those most in the direction of their cluster's mean. None
            takes the first texts of each cluster.
        n_keywords: Keywords told per cluster.
        n_central: Central texts told per cluster.
        report: Hears of one stage, counted in texts.

    Returns:
        Names, unique within their level; keywords; rows of central texts.

    Raises:
        InputError: The levels, texts and vectors are not equally many.

    Source:
        Class-based TF-IDF (Grootendorst 2022, BERTopic, eq. 2): share of a word in its cluster × log(1 + A / f), A
        the mean number of words per cluster and f the count of the word in all of them.

    Cost: Linear in the characters of the texts, of which the first 500 each count; the 50,000 most frequent words
        are considered.
    """
    check_range(n_keywords, name="n_keywords", low=1)
    check_range(n_central, name="n_central", low=1)
    n = len(texts)
    if any(len(level) != n for level in clustering.levels) or (vectors is not None and len(vectors) != n):
        sizes = [len(level) for level in clustering.levels]
        raise InputError(f"there are {n} texts for levels of {sizes} rows; expected as many, and as many vectors.")
    report.start("name", n, unit="texts")
    words = _most_frequent(find_words(texts))
    finest = max(clustering.levels, key=lambda level: int(level.max(initial=-1)), default=np.full(n, -1, np.int32))
    says = ~(_stop_words(words, finest) | np.array([name.casefold() in FUNCTION_WORDS for name in words.names], bool))
    levels = [_name_level(texts, level, vectors, words, says, n_keywords, n_central) for level in clustering.levels]
    report.advance(n)
    report.done()
    names, keywords, central = zip(*levels, strict=True) if levels else ((), (), ())
    return Labels(tuple(names), tuple(keywords), tuple(central))


def class_tf_idf(counts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Weigh words by how much they belong to each class.

    Args:
        counts: Shape (classes, words).

    Returns:
        Same shape: share within the class × log(1 + A / f), A the whole number of words per class on average.

    Source:
        Grootendorst 2022, eq. 2.
    """
    exact = np.asarray(counts, np.float64)
    size = exact.sum(axis=1, keepdims=True)
    average = np.floor(size.mean()) if len(size) else 0.0
    share = exact / np.where(size > 0, size, 1)
    return np.asarray(share * np.log1p(average / np.maximum(exact.sum(axis=0), 1)))


def _most_frequent(words: Words) -> Words:
    """Keep the most frequent words, ties by first occurrence."""
    counts = np.bincount(words.terms, minlength=len(words.names))
    if len(counts) <= MAX_TERMS:
        return words
    kept = np.sort(np.argsort(-counts, kind="stable")[:MAX_TERMS])
    number = np.full(len(counts), -1)
    number[kept] = np.arange(len(kept))
    terms = number[words.terms]
    inside = terms >= 0
    return type(words)(words.rows[inside], terms[inside], tuple(words.names[i] for i in kept))


def _stop_words(words: Words, level: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Words at home nearly everywhere: at a quarter of their usual rate or more in most clusters, weighed by size.

    With few clusters a word of one of them is already in a good part, so that more is asked.
    """
    n_clusters = int(level.max(initial=-1)) + 1
    if n_clusters < 2:
        return np.zeros(len(words.names), bool)
    counts = _count(words, level, n_clusters)
    sizes = counts.sum(axis=1)
    weight = sizes / max(sizes.sum(), 1)
    usual = counts.sum(axis=0) / max(sizes.sum(), 1)
    at_home = counts >= _QUARTER * usual * sizes[:, None]
    return np.asarray(weight @ (at_home & (counts > 0)) > min(0.99, _MOST + _FEW / n_clusters))


def _count(words: Words, level: NDArray[np.int32], n_clusters: int) -> NDArray[np.float64]:
    """How often each word occurs in each cluster."""
    n_terms = len(words.names)
    cluster = level[words.rows].astype(np.int64)
    inside = cluster >= 0
    keys = cluster[inside] * n_terms + words.terms[inside]
    return np.bincount(keys, minlength=n_clusters * n_terms).reshape(n_clusters, n_terms).astype(np.float64)


Level = tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[tuple[int, ...], ...]]


def _name_level(
    texts: Sequence[str | None],
    level: NDArray[np.int32],
    vectors: NDArray[np.floating] | None,
    words: Words,
    says: NDArray[np.bool_],
    n_keywords: int,
    n_central: int,
) -> Level:
    n_clusters = int(level.max(initial=-1)) + 1
    orders = [_by_centrality(np.flatnonzero(level == c), vectors) for c in range(n_clusters)]
    scores = class_tf_idf(_count(words, level, n_clusters)) * says
    rank = np.full(len(level), len(level), np.int32)
    for order in orders:
        rank[order] = np.arange(len(order))
    # Words of equal weight, as in lists where each occurs once, come in the order of the most central texts.
    first = np.full((n_clusters, len(words.names)), len(level), np.int32)
    cluster = level[words.rows]
    inside = cluster >= 0
    np.minimum.at(first, (cluster[inside], words.terms[inside]), rank[words.rows[inside]])
    keywords = tuple(_keywords(scores[c], first[c], words.names, n_keywords) for c in range(n_clusters))
    excerpts = [_excerpt(texts[order[0]] or "") for order in orders]
    names = _unique_names(keywords, excerpts)
    return names, keywords, tuple(tuple(order[:n_central].tolist()) for order in orders)


def _by_centrality(rows: NDArray[np.int64], vectors: NDArray[np.floating] | None) -> NDArray[np.int64]:
    if vectors is None or not len(rows):
        return rows
    own = np.asarray(vectors[rows], np.float32)
    norms = np.linalg.norm(own, axis=1, keepdims=True)
    own = np.divide(own, norms, out=np.zeros_like(own), where=norms > 0)
    return rows[np.argsort(-np.einsum("ij,j->i", own, own.mean(axis=0)), kind="stable")]


def _keywords(
    scores: NDArray[np.float64], first: NDArray[np.int32], names: Sequence[str], n_keywords: int
) -> tuple[str, ...]:
    """The best words, leaving out those that repeat the stem of a better one."""
    likely = np.flatnonzero(scores > 0)
    order = likely[np.lexsort((likely, first[likely], -scores[likely]))][:_CANDIDATES]
    kept: list[str] = []
    for i in order.tolist():
        if len(kept) == n_keywords:
            break
        word = names[i]
        if not any(_same_stem(word.casefold(), other.casefold()) for other in kept):
            kept.append(word)
    return tuple(kept)


def _same_stem(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    return len(short) > 3 and long.startswith(short) and len(long) - len(short) <= 3


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_EXCERPT else line[: _LONGEST_EXCERPT - 1].rstrip() + "…"


def _unique_names(keywords: Sequence[Sequence[str]], excerpts: Sequence[str]) -> tuple[str, ...]:
    """Join the first keywords; where a name is taken, add keywords, then a number."""
    taken: set[str] = set()
    names: list[str] = []
    for words, excerpt in zip(keywords, excerpts, strict=True):
        choices = [", ".join(words[:size]) for size in range(min(_IN_NAME, len(words)), len(words) + 1) if size]
        base = choices[0] if choices else excerpt or "no words"
        numbered = (f"{base} ({number})" for number in range(2, len(keywords) + 2))
        name = next(name for name in (*(choices or [base]), *numbered) if name not in taken)
        taken.add(name)
        names.append(name)
    return tuple(names)
