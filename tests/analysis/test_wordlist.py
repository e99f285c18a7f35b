"""Words out of whatever a language model answers."""

from __future__ import annotations

import pytest

from asterism.analysis.wordlist import gather_words, normalise, parse_words, same_word
from asterism.errors import InputError

FRUITS = ["apple", "pear", "fig"]


@pytest.mark.parametrize(
    "answer",
    [
        '{"words": ["apple", "pear", "fig"]}',
        '["apple", "pear", "fig"]',
        '```json\n{"words": ["apple", "pear", "fig"]}\n```',
        'Sure! Here you are:\n{"words": ["apple", "pear", "fig"]}\nLet me know if you need more, [really].',
        '{"fruits": ["apple", "pear", "fig"], "note": "enjoy"}',
        '{"answer": {"category": "fruits", "items": ["apple", "pear", "fig"]}}',
        '{"words": ["1. apple", "2. pear", "(3) fig"]}',
        '[{"word": "apple", "why": "red"}, {"word": "pear"}, {"name": "fig"}]',
        '{"1": "apple", "2": "pear", "3": "fig"}',
        '{"words": ["apple", "pear", "fig", "unfin',
        '```\n{"words": [\n "apple",\n "pear",\n "fig"\n',
        "1. apple\n2. pear\n3. fig",
        "1) **apple** – a red one\n2) **pear**: sweet\n3) __fig__",
        "- apple\n- pear (green)\n* fig",
        "• apple\n• pear\n• fig\n\nI hope this helps!",
        "Here are some fruits:\napple\npear\nfig\nEnjoy them every day!",
        "apple, pear, and fig",
        "Fruits: apple, pear, fig",
        "apple、pear、fig",
        "a. apple\nb. pear\nc. fig",
    ],
)
def test_words_are_read_out_of_any_form(answer):
    assert [normalise(word) for word in parse_words(answer)] == FRUITS


def test_escapes_in_an_answer_that_was_cut_do_not_hide_the_words_behind_them():
    assert parse_words(r'{"words": ["caf\u00e9", "tea", "two\tlines", "mil') == ["café", "tea", "two\tlines"]
    assert parse_words(r'{"words": ["don\'t", "tea", "water", "mil') == ["tea", "water"]


def test_a_number_that_belongs_to_a_name_stays():
    assert parse_words('["1. FC Union", "Hertha", "Tennis Borussia"]')[0] == "1. FC Union"


@pytest.mark.parametrize(
    "answer",
    ["", "   ", "I cannot help with that, sorry.", "{}", "[]", "```json\n```", 'Sure!\n{"words": [""]}', "...", "!!"],
)
def test_answers_without_words_give_none(answer):
    assert parse_words(answer) == []


def test_what_is_too_long_for_a_word_is_left_out():
    talk = "As a large language model I would like to say that"
    assert parse_words(f'["fig", "{talk}", "{"x" * 80}", "💥", "42"]') == ["fig", "42"]


def test_words_lose_the_marks_around_them():
    assert normalise(" “Granny  Smith”. ") == "granny smith"
    assert normalise("**Äpfel**,") == "äpfel"
    assert normalise("New York", keep_case=True) == "New York"
    assert normalise("cafe\u0301") == "café"


def test_spellings_of_one_word_are_the_same():
    assert same_word("Ice-Cream") == same_word("ice cream") == same_word("ＩＣＥ cream") == same_word("ice’cream")
    assert same_word("résumé") != same_word("resume")
    assert len({same_word(word) for word in ("C", "C++", "C#")}) == 3
    assert same_word("काला") != same_word("कला")  # black, art: vowel signs are marks, not letters
    assert same_word("…") == ""


def scripted(*rounds):
    """Answers by category, round by round; and the questions that were asked."""
    asked = []

    def ask(questions):
        asked.append(list(questions))
        return [rounds[len(asked) - 1].get(question.category, "") for question in questions]

    return ask, asked


def test_lists_are_topped_up_without_what_is_known():
    ask, asked = scripted({"fruits": '["apple", "Apple", "pear"]'}, {"fruits": '["pear", "fig", "plum"]'})
    lists = gather_words(["fruits"], ask, n=4)
    assert lists.words["fruits"] == ("apple", "pear", "fig", "plum")
    assert lists.rounds["fruits"] == (1, 1, 2, 2)
    assert lists.missing == {}
    assert "already: apple, pear." in asked[1][0].prompt
    assert [questions[0].seed for questions in asked] == [0, 1]
    assert ("apple", "answered twice") in lists.dropped["fruits"]


def test_a_word_of_two_categories_stays_where_it_came_first():
    ask, asked = scripted(
        {"fruits": '["apple", "orange"]', "colours": '["red", "orange", "colours"]'}, {"colours": '["blue"]'}
    )
    lists = gather_words(["fruits", "colours"], ask, n=2)
    assert dict(lists.words) == {"fruits": ("apple", "orange"), "colours": ("red", "blue")}
    assert ("orange", "also in fruits") in lists.dropped["colours"]
    assert ("colours", "the category itself") in lists.dropped["colours"]
    assert "kept in the first: orange." in lists.remarks[0]
    assert [question.category for question in asked[1]] == ["colours"]
    assert "just as well to: fruits" in asked[1][0].prompt


def test_what_could_not_be_had_is_said():
    ask, asked = scripted({"a": '["x"]', "b": ""}, {"a": '["x"]', "b": '["y"]'}, {"b": '["z"]'}, {"b": ""})
    lists = gather_words(["a", "b"], ask, n=3, rounds=9)
    assert dict(lists.missing) == {"a": 2, "b": 1}
    assert "a: 1 of 3, b: 2 of 3" in lists.remarks[0]
    assert len(asked) == 4


def test_phrases_are_left_out_where_single_words_are_wanted():
    ask, _ = scripted({"fruits": '["passion fruit", "fig", "pear"]'})
    assert gather_words(["fruits"], ask, n=2, single=True).words["fruits"] == ("fig", "pear")


def test_many_words_are_asked_for_in_portions():
    ask, asked = scripted(
        *({"n": str([f"w{i}" for i in range(50 * k, 50 * k + 50)]).replace("'", '"')} for k in range(4))
    )
    assert len(gather_words(["n"], ask, n=200).words["n"]) == 200
    assert all("List 50 " in questions[0].prompt for questions in asked[:3])


@pytest.mark.parametrize("categories", [[], [""], ["a", " A "]])
def test_categories_are_different_names(categories):
    with pytest.raises(InputError, match="expected different names"):
        gather_words(categories, lambda questions: [""] * len(questions))
