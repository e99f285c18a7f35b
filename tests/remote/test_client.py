"""Addresses, keys, failures, pace and what a server says of itself."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from asterism.errors import InputError, ProviderFailed
from asterism.remote import Server, find_server
from asterism.remote.failure import failure_of, retry_after
from asterism.remote.opening import PROBES, open_endpoint
from asterism.remote.pace import Pace, Patience
from asterism.remote.packing import Limits, Packer, cut_length, estimate_tokens
from scripted_server import Reply, Script, embeddings, serve, well

KEY = "sk-very-secret-0123456789"


def test_the_key_of_openai_goes_only_to_openai_and_where_openai_base_url_points():
    assert find_server(environ={"OPENAI_API_KEY": KEY}).key == KEY
    assert find_server("http://localhost:1/v1", environ={"OPENAI_API_KEY": KEY}).key is None
    assert find_server("https://openai.com.evil.org/v1", environ={"OPENAI_API_KEY": KEY}).key is None
    there = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://gate.example/v1/"}
    assert find_server(environ=there).base_url == "https://gate.example/v1"
    assert find_server("https://gate.example/v1", environ=there).key == KEY
    assert find_server("http://localhost:1/v1", environ={"ASTERISM_API_KEY": "own"}).key == "own"
    assert find_server(environ={"ASTERISM_API_KEY": "own", "OPENAI_API_KEY": KEY}).key == "own"


@pytest.mark.parametrize("url", [f"http://me:{KEY}@host/v1", f"https://host/v1?key={KEY}", f"https://host/v1#{KEY}"])
def test_an_address_carries_no_key_and_the_error_does_not_repeat_it(url):
    with pytest.raises(InputError, match="ASTERISM_API_KEY") as error:
        find_server(url)
    assert KEY not in str(error.value)


@pytest.mark.parametrize("url", ["localhost:11434/v1", "ftp://host/v1", "http://"])
def test_an_address_is_http(url):
    with pytest.raises(InputError, match="expected an address"):
        find_server(url)


def test_the_key_is_sent_and_shows_nowhere(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ASTERISM_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: private\nauthorization: Bearer private\nnonsense")
    script = Script(lambda *_: Reply({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401))
    with serve(script) as url:
        server = find_server(url)
        with pytest.raises(ProviderFailed, match="Incorrect API key provided: …") as error:
            open_endpoint(server, "m")
    headers = {name.lower(): value for name, value in script.posts[0][2].items()}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "openai-organization" not in headers
    assert "private" not in str(headers)
    assert KEY not in repr(server) + str(error.value) + caplog.text
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, "{}", "refused"),
        (413, "", "refused"),
        (422, '{"detail": "x"}', "refused"),
        (500, '{"error": {"message": "the input exceeds the context length"}}', "refused"),
        (429, "{}", "busy"),
        (503, "Loading model", "busy"),
        (529, "", "busy"),
        (429, '{"error": {"code": "insufficient_quota"}}', "fatal"),
        (408, "", "lost"),
        (409, "", "lost"),
        (500, "", "lost"),
        (502, "", "lost"),
        (504, "", "lost"),
        (401, "", "fatal"),
        (403, "", "fatal"),
        (404, "", "fatal"),
        (405, "", "fatal"),
        (418, "", "fatal"),
    ],
)
def test_every_status_says_what_to_do(status, body, kind):
    assert failure_of(status, body, {}, now=0.0).kind == kind


def test_the_message_of_a_failure_is_what_the_server_says_on_one_line():
    body = '{"error": {"message": "no\\n  such   model", "code": 1}}'
    assert failure_of(400, body, {}, now=0.0).message == "HTTP 400: no such model"
    assert failure_of(422, '{"detail": [{"msg": "x"}]}', {}, now=0.0).message == "HTTP 422: [{'msg': 'x'}]"
    assert len(failure_of(502, "x" * 9999, {}, now=0.0).message) < 320


def test_retry_after_reads_seconds_milliseconds_and_dates():
    assert retry_after({"retry-after": "2.5"}, now=0.0) == 2.5
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}, now=0.0) == 1.5
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, now=10.0) == 50.0
    assert retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, now=100.0) == 0.0
    assert retry_after({"retry-after": "soon"}, now=0.0) is None
    assert retry_after({"retry-after": "inf"}, now=0.0) is None
    assert retry_after({"retry-after": "-3"}, now=0.0) == 0.0
    assert retry_after({}, now=0.0) is None


def test_the_window_opens_with_answers_and_halves_once_per_complaint():
    pace = Pace(Patience(in_flight=16), np.random.default_rng(0))
    for _ in range(20):
        pace.answered(0.1)
    assert pace.window == 16
    pace.failed(sent_at=1.0, now=2.0, is_busy=True, retry_after_s=0.0)
    pace.failed(sent_at=1.5, now=2.1, is_busy=True, retry_after_s=0.0)
    assert pace.window == 8
    for _ in range(8):
        pace.answered(0.1)
    assert pace.window == 8
    pace.answered(0.1)
    assert pace.window == 9


def test_waits_double_with_jitter_up_to_the_longest():
    patience = Patience(first_wait_s=1.0, longest_wait_s=8.0, failures=99)
    pace = Pace(patience, np.random.default_rng(0))
    waits = []
    for now in range(0, 600, 100):
        pace.failed(sent_at=now, now=now, is_busy=False, retry_after_s=None)
        waits.append(pace.wait_s(now))
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(waits, (1.0, 2.0, 4.0, 8.0, 8.0, 8.0), strict=True))
    assert len(set(waits)) == 6


def test_deadlines_follow_how_fast_the_server_is():
    pace = Pace(Patience(deadline_s=300.0, shortest_deadline_s=30.0), np.random.default_rng(0))
    assert pace.deadline_s() == 300.0
    for _ in range(3):
        pace.answered(1.0)
    assert pace.deadline_s() == 30.0
    pace.answered(10.0)
    assert pace.deadline_s() == 80.0


def test_estimates_are_near_what_tokenizers_count():
    english = "The quick brown fox jumps over the lazy dog. " * 10
    assert 100 <= estimate_tokens([english])[0] <= 130
    assert estimate_tokens(["字" * 100])[0] >= 100
    assert estimate_tokens([""])[0] == 3


def test_the_longest_go_first_and_equal_ones_by_row():
    packer = Packer(np.array([5, 9, 5, 7]), range(4), Limits(2, 100))
    assert [packer.pop(), packer.pop(), packer.pop()] == [[1, 3], [0, 2], []]


def test_a_few_long_texts_among_short_ones_do_not_lower_how_many_a_request_may_hold():
    packer = Packer(np.array([250] * 8 + [4] * 56), range(64), Limits(32, 2200))
    rows = packer.pop()
    packer.suspect(rows, rows[:16])
    assert packer.limits == Limits(32, 2032)
    packer.suspect(rows[:16], rows[:8])
    packer.suspect(rows[:8], rows[:4])
    assert packer.limits == Limits(32, 1000)


def test_a_request_of_short_texts_that_is_refused_had_too_many():
    packer = Packer(np.full(64, 4), range(64), Limits(32, 2200))
    rows = packer.pop()
    packer.suspect(rows, rows[:16])
    assert packer.limits == Limits(16, 2200)


def test_where_texts_were_cut_comes_from_the_count():
    long, short = "x" * 1300, "x" * 65
    assert cut_length([long, long, short], 210) == 100
    assert cut_length([long, long, short], 500) is None
    assert cut_length([long], 0) is None
    assert cut_length(["x" * 130], 18) is None


def test_opening_finds_length_encoding_and_parity():
    script = Script(well)
    with serve(script) as url:
        opened = open_endpoint(find_server(url), "m")
    assert (opened.endpoint.dim, opened.endpoint.encoding) == (16, "base64")
    assert opened.parity > 0.9999
    assert script.sent == [len(PROBES), 1, 1]


def test_when_openai_is_not_reached_the_way_to_another_server_is_told(monkeypatch):
    monkeypatch.setattr(Server, "is_openai", property(lambda _: True))
    with pytest.raises(ProviderFailed, match=r"OpenAI is asked unless --base-url"):
        open_endpoint(find_server("http://127.0.0.1:9/v1"), "m", patience=Patience(failures=1, first_wait_s=0.01))


def test_a_server_without_base64_is_asked_for_numbers():
    def no_base64(body, path):
        return Reply({"error": "what?"}, 422) if body["encoding_format"] == "base64" else well(body, path)

    with serve(Script(no_base64)) as url:
        assert open_endpoint(find_server(url), "m").endpoint.encoding == "float"


def test_a_server_that_mixes_texts_up_is_found_out():
    def mixed(body, path):
        texts = body["input"]
        return embeddings(texts if len(texts) == 1 else [f"{text} and others" for text in texts])

    with serve(Script(mixed)) as url:
        assert open_endpoint(find_server(url), "m").parity < 0.9


def test_dimensions_that_the_model_cannot_give_are_told():
    def fixed(body, path):
        return Reply({"error": {"message": "does not support dimensions"}}, 400) if "dimensions" in body else well(body)

    with serve(Script(fixed)) as url, pytest.raises(ProviderFailed, match="does not support dimensions"):
        open_endpoint(find_server(url), "m", dimensions=4)


def test_dimensions_that_are_ignored_are_told():
    with serve(Script(well)) as url, pytest.raises(ProviderFailed, match="8 dimensions were asked for and 16"):
        open_endpoint(find_server(url), "m", dimensions=8)


TEI = {
    "model_id": "BAAI/bge",
    "model_sha": "abc",
    "model_dtype": "float16",
    "max_client_batch_size": 8,
    "max_batch_tokens": 16384,
    "max_input_length": 512,
}


@pytest.mark.parametrize(
    ("about", "kind", "weights", "inputs", "longest"),
    [
        ({}, "", "", 32, None),
        ({"/info": TEI}, "tei", "BAAI/bge abc float16", 8, 512),
        ({"/api/tags": {"models": [{"name": "m:latest", "digest": "d1"}]}}, "ollama", "ollama d1", 32, None),
        ({"/v1/models": {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 512}]}}, "vllm", "", 128, 512),
        ({"/v1/models": {"data": [{"id": "m", "owned_by": "infinity"}]}}, "infinity", "", 128, None),
        (
            {"/v1/models": {"data": [{"id": "f.gguf", "owned_by": "llamacpp", "meta": {"n_params": 22, "size": 9}}]}},
            "llamacpp",
            "llamacpp f.gguf n_params 22 size 9",
            32,
            None,
        ),
    ],
)
def test_servers_say_what_they_take_and_which_weights_they_have(about, kind, weights, inputs, longest):
    with serve(Script(well, about=about)) as url:
        found = open_endpoint(find_server(url), "m").about
    assert (found.kind, found.weights, found.limits.inputs, found.longest) == (kind, weights, inputs, longest)
