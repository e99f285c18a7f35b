"""What is drawn, in a real browser, with WebGL and without."""

from __future__ import annotations

import io

import numpy as np
import pytest

from asterism.scene.spec import CategoryColumn, Label, Scene
from asterism.values import Projection

pytestmark = pytest.mark.browser


def make_scene(n: int = 400, dims: tuple[int, ...] = (2, 3), *, labels: bool = False) -> Scene:
    rng = np.random.default_rng(0)
    codes = np.sort(rng.integers(0, 4, n)).astype(np.int32)
    projections = tuple(
        Projection(
            (rng.normal(size=(4, dim)) * 6)[codes].astype(np.float32) + rng.normal(size=(n, dim)).astype(np.float32),
            "given",
        )
        for dim in dims
    )
    named = (
        tuple(Label(f"Group {i}", 0, np.flatnonzero(codes == i).astype(np.int32)) for i in range(4)) if labels else ()
    )
    texts = [f"text number {i} of this little collection" for i in range(n)]
    column = CategoryColumn("group", codes, ("a", "b", "c", "d"))
    return Scene("Small", texts, "documents", projections, (column,), "group", labels=named)


def shot(page) -> np.ndarray:
    image = pytest.importorskip("PIL.Image")
    return np.asarray(image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def wait_for_map(page) -> None:
    page.wait_for_function("document.querySelectorAll('canvas').length >= 2")
    page.wait_for_timeout(300)


def test_first_frame_shows_points_of_every_category(open_page, drawing):
    opened = open_page(make_scene(), drawing=drawing)
    wait_for_map(opened.page)
    pixels = shot(opened.page)
    saturation = pixels.max(axis=2) - pixels.min(axis=2)
    assert (saturation > 60).sum() > 4000
    colours = {tuple(colour) for colour in (pixels[saturation > 60] // 48)}
    assert len(colours) >= 4
    opened.check_clean()


def test_nothing_but_the_file_is_read(open_page, drawing):
    opened = open_page(make_scene(50), drawing=drawing)
    wait_for_map(opened.page)
    assert (
        opened.page.evaluate(
            "performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('data:')).length"
        )
        == 0
    )
    opened.check_clean()
