from __future__ import annotations

import json

import numpy as np
import pytest

from asterism.embed.pooling import POOLINGS, pool, trained_pooling
from asterism.errors import EmbedError, InputError

STATES = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
LENGTHS = [5, 3, 1, 2]


def slow(rows, pooling):
    """One text, its tokens only."""
    if pooling == "weighted-mean":
        weights = np.arange(1, len(rows) + 1)[:, None]
        return (rows * weights).sum(0) / weights.sum()
    return {"cls": rows[0], "last": rows[-1], "mean": rows.mean(0), "max": rows.max(0)}[pooling]


def counted(side):
    mask = np.zeros((4, 5), np.float32)
    for row, length in zip(mask, LENGTHS, strict=True):
        row[slice(length) if side == "right" else slice(5 - length, 5)] = 1
    return mask


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("pooling", POOLINGS[1:])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_pooling_sees_the_tokens_of_each_text_only(pooling, side, library):
    mask = counted(side)
    expected = [slow(row[m > 0], pooling) for row, m in zip(STATES, mask, strict=True)]
    if library == "torch":
        torch = pytest.importorskip("torch")
        answer = pool(torch.from_numpy(STATES), torch.from_numpy(mask), pooling).numpy()
    else:
        answer = pool(STATES, mask, pooling)
    np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "weighted-mean"])
def test_text_without_a_token_that_counts_has_zeros(pooling):
    assert not pool(STATES, np.zeros((4, 5), np.float32), pooling).any()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"pooling_mode": "lasttoken"}, "last"),
        ({"pooling_mode": ["mean"]}, "mean"),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_weightedmean_tokens": True}, "weighted-mean"),
    ],
)
def test_trained_pooling_is_read_in_every_spelling(tmp_path, settings, expected):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    assert trained_pooling(tmp_path) == expected


def test_no_trained_pooling_is_none(tmp_path):
    assert trained_pooling(tmp_path) is None


def test_pooling_that_is_none_of_ours_is_refused(tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    path = tmp_path / "1_Pooling" / "config.json"
    path.write_text(json.dumps({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}))
    with pytest.raises(InputError, match=r"pooling_mode_cls_token \+ pooling_mode_mean_tokens"):
        trained_pooling(tmp_path)
    path.write_text("{")
    with pytest.raises(EmbedError, match="damaged"):
        trained_pooling(tmp_path)
