from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import asterism
from asterism.errors import AsterismWarning, InputError, OutputExists
from asterism.project import Method, register, registry
from asterism.values import Projection

TEXTS = ["cat", "dog", "horse", "car", "bus", "train", "apple", "pear", "plum", "joy", "fear", "anger"]
LABELS = ["animal"] * 3 + ["vehicle"] * 3 + ["fruit"] * 3 + ["emotion"] * 3


@pytest.fixture(scope="module")
def space():
    return asterism.embed(TEXTS, labels=LABELS)


def test_space_tells_what_it_holds(space):
    assert len(space) == 12
    assert space.texts == TEXTS
    assert space.vectors.shape == (12, space.data.model.dim)
    assert space.table.column_names == ["text", "label"]
    assert space.placed.all()
    assert repr(space) == f"<Space of 12 texts × {space.vectors.shape[1]} dimensions, model 'builtin'>"


@pytest.mark.parametrize(
    "labels", [["x", float("nan"), None], pd.Series(["x", np.nan, None]), pa.array(["x", None, None])]
)
def test_missing_labels_are_none_wherever_labels_are_given(labels):
    made = asterism.Space.from_vectors(np.eye(3), TEXTS[:3], labels)
    for each in (made, asterism.embed(TEXTS[:3], labels=labels), made.with_columns({"label": labels})):
        assert each.table.column("label").to_pylist() == ["x", None, None]


@pytest.mark.parametrize("wanted", [{"method": "pca"}, {"perplexity": [2, 3]}, {"method": "umap"}])
def test_a_map_from_the_cache_says_what_the_first_one_said(space, wanted):
    first, second = space.map(**wanted), space.map(**wanted)
    assert second.params == first.params
    assert second.points.tobytes() == first.points.tobytes()


def test_a_method_of_another_package_comes_from_the_cache_by_its_own_name(space, monkeypatch):
    def first_axes(vectors, graph, *, dim, seed, **_):
        return Projection(points=vectors[:, :dim].copy(), method="first axes", seed=seed)

    monkeypatch.setattr(registry, "_METHODS", dict(registry._METHODS))
    register(Method("first axes", first_axes, lambda _n, _params: 0))
    first, second = (space.map(method="first axes") for _ in range(2))
    assert second.points.tobytes() == first.points.tobytes()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_distances_to_neighbours_keep_four_digits_at_any_scale(rng, scale):
    vectors = rng.normal(size=(30, 4)) * scale
    made = asterism.Space.from_vectors(vectors, list(map(str, range(30))), metric="euclidean").map(method="pca")
    found = made.scene.column("neighbor_distance").values
    largest = found.max()
    np.testing.assert_allclose(found, made.outliers.distance, rtol=0, atol=largest * 1e-3)
    assert len(np.unique(found)) > 20


def test_a_third_dimension_is_not_made_up_where_two_coordinates_came():
    table = pa.table({"text": TEXTS, "x": np.arange(12.0), "y": np.arange(12.0)})
    given = asterism.embed(asterism.read(table, x="x", y="y"))
    assert given.map(method="given").points.shape == (12, 2)
    with pytest.raises(InputError, match="dim is 3, but 2 coordinates"):
        given.map(method="given", dim=3)


def test_missing_texts_of_given_vectors_have_no_place():
    made = asterism.Space.from_vectors(np.eye(4), pd.Series(["a", np.nan, None, "b"]))
    assert made.texts == ["a", "", "", "b"]
    assert made.placed.tolist() == [True, False, False, True]


def test_labels_of_several_kinds_are_kept_as_text_with_a_warning():
    with pytest.warns(AsterismWarning, match="'label' mixes kinds of values"):
        made = asterism.Space.from_vectors(np.eye(3), TEXTS[:3], [1, "x", None])
    assert made.table.column("label").to_pylist() == ["1", "x", None]


@pytest.mark.parametrize("method", ["tsne", "pca"])
@pytest.mark.parametrize("dim", [2, 3])
def test_map_has_points_and_quality(space, method, dim):
    map_ = space.map(method=method, dim=dim, seed=1, cache=False)
    assert map_.points.shape == (12, dim)
    assert (map_.method, map_.seed) == (method, 1)
    assert 0 <= map_.quality.trustworthiness <= 1
    assert map_.quality.n_neighbors >= 1
    assert len(map_.quality.lost) == 12
    assert map_.scene.color == "label"


