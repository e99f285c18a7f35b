"""Reading expressions."""

from __future__ import annotations

import pytest

from asterism.analysis.expression import Term, format_expression, parse_expression
from asterism.errors import InputError


def parsed(expression: str, *known: str) -> list[tuple[float, str]]:
    return [(term.weight, term.text) for term in parse_expression(expression, is_known=known.__contains__)]


@pytest.mark.parametrize("minus", ["-", "−", "–", "－"])
def test_any_minus_sign_subtracts(minus: str) -> None:
    assert parsed(f"king {minus} man + woman") == [(1, "king"), (-1, "man"), (1, "woman")]


def test_weights_stand_before_their_term() -> None:
    assert parsed("0.5*paris + 2 × rome - .25·oslo") == [(0.5, "paris"), (2, "rome"), (-0.25, "oslo")]


@pytest.mark.parametrize("phrase", ['"new york"', "“new york”", "'new york'", "«new york»", "「new york」"])
def test_quoted_phrases_are_one_term(phrase: str) -> None:
    assert parsed(f"{phrase} - usa") == [(1, "new york"), (-1, "usa")]


def test_a_leading_minus_negates_the_first_term() -> None:
    assert parsed("-man+woman") == [(-1, "man"), (1, "woman")]


def test_an_apostrophe_without_a_partner_belongs_to_the_word() -> None:
    assert parsed("'tis + don't") == [(1, "'tis"), (1, "don't")]


def test_signs_without_spaces_split_unknown_words_only() -> None:
    assert parsed("king-man+woman") == [(1, "king"), (-1, "man"), (1, "woman")]
    assert parsed("well-known-man", "well-known") == [(1, "well-known"), (-1, "man")]
    assert parsed("C++ - speed", "C++") == [(1, "C++"), (-1, "speed")]


def test_many_terms_and_emoji_are_read() -> None:
    assert parsed(" + ".join(["🐱"] * 50)) == [(1, "🐱")] * 50


@pytest.mark.parametrize(
    ("expression", "at", "why"),
    [
        ("king - ", 8, "the expression ends"),
        ("king + - man", 8, "expected a term"),
        ("new york", 5, "quote a phrase"),
        ('king - "man', 8, "never closed"),
        ('king - ""', 8, "nothing between"),
        ("2 *", 4, "the expression ends"),
    ],
)
def test_an_error_points_at_the_place(expression: str, at: int, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        parse_expression(expression)
    message, line, caret = str(caught.value).split("\n")
    assert f"character {at}:" in message
    assert line[2:].rstrip() == expression.rstrip()
    assert caret.index("^") == 2 + at - 1


def test_the_caret_counts_columns_of_wide_characters() -> None:
    with pytest.raises(InputError) as caught:
        parse_expression("国王 - ")
    assert str(caught.value).split("\n")[2] == " " * (2 + 7) + "^"


@pytest.mark.parametrize("expression", ["", "   ", "\t\n"])
def test_an_empty_expression_is_refused_with_an_example(expression: str) -> None:
    with pytest.raises(InputError, match="king - man"):
        parse_expression(expression)


def test_formatting_reads_back_as_the_same_terms() -> None:
    terms = (Term(-1, "man"), Term(0.5, "new york"), Term(-2.5, "well-known"), Term(1, "king"))
    assert format_expression(terms) == '−man + 0.5*"new york" − 2.5*"well-known" + king'
    assert parse_expression(format_expression(terms)) == terms


@pytest.mark.parametrize("text", ['say "x" now', "2*a", ".5 × b", '"quoted"', "it's", "«such»"])
def test_texts_that_look_like_more_than_a_word_are_written_so_that_they_read_back(text: str) -> None:
    terms = (Term(1, text), Term(-1, "man"))
    assert parse_expression(format_expression(terms)) == terms
