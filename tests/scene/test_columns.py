from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest

from asterism.errors import InputError
from asterism.scene.build import Sources, build_scene, kind_of
from asterism.scene.columns import category_column, choose_color, to_columns
from asterism.scene.spec import CategoryColumn, DateColumn, NumberColumn, TextColumn
from asterism.values import Clustering, Labels, Projection


def columns_of(**values):
    return {column.name: column for column in to_columns(pa.table(values), skip=[])}


def test_repeated_strings_are_categories_largest_first():
    column = columns_of(a=["x", "y", "y", None, "y", "x", "z", "z"])["a"]
    assert isinstance(column, CategoryColumn)
    assert column.values == ("y", "x", "z")
    assert column.codes.tolist() == [1, 0, 0, -1, 0, 1, 2, 2]


def test_strings_that_hardly_repeat_are_text():
    assert isinstance(columns_of(a=["one", "two", None, "four"])["a"], TextColumn)


def test_long_strings_are_text():
    assert isinstance(columns_of(a=["x" * 100] * 10)["a"], TextColumn)


def test_few_whole_numbers_are_codes_and_many_are_amounts():
    columns = columns_of(a=[0, 1, 2] * 10, b=list(range(30)))
    assert isinstance(columns["a"], CategoryColumn)
    assert isinstance(columns["b"], NumberColumn)


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
def test_ids_longer_than_a_double_holds_keep_every_digit(kind):
    ids = [1_234_567_890_123_456_780 + i for i in range(30)]
    (column,) = to_columns(pa.table({"id": pa.array([*ids, None], kind)}), skip=())
    assert isinstance(column, TextColumn)
    assert list(column.values) == [*map(str, ids), ""]
    (column,) = to_columns(pa.table({"id": pa.array(ids, kind)}), skip=(), color="id")
    assert isinstance(column, NumberColumn)
    np.testing.assert_array_equal(column.values, np.array(ids, np.float64))


def test_whole_numbers_that_a_double_holds_are_numbers():
    (column,) = to_columns(pa.table({"n": [2**53 - i for i in range(30)]}), skip=())
    assert isinstance(column, NumberColumn)


def test_missing_numbers_are_nan():
    column = columns_of(a=[1.5, None])["a"]
    assert column.values[0] == 1.5
    assert np.isnan(column.values[1])


def test_dates_are_milliseconds():
    columns = columns_of(a=[date(1970, 1, 2), None], b=[datetime(1970, 1, 1, 0, 0, 1), datetime(1969, 12, 31)])
    assert isinstance(columns["a"], DateColumn)
    assert columns["a"].values.tolist() == [86_400_000, np.iinfo(np.int64).min]
    assert columns["b"].values.tolist() == [1000, -86_400_000]


def test_booleans_and_dictionaries_are_categories():
    columns = columns_of(a=[True, False, True], b=pa.array(["x", "x", "y"]).dictionary_encode())
    assert columns["a"].values == ("true", "false")
    assert isinstance(columns["b"], TextColumn | CategoryColumn)


def test_lists_are_left_out():
    assert columns_of(a=[[1.0], [2.0]]) == {}


def test_empty_table_has_empty_columns():
    assert columns_of(a=pa.array([], pa.string()))["a"].values == []
    assert len(category_column("a", pa.chunked_array([], pa.string())).codes) == 0


def test_two_thousand_five_hundred_categories_stay_categories():
    names = [f"category {i}" for i in range(2500)] * 2
    assert len(columns_of(a=names)["a"].values) == 2500


def test_color_prefers_the_usual_names():
    assert choose_color(to_columns(pa.table({"u": ["a", "b"] * 9, "Topic": ["x", "y"] * 9}), skip=[])) == "Topic"
    assert choose_color(to_columns(pa.table({"u": ["a", "b"] * 9, "n": list(range(18))}), skip=[])) == "u"
    assert choose_color(()) is None


def test_words_colour_before_clusters_and_those_before_counts():
    given = {"n_authors": [1, 2, 3] * 6, "is_new": [True, False] * 9, "section": ["a", "b", "c"] * 6}
    found = to_columns(pa.table({"cluster": ["x", "y"] * 9}), skip=[])
    assert choose_color(to_columns(pa.table(given), skip=[]), found) == "section"
    del given["section"]
    assert choose_color(to_columns(pa.table(given), skip=[]), found) == "cluster"
    assert choose_color(to_columns(pa.table(given), skip=[])) == "n_authors"


def test_empty_cells_are_no_category():
    column = columns_of(kind=["a", "", "b", " ", "a", "b"])["kind"]
    assert column.values == ("a", "b")
    assert column.codes.tolist() == [0, -1, 1, -1, 0, 1]


def test_values_that_hardly_repeat_are_no_categories_though_most_are_missing():
    column = columns_of(doi=["10.1/a", "10.1/b", "10.1/c", "10.1/c"] + [None, ""] * 48)["doi"]
    assert isinstance(column, TextColumn)


def scene(table, color=None):
    texts = table.column("text").to_pylist()
    projection = Projection(points=np.zeros((len(texts), 2), np.float32), method="pca")
    sources = Sources(texts=texts, table=table, text_column="text", title="t")
    return build_scene(sources, (projection,), color=color)


def test_scene_colours_by_a_column_that_hardly_repeats_when_asked():
    built = scene(pa.table({"text": ["a", "b"], "author": ["x", "y"]}), color="author")
    assert built.color == "author"
    assert isinstance(built.column("author"), CategoryColumn)


def test_scene_names_the_columns_when_the_colour_is_unknown():
    with pytest.raises(InputError, match=r"no column 'topc'.*'text', 'topic'"):
        scene(pa.table({"text": ["a"], "topic": ["b"]}), color="topc")


def test_scene_refuses_a_colour_that_cannot_be_one():
    with pytest.raises(InputError, match="expected categories, numbers or dates"):
        scene(pa.table({"text": ["a"], "v": [[1.0]]}), color="v")


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["cat", "dog"], "words"),
        (["A whole sentence about cats and dogs."] * 20, "sentences"),
        (["A whole sentence about cats and dogs."] * 200, "documents"),
        (["cat"] * 5000, "documents"),
        ([], "sentences"),
    ],
)
def test_kind_follows_number_and_length(texts, kind):
    assert kind_of(texts) == kind


def test_points_are_coloured_by_the_finest_level_whose_clusters_of_some_size_are_few():
    n = 100_000
    coarse = np.zeros(n, np.int32)
    coarse[:30_000] = 1
    middle = np.arange(n, dtype=np.int32) % 40
    middle[:90] = 40 + np.arange(90) // 3  # thirty traces
    fine = np.arange(n, dtype=np.int32) % 200
    levels = (coarse, middle, fine)
    names = tuple(tuple(f"{i}.{code}" for code in range(level.max() + 1)) for i, level in enumerate(levels))
    labels = Labels(names, tuple(tuple(() for _ in level) for level in names))
    table = pa.table({"text": [""] * n})
    projection = Projection(np.zeros((n, 2), np.float32), "pca")
    sources = Sources([""] * n, table, "text", "Test")
    scene = build_scene(sources, (projection,), groups=(Clustering(levels, "test"), labels))
    column = scene.columns[-1]
    assert scene.color == column.name == "cluster"
    assert all(value.startswith("1.") for value in column.values)
    assert len(column.values) == 70
