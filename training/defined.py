"""Words that stand alone: what the teacher hears in the word, and in the sentence that an encyclopedia opens with.

A word alone is a text of its own. Its token's vector is made to add up to sentences with others; alone, it would be
placed by the company it keeps rather than by what it is.
"""

from __future__ import annotations

import lzma
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import torch
from corpus import SENTENCE_END
from settings import DATA, WORK, key, key_of, source
from teacher import Teacher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

TITLE = re.compile(r'title="([^"]*)"')
KIND = re.compile(r" \(.*\)$")
# The openings of pages that only list what a word may stand for.
VAGUE = re.compile(
    r"\b(may|can|could|might) (mean|refer|also)\b|\brefers? to (several|many|more|one|any of|the following)\b|:$"
)
LEAST_WORDS = 4
MOST_CHARACTERS = 400
MOST_SENSES = 3
N_OTHERS = 5_000
# Beside 1 for the direction of the token's vector. Each helps every measure of words but SimLex-999.
ALONE = 1.0
DEFINED = 1.0


def alone(
    tokens: Sequence[str],
    counts: NDArray[np.int64],
    vectors: NDArray[np.float32],
    said: NDArray[np.float32],
    along: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Vectors of words that stand alone.

    Args:
        tokens: v tokens.
        counts: Shape (v,), how often each is said.
        vectors: Shape (v, d), trained.
        said: Shape (v, 384), what each token says to the teacher alone.
        along: Shape (384, d), the directions of its space that `vectors` are along.

    Returns:
        The ids (a,) of the words that Simple Wikipedia defines and of the most frequent others, for which the teacher
        alone must do; and their vectors (a, d).
    """
    ids, sentences = _definitions(tokens)
    means = np.zeros((len(tokens), said.shape[1]), np.float32)
    np.add.at(means, ids, sentences - sentences.mean(0))
    is_other = np.array([token.isalpha() for token in tokens])
    is_other[ids] = False
    others = np.argsort(-counts * is_other, kind="stable")[:N_OTHERS]
    rows = np.unique(np.concatenate([ids, others]))
    parts = (vectors, (said - said.mean(0)) @ along, means @ along)
    weights = (1.0, ALONE, DEFINED)
    return rows, sum(weight * _unit(part[rows]) for weight, part in zip(weights, parts, strict=True))


def _definitions(tokens: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Token ids and what the teacher says of the first sentence of their articles; kept."""
    path = WORK / f"defined-{key(key_of(tokens), source('defined', 'teacher'))}.npz"
    if not path.exists():
        torch.set_num_threads(1)
        found = list(_first_sentences({token: i for i, token in enumerate(tokens)}))
        vectors = Teacher(dtype=torch.bfloat16).encode([sentence for _, sentence in found])
        np.savez(path, ids=np.array([i for i, _ in found]), vectors=vectors)
    kept = np.load(path)
    return kept["ids"], kept["vectors"]


def _first_sentences(known: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Of the articles named by a token; of those named by it and a kind, "Apple (fruit)", where it has none itself."""
    named: dict[int, list[str]] = defaultdict(list)
    with_kind: dict[int, list[str]] = defaultdict(list)
    for title, document in _articles():
        word = KIND.sub("", title.lower())
        if word not in known or len(document) < 2:
            continue
        sentence = SENTENCE_END.split(document[1])[0][:MOST_CHARACTERS]
        if sentence.count(" ") + 1 >= LEAST_WORDS and not VAGUE.search(sentence):
            (named if word == title.lower() else with_kind)[known[word]].append(sentence)
    for i in sorted(named.keys() | with_kind.keys()):
        for sentence in (named.get(i) or with_kind[i])[:MOST_SENSES]:
            yield i, sentence


def _articles() -> Iterator[tuple[str, list[str]]]:
    """Titles and lines, the title being the first of them."""
    with lzma.open(DATA / "wikipedia" / "simple" / "simplewiki.xml.txt.xz", "rt", encoding="utf-8") as lines:
        title, document = "", []
        for line in lines:
            if line.startswith("<doc "):
                found = TITLE.search(line)
                title, document = found.group(1) if found else "", []
            elif line.startswith("</doc>"):
                yield title, document
            elif line.strip():
                document.append(line.strip())


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
