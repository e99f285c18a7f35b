"""Lists of words by category from a language model: what to ask, how to read whatever is answered, when to ask again.

Nothing here talks to a server: `gather_words` is given a function that answers questions.
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from asterism._check import check_texts, check_whole
from asterism._progress import SILENT
from asterism.errors import InputError
from asterism.remote.reading import json_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from asterism._progress import Reporter

SYSTEM = (
    "You write lists of words for a data set. Answer with JSON only, an object with one list of strings: "
    '{"words": ["first", "second"]}. One word or fixed expression per string, in its plain form, common ones first. '
    "No numbering, no explanations, no repetitions."
)
# What is in braces is filled in for each question.
PROMPT = 'List {n} different words or fixed expressions that belong to the category "{category}".{others}{known}'
OTHERS = " They must not belong just as well to: {others}."
KNOWN = " Not these, which are on the list already: {known}."
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"type": "string"}}},
    "required": ["words"],
    "additionalProperties": False,
}
# More at once makes small models repeat themselves.
MOST_AT_ONCE = 50
_MOST_KNOWN = 300
_LONGEST_WORD, _MOST_PARTS = 60, 5


class Asked(NamedTuple):
    """One question.

    Attributes:
        category: What words are wanted of.
        prompt: The question.
        seed: Another in every round.
    """

    category: str
    prompt: str
    seed: int


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words by category, and how they came about.

    Attributes:
        words: Category → its words, in the order in which they came.
        rounds: Category → the round in which each word came, counted from 1.
        dropped: Category → what was answered and not taken, with the reason.
        missing: Category → how many words could not be had; only those that lack some.
        asked: How many were wanted of each.
        n_rounds: Rounds of questions.
    """

    words: Mapping[str, tuple[str, ...]]
    rounds: Mapping[str, tuple[int, ...]]
    dropped: Mapping[str, tuple[tuple[str, str], ...]]
    missing: Mapping[str, int]
    asked: int
    n_rounds: int

    @property
    def remarks(self) -> tuple[str, ...]:
        """What people should know, one sentence each."""
        short = [f"{category}: {self.asked - n} of {self.asked}" for category, n in self.missing.items()]
        said = [f"Not all words could be had in {self.n_rounds} rounds: {', '.join(short)}."] if short else []
        pairs = [pair for dropped in self.dropped.values() for pair in dropped]
        twice = list(dict.fromkeys(word for word, reason in pairs if reason.startswith("also in")))
        if twice:
            shown = ", ".join(twice[:8]) + (" …" if len(twice) > 8 else "")
            said.append(f"Answered for a second category, too, and kept in the first: {shown}.")
        return tuple(said)


@dataclass(slots=True)
class _Draft:
    """The lists while they grow."""

    words: dict[str, list[str]]
    rounds: dict[str, list[int]]
    dropped: dict[str, list[tuple[str, str]]]
    owner: dict[str, str] = field(default_factory=dict)

    def take(self, category: str, answered: Iterable[str], n: int, number: int) -> int:
        """Add new words; says how many."""
        added = 0
        for word in answered:
            if len(self.words[category]) == n:
                break
            reason = self._reason(category, word)
            if reason:
                self.dropped[category].append((word, reason))
                continue
            self.owner[same_word(word)] = category
            self.words[category].append(word)
            self.rounds[category].append(number)
            added += 1
        return added

    def _reason(self, category: str, word: str) -> str:
        key = same_word(word)
        if not key:
            return "no word"
        if key == same_word(category):
            return "the category itself"
        owner = self.owner.get(key)
        if owner is None:
            return ""
        return "answered twice" if owner == category else f"also in {owner}"


