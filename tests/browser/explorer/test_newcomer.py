"""The first minutes of somebody who was sent a map: as a file, and inside another page; without a network."""

from __future__ import annotations

import numpy as np
import pytest

import asterism


@pytest.fixture(scope="module")
def demo_page(tmp_path_factory):
    map_ = asterism.embed(asterism.demo("categories")).map(dim=3, also=("pca",), cache=False)
    path = tmp_path_factory.mktemp("demo") / "words.html"
    map_.save(path)
    return map_.space, path


@pytest.mark.parametrize("is_framed", [False, True], ids=["as a file", "in an iframe"])
def test_a_newcomer_toggles_rotates_hovers_searches_selects_and_switches(explore, demo_page, tmp_path, is_framed):
    space, path = demo_page
    explorer = explore(path, offline=True, reduced_motion="reduce")
    page, frame, corner = explorer.page, explorer.page.main_frame, np.zeros(2)
    if is_framed:
        host = tmp_path / "host.html"
        query = page.url.partition("?")[2]
        host.write_text(
            f'<!doctype html><h1>A page</h1><iframe src="{path.as_uri()}?{query}" width="1200" height="680"></iframe>',
            encoding="utf-8",
        )
        page.goto(host.as_uri())
        box = page.locator("iframe").bounding_box()
        frame, corner = page.frames[1], np.array([box["x"] + 2, box["y"] + 2])
        frame.wait_for_function("() => window.asterism !== undefined")
        explorer.settle()

    def ask(key):
        return frame.evaluate(f"(key => asterism.session.store.get()[key])('{key}')")

    def at(row):
        return np.array(frame.evaluate("row => asterism.plot.toScreen(row)", row)) + corner

    for name in ("birds", "emotions"):
        frame.get_by_role("button", name=name).first.click()
    assert ask("shown") == 575
    before = frame.evaluate("asterism.plot.getCamera().turn")
    middle = corner + np.array([700, 330])
    explorer.drag([tuple(middle), tuple(middle + np.array([120, 20]))])
    assert frame.evaluate("asterism.plot.getCamera().turn") != before

    row = _in_the_open(frame, len(space))
    page.mouse.move(*at(row))
    explorer.settle()
    hovered = frame.locator(".hover-text").inner_text()
    assert hovered in space.texts

    frame.get_by_label("Search texts").fill("trombone")
    frame.wait_for_function("() => asterism.session.store.get().found?.rows.length === 1")
    frame.get_by_label("Search texts").fill("")

    frame.get_by_role("button", name="Lasso").click()
    x, y = at(row)
    explorer.drag([(x - 60, y - 60), (x + 60, y - 60), (x + 60, y + 60), (x - 60, y + 60), (x - 60, y - 55)])
    assert ask("selected") >= 1
    assert f"{ask('selected')} text" in frame.locator(".panel-scroll").inner_text()

    frame.get_by_role("radio", name="PCA").click()
    explorer.settle()
    assert ask("projection") == 1


def _in_the_open(frame, n):
    """A row that no panel covers and that is picked where it is drawn."""
    return frame.evaluate(
        """n => [...Array(n).keys()].find(row => {
            const [x, y] = asterism.plot.toScreen(row);
            return x > 420 && x < 1000 && y > 120 && y < 500 && asterism.plot.pick(x, y) === row;
        })""",
        n,
    )