def test_every_group_stands_together(space):
    points = space.map(cache=False).points
    away = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(away, np.inf)
    nearest = away.argmin(axis=1)
    assert np.mean([LABELS[i] == LABELS[j] for i, j in enumerate(nearest)]) >= 0.9


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_few_rows_make_a_map(rng, n, method):
    space = asterism.Space.from_vectors(rng.standard_normal((n, 5)), [str(i) for i in range(n)])
    map_ = space.map(method=method, cache=False)
    assert map_.points.shape == (n, 2)
    assert np.isfinite(map_.points).all()


def test_equal_vectors_make_a_map():
    map_ = asterism.Space.from_vectors(np.ones((20, 4)), ["same"] * 20).map(cache=False)
    assert np.isfinite(map_.points).all()


def test_rows_without_a_usable_vector_are_set_aside(rng):
    vectors = rng.standard_normal((6, 4))
    vectors[1] = 0
    vectors[3, 2] = np.nan
    space = asterism.Space.from_vectors(vectors, ["a", "b", None, "d", "  ", "f"])
    assert space.placed.tolist() == [True, False, False, False, False, True]
    assert np.isfinite(space.vectors).all()
    points = space.map(method="pca", cache=False).points
    assert np.isnan(points).all(axis=1).tolist() == (~space.placed).tolist()
    assert "4 of 6 rows have no place" in space.data.remarks[0]


def test_twins_share_a_place_and_stay_visible():
    texts = ["cat", "dog", "car", "bus", "cat"]
    points = asterism.embed(texts).map(cache=False).points
    assert (points[0] != points[4]).any()
    away = np.linalg.norm(points - points[0], axis=1)
    assert away[4] == np.sort(away)[1]


