"""Semantic axes and the association test."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from asterism.analysis.axes import axes_cosine, find_axis, parse_axis
from asterism.analysis.vocabulary import Vocabulary
from asterism.analysis.weat import weat
from asterism.errors import InputError


@pytest.mark.parametrize(
    ("axis", "sides"),
    [
        ("cheap -> expensive", (("cheap",), ("expensive",))),
        ("cheap, budget→ expensive , luxury", (("cheap", "budget"), ("expensive", "luxury"))),
        ("well-known -> no-name", (("well-known",), ("no-name",))),
    ],
)
def test_axes_are_read(axis: str, sides: tuple) -> None:
    assert parse_axis(axis) == sides


@pytest.mark.parametrize("axis", ["", "cheap", "cheap ->", "-> x", "a -> b -> c"])
def test_axes_of_another_form_are_refused(axis: str) -> None:
    with pytest.raises(InputError, match="one arrow"):
        parse_axis(axis)


def test_the_ends_of_an_axis_are_at_zero_and_one(royals: Vocabulary) -> None:
    axis = find_axis(royals, royals.vectors[:1], royals.vectors[1:2], names=(["man"], ["woman"]))
    positions = dict(zip(royals.texts, axis.positions.tolist(), strict=True))
    assert positions["man"] == pytest.approx(0, abs=1e-6)
    assert positions["woman"] == pytest.approx(1, abs=1e-6)
    assert positions["apple"] == pytest.approx(0.5, abs=1e-6)
    assert axis.lowest.texts[0] == "man"
    assert axis.highest.texts[0] == "woman"
    assert axis.name == "man → woman"


def test_sets_count_by_their_mean(royals: Vocabulary) -> None:
    names = (["man", "king"], ["woman", "queen"])
    axis = find_axis(royals, royals.vectors[[0, 2]], royals.vectors[[1, 3]], names=names)
    assert np.mean(axis.positions[[0, 2]]) == pytest.approx(0, abs=1e-6)
    assert np.mean(axis.positions[[1, 3]]) == pytest.approx(1, abs=1e-6)


def test_an_axis_and_its_reverse_are_opposite(royals: Vocabulary) -> None:
    there = find_axis(royals, royals.vectors[:1], royals.vectors[1:2], names=(["a"], ["b"]))
    back = find_axis(royals, royals.vectors[1:2], royals.vectors[:1], names=(["b"], ["a"]))
    assert axes_cosine(there, back) == pytest.approx(-1)
    np.testing.assert_allclose(there.positions + back.positions, 1, atol=1e-5)


def test_rows_set_aside_have_no_position() -> None:
    vectors = np.array([[1, 0], [np.nan, 0], [0, 1]], np.float32)
    vocabulary = Vocabulary(["a", "b", "c"], vectors, placed=np.array([True, False, True]))
    axis = find_axis(vocabulary, vectors[:1], vectors[2:], names=(["a"], ["c"]))
    assert np.isnan(axis.positions).tolist() == [False, True, False]
    assert axis.lowest.texts == ("a", "c")


def test_an_axis_that_leads_nowhere_is_refused(royals: Vocabulary) -> None:
    with pytest.raises(InputError, match="same direction"):
        find_axis(royals, royals.vectors[:1], 2 * royals.vectors[:1], names=(["a"], ["b"]))
    with pytest.raises(InputError, match="0 start"):
        find_axis(royals, royals.vectors[:0], royals.vectors[:1], names=([], ["b"]))


def test_effect_size_by_hand() -> None:
    a, b = np.array([[1.0, 0]]), np.array([[0, 1.0]])
    result = weat(a, b, a, b)
    assert result.effect_size == pytest.approx(2)
    assert result.statistic == pytest.approx(2)
    assert (result.p_value, result.n_splits, result.is_exact) == (0.5, 2, True)


def test_two_and_two_words_have_six_splits() -> None:
    x, y = np.array([[1, 0], [0.9, 0.1]]), np.array([[0, 1], [0.1, 0.9]])
    result = weat(x, y, x, y)
    assert result.n_splits == 6
    assert result.p_value == pytest.approx(1 / 6)
    assert weat(y, x, x, y).p_value == 1


def test_eight_and_eight_words_try_all_12870_splits(rng: np.random.Generator) -> None:
    x, y, a, b = rng.standard_normal((4, 8, 20))
    result = weat(x, y, a, b)
    assert (result.n_splits, result.is_exact) == (12_870, True)
    units = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y, a, b)]
    leaning = np.concatenate(units[:2]) @ (units[2].mean(axis=0) - units[3].mean(axis=0))
    sums = [leaning[list(c)].sum() - np.delete(leaning, list(c)).sum() for c in combinations(range(16), 8)]
    observed = leaning[:8].sum() - leaning[8:].sum()
    assert result.statistic == pytest.approx(observed, abs=1e-5)
    assert result.p_value == pytest.approx(np.mean(np.array(sums) >= observed - 1e-6))


def test_random_splits_approach_the_exact_value(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, a, b = rng.standard_normal((4, 8, 5))
    exact = weat(x, y, a, b).p_value
    monkeypatch.setattr("asterism.analysis.weat.EXACT_LIMIT", 10)
    drawn = weat(x, y, a, b, n_splits=20_000)
    assert not drawn.is_exact
    assert drawn.p_value == pytest.approx(exact, abs=0.015)
    assert drawn == weat(x, y, a, b, n_splits=20_000)


def test_effect_size_stays_within_two(rng: np.random.Generator) -> None:
    for _ in range(20):
        assert abs(weat(*rng.standard_normal((4, 6, 4))).effect_size) <= 2


def test_sets_without_spread_are_refused() -> None:
    one = np.ones((2, 3))
    with pytest.raises(InputError, match="alike"):
        weat(one, one, np.eye(3)[:1], np.eye(3)[1:2])
    with pytest.raises(InputError, match="at least one each"):
        weat(one[:0], one, one, one)
