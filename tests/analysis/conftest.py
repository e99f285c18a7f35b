"""Vocabularies to ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asterism.analysis.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def thousand_words(data: Path) -> Vocabulary:
    """The 1,000 most frequent English words with 300-dimensional word2vec vectors."""
    vectors = json.loads((data / "vectors/word2vecjson/wordvecs1000.json").read_text())
    return Vocabulary(list(vectors), np.array(list(vectors.values()), np.float32))


@pytest.fixture
def royals() -> Vocabulary:
    """Words whose offsets are exact: one axis for royalty, one for gender, one for everything else."""
    vectors = {
        "man": [0, 1, 1],
        "woman": [0, -1, 1],
        "king": [1, 1, 1],
        "queen": [1, -1, 1],
        "apple": [0, 0, 1],
        "crown": [1, 0, 0.2],
    }
    return Vocabulary(list(vectors), np.array(list(vectors.values()), np.float32))
