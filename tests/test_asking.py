"""Word lists and names of clusters from a language model behind a server, end to end."""

from __future__ import annotations

import json

import pyarrow.csv
import pytest

import asterism
from asterism.asking import LanguageModel
from asterism.caching import cache_report, clear_cache
from asterism.cli import main
from asterism.errors import AsterismWarning, InputError, OutputExists, ProviderFailed
from asterism.remote.chat import Question
from asterism.remote.reading import json_values, without_thinking
from scripted_server import DROP, Reply, Script, serve

KNOWN = {
    "fruits": ["apple", "pear", "fig", "plum", "orange", "grape", "mango", "lime"],
    "vehicles": ["car", "bus", "tram", "bike", "train", "ship", "plane", "van"],
}


def said(content, **more):
    return Reply({"choices": [{"index": 0, "message": {"role": "assistant", "content": content, **more}}]})


def listing(body, path):
    """A model that knows eight words of each category and writes them in a fence, some twice."""
    prompt = body["messages"][1]["content"]
    category = next(name for name in KNOWN if f'category "{name}"' in prompt)
    fresh = [word for word in KNOWN[category] if f" {word}" not in prompt]
    return said("Sure!\n```json\n" + json.dumps({"words": [*fresh[:4], fresh[0].upper() if fresh else ""]}) + "\n```")


def ask(url, *questions, **options):
    chosen = questions or ("hello",)
    model = LanguageModel("llama", base_url=url, **options)
    return model.answer([Question("Be brief.", text, {"type": "object"}) for text in chosen])


def test_words_come_in_rounds_and_become_a_map(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with serve(Script(listing)) as url:
        main_or_exit("words", "--category", "fruits", "--category", "vehicles", "-n", "6", "--model", "llama3.2",
                     "--base-url", url, "-o", "words.csv")  # fmt: skip
    assert capsys.readouterr().out == "words.csv\n"
    table = pyarrow.csv.read_csv("words.csv")
    assert table.column_names == ["word", "category", "round", "model", "temperature", "date", "prompt"]
    assert table.column("word").to_pylist() == KNOWN["fruits"][:6] + KNOWN["vehicles"][:6]
    assert set(table.column("round").to_pylist()) == {1, 2}
    assert table.column("model")[0].as_py().startswith("llama3.2 at 127.0.0.1")
    main_or_exit("map", "words.csv", "--color", "category", "--method", "pca", "-o", "words.parquet", "--quiet")
    reading = asterism.read("words.csv")
    assert reading.text_column == "word"


def main_or_exit(*arguments):
    """The exit code."""
    try:
        main(list(arguments))
    except SystemExit as error:
        return error.code
    return 0


def test_words_are_asked_with_a_schema_a_seed_and_what_is_known():
    script = Script(listing)
    with serve(script) as url:
        found = asterism.words(["fruits"], model="openai:llama", base_url=url, n=7, seed=3, temperature=0.5)
    path, body, _ = script.posts[0]
    assert path == "/v1/chat/completions"
    assert (body["model"], body["temperature"], body["seed"]) == ("llama", 0.5, 3)
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["words"]
    assert script.posts[1][1]["seed"] == 4
    assert "already: apple, pear, fig, plum" in script.posts[1][1]["messages"][1]["content"]
    assert found.lists.words["fruits"] == tuple(KNOWN["fruits"][:7])
    assert (found.seed, found.temperature) == (3, 0.5)


def test_what_could_not_be_had_is_said_on_stderr(capsys):
    with serve(Script(listing)) as url:
        code = main_or_exit("words", "--category", "fruits", "-n", "20", "--model", "m", "--base-url", url)
    out, err = capsys.readouterr()
    assert code == 0
    assert "fruits: 8 of 20" in err
    assert out.splitlines()[0].split() == ["word", "category"]
    assert len(out.splitlines()) == 9


def test_answers_tell_all_as_json(capsys):
    with serve(Script(listing)) as url:
        main_or_exit("words", "--category", "fruits", "-n", "3", "--model", "m", "--base-url", url, "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["lists"]["words"] == {"fruits": ["apple", "pear", "fig"]}
    assert facts["prompt"].startswith("List {n}")


def test_words_do_not_overwrite_and_want_a_table(tmp_path, capsys):
    target = tmp_path / "words.csv"
    target.write_text("mine")
    arguments = ("words", "--category", "fruits", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "-o")
    assert main_or_exit(*arguments, str(target)) == 1
    assert "--force" in capsys.readouterr().err
    assert main_or_exit(*arguments, "words.html") == 2
    with serve(Script(listing)) as url:
        found = asterism.words(["fruits"], model="m", base_url=url, n=2)
    with pytest.raises(OutputExists):
        found.save(target)
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        found.save(tmp_path / "words.txt")


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (("json_schema",), "response_format type json_schema is not supported"),
        (("json_schema", "json_object"), "unknown field response_format"),
        (("seed",), "Unsupported parameter: 'seed'"),
        (("temperature", "json_schema"), "bad request"),
    ],
)
def test_what_the_server_does_not_know_is_left_out(refused, message):
    def answer(body, path):
        form = body.get("response_format", {}).get("type")
        bad = any(name == form or name in body for name in refused)
        return Reply({"error": {"message": message}}, 400) if bad else said("fine")

    script = Script(answer)
    with serve(script) as url:
        assert ask(url, "one", "two", "three") == ["fine"] * 3
    assert len(script.posts) <= 12


