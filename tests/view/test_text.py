from __future__ import annotations

import pytest

from asterism.view.figure import _text
from asterism.view.figure._text import BASE_FONT, Fonts, choose_fonts, clean, is_installed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("  two\n lines\tand\r\nmore ", "two lines and more"),
        ("nul\x00 and bell\x07", "nul� and bell�"),
        ("half \ud83d pair", "half � pair"),
        ("\u202eevil\u202c", "evil"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("H\u0335\u0336\u0337\u0338\u0339ello", "H\u0335\u0336\u0337ello"),
        ("$x^2_1$ <b>&amp;</b>", "$x^2_1$ <b>&amp;</b>"),
        ("", ""),
        (" \n\t ", ""),
    ],
)
def test_clean_leaves_one_line_that_can_be_drawn(text, shown):
    assert clean(text, 80) == shown


def test_clean_shortens_with_an_ellipsis():
    assert clean("word " * 40_000, 12) == "word word w…"
    assert clean("exactly 12!!", 12) == "exactly 12!!"


def test_characters_without_a_glyph_become_boxes_and_are_counted():
    fonts = Fonts((BASE_FONT,))
    assert fonts.drawable("a\U0001fae8b") == "a□b"
    assert fonts.missing == {"\U0001fae8"}


def test_a_joiner_without_a_glyph_is_dropped_in_silence():
    fonts = Fonts((BASE_FONT,))
    assert "□" not in fonts.drawable("a\u206ab")
    assert fonts.missing == set()


def test_right_to_left_letters_are_in_the_base_font():
    fonts = choose_fonts(["שלום", "مرحبا"])
    assert fonts.families == (BASE_FONT,)
    assert fonts.drawable("שלום مرحبا") == "שלום مرحبا"


def test_ascii_needs_no_look_into_the_fonts():
    assert choose_fonts(["plain"]).families == (BASE_FONT,)


def test_bold_is_used_where_the_bold_face_has_every_character():
    fonts = Fonts((BASE_FONT,))
    assert fonts.weight("König", bold=True) == "bold"
    assert fonts.weight("König", bold=False) == "normal"


def test_the_font_of_matplotlib_is_installed_and_an_invented_one_is_not():
    assert is_installed(BASE_FONT)
    assert not is_installed("No Such Family")


def test_characters_that_the_base_font_lacks_come_from_an_installed_fallback(monkeypatch):
    monkeypatch.setattr(_text, "FALLBACK_FONTS", ("No Such Family", "STIXGeneral"))
    rare = chr(min(_text._charmap("STIXGeneral", "normal") - _text._charmap(BASE_FONT, "normal")))
    fonts = choose_fonts(["plain", rare])
    assert fonts.families == (BASE_FONT, "STIXGeneral")
    assert fonts.drawable(rare) == rare
    assert fonts.missing == set()


def test_a_fallback_without_the_wanted_characters_is_not_used(monkeypatch):
    monkeypatch.setattr(_text, "FALLBACK_FONTS", ("STIXGeneral",))
    assert choose_fonts(["\U0001fae8"]).families == (BASE_FONT,)
