from __future__ import annotations

import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asterism.scene.spec import (
    Arrow,
    CategoryColumn,
    DateColumn,
    Label,
    NumberColumn,
    Pairs,
    Pin,
    Scene,
    TextColumn,
)
from asterism.scene.spec import Path as ScenePath
from asterism.scene.wire import MAGIC, _along_curve, encode_scene
from asterism.values import LabelQuality, LabelScores, Projection, Quality, Scores, Stability

FIXTURE = Path(__file__).parent.parent / "data" / "scene.bin"
TEXTS = ["cat", "</script><b>", "שלום 🙂", "", "a\0b"]


def make_scene() -> Scene:
    points = np.array([[0, 0], [1, 2], [-1, 0.5], [np.nan, np.nan], [0.25, 1]], np.float32)
    solid = np.column_stack([points, points[:, 0] * 2]).astype(np.float32)
    shares = np.array([0, 0.5, 1, np.nan, 0.25], np.float32)
    told = [LabelScores(0.8, 0.6, 0.1 * i) for i in range(4)]
    quality = Quality(
        Scores(0.8, 0.7, 0.95, 0.94, 0.6, 0.3),
        Scores(0.1, 0.2, 0.5, 0.5, 0.5, np.nan),
        None,
        15,
        4,
        4,
        shares,
        shares,
        Scores(0.01, 0.02, 0.0, 0.0, 0.0, np.nan),
        np.array([[0.5, 2], [1, 3]], np.float32),
        LabelQuality("topic", *told[:3], None, told[3], 3, 3, 4, 4),
        Stability(0.5, 0.25, (0.4, 0.5, 0.6), 3, shares),
    )
    steps = np.array([[0, 0], [0.5, 1], [1, 2]], np.float32)
    flat, deep = np.array([1, 2], np.float32), np.array([1, 2, 3], np.float32)
    return Scene(
        title="A <small> scene",
        texts=TEXTS,
        kind="words",
        projections=(
            Projection(
                points, "pca", {"whiten": np.bool_(False)}, 0, ("PC1 (60 %)", "PC2 (30 %)"), ("A note.",), quality
            ),
            Projection(solid, "tsne", {"perplexity": 1.5}, 3),
        ),
        columns=(
            CategoryColumn("topic", np.array([0, 1, 0, -1, 2], np.int32), ("animal", "tag", "none")),
            NumberColumn("score", np.array([1, 2.5, np.nan, -3, 1e9])),
            DateColumn("day", np.array([0, 86_400_000, np.iinfo(np.int64).min, -1000, 1])),
            TextColumn("note", ["", "long text", "x", "y", "z"]),
        ),
        color="topic",
        neighbors=np.array([[1, 2], [0, 4], [4, 0], [-1, -1], [1, -1]], np.int32),
        distances=np.array([[0.1, 0.5], [0.1, 0.2], [0.3, 1.0], [0, 0], [0.2, 0]], np.float32),
        labels=(Label("first", 0, np.array([0, 1, 2], np.int32)), Label("cat", 1, np.array([], np.int32), row=0)),
        paths=(ScenePath("way", (steps, np.column_stack([steps, steps[:, 0]])), ("a", "b", "c")),),
        arrows=(Arrow("king − man", (flat, deep), (flat + 1, deep + 1)),),
        pins=(Pin("new", (flat, deep)),),
        pairs=(Pairs("twins", np.array([[0, 1]], np.int32)),),
        remarks=("1 of 5 rows has no place.",),
        about={"model": "builtin", "version": "0"},
    )


def read_header(content: bytes) -> tuple[dict, int]:
    assert content[:8] == MAGIC
    size = int(np.frombuffer(content[12:16], "<u4")[0])
    return json.loads(content[16 : 16 + size]), 16 + size


def read_block(content: bytes, number: int) -> np.ndarray:
    header, base = read_header(content)
    block = header["blocks"][number]
    data = content[base + block["offset"] :][: block["size"]]
    raw = zlib.decompress(data, wbits=-15) if block["codec"] == "deflate" else data
    assert len(raw) == block["raw"]
    return np.frombuffer(raw, "<" + block["dtype"] if block["dtype"][1:] != "1" else block["dtype"])


def test_container_has_not_changed_unnoticed():
    # The page's own tests read this file. After a deliberate change: python tests/scene/test_wire.py writes it anew.
    assert encode_scene(make_scene()) == FIXTURE.read_bytes()


