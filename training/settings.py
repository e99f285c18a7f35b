"""Where things lie and how much of everything is used: the one place for the training's numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ASTERISM_DATA", ROOT.parent / "shared" / "data"))
WORK = Path(os.environ.get("ASTERISM_TRAINING_WORK", ROOT / "training" / ".work"))
SEED = 20


@dataclass(frozen=True)
class CorpusSizes:
    """How many texts of each kind are shown to the teacher; "plain" ones use frequent words only."""

    reddit_titles: int = 190_000
    wiki_sentences: int = 210_000
    wiki_titles: int = 20_000
    arxiv_titles: int = 25_000
    arxiv_sentences: int = 35_000
    phrases: int = 60_000
    words: int = 45_000
    plain_titles: int = 130_000
    plain_sentences: int = 130_000
    headlines: int = 110_000
    questions: int = 90_000
    everyday: int = 50_000
    clauses: int = 50_000
    short_titles: int = 350_000
    short_sentences: int = 250_000


SIZES = CorpusSizes()
SHARD = 10_000
N_ADDED_WORDS = 26_000
N_COMPANIONS = 60_000
N_COMMON = 300
N_COMMON_PAIRS = 20_000
N_OTHER_PAIRS = 25_000
WINDOW = 3
LOUDEST = 8
DIM = 256


def key(*parts: object) -> str:
    """A short name for what a kept file was made from: another setting, another name."""
    return blake2b(repr(parts).encode(), digest_size=6).hexdigest()


def key_of(lines: Iterable[str]) -> str:
    """A short name for texts in their order."""
    digest = blake2b(digest_size=6)
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def source(*modules: str) -> str:
    """The code of some of these modules, for the key of what they make."""
    return "".join((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in modules)
