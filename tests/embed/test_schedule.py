from __future__ import annotations

import numpy as np

from asterism.embed.schedule import plan_batches

TEXTS = ["a" * (1 + i * 7 % 23) + str(i) for i in range(100)]
LENGTHS = np.array([len(text) for text in TEXTS])


def test_batches_hold_every_text_once_within_the_budget():
    batches = plan_batches(LENGTHS, 64)
    assert sorted(np.concatenate(batches)) == list(range(100))
    assert all(len(batch) == 1 or len(batch) * LENGTHS[batch].max() <= 64 for batch in batches)
    assert [LENGTHS[batch].max() for batch in batches] == sorted((LENGTHS[b].max() for b in batches), reverse=True)


def test_without_padding_a_batch_holds_texts_of_one_length():
    batches = plan_batches(LENGTHS, 64, pads=False)
    assert sorted(np.concatenate(batches)) == list(range(100))
    assert all(len(set(LENGTHS[batch])) == 1 for batch in batches)
    assert all(len(batch) == 1 or LENGTHS[batch].sum() <= 64 for batch in batches)
    full = sum(-(-int((n == LENGTHS).sum()) // max(1, 64 // int(n))) for n in np.unique(LENGTHS))
    assert len(batches) == full
    assert [LENGTHS[batch].max() for batch in batches] == sorted((LENGTHS[b].max() for b in batches), reverse=True)


def test_a_text_beyond_the_budget_is_a_batch_of_its_own():
    assert [batch.tolist() for batch in plan_batches(np.array([5, 1000]), 10)] == [[1], [0]]


def test_no_texts_make_no_batches():
    assert plan_batches(np.array([], np.int64), 64) == []