def test_blocks_are_aligned():
    header, base = read_header(encode_scene(make_scene()))
    assert base % 8 == 0
    assert all(block["offset"] % 8 == 0 for block in header["blocks"])


def test_numbers_come_through_exactly_and_short_where_they_can():
    exact, short = np.array([16_777_217, 0.1, 1e300]), np.array([1.5, np.nan, -3.0])
    columns = (NumberColumn("exact", exact), NumberColumn("short", short))
    projection = Projection(np.zeros((3, 2), np.float32), "pca")
    content = encode_scene(Scene("t", ["x"] * 3, "words", (projection,), columns))
    blocks = [read_block(content, column["values"]) for column in read_header(content)[0]["columns"]]
    assert [block.dtype.str for block in blocks] == ["<f8", "<f4"]
    np.testing.assert_array_equal(blocks[0], exact)
    np.testing.assert_array_equal(blocks[1], short)


def test_a_quality_carries_its_audits():
    content = encode_scene(make_scene())
    quality = read_header(content)[0]["projections"][0]["quality"]
    assert quality["errors"]["recall"] == 0.01
    assert quality["verdict"][0].startswith("Of each text's 3 nearest")
    assert read_block(content, quality["shepard"]).tolist() == [0.5, 2, 1, 3]
    assert quality["labels"]["column"] == "topic"
    assert quality["labels"]["map"] == {"accuracy": 0.8, "purity": 0.6, "silhouette": 0.1}
    assert (quality["labels"]["pca"], quality["labels"]["nNeighbors"]) == (None, 3)
    assert quality["stability"]["runs"] == [0.4, 0.5, 0.6]
    assert read_block(content, quality["stability"]["kept"]).tolist() == [0, 127, 254, 255, 64]


def test_a_projection_is_called_by_its_name():
    scene = make_scene()
    named = tuple(replace(each, name="UMAP, 5 neighbours") for each in scene.projections)
    header, _ = read_header(encode_scene(replace(scene, projections=named)))
    assert [each["name"] for each in header["projections"]] == ["UMAP, 5 neighbours", "UMAP, 5 neighbours 3-D"]


def test_coordinates_come_back_within_half_a_step():
    scene = make_scene()
    content = encode_scene(scene)
    header, _ = read_header(content)
    for told, projection in zip(header["projections"], scene.projections, strict=True):
        grid = read_block(content, told["points"]).reshape(projection.points.shape)
        placed = np.isfinite(projection.points).all(axis=1)
        assert (grid[~placed] == 65_535).all()
        back = np.array(told["low"]) + told["step"] * grid[placed]
        assert np.abs(back - projection.points[placed]).max() <= 0.51 * told["step"]


def test_texts_are_never_part_of_the_header():
    header, _ = read_header(encode_scene(make_scene()))
    assert "</script>" not in json.dumps(header)


def test_rows_along_the_curve_are_near_each_other():
    rng = np.random.default_rng(0)
    points = rng.integers(0, 65_535, (1000, 2)).astype(np.uint16)
    steps = np.abs(np.diff(points[_along_curve(points)].astype(int), axis=0)).max(axis=1)
    assert np.median(steps) < 0.1 * np.median(np.abs(np.diff(points.astype(int), axis=0)).max(axis=1))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_scenes_are_written(n):
    points = np.zeros((n, 2), np.float32)
    scene = Scene("t", ["a"] * n, "words", (Projection(points, "pca"),))
    header, _ = read_header(encode_scene(scene))
    assert header["n"] == n
    assert header["neighbors"] is None


def test_many_categories_need_two_bytes_and_share_colours():
    names = tuple(f"c{i}" for i in range(2500))
    column = CategoryColumn("c", np.arange(2500, dtype=np.int32), names)
    scene = Scene("t", ["x"] * 2500, "documents", (Projection(np.zeros((2500, 2), np.float32), "pca"),), (column,))
    content = encode_scene(scene)
    header, _ = read_header(content)
    assert header["blocks"][header["columns"][0]["codes"]]["dtype"] == "u2"
    assert len(header["palette"]["light"]["categories"]) == 256


def test_alike_projections_get_names_apart():
    points = np.zeros((1, 2), np.float32)
    scene = Scene("t", ["x"], "words", (Projection(points, "tsne"), Projection(points, "tsne", seed=1)))
    header, _ = read_header(encode_scene(scene))
    assert [told["name"] for told in header["projections"]] == ["t-SNE", "t-SNE #2"]


if __name__ == "__main__":
    FIXTURE.write_bytes(encode_scene(make_scene()))
