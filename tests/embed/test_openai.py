"""Models behind servers, as embedders."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import numpy as np
import pytest

from asterism._progress import SILENT
from asterism.embed.openai import load_openai
from asterism.embed.options import EmbedOptions
from asterism.errors import InputError, ProviderFailed
from asterism.remote.pace import Patience
from scripted_server import Reply, Script, embeddings, serve, vector_of, well


class Ear:
    """Hears what is reported."""

    def __init__(self):
        self.n = 0
        self.remarks = []

    def start(self, stage, total=None, *, unit=""):
        pass

    def advance(self, n=1, *, detail=""):  # noqa: ARG002 - as in Reporter
        self.n += n

    def done(self):
        pass

    def remark(self, message):
        self.remarks.append(message)


def load(url, name="m", **options):
    return load_openai(name, EmbedOptions(base_url=url, **options))


def test_texts_become_vectors_and_blank_ones_are_not_sent():
    script = Script(well)
    ear = Ear()
    kept = {}
    texts = ["one", "", "  \n", "two", "one"]
    with serve(script) as url:
        model = load(url)
        vectors = model.encode(
            texts, report=ear, keep=lambda rows, new: kept.update(zip(rows.tolist(), new, strict=True))
        )
    np.testing.assert_array_equal(vectors[[0, 3, 4]], [vector_of("one"), vector_of("two"), vector_of("one")])
    assert not vectors[[1, 2]].any()
    assert ear.n == 5
    assert sorted(kept) == [0, 3, 4]
    assert (model.name, model.dim, model.metric) == ("openai:m", 16, "cosine")
    assert all(text.strip() for _, body, _ in script.posts for text in body["input"])


def test_a_running_event_loop_as_in_a_notebook_is_no_trouble():
    async def cell(url):
        return load(url).encode(["a"])

    # In a thread of its own: the browser of other tests keeps a loop running in this one.
    with serve(Script(well)) as url, ThreadPoolExecutor(1) as pool:
        np.testing.assert_array_equal(pool.submit(lambda: asyncio.run(cell(url))).result()[0], vector_of("a"))


def test_what_keep_raises_is_raised_and_ends_the_requests():
    def full(rows, vectors):
        raise OSError("disk full")

    script, number, may_answer = Script(well), count(), Event()
    with serve(script) as url:
        model = load(url)
        n = len(script.posts)
        script.before = lambda: next(number) == 0 or may_answer.wait(60)
        with pytest.raises(OSError, match="disk full"):
            model.encode([f"text {i}" for i in range(3200)], keep=full)
        may_answer.set()
        time.sleep(0.1)
    assert len(script.posts) <= n + 4  # two at first, and two after the first answer


def test_no_texts_ask_nothing():
    script = Script(well)
    with serve(script) as url:
        model = load(url)
        n = len(script.posts)
        assert model.encode([]).shape == (0, 16)
        assert model.encode([""]).shape == (1, 16)
    assert len(script.posts) == n


def test_what_the_server_refuses_is_a_row_of_zeros_with_its_reason():
    def answer(body, path):
        return Reply({"error": "no"}, 400) if "bad" in body["input"] else well(body, path)

    kept = []
    with serve(Script(answer)) as url:
        model = load(url)
        vectors = model.encode(["good", "bad", "fine"], keep=lambda rows, _: kept.extend(rows.tolist()))
    assert model.refused == {"bad": "HTTP 400: no"}
    assert not vectors[1].any()
    assert sorted(kept) == [0, 2]


def test_what_was_finished_is_kept_when_the_server_goes():
    def answer(body, path):
        return well(body, path) if len(script.posts) <= 6 else Reply("", 502)

    script = Script(answer)
    texts = [f"text {i}" for i in range(500)]
    kept = {}
    with serve(script) as url:
        model = load(url)
        model.patience = Patience(first_wait_s=0.001, longest_wait_s=0.01)
        with pytest.raises(ProviderFailed, match="What was finished is kept"):
            model.encode(texts, keep=lambda rows, new: kept.update(zip(rows.tolist(), new, strict=True)))
    assert len(kept) >= 32
    assert all(np.array_equal(vector, vector_of(texts[row])) for row, vector in kept.items())


def test_the_prompt_stands_before_every_text():
    script = Script(well)
    with serve(script) as url:
        vectors = load(url, prompt="search_document: ").encode(["a"])
    np.testing.assert_array_equal(vectors[0], vector_of("search_document: a"))


def test_dimensions_are_asked_for():
    script = Script(lambda body, _: embeddings(body["input"], dim=body["dimensions"]))
    with serve(script) as url:
        assert load(url, dimensions=8).encode(["a"]).shape == (1, 8)


def test_options_that_a_server_cannot_be_told_are_refused():
    with pytest.raises(InputError, match="'openai:m' cannot honour pooling='mean'"):
        load("http://127.0.0.1:9/v1", pooling="mean")


def test_a_prompt_is_what_stands_before_a_text_not_its_name():
    with pytest.raises(InputError, match="'search_query: '"):
        load("http://127.0.0.1:9/v1", prompt="query")


def test_texts_are_sent_alone_where_company_changes_them():
    def mixed(body, path):
        texts = body["input"]
        return embeddings(texts if len(texts) == 1 else [f"{text} and others" for text in texts])

    ear = Ear()
    with serve(Script(mixed)) as url:
        vectors = load(url).encode(["a", "b"], report=ear)
    np.testing.assert_array_equal(vectors, [vector_of("a"), vector_of("b")])
    assert "each is sent alone" in ear.remarks[0]


def test_texts_longer_than_the_server_reads_are_told():
    ear = Ear()
    models = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 128}]}
    with serve(Script(well, about={"/v1/models": models})) as url:
        load(url).encode(["word " * 500, "short"], report=ear)
    assert ear.remarks == [
        "1 of 2 texts seem longer than the 128 tokens or so that the server reads: what follows is not in their "
        "vectors."
    ]


def fingerprints(*, about=({}, {}), options=({}, {}), names=("m", "m")):
    """Of two loads from two servers at different addresses."""
    found = []
    for told, option, name in zip(about, options, names, strict=True):
        with serve(
            Script(lambda body, _: embeddings(body["input"], dim=body.get("dimensions", 16)), about=told)
        ) as url:
            found.append(load(url, name, **option).fingerprint)
    return found


def ollama(digest):
    return {"/api/tags": {"models": [{"name": "m:latest", "digest": digest}]}}


def test_equal_weights_have_one_fingerprint_wherever_they_are_served():
    first, second = fingerprints(about=(ollama("d1"), ollama("d1")), names=("m", "m:latest"))
    assert first == second


@pytest.mark.parametrize(
    "difference",
    [
        {"about": (ollama("d1"), ollama("d2"))},
        {"about": (ollama("d1"),) * 2, "options": ({}, {"prompt": "query: "})},
        {"about": (ollama("d1"),) * 2, "options": ({}, {"dimensions": 8})},
        {},
    ],
    ids=["weights", "prompt", "dimensions", "address"],
)
def test_whatever_changes_vectors_changes_the_fingerprint(difference):
    first, second = fingerprints(**difference)
    assert first != second


def test_other_weights_behind_the_same_name_are_noticed_and_told():
    script = Script(well)
    with serve(script) as url:
        first = load(url)
        script.answer = lambda body, _: embeddings([f"{text}!" for text in body["input"]])
        second, third = load(url), load(url)
        script.answer = well
        fourth = load(url)
        ear = Ear()
        second.encode(["a"], report=ear)
    assert first.fingerprint == fourth.fingerprint != second.fingerprint == third.fingerprint
    assert "Other weights than before" in ear.remarks[0]


def test_noise_in_the_last_digits_is_no_other_model(rng):
    def noisy(body, path):
        reply = well(body, path)
        for item in reply.body["data"]:
            item["embedding"] = (vector_of(body["input"][item["index"]]) + rng.normal(0, 1e-4, 16)).tolist()
        return reply

    with serve(Script(noisy)) as url:
        assert len({load(url).fingerprint for _ in range(3)}) == 1


def test_the_key_is_not_kept_with_the_cache(monkeypatch, private_cache):
    monkeypatch.setenv("ASTERISM_API_KEY", "sk-secret")
    with serve(Script(well)) as url:
        model = load(url)
        model.encode(["a"], report=SILENT)
    assert b"sk-secret" not in b"".join(path.read_bytes() for path in private_cache.rglob("*") if path.is_file())
    assert "sk-secret" not in repr(vars(model))
