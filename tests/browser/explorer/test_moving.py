"""What meets something else: a morph another, a finger a second, a graphics card its reset, a click texts unread."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from asterism.view import html

# From one projection to the other and, some frames later, back; the map as it is drawn some frames after that.
BACK_ON_THE_WAY = """async () => {
    const frames = async n => { while (n--) await new Promise(requestAnimationFrame); };
    const show = projection => asterism.session.store.set({ projection });
    show(1);
    const begin = performance.now();
    while (performance.now() - begin < 400) await frames(1);
    show(0);
    await frames(2);
    return asterism.plot.toCanvas(1).toDataURL();
}"""


def places_like(explorer, projection: int, n: int) -> float:
    """How far rows are, at most, from where a projection puts them, in pixels, whatever the camera."""
    points = explorer.page.evaluate("p => Array.from(asterism.scene.projections[p].points)", projection)
    design = np.c_[np.array(points).reshape(n, -1)[:, :2], np.ones(n)]
    shown = explorer.places(n)
    return float(np.abs(shown - design @ np.linalg.lstsq(design, shown, rcond=None)[0]).max())


def test_a_morph_that_is_interrupted_goes_on_from_where_it_is_and_ends_where_it_should(explore):
    explorer = explore("words")
    start = explorer.pixels()[60:730, 340:1210]
    between = explorer.page.evaluate(BACK_ON_THE_WAY)
    explorer.settle()
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install '.[dev]'")
    picture = image.open(BytesIO(b64decode(between.partition(",")[2]))).convert("RGB")
    assert (np.abs(np.asarray(picture).astype(int)[60:730, 340:1210] - start).max(-1) > 30).sum() > 200
    assert explorer.state("projection") == 0
    assert places_like(explorer, 0, 32) < 0.7
    # after three in a row the last one counts
    for name in ("PCA", "t-SNE", "PCA"):
        explorer.page.get_by_role("radio", name=name).click()
        explorer.page.wait_for_timeout(120)
    explorer.settle()
    assert explorer.state("projection") == 1
    assert places_like(explorer, 1, 32) < 0.7
    end = explorer.camera()
    explorer.page.wait_for_timeout(300)
    assert explorer.camera() == end


def test_two_fingers_turn_and_enlarge_in_space(explore):
    explorer = explore("categories", phone=True)
    page = explorer.page
    before = explorer.camera()
    session = page.context.new_cdp_session(page)

    def touch(kind: str, angle: float, reach: float) -> None:
        across, down = reach * np.cos(angle), reach * np.sin(angle)
        ends = [(195 - across, 330 - down), (195 + across, 330 + down)]
        points = [{"x": float(x), "y": float(y), "id": i} for i, (x, y) in enumerate(ends)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

    touch("touchStart", 0.0, 60)
    for step in range(1, 9):
        touch("touchMove", 0.1 * step, 60 + 5 * step)
    touch("touchEnd", 0, 0)
    explorer.settle()
    after = explorer.camera()
    assert abs(after["turn"] - before["turn"]) > 0.4
    assert after["scale"] > 1.3 * before["scale"]
    # one finger turns, too, and tilts
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 150, "y": 300, "id": 0}]})
    for step in range(1, 6):
        place = {"x": 150 + 12 * step, "y": 300 + 10 * step, "id": 0}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    explorer.settle()
    assert abs(explorer.camera()["turn"] - after["turn"]) > 0.2
    assert abs(explorer.camera()["tilt"] - after["tilt"]) > 0.1


@pytest.mark.parametrize("drawing", ["webgl"])  # without it there is no context to lose
def test_a_reset_graphics_card_is_told_and_everything_goes_on(explore):
    explorer = explore("words", reduced_motion="reduce")
    page = explorer.page
    page.evaluate(
        """() => {
          const gl = document.querySelector('canvas').getContext('webgl2');
          window.loss = gl.getExtension('WEBGL_lose_context');
          loss.loseContext();
        }"""
    )
    page.get_by_text("The graphics card was reset").wait_for()
    assert page.evaluate("asterism.plot.renderer") == "canvas"
    explorer.press("p")
    assert places_like(explorer, 1, 32) < 0.7
    page.evaluate("loss.restoreContext()")
    page.get_by_text("The graphics card is back").wait_for()
    assert page.evaluate("asterism.plot.renderer") == "webgl"
    pixels = explorer.pixels()[60:730, 340:1210]
    assert (pixels.max(-1) - pixels.min(-1) > 40).mean() > 0.0008


@pytest.mark.parametrize("is_bare", [False, True])
def test_texts_that_stand_behind_the_script_are_there_when_asked_for(explore, samples, tmp_path, monkeypatch, is_bare):
    monkeypatch.setattr(html, "SMALL", 1000)
    path = tmp_path / "late.html"
    scene = samples.words()
    if is_bare:  # then the last of the first blocks are empty
        scene = replace(scene, columns=(), color=None, labels=(), paths=(), pairs=())
    html.save_html(scene, path)
    explorer = explore(path, reduced_motion="reduce", query="#")
    assert explorer.page.evaluate("asterism.scene.whole") == ""
    explorer.page.mouse.click(*explorer.at(3))
    explorer.settle()
    assert explorer.page.locator(".card-text").text_content() == scene.texts[3]
    assert explorer.page.locator(".card .neighbor-text").first.text_content() in scene.texts
    explorer.search(scene.texts[5], "phrase")
    assert 5 in explorer.state("found")["rows"]
    explorer.page.evaluate("asterism.session.store.set({ isTableOpen: true })")
    assert explorer.page.locator(".grid-row.body .grid-cell").first.inner_text() in scene.texts


# What stands behind the script is unpacked only once `goOn` is called.
HELD = """{
    const held = new Promise(go => window.goOn = go);
    const unpack = Response.prototype.arrayBuffer;
    Response.prototype.arrayBuffer = async function () {
        if (document.getElementById("scene-rest")?.textContent === "") await held;
        return unpack.call(this);
    };
}"""


def test_the_text_under_a_resting_pointer_appears_once_it_is_read(explore, samples, tmp_path, monkeypatch):
    monkeypatch.setattr(html, "SMALL", 1000)
    path = tmp_path / "late.html"
    scene = samples.words()
    html.save_html(scene, path)
    explorer = explore(path, reduced_motion="reduce")
    page = explorer.page
    page.add_init_script(HELD)
    page.reload()
    page.wait_for_function("() => window.asterism !== undefined && window.goOn !== undefined")
    explorer.settle()
    page.mouse.move(*explorer.at(9))
    page.get_by_text("Its text is still being read").wait_for()
    page.evaluate("goOn()")
    page.locator(".hover-text").get_by_text(scene.texts[9], exact=True).wait_for()


def test_a_file_without_its_end_shows_the_map_and_says_what_is_missing(explore, samples, tmp_path, monkeypatch):
    monkeypatch.setattr(html, "SMALL", 1000)
    path = tmp_path / "cut.html"
    html.save_html(samples.words(), path)
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: whole.index('id="scene-rest">') + 100], encoding="utf-8")
    explorer = explore(path, reduced_motion="reduce")
    notice = explorer.page.locator(".notice")
    notice.wait_for()
    assert "cut short" in notice.inner_text()
    assert "without its texts" in notice.inner_text()
    pixels = explorer.pixels()[60:730, 340:1210]
    assert (pixels.max(-1) - pixels.min(-1) > 40).mean() > 0.0008
    explorer.page.mouse.click(*explorer.at(3))
    explorer.settle()
    assert explorer.page.locator(".card-text").text_content() == "(no text)"
