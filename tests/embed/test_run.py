from __future__ import annotations

import numpy as np
import pytest

from asterism._progress import SILENT
from asterism.embed.cache import VectorCache
from asterism.embed.options import EmbedOptions
from asterism.embed.plugins import SLICE, WrappedEmbedder
from asterism.embed.run import SEGMENT_ROWS, embed_texts
from asterism.embed.schedule import plan_batches

TEXTS = ["a" * (1 + i * 7 % 23) + str(i) for i in range(100)]
LENGTHS = np.array([len(text) for text in TEXTS])


class Batching:
    """An embedder whose vectors depend on the batch, as those of a real one do in their last bits."""

    name, fingerprint, dim, metric = "batching", "f", 2, "cosine"

    def __init__(self, *, fail_after=None, budget=64):
        self.batches = []
        self.plan = {}
        self._budget = budget
        self._fail_after = fail_after

    def with_plan(self, plan):
        self.plan = dict(plan)
        return self

    def encode(self, texts, *, report=SILENT, keep=None, done=None):
        self.plan = self.plan or {"budget": self._budget}
        lengths = np.array([len(text) for text in texts])
        vectors = np.zeros((len(texts), 2), np.float32)
        for rows in plan_batches(lengths, self.plan["budget"]):
            if done is not None and done[rows].all():
                continue
            if len(self.batches) == self._fail_after:
                raise KeyboardInterrupt
            self.batches.append([texts[i] for i in rows])
            vectors[rows] = [[lengths[i], len(rows)] for i in rows]
            report.advance(len(rows))
            if keep is not None:
                keep(rows, vectors[rows])
        return vectors


class Telling:
    """One that needs no plan, refuses a text and finds nothing in another."""

    name, fingerprint, dim, metric = "telling", "f", 2, "cosine"

    def __init__(self):
        self.seen = []
        self.refused = {}

    def encode(self, texts, *, report=SILENT, keep=None):
        self.seen.extend(texts)
        report.advance(len(texts))
        self.refused = {text: "too odd" for text in texts if text == "odd"}
        vectors = np.array([[0, 0] if text in ("odd", "") else [1, len(text)] for text in texts], np.float32)
        if keep is not None:
            keep(np.flatnonzero(vectors.any(axis=1)), vectors[vectors.any(axis=1)])
        return vectors


def run(embedder, folder=None, texts=TEXTS):
    cache = None if folder is None else VectorCache(folder, embedder.fingerprint, embedder.dim)
    return embed_texts(embedder, texts, cache=cache)


def test_order_is_restored():
    np.testing.assert_array_equal(run(Batching())[:, 0], LENGTHS)


def test_no_texts_have_no_vectors(tmp_path):
    assert run(Batching(), tmp_path, []).shape == (0, 2)


def test_second_run_embeds_nothing(tmp_path):
    first = run(Batching(), tmp_path)
    again = Batching()
    assert run(again, tmp_path).tobytes() == first.tobytes()
    assert again.batches == []


def test_added_rows_are_the_only_ones_embedded(tmp_path):
    run(Batching(), tmp_path, TEXTS[:90])
    again = Batching()
    run(again, tmp_path, [*TEXTS[:90], "brand new"])
    assert again.batches == [["brand new"]]


@pytest.mark.parametrize("fail_after", [0, 1, 5, 20])
def test_interrupted_run_resumes_to_the_same_bits(tmp_path, fail_after):
    whole = run(Batching())
    with pytest.raises(KeyboardInterrupt):
        run(Batching(fail_after=fail_after), tmp_path)
    resumed = Batching(budget=32 if fail_after else 64)  # the recorded plan counts, not the one of today
    assert run(resumed, tmp_path).tobytes() == whole.tobytes()
    assert len(resumed.batches) == len(plan_batches(LENGTHS, 64)) - fail_after


def test_finished_run_leaves_no_journal(tmp_path):
    run(Batching(), tmp_path)
    assert list(tmp_path.rglob("*.run")) == []


def test_refused_texts_are_not_kept_and_texts_without_content_are(tmp_path):
    vectors = run(Telling(), tmp_path, ["odd", "", "even"])
    np.testing.assert_array_equal(vectors, [[0, 0], [0, 0], [1, 4]])
    again = Telling()
    run(again, tmp_path, ["odd", "", "even"])
    assert again.seen == ["odd"]


def test_cheap_embedders_leave_the_cache_alone(tmp_path):
    embedder = Telling()
    embedder.is_cheap = True
    run(embedder, tmp_path, ["even"])
    assert list(tmp_path.iterdir()) == []


def test_a_segment_is_written_whenever_enough_is_finished(tmp_path):
    texts = [str(i) for i in range(2 * SEGMENT_ROWS)]
    run(Batching(budget=SEGMENT_ROWS), tmp_path, texts)
    assert len(list(tmp_path.rglob("*.seg"))) >= 2


def test_a_damaged_journal_is_planned_anew(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(Batching(fail_after=5), tmp_path)
    (journal,) = tmp_path.rglob("*.run")
    journal.write_bytes(b"{" + journal.read_bytes()[5:-3])
    np.testing.assert_array_equal(run(Batching(), tmp_path)[:, 0], LENGTHS)
    assert list(tmp_path.rglob("*.run")) == []


class Sharing:
    """A third party's model with one method, in whose vectors the last bits depend on what shares a call."""

    def encode(self, texts):
        return [[len(text), len(texts), len(texts[0])] for text in texts]


@pytest.mark.parametrize("fail_after", [1, 2, 4])
def test_one_method_is_enough_to_resume_to_the_same_bits(tmp_path, fail_after):
    texts = [f"{i} {'x' * (i % 17)}" for i in range(5 * SLICE + 3)]
    whole = run(WrappedEmbedder(Sharing(), name="sharing:", options=EmbedOptions()), texts=texts)
    told = []

    class Stopping(Sharing):
        def encode(self, texts):
            if len(told) == fail_after + 2:  # two short texts are embedded to see what the model is
                raise KeyboardInterrupt
            told.append(len(texts))
            return super().encode(texts)

    with pytest.raises(KeyboardInterrupt):
        run(WrappedEmbedder(Stopping(), name="sharing:", options=EmbedOptions()), tmp_path, texts)
    again = WrappedEmbedder(Sharing(), name="sharing:", options=EmbedOptions())
    assert run(again, tmp_path, texts).tobytes() == whole.tobytes()


class Counting:
    """Hears how many texts are done."""

    done_so_far = 0

    def advance(self, n=1, **_):
        self.done_so_far += n


def test_texts_that_were_done_before_are_not_counted_twice():
    report, done = Counting(), np.arange(SLICE + 10) % 2 == 0
    embedder = WrappedEmbedder(Sharing(), name="sharing:", options=EmbedOptions())
    embedder.encode(["text"] * (SLICE + 10), report=report, done=done)
    assert report.done_so_far == int((~done).sum())
