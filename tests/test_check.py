from __future__ import annotations

import numpy as np
import pytest

from asterism._check import as_vectors, check_choice, check_range, check_whole
from asterism._deps import require
from asterism._rng import generator
from asterism._threads import thread_count
from asterism.errors import InputError, MissingDependency


def test_vectors_of_the_right_kind_are_not_copied(rng):
    given = rng.random((5, 3), dtype=np.float32)
    assert as_vectors(given) is given


def test_vectors_of_another_dtype_become_float32():
    assert as_vectors([[1, 2], [3, 4]]).dtype == np.float32


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros(3), r"shape \(3,\) and dtype float64; expected \(n, d\)"),
        (np.array([["a"]]), "real numbers"),
        ([[0.0, 1.0], [np.nan, 1.0]], "row 1"),
        ([[np.inf]], "row 0"),
    ],
)
def test_vectors_that_cannot_be_used_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        as_vectors(given)


def test_choice_lists_what_is_allowed():
    with pytest.raises(InputError, match="method is 'x'; expected one of 'a', 'b'"):
        check_choice("x", ["a", "b"], name="method")


@pytest.mark.parametrize(
    ("value", "low", "high", "message"),
    [(0, 1, None, "at least 1"), (9, None, 8, "at most 8"), (9, 1, 8, "between 1 and 8"), (np.nan, 0, 1, "nan")],
)
def test_numbers_out_of_range_are_refused(value, low, high, message):
    with pytest.raises(InputError, match=message):
        check_range(value, name="k", low=low, high=high)


def test_missing_package_names_the_command():
    with pytest.raises(MissingDependency, match=r"pip install 'asterism\[hf\]'"):
        require("no_such_package_anywhere", extra="hf", why="to load a transformer")


def test_stages_draw_independent_numbers():
    assert generator(0, "a").random() == generator(0, "a").random()
    assert generator(0, "a").random() != generator(0, "b").random()


def test_threads_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("ASTERISM_THREADS", "3")
    assert thread_count() == 3
    assert thread_count(2) == 2
    monkeypatch.setenv("ASTERISM_THREADS", "many")
    with pytest.raises(InputError, match="ASTERISM_THREADS"):
        thread_count()


@pytest.mark.parametrize("value", [1.5, 2.0, "3", None, True, np.inf, np.nan, [2]])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(InputError, match="expected a whole number, at least 1"):
        check_whole(value, name="k", low=1)


@pytest.mark.parametrize("value", ["3", None, True, np.inf, [2.0]])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(InputError, match="expected a number, at least 1"):
        check_range(value, name="perplexity", low=1)


@pytest.mark.parametrize("value", [2, np.int64(2), np.uint8(2), 10**400])
def test_whole_numbers_of_any_kind_pass(value):
    check_whole(value, name="k", low=1)


def test_numbers_of_any_kind_pass():
    for value in (2, 2.5, np.float32(2.5), np.int8(2), 10**400):
        check_range(value, name="perplexity", low=1)


@pytest.mark.parametrize("seed", [-1, 1.5, None])
def test_seeds_that_are_no_whole_numbers_are_refused(seed):
    with pytest.raises(InputError, match="seed is"):
        generator(seed, "a")
