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
    """Waits until it is drawn and nothing moves, however long a slow machine takes."""
    page.wait_for_function("() => window.asterism !== undefined")
    page.evaluate("""() => new Promise(done => {
        const wait = () => asterism.plot.isAtRest ? done() : requestAnimationFrame(wait);
        requestAnimationFrame(() => requestAnimationFrame(wait));
    })""")


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


def coloured(page) -> np.ndarray:
    """Which pixels carry points."""
    pixels = shot(page)
    return pixels.max(axis=2) - pixels.min(axis=2) > 60


def middle_of(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask).mean(axis=0)


def test_both_ways_of_drawing_show_the_same_picture(open_page):
    scene = make_scene()
    masks = []
    for drawing in ("webgl", "canvas"):
        opened = open_page(scene, drawing=drawing)
        wait_for_map(opened.page)
        masks.append(coloured(opened.page))
    assert (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum() > 0.9


def test_lost_graphics_card_leaves_the_map_and_returns(open_page):
    opened = open_page(make_scene(), drawing="webgl")
    wait_for_map(opened.page)
    before = coloured(opened.page)
    opened.page.evaluate(
        """() => {
          const gl = document.querySelector('canvas').getContext('webgl2');
          window.loss = gl.getExtension('WEBGL_lose_context');
          window.loss.loseContext();
        }"""
    )
    opened.page.wait_for_function("() => document.querySelector('canvas').getContext('webgl2') === null")
    wait_for_map(opened.page)
    without_card = coloured(opened.page)
    assert (before & without_card).sum() > 0.85 * before.sum()
    opened.page.evaluate("window.loss.restoreContext()")
    opened.page.wait_for_function("() => document.querySelector('canvas').getContext('webgl2') !== null")
    wait_for_map(opened.page)
    assert (before & coloured(opened.page)).sum() > 0.85 * before.sum()
    assert opened.errors == []


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_every_pixel_of_the_screen_is_used(open_page, drawing, ratio):
    opened = open_page(
        make_scene(60), drawing=drawing, device_scale_factor=ratio, viewport={"width": 400, "height": 300}
    )
    wait_for_map(opened.page)
    sizes = opened.page.evaluate("[...document.querySelectorAll('canvas')].slice(0, 2).map((c) => [c.width, c.height])")
    assert sizes == [[400 * ratio, 300 * ratio]] * 2
    opened.check_clean()


def test_dragging_moves_the_map_by_as_many_pixels(open_page, drawing):
    opened = open_page(make_scene(dims=(2,)), drawing=drawing)
    page = opened.page
    wait_for_map(page)
    page.mouse.move(700, 500)
    for _ in range(4):
        page.mouse.wheel(0, 200)  # away from the panels, so that none of the points lies under one
    wait_for_map(page)
    before = middle_of(coloured(page)[:, 420:1080])
    page.mouse.down()
    page.mouse.move(715, 505)
    page.mouse.move(750, 520)
    page.mouse.up()
    page.mouse.move(1000, 780)
    wait_for_map(page)
    moved = middle_of(coloured(page)[:, 420:1080]) - before
    assert moved == pytest.approx([20, 50], abs=8)


def test_pinching_enlarges_the_map(open_page, drawing):
    opened = open_page(make_scene(dims=(2,)), drawing=drawing, has_touch=True, viewport={"width": 390, "height": 844})
    page = opened.page
    wait_for_map(page)
    before = coloured(page)[200:600, :300]
    session = page.context.new_cdp_session(page)

    def touch(kind: str, spread: float) -> None:
        points = [{"x": 180 - spread, "y": 400, "id": 1}, {"x": 180 + spread, "y": 400, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

    touch("touchStart", 30)
    for spread in (40, 60, 80, 100):
        touch("touchMove", spread)
    touch("touchEnd", 100)
    wait_for_map(page)
    after = coloured(page)[200:600, :300]
    assert np.ptp(np.argwhere(after)[:, 1]) > np.ptp(np.argwhere(before)[:, 1]) or after.sum() < 0.7 * before.sum()
    assert (before ^ after).sum() > 0.3 * before.sum()
    opened.check_clean()
