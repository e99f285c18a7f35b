"""What a language model is asked for: words of categories, names of clusters."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from asterism._files import write_atomically
from asterism._progress import SILENT
from asterism.analysis import wordlist
from asterism.cluster import llm_names
from asterism.errors import AsterismWarning, InputError, OutputExists, ProviderFailed
from asterism.remote import find_server
from asterism.remote.chat import Chat, Question
from asterism.store.answers import ANSWERS
from asterism.store.results import cache_folder
from asterism.store.table import write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from asterism._progress import Reporter
    from asterism.analysis.wordlist import Asked, WordLists
    from asterism.cluster.llm_names import Named
    from asterism.values import Clustering, Labels


class LanguageModel:
    """A language model behind an OpenAI-compatible server.

    The same question at the same temperature and seed is asked once: answers are kept in the cache folder, so that a
    map that is made again has the names it had.

    Args:
        model: Its name on the server, with or without "openai:" before it.
        base_url: Of the server; None for OpenAI.
        temperature: 0 for the likeliest answer.
        cache: Take and keep answers.

    Raises:
        InputError: No name, or no usable address.
    """

    def __init__(self, model: str, *, base_url: str | None, temperature: float = 0.0, cache: bool = True) -> None:
        name = model.removeprefix("openai:").strip()
        if not name:
            raise InputError("No language model is named; expected the name it has on its server, such as llama3.2.")
        self._chat = Chat(find_server(base_url), name, temperature=temperature)
        self._folder = cache_folder() / ANSWERS if cache else None

    @property
    def name(self) -> str:
        """The model and where it is, for people."""
        return f"{self._chat.model} at {self._chat.server.host}"

    def answer(self, questions: Sequence[Question], *, report: Reporter = SILENT) -> list[str]:
        """Answers in the order of the questions, "" where there is none, which is remarked.

        Args:
            questions: What to ask.
            report: Hears of questions without an answer.

        Raises:
            ProviderFailed: The server is not there, does not know the model, or is gone.
        """
        answers = [self._kept(question) for question in questions]
        missing = [number for number, answer in enumerate(answers) if answer is None]
        for reply in self._chat.ask([questions[number] for number in missing]) if missing else ():
            number = missing[reply.number]
            answers[number] = reply.text
            if reply.trouble:
                report.remark(f"{self.name} gave no answer to one question: {reply.trouble}.")
            else:
                self._keep(questions[number], reply.text)
        return [answer or "" for answer in answers]

    def _path(self, question: Question) -> Path | None:
        if self._folder is None:
            return None
        chat = self._chat
        asked = [question.system, question.user, question.schema, question.seed]
        key = json.dumps([chat.server.base_url, chat.model, chat.temperature, *asked])
        return self._folder / f"{blake2b(key.encode(), digest_size=16).hexdigest()}.txt"

    def _kept(self, question: Question) -> str | None:
        path = self._path(question)
        return path.read_text("utf-8") if path is not None and path.is_file() else None

    def _keep(self, question: Question, answer: str) -> None:
        path = self._path(question)
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, answer.encode("utf-8", "replace"))
        except OSError as exc:  # an answer that cannot be kept is an answer all the same
            message = f"Answers are not kept in '{path.parent}' ({exc.strerror}); they will be asked for again."
            warnings.warn(message, AsterismWarning, stacklevel=3)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words by category from a language model, and how they came about.

    Attributes:
        lists: The words, the rounds in which they came, what was not taken, what could not be had.
        model: The model and where it is.
        temperature: How freely it answered.
        seed: Of the first round.
        date: When it was asked, UTC, as in "2026-11-21".
        prompt: What it was asked, with the places that are filled in for each question in braces.
    """

    lists: WordLists
    model: str
    temperature: float
    seed: int
    date: str
    prompt: str

    @property
    def table(self) -> pa.Table:
        """A row per word: `word, category`, and where it comes from: `round, model, temperature, date, prompt`."""
        rows = [
            (word, category, number)
            for category, words in self.lists.words.items()
            for word, number in zip(words, self.lists.rounds[category], strict=True)
        ]
        told = {"model": self.model, "temperature": self.temperature, "date": self.date, "prompt": self.prompt}
        columns: dict[str, Any] = {
            "word": pa.array([row[0] for row in rows], pa.string()),
            "category": pa.array([row[1] for row in rows], pa.string()),
            "round": pa.array([row[2] for row in rows], pa.int32()),
        }
        return pa.table(columns | {name: pa.array([value] * len(rows)) for name, value in told.items()})

    def save(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Write the table, so that `asterism map words.csv --color category` shows it.

        Args:
            path: `.csv` or `.parquet`.
            force: Overwrite what is there.

        Raises:
            InputError: Another ending.
            OutputExists: There is something, and `force` is not given.
        """
        target = Path(path)
        if target.suffix not in (".csv", ".parquet"):
            raise InputError(f"Words cannot be written to '{target}'; expected a name ending in .csv or .parquet.")
        if target.exists() and not force:
            raise OutputExists(f"'{target}' exists; choose another name, or overwrite it (force=True).")
        write_table(self.table, target)


def ask_words(
    model: LanguageModel, categories: Sequence[str], wanted: Mapping[str, Any], *, report: Reporter = SILENT
) -> WordLists:
    """Ask a model for words; `wanted` holds the options of `asterism.analysis.wordlist.gather_words`."""

    def ask(asked: Sequence[Asked]) -> list[str]:
        questions = [Question(wordlist.SYSTEM, each.prompt, wordlist.SCHEMA, each.seed) for each in asked]
        return model.answer(questions, report=report)

    return wordlist.gather_words(categories, ask, report=report, **wanted)


def words(
    categories: Sequence[str],
    *,
    model: str,
    base_url: str | None = None,
    n: int = 25,
    temperature: float = 0.7,
    seed: int = 0,
    cache: bool = True,
    report: Reporter = SILENT,
    **wanted: Any,  # noqa: ANN401 - `rounds`, `single` and `keep_case` of gather_words
) -> Words:
    """Ask a language model for words of categories.

    Args:
        categories: Names of the categories.
        model: Its name on the server.
        base_url: Of an OpenAI-compatible server, as "http://localhost:11434/v1"; None for OpenAI.
        n: Words wanted of each category.
        temperature: How freely it answers.
        seed: For servers that take one.
        cache: Take answers to the same questions from the cache, and keep them there.
        report: Hears of the progress.
        **wanted: `rounds` (at most, 5), `single` (no spaces), `keep_case`.

    Returns:
        The words; `.table` is what `asterism.embed` takes, `.save(path)` writes it.

    Raises:
        ProviderFailed: The server is not there, does not know the model, or is gone; or no answer held a single word.
        InputError: Categories that are not different names, or an option out of range.
    """
    speaker = LanguageModel(model, base_url=base_url, temperature=temperature, cache=cache)
    lists = ask_words(speaker, categories, {"n": n, "seed": seed, **wanted}, report=report)
    if not any(lists.words.values()):
        message = f"'{speaker.name}' answered with no word of {', '.join(map(repr, categories))} when asked "
        times = "once" if lists.n_rounds == 1 else f"{lists.n_rounds} times"
        raise ProviderFailed(f"{message}{times}. Name a language model that chats, ask anew (--no-cache), or reword.")
    date = datetime.now(UTC).date().isoformat()
    return Words(lists, speaker.name, temperature, seed, date, wordlist.PROMPT)


def name_clusters_with(
    model: LanguageModel,
    texts: Sequence[str | None],
    clustering: Clustering,
    labels: Labels,
    *,
    report: Reporter = SILENT,
) -> Named:
    """Let a language model name clusters; see `asterism.cluster.llm_names.name_with`."""

    def ask(asked: Sequence[str]) -> list[str]:
        questions = [Question(llm_names.SYSTEM, each, llm_names.SCHEMA) for each in asked]
        return model.answer(questions, report=report)

    return llm_names.name_with(ask, texts, clustering, labels, report=report)
