from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from asterism.values import LabelQuality, LabelScores, Quality, Scores, Stability
from asterism.view.figure import draw_figure
from asterism.view.figure._footer import decimal, tell_quality

NAN = float("nan")
ROWS = np.zeros(3, np.float32)


def quality(scores, *, pca=None, n_sampled=3, n_vectors=3):
    chance = Scores(0.1, NAN, 0.5, 0.5, 0.5, 0.0)
    return Quality(scores, chance, pca, 5, n_sampled, n_vectors, ROWS, ROWS)


@pytest.mark.parametrize(
    ("value", "text"), [(0.813, ".81"), (1.0, "1.00"), (0.0, ".00"), (-0.05, "−.05"), (-0.001, ".00"), (0.999, "1.00")]
)
def test_decimals_are_written_as_in_tables(value, text):
    assert decimal(value) == text


def test_measures_that_do_not_exist_are_left_out():
    told = tell_quality(quality(Scores(0.5, NAN, 0.9, NAN, 0.6, NAN)))
    assert told == [
        "Faithfulness: recall@10 .50 (chance .10)", "trustworthiness@5 .90 (chance .50)", "triplets .60 (chance .50)"
    ]  # fmt: skip


def test_without_any_measure_nothing_is_said():
    assert tell_quality(quality(Scores(*[NAN] * 6))) == []


def test_pca_stands_beside_chance():
    pca = Scores(0.3, NAN, NAN, NAN, NAN, NAN)
    told = tell_quality(quality(Scores(*[0.5] * 6), pca=pca))
    assert told[0] == "Faithfulness: recall@10 .50 (PCA .30, chance .10)"


def test_a_sample_is_said():
    told = tell_quality(quality(Scores(*[0.5] * 6), n_sampled=2000, n_vectors=100_000))
    assert told[-1] == "measured on 2,000 of 100,000 vectors"


def test_labels_and_stability_are_told_beside_what_they_are_measured_by():
    told = [LabelScores(value, value, value) for value in (0.9, 0.8, 0.2, 0.0)]
    labels = LabelQuality("topic", *told[:3], None, told[3], 10, 4, 99, 99)
    given = replace(quality(Scores(*[0.5] * 6)), labels=labels, stability=Stability(0.6, 0.1, (0.6,), 15, ROWS))
    assert tell_quality(given)[-3:] == [
        "topic by 10 neighbours .80 (vectors .90, shuffled .20)",
        "silhouette .80 (vectors .90, shuffled .20)",
        "stability .60 (chance .10)",
    ]


def test_very_many_remarks_end_with_their_number(make_scene):
    remarks = tuple(f"Remark {i} says something that people should know of this map." for i in range(90))
    scene = make_scene(4, 1, remarks=remarks)
    lines = [text.get_text() for text in draw_figure(replace(scene, title=""), dpi=60).texts]
    assert any("Remark 0 says" in line for line in lines)
    assert re.search(r"And \d+ more remarks\.$", lines[-1])


def test_no_model_and_no_version_are_not_invented(make_scene):
    lines = [text.get_text() for text in draw_figure(make_scene(4, 1, about={}), dpi=60).texts]
    assert not any("model" in line or "asterism" in line for line in lines)


def test_a_measure_at_which_chance_is_perfect_is_left_out():
    given = quality(Scores(*[0.9] * 6))
    told = tell_quality(replace(given, chance=replace(given.chance, recall_50=1.0)))
    assert not any("recall@50" in fact for fact in told)