def gather_words(
    categories: Sequence[str],
    ask: Callable[[Sequence[Asked]], Iterable[str]],
    *,
    n: int = 25,
    rounds: int = 5,
    single: bool = False,
    keep_case: bool = False,
    seed: int = 0,
    report: Reporter = SILENT,
) -> WordLists:
    """Ask for words of each category until there are enough, or nothing new comes.

    Two words are the same when they agree without regard to case, width, spaces, hyphens, dots and apostrophes. A word
    that is answered for two categories stays in the one where it came first: in the earlier round, and within a round
    in the order of the categories. The name of the category is no word of it.

    Args:
        categories: Names, different from each other.
        ask: Answers questions, in their order; an answer may be anything, "" for none.
        n: Words wanted of each.
        rounds: At most; a category for which a round after the first brings nothing new is not asked about again.
        single: Take only words without spaces.
        keep_case: Leave capitals as they are answered; otherwise words are in lower case, so that what some answers
            capitalise is not a group of its own on a map.
        seed: Of the first round; every round has the next one.
        report: Hears of one stage, counted in words.

    Returns:
        The lists.

    Raises:
        InputError: No category, an empty one, or one that is given twice.
    """
    check_whole(n, name="n", low=1)
    check_whole(rounds, name="rounds", low=1)
    names = [" ".join(category.split()) for category in check_texts(categories, name="categories")]
    if not names or not all(names) or len({same_word(name) for name in names}) < len(names):
        raise InputError(f"categories is {tuple(categories)!r}; expected different names, at least one.")
    draft = _Draft({name: [] for name in names}, {name: [] for name in names}, {name: [] for name in names})
    open_ = list(names)
    done = 0
    report.start("words", n * len(names), unit="words wanted")
    while open_ and done < rounds:
        done += 1
        questions = [_question(name, names, draft.words[name], n, seed + done - 1) for name in open_]
        answers = list(ask(questions))
        stuck = []
        for name, answer in zip(list(open_), answers, strict=True):
            found = [normalise(word, keep_case=keep_case) for word in parse_words(answer)]
            added = draft.take(name, (word for word in found if not (single and " " in word)), n, done)
            report.advance(added)
            if not added and done > 1:
                stuck.append(name)
        open_ = [name for name in open_ if name not in stuck and len(draft.words[name]) < n]
    report.done()
    return WordLists(
        words={name: tuple(words) for name, words in draft.words.items()},
        rounds={name: tuple(numbers) for name, numbers in draft.rounds.items()},
        dropped={name: tuple(dropped) for name, dropped in draft.dropped.items()},
        missing={name: n - len(words) for name, words in draft.words.items() if len(words) < n},
        asked=n,
        n_rounds=done,
    )


