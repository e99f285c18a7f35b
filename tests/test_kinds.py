"""Columns of every kind that Arrow, pandas and polars have, from the input to every output."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import asterism
from asterism.errors import InputError

TEXTS = [f"text {i}" for i in range(4)]
STRANGE = {
    "runs": pa.RunEndEncodedArray.from_arrays([2, 4], ["a", "b"]),
    "a union": pa.UnionArray.from_sparse(
        pa.array([0, 1, 0, 1], pa.int8()), [pa.array(range(4)), pa.array(list("abcd"))]
    ),
    "a view of bytes": pa.array([b"a"] * 4, pa.binary_view()),
    "bytes that are no text": pa.array([b"a\xff", None, b"", b"b"]),
    "a dictionary with a null": pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 0]), pa.array(["x", None])),
    "calendar intervals": pa.array([(1, 2, 3)] * 4, pa.month_day_nano_interval()),
}


@pytest.mark.parametrize("column", STRANGE.values(), ids=STRANGE.keys())
def test_columns_of_strange_kinds_are_read_shown_and_written(column, tmp_path):
    map_ = asterism.embed(pa.table({"text": TEXTS, "other": column})).map(method="pca", cache=False)
    for ending in ("html", "csv", "parquet", "space"):
        map_.save(tmp_path / f"map.{ending}")
    assert asterism.Space.open(tmp_path / "map.space").table.column_names == ["text", "other"]


def test_runs_and_dictionaries_keep_their_values():
    runs, keys = STRANGE["runs"], STRANGE["a dictionary with a null"]
    table = asterism.read(pa.table({"text": TEXTS, "runs": runs, "keys": keys})).table
    assert table.column("runs").to_pylist() == ["a", "a", "b", "b"]
    assert table.column("keys").to_pylist() == ["x", None, None, "x"]


def test_a_kind_that_becomes_text_is_said():
    read = asterism.read(pa.table({"text": TEXTS, "other": STRANGE["a union"]}))
    assert read.table.column("other").to_pylist() == ["0", "b", "2", "d"]
    assert any("Column 'other' holds sparse_union" in remark for remark in read.remarks)


def test_numbers_that_arrow_does_not_know_become_text_or_are_refused():
    read = asterism.read(pd.DataFrame({"text": TEXTS, "other": [1j] * 4}))
    assert read.table.column("other").to_pylist() == ['"1j"'] * 4
    with pytest.raises(InputError, match=r"Cannot read this DataFrame: .* Cast the column that is meant"):
        asterism.read(pl.DataFrame({"text": TEXTS, "other": pl.Series(range(4), dtype=pl.Int128)}))
