"""Texts and tables on a terminal."""

from __future__ import annotations

from asterism._terminal import WIDEST, table_lines


def test_columns_are_aligned_for_wide_characters_and_endless_texts() -> None:
    lines = table_lines(("n", "text", "x"), [(1, "猫", 0.5), (10, "word\n" * 50, 0.123456)])
    assert lines[1].endswith("0.5000")
    assert lines[2].endswith("0.1235")
    assert "…" in lines[2]


def test_wide_characters_are_cut_where_the_column_ends_and_only_there() -> None:
    _, whole, cut, marked = table_lines(("text",), [("猫" * 38,), ("猫" * 39,), ("e\u0301" * 76,)])
    assert (whole, cut, marked) == ("猫" * (WIDEST // 2), "猫" * 37 + "…", "e\u0301" * WIDEST)


def test_decimal_points_of_a_column_stand_one_under_another() -> None:
    lines = table_lines(("x",), [(1.0,), (0.28,), (-73.749,)])
    assert lines == ["       x", "  1.0000", "  0.2800", "-73.7490"]


def test_whole_numbers_keep_every_digit() -> None:
    assert table_lines(("row",), [(2260509,), (5,)]) == ["    row", "2260509", "      5"]
    assert table_lines(("share",), [(1.0,), (1234567.0,)]) == ["  share", "      1", "1234567"]


def test_what_is_small_is_not_told_as_nothing_unless_it_is_rounding() -> None:
    assert table_lines(("p",), [(0.00000999,), (0.0,), (0.5,)]) == ["      p", "1.0e-05", " 0.0000", " 0.5000"]
    assert table_lines(("x",), [(-5.6e-08,), (0.5,)]) == ["     x", "0.0000", "0.5000"]


def test_what_is_missing_is_a_dash_and_what_is_true_is_a_word() -> None:
    lines = table_lines(("a", "b"), [(None, True), (float("nan"), False), (2.5, True)])
    assert lines == ["     a  b", "     –  yes", "     –  no", "2.5000  yes"]
