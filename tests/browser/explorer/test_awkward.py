"""Scenes at the edge: one row, twins, rows without a place, columns without a value, very long texts."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.scene.spec import CategoryColumn, DateColumn, Label, NumberColumn, Scene, TextColumn
from asterism.values import Projection

FEW = ("no row", "one row", "two rows", "three rows")
NO_DATE = np.iinfo(np.int64).min


def edge_scene(name: str) -> Scene:
    points = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    texts = ["one", "two", "three", "four", "five", "six"]
    empty = (
        CategoryColumn("kind", np.full(6, -1, np.int32), ()),
        NumberColumn("size", np.full(6, np.nan)),
        DateColumn("day", np.full(6, NO_DATE, np.int64)),
        TextColumn("note", [""] * 6),
    )
    if name in FEW:
        n = FEW.index(name)
        labels = (Label("all", 0, np.arange(n, dtype=np.int32)),)
        return Scene("Few", texts[:n], "words", (Projection(points[:n], "pca"),), labels=labels)
    if name == "twins":
        return Scene("Twins", ["same"] * 6, "words", (Projection(np.zeros((6, 2), np.float32), "tsne"),))
    if name == "no values":
        return Scene("Nothing", texts, "words", (Projection(points, "pca"),), empty, "kind")
    if name == "set aside":
        points[:5] = np.nan
        neighbors = np.full((6, 3), -1, np.int32)
        return Scene("Set aside", ["", *texts[1:]], "words", (Projection(points, "umap"),), neighbors=neighbors)
    long = ["word " * 20_000, "日本語" * 30_000, "x" * 100_000, *texts[3:]]
    columns = (NumberColumn("n" * 300, np.array([1e300, -1e300, 0, 1e-300, np.inf, np.nan])),)
    return Scene("T" * 2000, long, "documents", (Projection(points * 1e6, "given"),), columns, "n" * 300)


@pytest.mark.parametrize("name", [*FEW, "twins", "no values", "set aside", "long"])
def test_every_panel_opens_and_nothing_breaks(explore, name):
    scene = edge_scene(name)
    explorer = explore(scene, reduced_motion="reduce")
    page = explorer.page
    for tab in ("Filter", "Selection", "Believe", "Colour"):
        explorer.tab(tab)
    explorer.press("i", "3", "t", "0", "+")
    assert explorer.state("selected") == len(scene.texts)
    last = len(scene.texts) - 1
    if last >= 0:
        page.evaluate("row => asterism.session.store.set({ pinned: row })", last)
        explorer.settle()
        assert page.locator(".card-text").text_content() == scene.texts[last]
    explorer.search("e", "pattern")
    expected = [row for row, text in enumerate(scene.texts) if "e" in text]
    assert explorer.state("found")["rows"] == expected
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    if name == "long":
        values = page.evaluate("Array.from(asterism.scene.columns[0].values, String)")
        assert values == ["1e+300", "-1e+300", "0", "1e-300", "Infinity", "NaN"]
    explorer.press("Escape", "Escape", "Escape", "s")
    assert page.get_by_label("Link", exact=True).input_value().startswith("file://")
