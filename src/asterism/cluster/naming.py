"""Names for clusters: the words that set each apart, and its most central texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_whole
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism._topk import inverse_lengths
from asterism.cluster.words import FUNCTION_WORDS, Words, find_words
from asterism.errors import InputError
from asterism.values import Labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
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
    threads: int | None = None,
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
        threads: The names do not depend on it.
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
    check_whole(n_keywords, name="n_keywords", low=1)
    check_whole(n_central, name="n_central", low=1)
    n = len(texts)
    if any(len(level) != n for level in clustering.levels) or (vectors is not None and len(vectors) != n):
        sizes = [len(level) for level in clustering.levels]
        raise InputError(f"there are {n} texts for levels of {sizes} rows; expected as many, and as many vectors.")
    report.start("name", n, unit="texts")
    words = _most_frequent(find_words(texts, threads=threads))
    finest = max(clustering.levels, key=lambda level: int(level.max(initial=-1)), default=np.full(n, -1, np.int32))
    says = ~(_stop_words(words, finest) | np.array([name.casefold() in FUNCTION_WORDS for name in words.names], bool))
    lengths = np.bincount(words.rows, minlength=n)  # stop words count there, and nowhere else
    telling = says[words.terms]
    words = Words(words.rows[telling], words.terms[telling], words.names)
    wanted = _Wanted(n_keywords, n_central, lengths, None if vectors is None else inverse_lengths(vectors))
    with ThreadPoolExecutor(thread_count(threads)) as pool:
        levels = list(pool.map(lambda level: _name_level(texts, level, vectors, words, wanted), clustering.levels))
    report.advance(n)
    report.done()
    names, keywords, central = zip(*levels, strict=True) if levels else ((), (), ())
    return Labels(tuple(names), tuple(keywords), tuple(central))


def class_tf_idf(
    counts: NDArray[np.integer], totals: NDArray[np.integer], *, size: float, average: float
) -> NDArray[np.float64]:
    """Weigh words by how much they belong to a class.

    Args:
        counts: Shape (words,): how often each occurs in the class.
        totals: Shape (words,): how often in all classes.
        size: How many words the class has.
        average: How many a class has on average.

    Returns:
        Shape (words,): share within the class × log(1 + A / f), A the average as a whole number.

    Source:
        Grootendorst 2022, eq. 2.
    """
    return np.asarray(counts / max(size, 1) * np.log1p(np.floor(average) / np.maximum(totals, 1)))


def _most_frequent(words: Words) -> Words:
    """Keep the most frequent words, ties by first occurrence."""
    counts = np.bincount(words.terms, minlength=len(words.names))
    if len(counts) <= MAX_TERMS:
        return words
    kept = np.sort(np.argsort(-counts, kind="stable")[:MAX_TERMS])
    number = np.full(len(counts), -1, np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    terms = number[words.terms]
    inside = terms >= 0
    return Words(words.rows[inside], terms[inside], tuple(words.names[i] for i in kept))


def _stop_words(words: Words, level: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Words at home nearly everywhere: at a quarter of their usual rate or more in most clusters, weighed by size.

    With few clusters a word of one of them is already in a good part, so that more is asked.
    """
    n_clusters = int(level.max(initial=-1)) + 1
    n_words = len(words.names)
    if n_clusters < 2:
        return np.zeros(n_words, bool)
    groups = list(_by_cluster(words, level, n_clusters))
    sizes = np.array([len(terms) for _, terms in groups])
    total = max(sizes.sum(), 1)
    usual = np.bincount(np.concatenate([terms for _, terms in groups]), minlength=n_words) / total
    weight = np.zeros(n_words)
    for size, (_, terms) in zip(sizes.tolist(), groups, strict=True):
        counts = np.bincount(terms, minlength=n_words)
        weight += size / total * ((counts >= _QUARTER * usual * size) & (counts > 0))
    return np.asarray(weight > min(0.99, _MOST + _FEW / n_clusters))


