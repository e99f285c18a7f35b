"""Maps of texts that a server embeds, from the command line."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest

import asterism
from asterism.cli import main
from asterism.embed import openai
from asterism.remote.pace import Patience
from scripted_server import DROP, Reply, Script, serve, vector_of, well

KEY = "sk-very-secret-0123456789"
TEXTS = [f"text number {i}" for i in range(200)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with texts, a key, and no long waits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASTERISM_API_KEY", KEY)
    monkeypatch.setattr(openai, "PATIENCE", Patience(first_wait_s=0.001, longest_wait_s=0.01))
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS) + "\n")


def call(capsys, *arguments):
    code = 0
    try:
        main(list(arguments))
    except SystemExit as error:
        code = error.code
    return code, *capsys.readouterr()


def refusing(text, body, path):
    return Reply({"error": {"message": "bad text"}}, 400) if text in body["input"] else well(body, path)


def test_a_map_has_all_rows_but_the_one_that_the_server_refused(capsys, tmp_path, private_cache):
    script = Script(partial(refusing, TEXTS[7]))
    with serve(script) as url:
        options = ("--model", "openai:m", "--base-url", url, "--force", "--json")
        embed = ("embed", "texts.txt", *options, "-o", "texts.space")
        code, out, _ = call(capsys, *embed)
        assert code == 0
        facts = json.loads(out)
        assert (facts["rows"], facts["placed"], facts["counts"]["refused by the model"]) == (200, 199, 1)
        assert any("bad text" in remark for remark in facts["remarks"])
        n = len(script.posts)
        assert call(capsys, *embed)[0] == 0
        asked = [text for _, body, _ in script.posts[n:] for text in body["input"] if text.startswith("text")]
        assert set(asked) == {TEXTS[7]}
        code, out, _ = call(capsys, "map", "texts.space", "--method", "pca", "-o", "texts.html", "-o", "texts.csv")
        assert code == 0
        assert call(capsys, "neighbors", "texts.space", "a text that is new", "-k", "3", "--quiet")[0] == 0
        assert script.posts[-1][1]["input"] == ["a text that is new"]
    space = asterism.Space.open("texts.space")
    np.testing.assert_array_equal(space.vectors[8], vector_of(TEXTS[8]))
    assert space.texts == TEXTS
    for folder in (tmp_path, private_cache):
        assert not [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_a_server_that_goes_leaves_what_was_finished_for_the_next_run(capsys):
    answered = set()

    def until_it_goes(body, path):
        if len(answered) >= 100:
            return DROP
        answered.update(text for text in body["input"] if text in TEXTS)
        return well(body, path)

    script = Script(until_it_goes)
    with serve(script) as url:
        embed = ("embed", "texts.txt", "--model", "openai:m", "--base-url", url, "-o", "texts.space")
        code, _, err = call(capsys, *embed)
        assert code == 1
        assert "What was finished is kept; run the same again to go on." in err.splitlines()[-1]
        assert KEY not in err
        script.answer = well
        n = len(script.posts)
        assert call(capsys, *embed)[0] == 0
        asked = [text for _, body, _ in script.posts[n:] for text in body["input"] if text in TEXTS]
    assert sorted(asked) == sorted(set(TEXTS) - answered)
    np.testing.assert_array_equal(asterism.Space.open("texts.space").vectors[0], vector_of(TEXTS[0]))


def test_without_a_server_there_is_one_clear_line(capsys):
    code, out, err = call(capsys, "map", "texts.txt", "--model", "openai:m", "--base-url", "http://127.0.0.1:9/v1")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("asterism: The server at 127.0.0.1:9 failed: ")
    assert err.splitlines()[-1].endswith("Start the server, or check the address (--base-url).")


@pytest.mark.parametrize(
    "question",
    [("neighbors", "a new text"), ("distances", "a new text", TEXTS[1]), ("axis", "a new text -> " + TEXTS[1])],
)
def test_without_the_cache_a_question_neither_takes_nor_keeps_a_vector(capsys, private_cache, question):
    verb, *asked = question
    script = Script(well)
    with serve(script) as url:
        options = ("--no-cache", "--model", "openai:m", "--base-url", url, "--quiet")
        assert call(capsys, "embed", "texts.txt", *options, "-o", "texts.space")[0] == 0
        for source, more in (("texts.txt", options), ("texts.space", ("--no-cache", "--quiet"))):
            for _ in range(2):
                n = len(script.posts)
                assert call(capsys, verb, source, *asked, *more)[0] == 0
                assert ["a new text"] in [body["input"] for _, body, _ in script.posts[n:]]
    assert not list(private_cache.rglob("*.seg"))
