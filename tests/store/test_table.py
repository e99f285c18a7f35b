from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from asterism.store.table import map_table, write_table
from asterism.values import Projection, Quality, Scores

SCORES = Scores(1, 1, 1, 1, 1, 1)


@pytest.fixture
def projection():
    quality = Quality(SCORES, SCORES, None, 15, 3, 3, *(np.array([0, 0.5, np.nan], np.float32) for _ in range(2)))
    return Projection(points=np.array([[1, 2], [3, 4], [np.nan, np.nan]], np.float32), method="pca", quality=quality)


def test_coordinates_and_faithfulness_follow_the_columns(projection):
    table = map_table(pa.table({"text": ["a", "b", None]}), projection)
    assert table.column_names == ["text", "x", "y", "lost", "false"]
    assert table.column("x").to_pylist() == [1, 3, None]
    assert table.column("lost").to_pylist() == [0, 0.5, None]


def test_columns_of_the_same_name_are_kept_under_another(projection):
    table = map_table(pa.table({"x": [7, 8, 9], "x_input": [0, 0, 0]}), projection)
    assert table.column_names == ["x_input_", "x_input", "x", "y", "lost", "false"]
    assert table.column("x_input_").to_pylist() == [7, 8, 9]


class _Part(pa.ExtensionType):
    def __init__(self):
        super().__init__(pa.string(), "part")

    def __arrow_ext_serialize__(self):
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type, serialized):
        return cls()


def test_what_csv_cannot_hold_is_written_as_text(tmp_path):
    part = pa.ExtensionArray.from_storage(_Part(), pa.array(["a-7"]))
    span = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    write_table(pa.table({"part": part, "span": span, "pair": [{"a": 1}]}), tmp_path / "t.csv")
    told = pyarrow.csv.read_csv(tmp_path / "t.csv").to_pylist()[0]
    assert (told["part"], told["pair"]) == ("a-7", "{'a': 1}")
    assert "months=1" in told["span"]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_awkward_texts_survive_writing(tmp_path, ending):
    texts = ['a,"b"\nc', "<b>🙂</b>", "שלום", "x" * 100_000]
    path = tmp_path / f"t{ending}"
    write_table(pa.table({"text": texts, "v": [[1.0]] * 4, "d": pa.array(list("abab")).dictionary_encode()}), path)
    if ending == ".csv":
        read = pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True))
    else:
        read = pyarrow.parquet.read_table(path)
    assert read.column("text").to_pylist() == texts
    assert read.column("d").to_pylist() == list("abab")