def _by_cluster(
    words: Words, level: NDArray[np.int32], n_clusters: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """The rows and terms of the occurrences in each cluster."""
    small = np.int16 if n_clusters < np.iinfo(np.int16).max else np.int32  # sorted by radix
    cluster = level.astype(small)[words.rows]
    order = np.argsort(cluster, kind="stable")
    ends = np.searchsorted(cluster[order], np.arange(n_clusters + 1, dtype=small))
    rows, terms = words.rows[order], words.terms[order]
    return ((rows[low:high], terms[low:high]) for low, high in pairwise(ends.tolist()))


Level = tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[tuple[int, ...], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """How many keywords and central texts; the words of each text; 1 / length of each vector, None without vectors."""

    n_keywords: int
    n_central: int
    lengths: NDArray[np.int64]
    inverse_norms: NDArray[np.float32] | None


def _name_level(
    texts: Sequence[str | None],
    level: NDArray[np.int32],
    vectors: NDArray[np.floating] | None,
    words: Words,
    wanted: _Wanted,
) -> Level:
    n_clusters = int(level.max(initial=-1)) + 1
    order = np.argsort(level, kind="stable")
    members = np.split(order, np.searchsorted(level[order], np.arange(n_clusters + 1)))[1:-1]
    orders = [_by_centrality(rows, vectors, wanted.inverse_norms) for rows in members]
    rank = np.full(len(level), len(level), np.int32)
    for central in orders:
        rank[central] = np.arange(len(central))
    groups = list(_by_cluster(words, level, n_clusters))
    sizes = [int(wanted.lengths[rows].sum()) for rows in members]
    average = sum(sizes) / max(n_clusters, 1)
    totals = np.zeros(len(words.names), np.int64)
    for _, terms in groups:
        totals += np.bincount(terms, minlength=len(totals))
    keywords = []
    for size, (rows, terms) in zip(sizes, groups, strict=True):
        counts = np.bincount(terms, minlength=len(totals))
        likely = np.flatnonzero(counts)
        scores = class_tf_idf(counts[likely], totals[likely], size=size, average=average)
        best = _best_terms(likely, scores, terms, rank[rows])
        keywords.append(_keywords(best, words.names, wanted.n_keywords))
    names = _unique_names(keywords, [_excerpt(texts[central[0]] or "") for central in orders])
    return names, tuple(keywords), tuple(tuple(central[: wanted.n_central].tolist()) for central in orders)


def _best_terms(
    likely: NDArray[np.int64], scores: NDArray[np.float64], terms: NDArray[np.int32], ranks: NDArray[np.int32]
) -> NDArray[np.int64]:
    """The terms of the highest scores.

    Words of equal weight, as in lists where each occurs once, come in the order of the most central texts.
    """
    kept = scores > 0
    if kept.sum() > _CANDIDATES:
        kept &= scores >= np.partition(scores, -_CANDIDATES)[-_CANDIDATES]
    likely, scores = likely[kept], scores[kept]
    place = np.full(int(terms.max(initial=-1)) + 1, -1, np.int32)
    place[likely] = np.arange(len(likely), dtype=np.int32)
    at = place[terms]
    inside = at >= 0
    first = np.full(len(likely), np.iinfo(np.int32).max, np.int32)
    np.minimum.at(first, at[inside], ranks[inside])
    return likely[np.lexsort((likely, first, -scores))][:_CANDIDATES]


def _by_centrality(
    rows: NDArray[np.int64], vectors: NDArray[np.floating] | None, inverse_norms: NDArray[np.float32] | None
) -> NDArray[np.int64]:
    if vectors is None or inverse_norms is None or not len(rows):
        return rows
    own, inverse = np.asarray(vectors[rows], np.float32), inverse_norms[rows]
    middle = np.einsum("ij,i->j", own, inverse)
    return rows[np.argsort(-np.einsum("ij,j->i", own, middle) * inverse, kind="stable")]


def _keywords(best: NDArray[np.int64], names: Sequence[str], n_keywords: int) -> tuple[str, ...]:
    """The best words, leaving out those that repeat the stem of a better one."""
    kept: list[str] = []
    for i in best.tolist():
        if len(kept) == n_keywords:
            break
        word = names[i]
        if not any(_same_stem(word.casefold(), other.casefold()) for other in kept):
            kept.append(word)
    return tuple(kept)


def _same_stem(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    is_ending = len(long) - len(short) <= 3 if len(short) > 3 else long == f"{short}s"
    return is_ending and long.startswith(short)


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
