from __future__ import annotations

from contextlib import contextmanager
from threading import get_ident

import numpy as np
import pytest

from asterism.embed import local
from asterism.embed.local import LocalModel, Plan, run_batches
from asterism.errors import EmbedError, InputError

TEXTS = ["a" * (1 + i * 7 % 23) + str(i) for i in range(100)]


class Letters:
    """An engine that reads letters: a text's vector is its number of letters and their sum, slowly or not."""

    pad = 0
    pads = True
    edges = (0, 0)
    n_special = 0
    max_length = 50

    def __init__(self, plans=None):
        self.splitter = self
        self.shapes = []
        self.threads = set()
        self._plans = plans or [Plan(64, 2, 1)]

    def split(self, texts):
        return [[ord(letter) % 999 + 1 for letter in text[:50]] for text in texts], sum(len(t) > 50 for t in texts)

    def plans(self):
        return self._plans

    @contextmanager
    def started(self, plan):
        self.plan = plan
        yield self.forward

    def forward(self, batch):
        self.shapes.append(batch.ids.shape)
        self.threads.add(get_ident())
        return np.stack([batch.mask.sum(1), (batch.ids * batch.mask).sum(1)], axis=1).astype(np.float32)


def model_of(engine):
    return LocalModel(lambda: engine, name="letters", fingerprint="f", dim=2)


def expected(texts):
    lists = Letters().split(texts)[0]
    return np.array([[len(ids), sum(ids)] for ids in lists], np.float32)


@pytest.mark.parametrize("plan", [Plan(1, 1, 1), Plan(64, 1, 1), Plan(64, 4, 1), Plan(10_000, 2, 2)])
def test_order_is_restored_by_every_plan(plan):
    engine = Letters([plan])
    np.testing.assert_array_equal(model_of(engine).encode(TEXTS), expected(TEXTS))
    assert all(rows == 1 or rows * width <= plan.budget for rows, width in engine.shapes)
    assert len(engine.threads) <= plan.sessions


def test_nothing_to_embed_starts_no_engine():
    def refuse():
        raise AssertionError

    assert LocalModel(refuse, name="x", fingerprint="f", dim=3).encode([]).shape == (0, 3)


def test_texts_without_tokens_have_zeros_and_are_kept():
    kept = {}
    vectors = model_of(Letters()).encode(["", "a", ""], keep=lambda rows, new: kept.update(zip(rows, new, strict=True)))
    assert vectors[[0, 2]].tolist() == [[0, 0], [0, 0]]
    assert sorted(kept) == [0, 1, 2]


def test_model_is_loaded_once_for_all_its_plans():
    loaded = []

    def start():
        loaded.append(1)
        return Letters()

    model = LocalModel(start, name="x", fingerprint="f", dim=2)
    other = model.with_plan({"budget": 8, "sessions": 1, "threads": 1})
    model.encode(TEXTS)
    other.encode(TEXTS)
    assert loaded == [1]
    assert model.plan == {"budget": 64, "sessions": 2, "threads": 1}
    assert other.plan == {"budget": 8, "sessions": 1, "threads": 1}
    assert model_of(Letters()).with_plan({}).plan == {}


@pytest.mark.parametrize("recorded", [{"budget": 0, "sessions": 1, "threads": 1}, {"budget": 1}, {"size": 4}])
def test_plan_of_something_else_is_refused(recorded):
    with pytest.raises(InputError, match="is no plan"):
        model_of(Letters()).with_plan(recorded)


def test_quickest_plan_is_taken_where_there_is_much_to_do(monkeypatch):
    monkeypatch.setattr(local, "_forecast", lambda batches, *_rest: len(batches))  # the fewer batches, the quicker
    plans = [Plan(1, 1, 1), Plan(50, 1, 1)]
    few, many = model_of(Letters(plans)), model_of(Letters(plans))
    few.encode(TEXTS)
    many.encode(TEXTS * 3)
    assert few.plan["budget"] == 1
    assert many.plan["budget"] == 50
    few.encode(TEXTS * 3)
    assert few.plan["budget"] == 50
    given = few.with_plan({"budget": 7, "sessions": 1, "threads": 1})
    given.encode(TEXTS * 3)
    assert given.plan["budget"] == 7


def test_forecast_is_of_all_batches(monkeypatch):
    monkeypatch.setattr(local, "SECONDS_PER_PLAN", 10)
    clock = iter(range(1000))
    monkeypatch.setattr(local, "perf_counter", lambda: next(clock) * 0.5)
    batches = [np.array([i]) for i in range(5)]
    seconds = local._forecast(batches, np.ones(5, np.int64), lambda rows: np.zeros((len(rows), 1), np.float32), 1)
    assert seconds == pytest.approx(3.0)  # five looks at the clock and one more, all batches seen


def test_vectors_that_are_not_finite_are_refused():
    engine = Letters()
    engine.forward = lambda batch: np.full((len(batch.ids), 2), np.nan, np.float32)
    with pytest.raises(EmbedError, match="not finite"):
        model_of(engine).encode(["a"])


def test_fault_of_one_batch_ends_the_run():
    def work(rows):
        if rows[0] == 3:
            raise EmbedError("no memory")
        return np.zeros((1, 1), np.float32)

    with pytest.raises(EmbedError, match="no memory"):
        list(run_batches([np.array([i]) for i in range(100)], work, 2))
