"""Spaces to keep."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from asterism.store import SpaceData
from asterism.values import Model

AWKWARD = ["<b>&amp;</b>", "😀", "שלום", "", None, "x" * 100_000, "nul\0inside", 'a "b",\nc']


def make_space(n=100, dim=8, *, seed=0, model="builtin", start=0):
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, dim)).astype(np.float32)
    placed = rng.random(n) < 0.9
    vectors[~placed] = 0
    table = pa.table(
        {
            "text": pa.array([AWKWARD[i % 8] for i in range(n)], pa.string()),
            "n": pa.array(range(start, start + n), pa.int64()),
            "kind": pa.array([("a", "b", None)[i % 3] for i in range(n)], pa.string()).dictionary_encode(),
            "when": pa.array(range(n), pa.timestamp("ms")),
            "tags": pa.array([["t"] * (i % 3) for i in range(n)], pa.list_(pa.string())),
        }
    )
    return SpaceData(
        table=table,
        text_column="text",
        vectors=vectors,
        placed=placed,
        model=Model(model, f"fingerprint of {model}", dim),
        counts={"rows": n, "null": 1},
        remarks=("Texts are taken from column 'text'.",),
    )


def assert_same(found, expected):
    assert found.table.schema == expected.table.schema
    assert found.table.to_pylist() == expected.table.to_pylist()
    assert found.texts == expected.texts
    assert found.vectors.dtype == np.float32
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert np.array_equal(found.placed, expected.placed)
    assert (found.model, found.text_column) == (expected.model, expected.text_column)
    assert (dict(found.counts), found.remarks) == (dict(expected.counts), expected.remarks)


@pytest.fixture
def space():
    return make_space()
