"""What the built-in model cannot read is said."""

from __future__ import annotations

import pyarrow as pa
import pytest

import asterism
from asterism.embed.scripts import tell_unread

OTHERS = ["这是一个测试", "Москва слезам не верит", "السلام عليكم", "नमस्ते दुनिया"]


@pytest.mark.parametrize("text", OTHERS)
def test_other_scripts_are_said_of_the_built_in_model_alone(text: str) -> None:
    column = pa.chunked_array([[text, "an English one"]])
    (told,) = tell_unread(column, "builtin")
    assert told.startswith("50 % of the texts are not in Latin letters")
    assert tell_unread(column, "paraphrase-multilingual-MiniLM-L12-v2") == ()


def test_latin_letters_numbers_signs_and_a_few_others_are_not_remarked() -> None:
    latin = ["Größe", "łódź", "Tiếng Việt", "12:30", "🎉🎉", "$\\alpha$ and β decay", "", None]
    assert tell_unread(pa.chunked_array([latin]), "builtin") == ()
    assert tell_unread(pa.chunked_array([["word"] * 19 + ["слово"]]), "builtin") == ()
    assert tell_unread(pa.chunked_array([[]], pa.string()), "builtin") == ()


def test_more_texts_than_one_array_holds_are_looked_at() -> None:
    chunk = pa.array(["слово" * 100_000])  # of a megabyte, which stands in memory once
    (told,) = tell_unread(pa.chunked_array([chunk] * 2200), "builtin")
    assert told.startswith("100 %")


def test_a_map_says_what_was_not_read() -> None:
    space = asterism.embed([*OTHERS, "\u0e02\u0e49\u0e32\u0e27" * 3, "one cat", "two dogs"])
    told = " ".join(space.map().scene.remarks)
    assert "% of the texts are not in Latin letters" in told
    assert "vectors of zeros" not in told
