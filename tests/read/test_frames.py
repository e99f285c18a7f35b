from __future__ import annotations

import subprocess
import sys
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest

from asterism.errors import InputError
from asterism.read import Reading, columns, demo_path, read, sample

TEXTS = ["a", None, "", "a"]
BLANK = [" ", "\u3000\u2003", "\t\r\n", "\xa0"]
COUNTS = {"rows": 4, "null": 1, "empty": 1, "duplicates": 1}


@pytest.mark.parametrize(
    "source",
    [
        TEXTS,
        tuple(TEXTS),
        np.array(TEXTS, object),
        ["a", float("nan"), "", "a"],
        {"text": TEXTS, "n": [1, 2, 3, 4]},
        [{"text": text} for text in TEXTS],
        pa.table({"text": TEXTS}),
        pa.table({"text": pa.array(TEXTS).dictionary_encode()}),
        pa.table({"text": pa.array(TEXTS, pa.large_string())}),
        pa.table({"text": pa.array(TEXTS, pa.string_view())}),
        pa.record_batch({"text": TEXTS}),
        pa.array(TEXTS),
        pa.chunked_array([TEXTS[:2], TEXTS[2:]]),
    ],
    ids=lambda source: type(source).__name__,
)
def test_whatever_holds_texts_is_read(source):
    reading = read(source)
    assert reading.texts == TEXTS
    assert reading.counts == COUNTS
    assert reading.text_column == "text"


def test_pandas_frames_and_series_are_read():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"text": TEXTS, "kind": pd.Categorical(list("xyxy")), "n": range(4)}, index=[5, 5, 6, 7])
    reading = read(frame)
    assert reading.texts == TEXTS
    assert reading.table.column_names == ["text", "kind", "n"]
    assert read(frame["text"]).texts == TEXTS
    assert read(pd.DataFrame([["a", "b"]], columns=["text", "text"])).table.column_names == ["text", "text_2"]
    mixed = read(pd.DataFrame({"text": ["a", 1, None]}))
    assert mixed.texts == ["a", "1", None]
    assert "mixes kinds" in mixed.remarks[0]


def test_polars_frames_and_series_are_read():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"text": TEXTS, "other": ["longer"] * 4, "vector": [[1.0, 2.0]] * 4})
    reading = read(frame, vectors="vector")
    assert reading.texts == TEXTS
    assert reading.vectors.shape == (4, 2)
    assert pa.types.is_large_string(reading.table.schema.field("other").type)
    assert read(frame.select("other", pl.lit("x").alias("tiny"))).text_column == "other"
    assert read(frame["text"]).texts == TEXTS
    with pytest.raises(InputError, match=r"\.collect\(\)"):
        read(frame.lazy())


def test_datasets_are_read_through_arrow_and_splits_are_asked_for():
    class ClassLabel:
        names = ("no", "yes")

    class Dataset:
        features: ClassVar = {"label": ClassLabel(), "text": None}

        def with_format(self, kind):
            assert kind == "arrow"
            return self

        def __getitem__(self, rows):
            return pa.table({"text": TEXTS, "label": [1, 0, -1, None]})[rows]

        def __len__(self):
            return 4

    class DatasetDict(dict):
        pass

    for kind in (Dataset, DatasetDict):
        kind.__module__ = "datasets.arrow_dataset"
    reading = read(Dataset())
    assert reading.texts == TEXTS
    assert reading.table.column("label").to_pylist() == ["yes", "no", None, None]
    with pytest.raises(InputError, match="several splits"):
        read(DatasetDict(train=1))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ([], "no rows"),
        (["a", 1], "Item 1 of the list is a int"),
        ({"text": ["a"], "n": [1, 2]}, "different lengths"),
        ({"text": "abc"}, "expected a list of values"),
        ((text for text in TEXTS), "Cannot read a builtins.generator"),
        (5, "Cannot read a builtins.int"),
        (b"bytes", "Cannot read a builtins.bytes"),
        (pa.table({"n": [1]}), "No column holds text"),
        (pa.table({"text": pa.array([], pa.string())}), "no rows"),
    ],
)
def test_what_holds_no_texts_is_refused(source, told):
    with pytest.raises(InputError, match=told) as caught:
        read(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [pa.array([[1], [2]]), pa.array([b"\xff", b"a"])])
def test_a_named_column_that_is_no_text_is_refused(values):
    with pytest.raises(InputError, match="which is no text"):
        read(pa.table({"k": values}), text="k")


def test_rows_with_keys_that_are_no_strings_keep_their_values():
    assert read([{0: "a", "n": 1}, {0: "b"}]).table.to_pydict() == {"0": ["a", "b"], "n": [1, None]}


def test_white_space_of_any_script_counts_as_empty():
    assert read([*BLANK, "", "a", "\u200b", None]).counts == {"rows": 8, "null": 1, "empty": 5, "duplicates": 0}


def test_a_named_column_of_numbers_is_written_out():
    assert read(pa.table({"n": [1, None, 3]}), text="n").texts == ["1", None, "3"]


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "polars", "datasets"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from asterism.read import read
assert read(["a", None]).texts == ["a", None]
"""


def test_reading_works_where_the_packages_of_frames_are_absent():
    done = subprocess.run([sys.executable, "-c", ABSENT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_sample_is_said_and_keeps_the_order():
    vectors = np.arange(200, dtype=np.float32).reshape(100, 2)
    reading = read(
        {"text": [f"t{i}" for i in range(100)], "x": range(100), "y": range(100)}, vectors=vectors, x="x", y="y"
    )
    drawn = sample(reading, 10, seed=3)
    assert isinstance(drawn, Reading)
    rows = drawn.table.column("x").to_pylist()
    assert rows == sorted(rows)
    assert drawn.vectors[:, 0].tolist() == [2 * row for row in rows]
    assert drawn.coordinates[:, 0].tolist() == rows
    assert "10 of 100 rows" in drawn.caveats[-1]
    assert sample(reading, 10, seed=3).texts == drawn.texts
    assert sample(reading, 100) is reading


@pytest.mark.parametrize(("name", "rows"), [("words", 32), ("sentences", 20), ("categories", 625)])
def test_the_demos_hold_what_they_promise(name, rows):
    reading = read(demo_path(name))
    assert reading.counts == {"rows": rows, "null": 0, "empty": 0, "duplicates": 0}


def test_the_row_numbers_that_pandas_keeps_are_no_column(tmp_path) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"text": ["a", "b", "c"], "kind": ["x", "y", "x"]}).iloc[[2, 0]]
    frame.to_parquet(tmp_path / "drawn.parquet")
    for source in (tmp_path / "drawn.parquet", frame):
        assert read(source).table.column_names == ["text", "kind"]
    named = pa.table({"__index_level_0__": ["a", "b"]})
    assert read(named).texts == ["a", "b"]
    assert read(named, text="__index_level_0__").texts == ["a", "b"]


@pytest.mark.parametrize("texts", [["cat", None, "horse", "", "🐎" * 9], ["a"], []])
def test_a_column_larger_than_an_array_of_strings_is_taken_in_pieces(monkeypatch, texts):
    monkeypatch.setattr(columns, "MOST_BYTES", 20)
    whole = pa.chunked_array([pa.array(texts, pa.large_string())])
    taken = columns.as_text(whole, "text")
    assert taken.type == pa.string()
    assert taken.to_pylist() == texts
    assert all(chunk.nbytes <= 64 for chunk in taken.chunks)
