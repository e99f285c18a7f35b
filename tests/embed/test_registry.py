"""From the name of a model to its embedder, plugins among them."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import asterism
from asterism.embed.options import EmbedOptions
from asterism.embed.plugins import SLICE
from asterism.embed.registry import open_embedder
from asterism.errors import AsterismWarning, EmbedError, InputError, ModelNotFound

EXAMPLE = Path(__file__).parents[2] / "examples" / "embedder-plugin"
PLUGIN = """
import numpy as np

class Lengths:
    calls = []

    def encode(self, texts):
        self.calls.append(len(texts))
        return np.array([[1.0, len(text)] for text in texts])

class Wrong:
    def encode(self, texts):
        return np.full((len(texts), 2), np.nan)

def lengths(name, options):
    return Lengths()

def wrong(name, options):
    return Wrong()

def nothing(name, options):
    return object()
"""


def install(folder, monkeypatch, source, points):
    """Make a package with entry points visible, as pip would."""
    folder.mkdir(exist_ok=True)
    about = folder / "offered-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1.0\n")
    lines = [f"{name} = {target}" for name, target in points.items()]
    (about / "entry_points.txt").write_text("\n".join(["[asterism.embedders]", *lines]) + "\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.syspath_prepend(source)


@pytest.fixture
def offered(tmp_path, monkeypatch):
    (tmp_path / "offered.py").write_text(PLUGIN)
    points = {name: f"offered:{name}" for name in ("lengths", "wrong", "nothing")}
    install(tmp_path / "site", monkeypatch, tmp_path, points)
    yield
    sys.modules.pop("offered", None)


@pytest.fixture
def example(tmp_path, monkeypatch):
    declared = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    points = declared["project"]["entry-points"]["asterism.embedders"]
    install(tmp_path / "site", monkeypatch, EXAMPLE / "src", points)
    yield
    sys.modules.pop("asterism_hashing", None)


def test_builtin_is_the_default():
    assert open_embedder().name == "builtin"


@pytest.mark.parametrize("wish", [{"layer": 3}, {"prompt": "query: "}, {"special_tokens": False}])
def test_an_option_that_a_model_cannot_honour_is_refused(wish):
    with pytest.raises(InputError, match=f"cannot honour {next(iter(wish))}"):
        open_embedder("builtin", EmbedOptions(**wish))


def test_threads_and_device_are_refused_by_none():
    assert open_embedder("builtin", EmbedOptions(threads=1, device="cpu")).dim == 256


def test_an_unknown_option_names_those_there_are():
    with pytest.raises(InputError, match=r"no option 'layers'.*pooling, layer"):
        asterism.embed(["a"], layers=3)


def test_a_kind_without_a_name_is_refused():
    with pytest.raises(InputError, match="nothing behind the colon"):
        open_embedder("hf:")


def test_an_unknown_kind_names_what_is_offered(offered):
    with pytest.raises(ModelNotFound, match=r"no kind of model 'length'.*lengths, nothing, wrong"):
        open_embedder("length:a")


def test_a_plugin_needs_one_method(offered):
    texts = [str(i) * (i % 7 + 1) for i in range(SLICE + 3)]
    space = asterism.embed(texts, model="lengths:any")
    np.testing.assert_array_equal(space.vectors[:, 1], [len(text) for text in texts])
    assert sys.modules["offered"].Lengths.calls[-2:] == [SLICE, 3]


def test_new_texts_of_an_opened_space_go_to_the_same_plugin(offered, tmp_path):
    asterism.embed(["a", "bb", "cccc"], model="lengths:any").save(tmp_path / "a.space")
    again = asterism.Space.open(tmp_path / "a.space")
    np.testing.assert_array_equal(again.encode(["dddddd"]), [[1, 6]])


def test_vectors_of_a_plugin_are_cached(offered):
    asterism.embed(["a", "bb"], model="lengths:any")
    before = len(sys.modules["offered"].Lengths.calls)
    asterism.embed(["a", "bb", "ccc"], model="lengths:any")
    assert sys.modules["offered"].Lengths.calls[before:][-1] == 1


def test_a_plugin_that_gives_no_numbers_is_told_so(offered):
    with pytest.raises(EmbedError, match=r"expected finite numbers of shape \(1, 2\)"):
        open_embedder("wrong:")
    with pytest.raises(EmbedError, match=r"expected an object with encode\(texts\)"):
        open_embedder("nothing:")


def test_the_example_plugin_compares_spelling(example):
    space = asterism.embed(["catnip", "catfish", "dogma", "dogged"], model="hashing:128")
    assert space.data.model.dim == 128
    assert space.neighbors("catnip", k=1).texts == ("catfish",)
    with pytest.raises(InputError, match="cannot honour layer"):
        asterism.embed(["a"], model="hashing:128", layer=2)
    with pytest.raises(InputError, match="'hashing:many'; expected a number of columns"):
        asterism.embed(["a"], model="hashing:many")


def test_a_cache_that_cannot_be_written_is_said_and_does_without(offered, tmp_path, monkeypatch):
    (tmp_path / "no-folder").write_text("a file")
    monkeypatch.setenv("ASTERISM_CACHE_DIR", str(tmp_path / "no-folder"))
    with pytest.warns(AsterismWarning, match=r"Vectors are not kept in .*no-folder"):
        space = asterism.embed(["a", "bb"], model="lengths:any")
    assert len(space) == 2


def test_an_address_without_the_prefix_of_a_server_says_how_to_name_the_model():
    with pytest.raises(InputError, match="Name it so, or leave base_url out") as caught:
        open_embedder("nomic-embed-text", EmbedOptions(base_url="http://localhost:11434/v1"))
    assert "'openai:nomic-embed-text'" in str(caught.value)
