"""Sentence similarity by the built-in model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asterism.analysis.similarity import compare_pairs
from asterism.embed.registry import open_embedder

if TYPE_CHECKING:
    from pathlib import Path


def test_unit_vectors_judge_sentences_alike_by_cosine_and_by_euclidean_distance(data: Path) -> None:
    lines = (data / "sts/sts-dev.csv").read_text(encoding="utf-8").splitlines()
    rows = [fields for fields in (line.split("\t") for line in lines) if len(fields) >= 7]
    first, second = (open_embedder("builtin").encode([row[column] for row in rows]) for column in (5, 6))
    found = compare_pairs(first, second, np.array([float(row[4]) for row in rows]))
    assert len(rows) > 1400
    assert found.spearman > 0.6
    assert found.spearman == pytest.approx(found.spearman_euclidean, abs=1e-4)
    assert found.spearman == pytest.approx(found.spearman_manhattan, abs=0.05)
