from __future__ import annotations

import numpy as np
import pytest

from asterism.project.verdict import tell_verdict
from asterism.values import LabelQuality, LabelScores, Quality, Scores, Stability

NONE = np.zeros(0, np.float32)
CHANCE = Scores(0.01, 0.05, 0.5, 0.5, 0.5, 0.0)


def quality(spearman=0.3, n=1000, **parts):
    return Quality(Scores(0.3, 0.3, 0.9, 0.9, 0.6, spearman), CHANCE, None, 15, n, n, NONE, NONE, **parts)


def labels(on_map, in_space, error=0.0):
    scores = [LabelScores(value, value, value) for value in (in_space, on_map, 0.25, error)]
    return LabelQuality("topic", scores[0], scores[1], scores[2], None, scores[3], 10, 4, 1000, 1000)


@pytest.mark.parametrize(
    ("spearman", "words"), [(0.9, "mostly far apart in truth"), (0.6, "say something here"), (0.2, "mean little here")]
)
def test_neighbours_and_distances_are_told_in_words(spearman, words):
    first, second = tell_verdict(quality(spearman))
    assert first == "Of each text's 10 nearest, the map shows 3.0 on average."
    assert words in second


@pytest.mark.parametrize(
    ("on_map", "in_space", "error", "words"),
    [
        (0.8, 0.8, 0, "as well as"),
        (0.9, 0.8, 0, "better than"),
        (0.6, 0.8, 0, "worse than"),
        (0.9, 0.8, 0.06, "as well as"),
    ],
)
def test_labels_are_weighed_against_the_vectors(on_map, in_space, error, words):
    told = tell_verdict(quality(labels=labels(on_map, in_space, error)))[2]
    assert f"tell a text's topic {words} the vectors do" in told
    assert ("drawn by the layout" in told) == (words == "better than")


def test_labels_that_are_got_right_nowhere_are_not_compared():
    assert len(tell_verdict(quality(labels=labels(0.0, 0.004)))) == 2
    assert len(tell_verdict(quality(labels=labels(0.0, 0.2)))) == 3


def test_stability_is_told_in_neighbours():
    told = tell_verdict(quality(stability=Stability(0.5, 0.01, (0.5,), 15, NONE)))[2]
    assert told == "Laid out again from another start, 7.5 of the 15 neighbours shown come back."


def test_of_very_few_texts_there_is_nothing_to_tell():
    assert tell_verdict(quality(n=2)) == ("Too few texts to be wrong about.",)


def test_scores_that_could_not_be_taken_are_left_out():
    nothing = Quality(Scores(*[float("nan")] * 6), CHANCE, None, 15, 9, 9, NONE, NONE)
    assert tell_verdict(nothing) == ()