def test_a_model_that_only_thinks_is_asked_not_to():
    def answer(body, path):
        if body.get("reasoning_effort") == "none":
            return said("done")
        return said("", reasoning="hmm, let me see")

    script = Script(answer)
    with serve(script) as url:
        assert ask(url) == ["done"]
    assert len(script.posts) == 2


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>fruits? [1]</think>\n[2]", "[2]"),
        ("I think\n</think>answer", "answer"),
        ("<think>never ends", ""),
        ("<thinking>a</thinking><think>b</think>c", "c"),
        (" plain ", "plain"),
    ],
)
def test_thinking_is_no_answer(text, rest):
    assert without_thinking(text) == rest


def test_json_is_found_between_talk():
    assert next(json_values('Sure [sic]: {"a": [1]} and {"b": 2}')) == {"a": [1]}
    assert list(json_values("no json [here")) == []
    assert list(json_values("[" * 100_000)) == []


def test_answers_are_asked_for_once_and_can_be_cleared():
    script = Script(lambda *_: said("fine"))
    with serve(script) as url:
        assert ask(url) == ask(url) == ["fine"]
        assert len(script.posts) == 1
        ask(url, cache=False)
        ask(url, temperature=1.0)
    assert len(script.posts) == 3
    assert cache_report().answers == 2
    assert clear_cache() > 0
    assert cache_report().answers == 0


def test_answers_that_cannot_be_kept_are_answers_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("a file, where a folder should be")
    monkeypatch.setenv("ASTERISM_CACHE_DIR", str(tmp_path / "file"))
    with serve(Script(lambda *_: said("fine"))) as url, pytest.warns(AsterismWarning, match="Answers are not kept"):
        assert ask(url) == ["fine"]


def test_a_server_that_drops_a_few_is_survived_and_one_that_is_gone_is_told():
    script = Script(lambda *_: DROP if len(script.posts) < 3 else said("fine"))
    with serve(script) as url:
        assert ask(url) == ["fine"]
    missing = Script(lambda *_: Reply({"error": {"message": "model 'llama' not found"}}, 404))
    with serve(missing) as url, pytest.raises(ProviderFailed, match=r"failed: HTTP 404.*ollama pull"):
        ask(url)


NEWS = [
    *("the goalkeeper saved a penalty in the cup", "the striker scored in the final", "a penalty decided the match"),
    *("the striker left the match injured", "the cup final was a match of penalties", "the goalkeeper and striker met"),
    *("shares fell on the stock market", "the stock market closed higher", "investors sold shares and bonds"),
    *("bonds and shares rose", "investors fear the market", "the market for bonds is calm"),
]  # fmt: skip


def naming(body, path):
    group = json.loads(body["messages"][1]["content"])
    return said(json.dumps({"name": f"On {group['keywords'][0]}"}))


def test_clusters_are_named_in_python_and_that_is_said():
    space = asterism.embed(NEWS)
    with serve(Script(naming)) as url:
        found = space.clusters(name_with="llama3.2", base_url=url)
    assert found.labels.names[0]
    assert all(name.startswith("On ") for name in found.labels.names[0])
    assert found.remarks[0].endswith(f"clusters are named by llama3.2 at {url[7:-3]}.")


def test_clusters_and_maps_are_named_on_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news.txt").write_text("\n".join(NEWS))
    monkeypatch.setenv("ASTERISM_API_KEY", "sk-very-secret")
    with serve(Script(naming)) as url:
        assert main_or_exit("clusters", "news.txt", "--name-with", "llama3.2", "--base-url", url) == 0
        out, err = capsys.readouterr()
        assert "On " in out
        assert "named by llama3.2 at 127.0.0.1" in err
        outputs = ("-o", "news.html", "-o", "news.space")
        assert main_or_exit("map", "news.txt", "--name-with", "llama3.2", "--base-url", url, *outputs) == 0
    page = (tmp_path / "news.html").read_text()
    assert "named by llama3.2 at 127.0.0.1" in capsys.readouterr().err
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"sk-very-secret" not in everything
    assert "sk-very-secret" not in page


def test_no_word_at_all_is_an_error_that_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def answer(body, path):
        return Reply(
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "I am a model of vectors."}}]}
        )

    with serve(Script(answer)) as url:
        asked = ("words", "--category", "fruits", "--model", "m", "--base-url", url, "-o", "words.csv")
        assert main_or_exit(*asked) == 1
    assert "no word of 'fruits' when asked 2 times. Name a language model that chats" in capsys.readouterr().err
    assert not (tmp_path / "words.csv").exists()