@pytest.mark.parametrize(
    ("vectors", "texts", "labels", "message"),
    [
        (np.zeros(3), ["a"] * 3, None, r"shape \(3,\)"),
        (np.zeros((2, 3)), ["a"] * 3, None, "2 vectors for 3 rows"),
        (np.ones((2, 3)), ["a"] * 2, ["x"], "1 labels for 2 texts"),
        (np.array([["a", "b"]]), ["a"], None, "real numbers"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(vectors, texts, labels, message):
    with pytest.raises(InputError, match=message):
        asterism.Space.from_vectors(vectors, texts, labels)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_frames_of_every_kind_are_read(make):
    frame = make({"word": TEXTS, "kind": LABELS})
    space = asterism.embed(frame)
    assert space.texts == TEXTS
    assert space.map(method="pca", cache=False).scene.column("kind").values[0] == "animal"


def test_labels_beside_a_column_of_that_name_are_refused():
    with pytest.raises(InputError, match="'label' already"):
        asterism.embed({"text": ["a", "b"], "label": ["x", "y"]}, labels=["u", "v"])


def test_vectors_too_large_for_float32_are_set_aside():
    space = asterism.Space.from_vectors([[1.0, 2.0], [1e300, 0.0]], ["a", "b"])
    assert space.placed.tolist() == [True, False]


def test_select_and_sample_keep_rows_together(space):
    some = space.select([3, 0])
    assert some.texts == ["car", "cat"]
    np.testing.assert_array_equal(some.vectors, space.vectors[[3, 0]])
    sampled = space.sample(5, seed=2)
    assert len(sampled) == 5
    assert sampled.texts == space.sample(5, seed=2).texts
    assert "A SAMPLE: 5 of 12" in sampled.data.remarks[-1]
    assert space.sample(99) is space


def test_space_comes_back_from_its_folder(space, tmp_path):
    space.save(tmp_path / "a.space")
    again = asterism.Space.open(tmp_path / "a.space")
    assert again.texts == space.texts
    assert again.vectors.tobytes() == space.vectors.tobytes()
    assert again.map(cache=False).points.tobytes() == space.map(cache=False).points.tobytes()
    with pytest.raises(OutputExists, match="force=True"):
        space.save(tmp_path / "a.space")


def test_unknown_parameter_of_a_method_is_refused(space):
    with pytest.raises(InputError, match="perplexty"):
        space.map(perplexty=3, cache=False)


def test_map_shows_itself_in_a_notebook(space):
    assert space.map()._repr_png_().startswith(b"\x89PNG")


def test_pca_is_laid_out_beside_when_asked(space):
    assert [each.method for each in space.map(also=("pca",)).projections] == ["tsne", "pca"]


def test_table_of_a_map_has_the_input_and_the_places(space):
    assert space.map().table.column_names == ["text", "label", "x", "y", "lost", "false"]


def test_vectors_of_the_caller_are_not_modified(rng):
    vectors = rng.standard_normal((10, 4)).astype(np.float32)
    before = vectors.copy()
    asterism.Space.from_vectors(vectors, ["t"] * 10).map(cache=False)
    np.testing.assert_array_equal(vectors, before)


@pytest.mark.parametrize(
    "given",
    [
        {"seed": np.int64(3)},
        {"perplexity": np.float32(2)},
        {"perplexity": np.array([2.0, 3.0])},
        {"n_iterations": np.int64(5)},
        {"method": "umap", "n_epochs": np.int32(5)},
    ],
)
def test_numbers_of_numpy_lay_out_as_python_numbers_do(space, given, tmp_path):
    plain = {name: value if isinstance(value, str) else value.tolist() for name, value in given.items()}
    map_ = space.map(**given)
    np.testing.assert_array_equal(map_.points, space.map(**plain, cache=False).points)
    map_.save(tmp_path / "map.html")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"perplexity": float("inf")}, "perplexity is inf; expected a number, at least 1"),
        ({"perplexity": "30"}, "perplexity is '30'; expected a number"),
        ({"perplexity": []}, "perplexity is an empty list"),
        ({"n_iterations": 10.0}, "n_iterations is 10.0; expected a whole number"),
        ({"momentum": None}, "momentum is None; expected a number, between 0 and 0.99"),
        ({"method": "umap", "n_epochs": 10**20}, "n_epochs is 100000000000000000000; expected between 1 and"),
        ({"method": "umap", "n_epochs": 0}, "n_epochs is 0"),
        ({"dim": 2.0}, "dim is 2.0; expected a whole number"),
        ({"seed": 1.5}, "seed is 1.5; expected a whole number"),
        ({"threads": 1.5, "cache": False}, "threads is 1.5; expected a whole number"),
    ],
)
def test_what_is_no_number_for_a_layout_is_refused(space, given, message):
    with pytest.raises(InputError, match=message):
        space.map(**given)


@pytest.mark.parametrize("query", [None, 1.5, b"cat", ["cat", "dog"]])
def test_what_is_no_text_cannot_be_asked_about(space, query):
    with pytest.raises(InputError, match="expected a text, the number of a row or a vector"):
        space.neighbors(query)
    with pytest.raises(InputError, match="expected a text, the number of a row or a vector"):
        space.distances(["dog", query])


def test_a_table_of_too_many_texts_is_refused_before_their_vectors_are_looked_for(rng, monkeypatch):
    many = asterism.Space.from_vectors(rng.normal(size=(2001, 2)), list(map(str, range(2001))))
    monkeypatch.setattr(many, "_locate", None)
    with pytest.raises(InputError, match="there are 2001 texts; a table holds at most 2000"):
        many.distances()


def test_distances_take_texts_from_whatever_yields_them(space):
    assert space.distances(text for text in ("cat", "dog")).texts == ("cat", "dog")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vectors": [[1, 2], [3]], "texts": ["a", "b"]}, "vectors has rows of different lengths"),
        ({"vectors": np.eye(2) > 0, "texts": ["a", "b"]}, "dtype bool"),
        ({"vectors": np.eye(2), "texts": ["a", "b"], "metric": "dot"}, "metric is 'dot'; expected one of 'cosine'"),
        ({"vectors": np.eye(2), "texts": "ab"}, "is a str; expected a list of values"),
        ({"vectors": np.eye(2), "texts": (text for text in "ab")}, "is a generator; expected a list of values"),
        ({"vectors": np.eye(2), "texts": ["a", "b"], "labels": ["x"]}, "1 labels for 2 texts"),
        ({"vectors": np.eye(2), "texts": ["a", "b"], "labels": (x for x in "xy")}, "is a generator"),
    ],
)
def test_vectors_texts_and_labels_that_do_not_fit_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        asterism.Space.from_vectors(**given)