def _question(category: str, names: Sequence[str], known: Sequence[str], n: int, seed: int) -> Asked:
    lacking = n - len(known)
    wanted = min(MOST_AT_ONCE, lacking + max(2, lacking // 5))
    others = ", ".join(name for name in names if name != category)
    listed = ", ".join(known[-_MOST_KNOWN:])
    prompt = PROMPT.format(
        n=wanted,
        category=category,
        others=OTHERS.format(others=others) if others else "",
        known=KNOWN.format(known=listed) if listed else "",
    )
    return Asked(category, prompt, seed)


# Spaces, hyphens and dashes, dots, apostrophes; no other signs, which tell C from C++, and no marks over letters.
_IGNORED = re.compile(r"[\s_\-\u2010-\u2015\u2212.\u00b7'`\u2018\u2019\u02bc]+")


def same_word(word: str) -> str:
    """What two spellings of one word have in common: no case, width, spaces, hyphens, dots or apostrophes."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", word).casefold())


def normalise(word: str, *, keep_case: bool = False) -> str:
    """A word as it goes into a list: NFC, single spaces, without marks at its ends, in lower case unless kept."""
    plain = " ".join(unicodedata.normalize("NFC", word).split()).strip(" \t'\"“”‘’«»`*_.,;:!?()[]{}<>-–—•·")
    return plain if keep_case else plain.lower()


def parse_words(answer: str) -> list[str]:
    """Read words out of whatever a language model answered.

    Args:
        answer: JSON (an object with a list, a list, objects with a word each), perhaps in a code fence, with talk
            around it or cut short; or lines with bullets or numbers; or words between commas.

    Returns:
        The words as they stand there, marks and all; what is too long for a word is left out.
    """
    text = answer.strip()
    for found in (_from_json(text), _from_cut_json(text), _from_lines(text)):
        words = [word for word in found if _may_be_word(word)]
        if words:
            return words
    return []


def _may_be_word(word: str) -> bool:
    plain = word.strip()
    return 0 < len(plain) <= _LONGEST_WORD and len(plain.split()) <= _MOST_PARTS and any(map(str.isalnum, plain))


_NUMBER = re.compile(r"^\s*\(?\d{1,4}[.):\]]\s+")


def _from_json(text: str) -> list[str]:
    """The strings of the longest list in the first JSON value that has one."""
    for value in json_values(text):
        words = max(_lists(value), key=len, default=[])
        if words:
            # One number alone may belong to its word: "1. FC Köln".
            is_numbered = 2 * sum(bool(_NUMBER.match(word)) for word in words) > len(words) > 1
            return [_NUMBER.sub("", word) for word in words] if is_numbered else words
    return []


def _lists(value: Any) -> list[list[str]]:  # noqa: ANN401 - whatever JSON holds
    """All lists of words within a JSON value; {"1": "pear", "2": "plum"} is one, too."""
    if isinstance(value, list):
        own = [word for item in value if (word := _word_of(item))]
        return [own] + [found for item in value if isinstance(item, list) for found in _lists(item)]
    if isinstance(value, dict):
        own = [item for item in value.values() if isinstance(item, str)]
        within = [found for item in value.values() if isinstance(item, list | dict) for found in _lists(item)]
        return within or [own]
    return []


def _word_of(item: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        named = [item[name] for name in ("word", "name", "item", "term", "text") if isinstance(item.get(name), str)]
        others = [value for value in item.values() if isinstance(value, str)]
        return str((named or others or [""])[0])
    return ""


def _from_cut_json(text: str) -> list[str]:
    """Whole strings of a list that was cut short, as when the answer ran out of tokens."""
    start = text.find("[")
    if start < 0 or '"' not in text[start:]:
        return []
    words = []
    for found in re.findall(r'"(?:[^"\\\n]|\\.)*"', text[start:]):
        with suppress(ValueError):  # an escape that JSON does not know
            words.append(json.loads(found))
    return words


_BULLET = re.compile(r"^\s*(?:[-*•·–—+]|\(?\d{1,4}[.):\]]|[a-zA-Z][.)])\s+")


def _from_lines(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("```", *"{}[]"))]
    bulleted = [line for line in lines if _BULLET.match(line)]
    if bulleted:
        return [_item(_BULLET.sub("", line)) for line in bulleted]
    most = max(lines, key=lambda line: len(_at_commas(line)), default="")
    if len(_at_commas(most)) >= 3:
        return _at_commas(most)
    # Sentences are talk; a line that ends in a colon announces.
    return [_item(line) for line in lines if not re.search(r"[.!?:]\s*$", line) and len(line.split()) <= 3]


def _item(line: str) -> str:
    """The word of a line, without what explains it: "**Pear** – a fruit", "Pear (a fruit)", "Pear: sweet"."""
    bold = re.match(r"\s*(?:\*\*|__)(.+?)(?:\*\*|__)", line)
    return bold.group(1) if bold else re.split(r"\s+[-–—]\s+|\s*[(:;,]|\t", line.strip(), maxsplit=1)[0]


def _at_commas(line: str) -> list[str]:
    listed = line.rpartition(":")[2] if ":" in line else line
    parts = [part.strip() for part in re.split(r"[,;、，]", listed)]
    return [re.sub(r"^(?:and|or)\s+", "", part) for part in parts if part]
