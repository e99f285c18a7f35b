from __future__ import annotations

import numpy as np
import pytest

from asterism._progress import SILENT
from asterism.embed.cache import VectorCache
from asterism.embed.schedule import encode_planned, plan_batches

TEXTS = ["a" * (1 + i * 7 % 23) + str(i) for i in range(100)]
LENGTHS = np.array([len(text) for text in TEXTS])


class Counting:
    """An embedder whose vectors depend on the batch, as those of a real one do in their last bits."""

    def __init__(self, *, fail_after=None):
        self.batches = []
        self._fail_after = fail_after

    def __call__(self, texts):
        if len(self.batches) == self._fail_after:
            raise KeyboardInterrupt
        self.batches.append(list(texts))
        return np.array([[len(text), len(texts)] for text in texts], np.float32)


def run(encode, cache=None, texts=TEXTS):
    lengths = np.array([len(text) for text in texts])
    return encode_planned(texts, lengths, encode, budget=64, dim=2, cache=cache, report=SILENT)


def test_batches_hold_every_text_once_within_the_budget():
    batches = plan_batches(LENGTHS, 64)
    assert sorted(np.concatenate(batches)) == list(range(100))
    assert all(len(batch) == 1 or len(batch) * LENGTHS[batch].max() <= 64 for batch in batches)
    assert [LENGTHS[batch].max() for batch in batches] == sorted((LENGTHS[b].max() for b in batches), reverse=True)


def test_a_text_beyond_the_budget_is_a_batch_of_its_own():
    assert [batch.tolist() for batch in plan_batches(np.array([5, 1000]), 10)] == [[1], [0]]


def test_no_texts_make_no_batches():
    assert plan_batches(np.array([], np.int64), 64) == []
    assert run(Counting(), texts=[]).shape == (0, 2)


def test_order_is_restored():
    np.testing.assert_array_equal(run(Counting())[:, 0], LENGTHS)


def test_second_run_embeds_nothing(tmp_path):
    first = run(Counting(), VectorCache(tmp_path, "m", 2))
    again = Counting()
    assert run(again, VectorCache(tmp_path, "m", 2)).tobytes() == first.tobytes()
    assert again.batches == []


def test_added_rows_are_the_only_ones_embedded(tmp_path):
    run(Counting(), VectorCache(tmp_path, "m", 2), TEXTS[:90])
    again = Counting()
    run(again, VectorCache(tmp_path, "m", 2), [*TEXTS[:90], "brand new"])
    assert again.batches == [["brand new"]]


@pytest.mark.parametrize("fail_after", [0, 1, 5, 20])
def test_interrupted_run_resumes_to_the_same_bits(tmp_path, fail_after):
    whole = run(Counting())
    with pytest.raises(KeyboardInterrupt):
        run(Counting(fail_after=fail_after), VectorCache(tmp_path, "m", 2))
    resumed = Counting()
    assert run(resumed, VectorCache(tmp_path, "m", 2)).tobytes() == whole.tobytes()
    assert len(resumed.batches) == len(plan_batches(LENGTHS, 64)) - fail_after
