"""More texts for the teacher, of the kinds that people make maps of: headlines, questions, requests, everyday scenes.

All from the Reddit titles, under the rules of `corpus.py`, which asks for them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from settings import SEED, SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Subreddits whose titles are mostly headlines: news, business, sport, science and technology.
NEWS = frozenset((Path(__file__).parent / "headline_subreddits.txt").read_text(encoding="utf-8").split())
ASKING = re.compile(
    r"^(how|what|what's|whats|where|when|why|who|which|can|could|do|does|did|is|are|am|should|would|will|i need|i want"
    r"|i'd like|i would like|help|please|tell|let|give|show|find|looking for|need|any|has|have|anyone|best|make|set"
    r"|turn|play|call|send|check|tell me|i'm|i have|my)\b",
    re.IGNORECASE,
)
SCENE = re.compile(
    r"\b(man|men|woman|women|girl|boy|girls|boys|dog|dogs|cat|cats|people|child|children|kid|kids|baby|someone|guy"
    r"|person|bird|horse|couple|lady|player|players)\b.*\b[a-z]{3,}(ing|s)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"\b(how (?:to|do|can|much|many|long|far|would|should)|what (?:is|are|was|does|do|to|kind|time)|what's"
    r"|where (?:is|are|can|do)|when (?:is|are|do|does|will)|why (?:is|are|do|does)|who (?:is|are|was)"
    r"|can (?:i|you|we)|could (?:i|you)|i (?:need|want|would like|have to|am|can't|don't know)|do (?:i|you) "
    r"|is (?:it|there|my)|tell me|show me|give me|help me|let me|my [a-z]+ (?:is|was|has))\b[^.,;:!?()\[\]\"]*",
    re.IGNORECASE,
)
MOST_CLAUSES = 60_000


def gather(
    titles: Sequence[str | None], labels: Sequence[str], have: set[str], english: re.Pattern[str]
) -> list[tuple[str, str]]:
    """Return shuffled rows (text, kind), none of them in `have`.

    Args:
        titles: Every title, as it stands in the table.
        labels: Its subreddit.
        have: The texts that are in the corpus already.
        english: What a title must look like.
    """
    rng = np.random.default_rng(SEED + 1)
    found: dict[str, list[str]] = {"headline": [], "question": [], "everyday": [], "clause": []}
    seen: set[str] = set()
    for title, label in _in_random_order(titles, labels, english, rng):
        if title in seen:
            continue
        clause = _clause(title)
        if clause and len(found["clause"]) < MOST_CLAUSES and clause not in have and clause not in seen:
            seen.add(clause)
            found["clause"].append(clause)
        if title not in have:
            seen.add(title)
            if kind := _kind(title, label):
                found[kind].append(title)
    sizes = {
        "headline": SIZES.headlines,
        "question": SIZES.questions,
        "everyday": SIZES.everyday,
        "clause": SIZES.clauses,
    }
    rows = [(text, kind) for kind, texts in found.items() for text in texts[: sizes[kind]]]
    return [rows[i] for i in rng.permutation(len(rows))]


def _in_random_order(
    titles: Sequence[str | None], labels: Sequence[str], english: re.Pattern[str], rng: np.random.Generator
) -> Iterator[tuple[str, str]]:
    """Titles of 3 to 30 words."""
    for i in rng.permutation(len(titles)):
        title = " ".join((titles[i] or "").split())
        if 3 <= title.count(" ") + 1 <= 30 and english.match(title):
            yield title, labels[i]


def _kind(title: str, label: str) -> str:
    """What a title counts as; "" for none of the kinds."""
    if label in NEWS:
        return "headline"
    if title.count(" ") >= 14:
        return ""
    return "question" if ASKING.match(title) else "everyday" if SCENE.search(title) else ""


def _clause(title: str) -> str:
    """The question or request of 3 to 10 words inside a longer title; "" where there is none."""
    match = CLAUSE.search(title)
    clause = match.group(0).strip() if match else ""
    return clause if 3 <= clause.count(" ") + 1 <= 10 and clause != title else ""
