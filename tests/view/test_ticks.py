from __future__ import annotations

import numpy as np
import pytest

from asterism.view.figure._ticks import date_ticks, log_ticks, number_ticks


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-150, 40, ["−150", "−100", "−50", "0"]),
        (3, 3, ["3"]),
        (0, 97_000, ["0", "20,000", "40,000", "60,000", "80,000"]),
        (2e-9, 9e-9, ["2e-09", "4e-09", "6e-09", "8e-09"]),
    ],
)
def test_number_ticks_are_round(low, high, texts):
    assert [text for _, text in number_ticks(low, high)] == texts


@pytest.mark.parametrize("seed", range(20))
def test_number_ticks_lie_inside_and_are_two_to_six(seed):
    random = np.random.default_rng(seed)
    low = random.normal() * 10.0 ** random.integers(-6, 9)
    high = low + random.uniform(0.1, 10) * 10.0 ** random.integers(-6, 9)
    values = [value for value, _ in number_ticks(low, high)]
    slack = 1e-6 * (high - low)
    assert 2 <= len(values) <= 6
    assert all(low - slack <= value <= high + slack for value in values)


def milliseconds(*moments):
    return [float(np.datetime64(moment, "ms").astype(np.int64)) for moment in moments]


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        ("2019-03-01", "2023-12-31", ["2020", "2021", "2022", "2023"]),
        ("1900-01-01", "2024-01-01", ["1900", "1950", "2000"]),
        ("2024-01-15", "2024-06-20", ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]),
        ("2024-01-01", "2024-01-05", ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]),
        ("2024-01-01T10:00", "2024-01-01T12:30", ["2024-01-01 10:00", "2024-01-01 11:00", "2024-01-01 12:00"]),
        ("2024-01-01", "2024-01-01", ["2024-01-01 00:00:00"]),
    ],
)
def test_date_ticks_are_round_moments(first, last, texts):
    low, high = milliseconds(first, last)
    ticks = date_ticks(low, high)
    assert [text for _, text in ticks] == texts
    assert all(low <= value <= high for value, _ in ticks)


@pytest.mark.parametrize(
    ("low", "high", "offset", "texts"),
    [
        (0, 3.5, 1, ["0", "10", "100", "1,000"]),
        (-3, 0, 0, ["0.001", "0.01", "0.1", "1"]),
        (0.3, 0.9, 0, []),
        (0, 12, 0, ["1", "1,000", "1,000,000", "1e+09", "1e+12"]),
    ],
)
def test_log_ticks_are_powers_of_ten(low, high, offset, texts):
    ticks = log_ticks(low, high, offset)
    assert [text for _, text in ticks] == texts
    assert all(low <= place <= high for place, _ in ticks)
