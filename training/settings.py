"""Where things lie and how much of everything is used: the one place for the training's numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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


SIZES = CorpusSizes()
SHARD = 10_000
N_ADDED_WORDS = 26_000
DIM = 256
ALONE = 0.3
MARK_LOUDNESS = 0.1