def test_labels_that_are_no_list_are_refused():
    with pytest.raises(InputError, match="is a generator; expected a list of values"):
        asterism.embed(["a", "b"], labels=(label for label in "xy"))


def test_rows_with_masked_numbers_are_set_aside():
    masked = np.ma.masked_array(np.eye(3), [[False] * 3, [False, True, False], [False] * 3])
    space = asterism.Space.from_vectors(masked, ["a", "b", "c"])
    assert space.placed.tolist() == [True, False, True]


@pytest.mark.parametrize("texts", ["cat", None, 5, ["cat", None]])
def test_one_text_where_several_are_expected_is_not_taken_letter_by_letter(space, texts):
    map_ = space.map()
    for ask in (space.encode, space.vectors_of, map_.place):
        with pytest.raises(InputError, match=r"expected a list of texts, also for one|Item 1 of texts is None"):
            ask(texts)


def test_one_text_has_no_distances_of_letters(space):
    with pytest.raises(InputError, match="expected a list of texts or row numbers"):
        space.distances("cat")


def test_one_category_is_not_taken_letter_by_letter():
    with pytest.raises(InputError, match="categories is 'fruits'; expected a list"):
        asterism.words("fruits", model="none", base_url="http://127.0.0.1:1/v1")


def test_texts_may_come_from_whatever_yields_them(space):
    assert space.map().place(text for text in ("cat", "tiger")).texts == ("cat", "tiger")


@pytest.mark.parametrize("options", [{"text": "title"}, {"x": "lon", "y": "lat"}, {"encoding": "latin-1"}])
def test_options_of_reading_say_where_they_belong(options):
    with pytest.raises(InputError, match=r"is an option of reading.*asterism.read\(source"):
        asterism.embed(["a"], **options)


def test_a_metric_belongs_to_vectors_that_came_with_the_texts(tmp_path):
    for source in (TEXTS, {"text": TEXTS, "x": range(12), "y": range(12)}):
        with pytest.raises(InputError, match="metric is 'euclidean'; expected none"):
            asterism.embed(source, metric="euclidean")
    np.save(tmp_path / "v.npy", np.eye(12, dtype=np.float32))
    reading = asterism.read(TEXTS, vectors=tmp_path / "v.npy")
    assert asterism.embed(reading, metric="euclidean").data.model.metric == "euclidean"
    assert asterism.embed(reading).data.model.metric == "cosine"
    with pytest.raises(InputError, match="metric is 'euclidean'; expected none"):
        asterism.embed(reading, model="builtin", metric="euclidean")


@pytest.mark.parametrize("model", [5, None.__class__, object()])
def test_a_model_that_is_no_name_is_refused(model):
    with pytest.raises(InputError, match="expected the name of one, a folder or an id"):
        asterism.embed(["a"], model=model)


@pytest.mark.parametrize("options", [{"text": ["a", "b"]}, {"text": 5}, {"x": np.zeros(2), "y": "y"}, {"encoding": 8}])
def test_options_of_reading_are_names(options):
    with pytest.raises(InputError, match="expected one name, as text"):
        asterism.read(["a", "b"], **options)


@pytest.mark.parametrize(
    ("given", "message"), [([], r"the sets hold 0, 1, 1 and 1 words"), ("ab", "x is 'ab'; expected a list of texts")]
)
def test_sets_of_words_that_are_none_are_refused(space, given, message):
    with pytest.raises(InputError, match=message):
        space.weat(given, ["dog"], ["car"], ["apple"])


def test_weights_beyond_float32_are_refused(space):
    with pytest.raises(InputError, match="the weight of 'cat' is inf; expected a number, between"):
        space.arithmetic("9" * 400 + "*cat - dog")
    with pytest.raises(InputError, match=r"the weight of 'cat' is 1e\+39; expected between -1e\+30 and 1e\+30"):
        space.arithmetic("1" + "0" * 39 + "*cat - dog")
    assert space.arithmetic("1" + "0" * 30 + "*cat - dog").words
