"""Gather the short texts that the teacher reads: Reddit titles, Simple English Wikipedia, arXiv.

Only sets whose licence allows shipping what was learnt from them; none of the evaluation sets is opened here.
"""

from __future__ import annotations

import csv
import gzip
import lzma
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

import everyday
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from settings import DATA, SEED, SHARD, SIZES, WORK, key, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
MASKED = re.compile(r"\b[A-Z][\w'-]*|\d[\d,.]*|[^\x00-\x7f]+")
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
ENGLISH = re.compile(r"^[\x20-\x7e–—‘’“”…éèüöäñáíóç]+$")
MAX_PER_PATTERN = 3
PLAIN_WORDS = 4_000


def gather() -> pa.Table:
    """Return a table `text, kind` without duplicates; the same rows on every machine.

    It comes in four helpings, each shuffled and a whole number of shards: what was found, then more of what is
    written in plain words, for most of what people write is, then more of the kinds that people make maps of, and at
    last more of whatever is short.
    """
    rng = np.random.default_rng(SEED)
    reddit = _reddit_titles(rng, 2 * SIZES.reddit_titles // 2_496)
    sentences = _wiki_sentences()
    titles, abstracts = arxiv()
    counts = Counter(w for t in [*reddit, *sentences, *titles, *abstracts] for w in WORD.findall(t.lower()))
    kinds = {
        "reddit title": _sample(reddit, SIZES.reddit_titles, rng),
        "wiki sentence": _sample(sentences, SIZES.wiki_sentences, rng),
        "wiki title": _sample(_wiki_titles(), SIZES.wiki_titles, rng),
        "arxiv title": _sample(titles, SIZES.arxiv_titles, rng),
        "arxiv sentence": _sample(abstracts, SIZES.arxiv_sentences, rng),
        "phrase": _phrases([*reddit, *sentences], rng),
        "word": [w for w, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0]))[: SIZES.words]],
    }
    seen: set[str] = set()
    first = _shuffled(kinds, seen, rng)
    plain = {word for word, _ in sorted(counts.items(), key=lambda i: (-i[1], i[0]))[:PLAIN_WORDS]}
    more = {
        "plain title": _sample(_plain(_reddit_titles(rng, 1_000_000), plain, seen), SIZES.plain_titles, rng),
        "plain sentence": _sample(_plain(sentences, plain, seen), SIZES.plain_sentences, rng),
    }
    rows = first + _shuffled(more, seen, rng)
    table = _reddit_table()
    titles, labels = table["title"].to_pylist(), table["subreddit"].to_pylist()
    third = everyday.gather(titles, labels, {text for text, _ in rows}, ENGLISH)
    rows += third[: len(third) // SHARD * SHARD]
    seen.update(text for text, _ in rows)
    short = {
        "short title": _sample(_short(_reddit_titles(rng, 1_000_000), seen), SIZES.short_titles, rng),
        "short sentence": _sample(_short(sentences, seen), SIZES.short_sentences, rng),
    }
    rows += _shuffled(short, seen, rng)
    return pa.table({"text": [text for text, _ in rows], "kind": [kind for _, kind in rows]})


def _shuffled(kinds: dict[str, list[str]], seen: set[str], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Texts not seen before with their kinds, in random order, cut to whole shards."""
    rows = [(t, k) for k, texts in kinds.items() for t in texts if not (t in seen or seen.add(t))]
    return [rows[i] for i in rng.permutation(len(rows))[: len(rows) // SHARD * SHARD]]


def _plain(texts: list[str], words: set[str], seen: set[str]) -> list[str]:
    """Those of at least four words, all of them in `words`."""
    split = ((text, WORD.findall(text.lower())) for text in texts if text not in seen)
    return [text for text, parts in split if len(parts) >= 4 and words.issuperset(parts)]


def _short(texts: list[str], seen: set[str]) -> list[str]:
    """Those of at most fifteen words."""
    return [text for text in texts if text.count(" ") < 15 and text not in seen]


def _sample(texts: list[str], n: int, rng: np.random.Generator) -> list[str]:
    if len(texts) <= n:
        return texts
    return [texts[i] for i in np.sort(rng.choice(len(texts), n, replace=False))]


def _reddit_titles(rng: np.random.Generator, per_label: int) -> list[str]:
    """Titles of 3 to 40 words, up to `per_label` of every subreddit, none twice."""
    table = _reddit_table()
    order = rng.permutation(len(table))
    titles, labels = table["title"].to_pylist(), table["subreddit"].to_pylist()
    taken: Counter[str] = Counter()
    found: dict[str, None] = {}
    for i in order:
        title = " ".join((titles[i] or "").split())
        is_fit = 3 <= title.count(" ") + 1 <= 40 and title not in found and ENGLISH.match(title)
        if is_fit and taken[labels[i]] < per_label:
            taken[labels[i]] += 1
            found[title] = None
    return list(found)


def _reddit_table() -> pa.Table:
    return pq.read_table(DATA / "reddit" / "reddit_titles.parquet", columns=["title", "subreddit"])


def wiki_documents() -> Iterator[list[str]]:
    """The paragraphs of every article, without its title."""
    path = DATA / "wikipedia" / "simple" / "simplewiki.xml.txt.xz"
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        document: list[str] = []
        for line in lines:
            if line.startswith("<doc "):
                document = []
            elif line.startswith("</doc>"):
                yield document[1:]
            elif line.strip():
                document.append(line.strip())


def _wiki_sentences() -> list[str]:
    """Sentences of 5 to 40 words; at most three of one mould (names, numbers masked), for towns and dates repeat."""
    moulds: Counter[str] = Counter()
    found: dict[str, None] = {}
    for document in wiki_documents():
        for sentence in _sentences(document):
            mould = MASKED.sub("_", sentence)
            if moulds[mould] < MAX_PER_PATTERN and sentence not in found:
                moulds[mould] += 1
                found[sentence] = None
    return list(found)


def _sentences(paragraphs: Iterable[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        for sentence in SENTENCE_END.split(paragraph):
            if 5 <= sentence.count(" ") + 1 <= 40 and sentence[-1] in ".!?" and ENGLISH.match(sentence):
                yield sentence


def _wiki_titles() -> list[str]:
    with gzip.open(DATA / "wikipedia" / "titles_simple.txt.gz", "rt", encoding="utf-8") as lines:
        titles = (line.strip() for line in lines)
        return list(dict.fromkeys(t for t in titles if t and ":" not in t and not t[0].isdigit() and ENGLISH.match(t)))


def arxiv() -> tuple[list[str], list[str]]:
    """Titles, and sentences of 5 to 40 words from the abstracts; none twice."""
    titles: dict[str, None] = {}
    sentences: dict[str, None] = {}
    csv.field_size_limit(sys.maxsize)
    for path in sorted((DATA / "arxiv").glob("*.tsv.xz")):
        with lzma.open(path, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                titles[" ".join(row["title"].split())] = None
                abstract = " ".join(row["abstract"].split())
                sentences.update(dict.fromkeys(_sentences([abstract])))
    return [t for t in titles if ENGLISH.match(t)], list(sentences)


def _phrases(texts: list[str], rng: np.random.Generator) -> list[str]:
    """Runs of two to six words cut out of longer texts: what people type as a query, a name, a label."""
    found: dict[str, None] = {}
    while len(found) < SIZES.phrases:
        words = texts[int(rng.integers(len(texts)))].split()
        length = int(rng.integers(2, 7))
        if len(words) > length:
            start = int(rng.integers(len(words) - length + 1))
            phrase = " ".join(words[start : start + length]).strip(".,;:!?\"'()[] ")
            found[phrase] = None
    return [p for p in found if p]


def load() -> pa.Table:
    """The gathered corpus, made on first use; a change of the rules or sizes makes another."""
    path: Path = WORK / f"corpus-{key(SIZES, SEED, SHARD, sorted(everyday.NEWS), source('corpus', 'everyday'))}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        pq.write_table(gather(), partial)
        partial.rename(path)
    return pq.read_table(path)


if __name__ == "__main__":
    table = load()
    for row in table.group_by("kind").aggregate([("text", "count")]).to_pylist():
        print(f"{row['kind']:>15} {row['text_count']:>8,}")
