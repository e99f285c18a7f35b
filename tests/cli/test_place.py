from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import asterism
from asterism.errors import InputError


@pytest.fixture
def saved(run):
    run("demo", "words", "-o", "words.space", "--quiet")
    return "words.space"


@pytest.fixture(scope="module")
def map_():
    return asterism.embed(asterism.demo("words")).map(cache=False)


def test_texts_are_placed_and_told_as_a_table(run, saved):
    code, out, err = run("place", saved, "kitten", "lorry")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["x", "y", "kept", "distance", "text", "nearest"]
    assert len(lines) == 3
    assert "(the map's own: 0." in err
    assert "are off the map" in err


def test_json_tells_everything(run, saved, tmp_path):
    (tmp_path / "new.csv").write_text("text,other\nkitten,1\nqqzzqq xxkkj,2\n")
    facts = json.loads(run("place", saved, "dog", "--file", "new.csv", "--json")[1])
    assert [each["text"] for each in facts["places"]] == ["dog", "kitten", "qqzzqq xxkkj"]
    assert facts["places"][0]["nearest"] == "dog"
    assert facts["places"][0]["distance"] == pytest.approx(0, abs=1e-6)
    assert facts["method"] == "tsne"
    assert 0 <= facts["own_kept"] <= 1


def test_rows_of_a_file_without_a_text_are_counted(run, saved, tmp_path):
    (tmp_path / "gaps.txt").write_text("kitten\n\nlion\n")
    told = "1 of 3 rows of 'gaps.txt' are left out: without a text."
    assert f"note       {told}" in run("place", saved, "--file", "gaps.txt")[2]
    facts = json.loads(run("place", saved, "--file", "gaps.txt", "--json")[1])
    assert [each["text"] for each in facts["places"]] == ["kitten", "lion"]
    assert facts["remarks"] == [told]


def test_new_texts_are_pinned_to_the_picture(run, saved):
    code, _, err = run("place", saved, "kitten", "-o", "a.svg")
    assert code == 0
    assert "written    a.svg" in err
    assert "kitten" in Path("a.svg").read_text(encoding="utf-8")


def test_a_table_holds_the_new_texts(run, saved):
    code, _, err = run("place", saved, "kitten", "😀", "dog", "-o", "a.parquet", "-o", "a.csv")
    assert code == 0, err
    kitten, unknown, dog = pq.read_table("a.parquet").to_pylist()
    assert list(kitten) == ["text", "x", "y", "kept", "distance", "is_off", "nearest"]
    assert (kitten["text"], kitten["nearest"], dog["nearest"]) == ("kitten", "cat", "dog")
    map_ = asterism.open_map(saved)
    assert [dog["x"], dog["y"]] == map_.points[map_.space.texts.index("dog")].tolist()
    assert unknown == dict.fromkeys(unknown) | {"text": "😀"}
    assert len(Path("a.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_new_texts_are_not_written_into_a_space(run, saved):
    code, _, err = run("place", saved, "kitten", "-o", "more.space")
    assert code == 1
    assert "New texts are no part of the Space" in err
    assert not Path("more.space").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["words.space"], 2, "There is no text to place"),
        (["bare.space", "a"], 1, "holds vectors but no map"),
        (["words.space", "a", "--projection", "umap"], 1, "projection is 'umap'"),
        (["nothing.space", "a"], 1, "no such folder"),
    ],
)
def test_faults_are_one_clear_line(run, saved, arguments, code, message):
    asterism.embed(["a", "b"]).save("bare.space")
    answer = run("place", *arguments)
    assert (answer[0], message in answer[2]) == (code, True)


def test_a_text_of_the_map_falls_on_its_own_point(map_):
    places = map_.place(map_.space.texts)
    np.testing.assert_array_equal(places.points, map_.points)
    assert not places.is_off.any()


def test_places_do_not_depend_on_what_else_is_placed(map_):
    together = map_.place(["kitten", "lorry", "sorrow"])
    for i, text in enumerate(together.texts):
        assert map_.place([text]).points.tobytes() == together.points[i : i + 1].tobytes()


def test_a_text_without_a_vector_has_no_place(map_):
    places = map_.place(["kitten", "new"], vectors=np.stack([map_.space.vectors[0], map_.space.vectors[0] * 0]))
    assert np.isnan(places.points[1]).all()
    assert (places.nearest[1], places.is_off[1]) == (-1, True)
    assert [pin.text for pin in map_.with_pins(places).scene.pins] == ["kitten"]


def test_a_saved_map_opens_as_it_was(map_, tmp_path):
    map_.save(tmp_path / "a.space")
    again = asterism.open_map(tmp_path / "a.space")
    np.testing.assert_array_equal(again.points, map_.points)
    assert again.quality.recall == map_.quality.recall
    np.testing.assert_array_equal(again.place(["kitten"]).points, map_.place(["kitten"]).points)


def test_what_cannot_be_placed_is_refused(map_, tmp_path):
    with pytest.raises(InputError, match="1 vectors for 2 texts"):
        map_.place(["a", "b"], vectors=np.ones((1, 256)))
    (tmp_path / "a.csv").write_text("text,x,y\na,1,2\nb,3,4\n")
    flat = asterism.embed(asterism.read(tmp_path / "a.csv", x="x", y="y")).map(method="given")
    with pytest.raises(InputError, match="nothing to place new texts by"):
        flat.place(["a"])
