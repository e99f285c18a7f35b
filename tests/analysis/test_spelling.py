"""Nearest spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asterism.analysis.spelling import edit_distances, nearest_spellings

if TYPE_CHECKING:
    import numpy as np


def slow_distance(a: str, b: str) -> int:
    """Optimal string alignment, straight from its recurrence."""
    table = [[max(i, j) if min(i, j) == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def test_distances_agree_with_the_recurrence(rng: np.random.Generator) -> None:
    words = ["".join(rng.choice(list("abß字"), 6)) for _ in range(60)]
    for text in ("", "a", "abab", "ßa字bba", *words[:20]):
        assert edit_distances(text, words).tolist() == [slow_distance(text, word) for word in words]


@pytest.mark.parametrize(("typed", "meant"), [("kign", "king"), ("Wooman", "woman"), ("quen", "queen"), ("狗们", "狗")])
def test_the_word_that_was_meant_comes_first(typed: str, meant: str) -> None:
    assert nearest_spellings(typed, ["cat", "king", "woman", "queen", "狗", ""])[0] == meant


def test_nothing_is_offered_for_an_empty_or_endless_text() -> None:
    assert nearest_spellings("", ["a"]) == []
    assert nearest_spellings("x" * 65, ["x" * 65]) == []


def test_words_far_away_are_not_offered() -> None:
    assert nearest_spellings("king", ["elephant", "ring", "tool"]) == ["ring"]
