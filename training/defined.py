"""Words that stand alone: what the teacher hears in the word, and in what an encyclopedia says of it.

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
# Sentences about their first word, which may stand in the plural.
ABOUT = re.compile(
    r"(?:(?:An?|The|Some|Most|Many|All) )?([A-Za-z]+) "
    r"(?:is|are|was|were|has|have|can|may|often|usually|lives?|eats?|works?|grows?|uses?|makes?) "
)
PLURALS = (("s", ""), ("es", ""), ("ies", "y"))
LEAST_WORDS = 4
MOST_WORDS = 30
MOST_CHARACTERS = 400
# Senses of a word, or sentences about it.
MOST_SENTENCES = 5
N_OTHERS = 2_500
# Beside 1 for the direction of the token's vector.
ALONE = 1.0
DEFINED = 1.25


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
        The ids (a,) of the words of which Simple Wikipedia says something and of the most frequent others, for which
        the teacher alone must do; and their vectors (a, d).
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
    """Token ids and what the teacher says of the sentences that are about them; kept."""
    path = WORK / f"defined-{key(key_of(tokens), source('defined', 'teacher'))}.npz"
    if not path.exists():
        torch.set_num_threads(1)
        found = list(_sentences({token: i for i, token in enumerate(tokens)}))
        vectors = Teacher(dtype=torch.bfloat16).encode([sentence for _, sentence in found])
        np.savez(path, ids=np.array([i for i, _ in found]), vectors=vectors)
    kept = np.load(path)
    return kept["ids"], kept["vectors"]


def _sentences(known: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Of each word, the first sentences of the articles that it names.

    Where there is none, of those named by it and a kind, "Apple (fruit)"; and where there is none either, sentences of
    any article about the word or its plural.
    """
    named, with_kind, about = (defaultdict[int, list[str]](list) for _ in range(3))
    for title, document in _articles():
        word = KIND.sub("", title.lower())
        sentences = [sentence for line in document[1:] for sentence in SENTENCE_END.split(line)]
        if word in known and sentences and _is_telling(first := sentences[0][:MOST_CHARACTERS]):
            (named if word == title.lower() else with_kind)[known[word]].append(first)
        for subject, sentence in _about(sentences):
            for i in {known[form] for form in _forms(subject) if form in known}:
                if len(about[i]) < MOST_SENTENCES:
                    about[i].append(sentence)
    for i in sorted(named.keys() | with_kind.keys() | about.keys()):
        yield from ((i, sentence) for sentence in (named.get(i) or with_kind.get(i) or about[i])[:MOST_SENTENCES])


def _is_telling(sentence: str) -> bool:
    return sentence.count(" ") + 1 >= LEAST_WORDS and not VAGUE.search(sentence)


def _about(sentences: list[str]) -> Iterator[tuple[str, str]]:
    """Words and sentences about them."""
    for sentence in sentences:
        found = ABOUT.match(sentence)
        if found and sentence.count(" ") < MOST_WORDS and _is_telling(sentence):
            yield found.group(1).lower(), sentence


def _forms(word: str) -> set[str]:
    """The word, and what it may be the plural of."""
    return {word} | {word.removesuffix(end) + single for end, single in PLURALS if word.endswith(end)}


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
