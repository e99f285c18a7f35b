"""Embeddings from servers that behave and that do not."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import replace
from email.utils import formatdate
from itertools import count
from threading import Event

import numpy as np
import pytest

from asterism.errors import ProviderFailed
from asterism.remote import find_server
from asterism.remote.courier import deliver
from asterism.remote.embeddings import EmbeddingWork, Endpoint, embed_stream
from asterism.remote.failure import Failure
from asterism.remote.loop import stream
from asterism.remote.opening import open_endpoint
from asterism.remote.pace import Pace, Patience
from asterism.remote.packing import Limits
from scripted_server import DROP, MOST_INPUTS, Reply, Script, embeddings, misbehaving, serve, vector_of, well

# Short waits; deadlines that only a server reaches which does not answer at all.
QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, deadline_s=300.0, shortest_deadline_s=300.0)


def collect(texts, url, *, patience=QUICK, limits=None):
    """Vectors by row, what was refused, what was cut; every row at most once."""
    endpoint = Endpoint(find_server(url), "m", dim=16, limits=limits or Limits())
    vectors, refused, cut = {}, {}, {}
    for finished in embed_stream(texts, endpoint, patience=patience):
        for row, vector in zip(finished.rows.tolist(), finished.vectors, strict=True):
            assert row not in vectors
            vectors[row] = vector
        refused |= finished.refused
        cut |= finished.cut
    return vectors, refused, cut


def assert_right(vectors, texts, missing=()):
    assert sorted(vectors) == [row for row in range(len(texts)) if row not in missing]
    for row, vector in vectors.items():
        np.testing.assert_array_equal(vector, vector_of(texts[row]))


def once(faults, answer=well):
    """The faults for the first requests to come, one each, then the answer."""
    waiting = list(faults)
    return lambda body, path: waiting.pop(0)(body, path) if waiting else answer(body, path)


def test_texts_get_their_vectors_in_as_few_requests_as_can_be():
    texts = [f"text {i}" for i in range(100)]
    with serve(Script(well)) as url:
        vectors, refused, _ = collect(texts, url)
    assert_right(vectors, texts)
    assert not refused


def test_requests_are_packed_by_tokens_too():
    script = Script(well)
    texts = ["word " * 400 for _ in range(9)] + ["short"] * 3
    texts = [f"{i} {text}" for i, text in enumerate(texts)]
    with serve(script) as url:
        assert_right(collect(texts, url, limits=Limits(32, 1100))[0], texts)
    assert sorted(script.sent) == [2, 2, 2, 2, 4]


def test_answers_out_of_order_are_put_in_order():
    def shuffled(body, path):
        reply = well(body, path)
        reply.body["data"].reverse()
        return reply

    texts = [f"text {i}" for i in range(40)]
    with serve(Script(shuffled)) as url:
        assert_right(collect(texts, url)[0], texts)


@pytest.mark.parametrize("dated", [False, True])
def test_retry_after_is_honoured_in_seconds_and_as_a_date(dated):
    times = []

    def busy(body, path):
        times.append(time.monotonic())
        wait = formatdate(math.ceil(time.time()) + 1, usegmt=True) if dated else "0.5"
        return Reply({"error": {"message": "slow down"}}, 429, {"retry-after": wait})

    def then(body, path):
        times.append(time.monotonic())
        return well(body, path)

    texts = ["one", "two"]
    with serve(Script(once([busy], then))) as url:
        assert_right(collect(texts, url)[0], texts)
    assert times[1] - times[0] >= 0.5


def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for():
    tired = Script(lambda *_: Reply({"error": "daily limit"}, 429, {"retry-after": "86400"}))
    with (
        serve(tired) as url,
        pytest.raises(ProviderFailed, match=r"asks to wait 86400 s.*run the same again") as failed,
    ):
        collect(["a"], url)
    assert failed.value.is_retryable
    assert len(tired.posts) == 1


def test_a_server_that_always_says_at_once_is_not_asked_for_ever():
    script = Script(lambda *_: Reply({"error": "busy"}, 429, {"retry-after": "0"}))
    with serve(script) as url, pytest.raises(ProviderFailed, match="busy"):
        collect(["a"], url)
    assert len(script.posts) == QUICK.refusals


def test_a_limit_of_inputs_is_learned_once():
    def at_most_32(body, path):
        return well(body, path) if len(body["input"]) <= 32 else Reply({"error": "batch size > 32"}, 413)

    script = Script(at_most_32)
    texts = [f"text {i}" for i in range(1000)]
    with serve(script) as url:
        vectors, refused, _ = collect(texts, url, limits=Limits(64, 16_000))
    assert_right(vectors, texts)
    assert not refused
    assert len(script.sent) <= 1.1 * math.ceil(1000 / 32)


def test_a_limit_of_tokens_does_not_lower_that_of_inputs():
    def at_most_8000_characters(body, path):
        is_small = sum(map(len, body["input"])) <= 8000
        return well(body, path) if is_small else Reply({"error": {"message": "max_tokens_per_request"}}, 400)

    script = Script(at_most_8000_characters)
    texts = [f"{i} " + "long " * 200 for i in range(40)] + [f"{i}" for i in range(320)]
    with serve(script) as url:
        assert_right(collect(texts, url, limits=Limits(32, 4500))[0], texts)
    assert script.sent.count(32) >= 9


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_the_one_bad_text_is_found_and_told(status):
    def answer(body, path):
        bad = any("poison" in text for text in body["input"])
        return Reply({"error": {"message": "bad text"}}, status) if bad else well(body, path)

    script = Script(answer)
    texts = [f"text {i}" for i in range(200)]
    texts[77] = "poison"
    with serve(script) as url:
        vectors, refused, _ = collect(texts, url)
    assert_right(vectors, texts, missing=[77])
    assert refused == {77: f"HTTP {status}: bad text"}


def test_a_text_too_long_for_llama_cpp_is_not_sent_again_and_again():
    def answer(body, path):
        if max(map(len, body["input"])) > 2000:
            return Reply({"error": {"code": 500, "message": "input is too large to process. increase the batch"}}, 500)
        return well(body, path)

    script = Script(answer)
    texts = ["x" * 5000, "a", "b", "c"]
    with serve(script) as url:
        assert list(collect(texts, url)[1]) == [0]
    assert len(script.sent) <= 6


def test_numbers_that_are_not_finite_are_asked_for_again_and_given_up_at_last():
    def answer(body, path):
        reply = well(body, path)
        for text, item in zip(body["input"], reply.body["data"], strict=True):
            if text == "always" or (text == "once" and len(script.posts) == 1):
                item["embedding"] = [math.nan] * 16 if text == "once" else [None] * 16
        return reply

    script = Script(answer)
    texts = ["always", "once", "never"]
    with serve(script) as url:
        vectors, refused, _ = collect(texts, url)
    assert_right(vectors, texts, missing=[0])
    assert "not finite, 3 times" in refused[0]


def bad_answers():
    good = embeddings(["a", "b"]).body
    narrow = embeddings(["a", "b"], dim=8).body
    mixed = {"data": [good["data"][0], narrow["data"][1]]}
    return [
        narrow,
        mixed,
        {"data": good["data"][:1]},
        {"data": [good["data"][0], good["data"][0]]},
        {"data": [{**good["data"][0], "index": 0}, {**good["data"][1], "index": 5}]},
        {"data": [{"index": 0, "embedding": "!!"}, good["data"][1]]},
        {"data": [{"index": 0, "embedding": ["x"] * 16}, good["data"][1]]},
        {"data": [{"index": 0}, good["data"][1]]},
        {"data": "none"},
        {"object": "list"},
        [1, 2],
        b"<html>gateway</html>",
        b"",
    ]


@pytest.mark.parametrize("body", bad_answers(), ids=lambda body: str(body)[:25])
def test_an_answer_that_cannot_be_right_is_asked_for_again(body):
    script = Script(once([lambda *_: Reply(body)]))
    with serve(script) as url:
        assert_right(collect(["a", "b"], url)[0], ["a", "b"])
    assert script.sent == [2, 2]


def test_vectors_per_token_are_refused_with_advice():
    per_token = {"data": [{"index": 0, "embedding": [[0.1] * 16, [0.2] * 16]}]}
    with serve(Script(lambda *_: Reply(per_token))) as url, pytest.raises(ProviderFailed, match="pooling"):
        collect(["a"], url)


def test_texts_that_the_server_cut_are_told_by_the_tokens_it_counted():
    def answer(body, path):
        tokens = sum(min(100, len(text) // 5 + 2) for text in body["input"])
        return embeddings(body["input"], tokens=tokens)

    texts = ["word " * 400, "word " * 30, "short"]
    with serve(Script(answer)) as url:
        _, _, cut = collect(texts, url)
    assert list(cut) == [0]
    assert 90 <= cut[0] <= 120


def test_whole_texts_are_not_taken_for_cut_ones():
    def answer(body, path):
        return embeddings(body["input"], tokens=sum(len(text) // 5 for text in body["input"]))

    with serve(Script(answer)) as url:
        assert collect(["word " * 1000, "два слова " * 50, "字" * 300], url)[2] == {}


def test_half_a_character_is_sent_as_a_replacement():
    script = Script(well)
    with serve(script) as url:
        assert list(collect(["cut \ud83d"], url)[0]) == [0]
    assert script.posts[0][1]["input"] == ["cut ���"]


def test_everything_at_once_is_survived_in_few_requests():
    texts = [f"text {i} " + "word " * (i % 40) for i in range(3000)]
    texts[1234] = "poison"
    script = misbehaving("poison")
    with serve(script) as url:
        opened = open_endpoint(find_server(url), "m")
        patience = replace(QUICK, shortest_deadline_s=5.0)  # for the answer that trickles for ever
        vectors, refused, _ = collect(texts, url, limits=opened.endpoint.limits, patience=patience)
    assert_right(vectors, texts, missing=[1234])
    assert refused == {1234: "HTTP 400: cannot read this"}
    assert len(script.posts) <= 1.3 * math.ceil(len(texts) / MOST_INPUTS)


def test_a_server_gone_for_good_is_told_and_what_was_finished_is_kept():
    def answer(body, path):
        return well(body, path) if len(script.posts) <= 5 else DROP

    script = Script(answer)
    texts = [f"text {i}" for i in range(1000)]
    kept = {}

    def keep_all(url):
        for finished in embed_stream(texts, Endpoint(find_server(url), "m", dim=16), patience=QUICK):
            kept.update(zip(finished.rows.tolist(), finished.vectors, strict=True))

    with serve(script) as url, pytest.raises(ProviderFailed, match=r"127\.0\.0\.1.*What was finished is") as failed:
        keep_all(url)
    assert failed.value.is_retryable
    assert len(kept) >= 64
    assert all(np.array_equal(vector, vector_of(texts[row])) for row, vector in kept.items())


def test_no_server_is_told_soon():
    with pytest.raises(ProviderFailed, match="--base-url"):
        open_endpoint(find_server("http://127.0.0.1:9/v1"), "m", patience=Patience(first_wait_s=0.01, failures=3))


@pytest.mark.parametrize(("status", "hint"), [(401, "ASTERISM_API_KEY"), (403, "key"), (404, "ollama pull")])
def test_what_will_never_work_is_not_tried_again(status, hint):
    script = Script(lambda *_: Reply({"error": {"message": "no"}}, status))
    with serve(script) as url, pytest.raises(ProviderFailed, match=hint):
        collect(["a"], url)
    assert len(script.posts) == 1


def test_an_empty_account_is_not_a_busy_server():
    script = Script(lambda *_: Reply({"error": {"code": "insufficient_quota", "message": "no credit"}}, 429))
    with serve(script) as url, pytest.raises(ProviderFailed, match="no credit"):
        collect(["a"], url)
    assert len(script.posts) == 1


@pytest.mark.parametrize("in_flight", [1, QUICK.in_flight])
def test_when_every_text_is_refused_it_is_not_the_texts(in_flight):
    script = Script(lambda *_: Reply({"error": {"message": "not an embedding model"}}, 400))
    with serve(script) as url, pytest.raises(ProviderFailed, match="not an embedding model"):
        collect([f"text {i}" for i in range(500)], url, patience=replace(QUICK, in_flight=in_flight))
    # Six requests from 32 texts down to one; the fourth single text ends it, with others on their way down.
    assert len(script.posts) <= 6 * (in_flight + 4)


def test_a_waiting_server_gets_more_requests_at_once_up_to_the_most():
    script, number, is_full = Script(well), count(), Event()

    def before():
        """Twenty requests are answered at once; the next are kept until there are as many as can be."""
        if script.most_flying >= QUICK.in_flight:
            is_full.set()
        elif next(number) >= 20 and not is_full.wait(60):
            is_full.set()  # too few have come: the others need not wait for them, too

    script.before = before
    texts = [f"text {i}" for i in range(32 * 60)]
    with serve(script) as url:
        assert_right(collect(texts, url)[0], texts)
    assert script.most_flying == QUICK.in_flight


class Overloaded:
    """Stands for the connections to a server that is busy whenever it has more than three requests.

    It takes its time in turns of the event loop, not in seconds, so that every run is the same.
    """

    def __init__(self):
        self.n_posts = self.flying = 0

    async def post(self, path, body, *, deadline_s):  # noqa: ARG002 - as in Transport
        self.n_posts += 1
        self.flying += 1
        for _ in range(50):
            await asyncio.sleep(0)
        is_busy = self.flying > 3
        self.flying -= 1
        return Failure("busy", "HTTP 503", 503) if is_busy else embeddings(body["input"], "base64").body


def test_an_overloaded_server_gets_fewer_requests_at_once(rng):
    texts = [f"text {i}" for i in range(32 * 60)]
    endpoint, transport = Endpoint(find_server("http://127.0.0.1/v1"), "m", dim=16), Overloaded()
    pace = Pace(replace(QUICK, first_wait_s=0.0), rng)
    told = list(stream(lambda tell: deliver(EmbeddingWork(texts, endpoint, tell), transport, pace, endpoint.server)))
    assert sorted(np.concatenate([finished.rows for finished in told])) == list(range(len(texts)))
    assert 60 < transport.n_posts <= 1.5 * 60


def test_an_overloaded_server_gives_all_vectors_in_the_end():
    def answer(body, path):
        return Reply({"error": "busy"}, 503) if script.flying > 3 else well(body, path)

    script = Script(answer, latency_s=0.01)
    texts = [f"text {i}" for i in range(32 * 60)]
    with serve(script) as url:
        assert_right(collect(texts, url)[0], texts)


def test_stopping_early_stops_the_requests():
    script, number, may_answer = Script(well), count(), Event()
    script.before = lambda: next(number) == 0 or may_answer.wait(60)
    with serve(script) as url:
        endpoint = Endpoint(find_server(url), "m", dim=16)
        finished = embed_stream([f"text {i}" for i in range(3200)], endpoint, patience=QUICK)
        next(finished)
        finished.close()
        may_answer.set()
        time.sleep(0.1)
    assert len(script.posts) <= 4  # two at first, and two after the first answer
