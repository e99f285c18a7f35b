"""Keys alone, touch, screen readers, hostile texts, broken files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from asterism.scene.spec import CategoryColumn, Label, NumberColumn, Pin, Scene, TextColumn
from asterism.values import Projection

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "</script><script>alert(4)</script>",
    "javascript:alert(5)",
    "{{constructor.constructor('alert(6)')()}}",
    "<!--",
    "\u202eevil\u202c",
    "__proto__",
    "=cmd|' /C calc'!A0",
    "a\u0000b",
    "😀" * 50,
)


def hostile_scene() -> Scene:
    n = len(HOSTILE)
    rng = np.random.default_rng(0)
    return Scene(
        title="<b onmouseover=alert(0)>title</b></title><script>alert(9)</script>",
        texts=list(HOSTILE),
        kind="sentences",
        projections=(
            Projection(
                rng.normal(size=(n, 2)).astype(np.float32), "<i>method</i>", {"<u>": "</u>"}, notes=("<b>note</b>",)
            ),
        ),
        columns=(
            CategoryColumn("<script>alert('column')</script>", np.arange(n, dtype=np.int32), HOSTILE),
            NumberColumn("__proto__", np.arange(n, dtype=np.float64)),
            TextColumn("constructor", list(reversed(HOSTILE))),
        ),
        color="<script>alert('column')</script>",
        labels=(Label("<img src=x onerror=alert(7)>", 0, np.arange(n, dtype=np.int32)),),
        pins=(Pin("<img src=x onerror=alert(8)>", (np.zeros(2, np.float32),)),),
        remarks=("<iframe src=javascript:alert(10)>",),
        about={"<b>model</b>": "<script>alert(11)</script>"},
    )


def test_markup_in_any_place_is_shown_as_it_is_written(explore):
    explorer = explore(hostile_scene(), reduced_motion="reduce")
    page = explorer.page
    assert page.locator("h1").inner_text().startswith("<b onmouseover=alert(0)>title</b></title><script>")
    assert page.locator(".legend-name").all_inner_texts()[:3] == list(HOSTILE[:3])
    for row in range(3):
        page.mouse.move(*explorer.at(row))
        explorer.settle()
        assert page.locator(".hover-text").inner_text() == HOSTILE[row]
        page.mouse.click(*explorer.at(row))
        explorer.settle()
        assert page.locator(".card-text").inner_text() == HOSTILE[row]
    for name in ("Filter", "Selection", "Believe"):
        explorer.tab(name)
    assert "<iframe src=javascript:alert(10)>" in page.locator(".panel-scroll").inner_text()
    explorer.press("t")
    assert page.locator(".grid-row.body").first.inner_text().startswith(HOSTILE[0])
    explorer.press("Escape", "s")
    assert "alert(0)" in page.get_by_label("Embed snippet").input_value()
    assert (
        page.evaluate(
            "document.querySelectorAll('.explorer script, .explorer img, .explorer iframe, .explorer b').length"
        )
        == 0
    )


def test_everything_can_be_done_with_keys_alone(explore):
    explorer = explore("words")
    page = explorer.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    explorer.press("/")
    page.keyboard.type("ot")
    explorer.await_search("ot")
    explorer.press("Enter")
    assert explorer.state("pinned") == explorer.state("found")["rows"][0]
    explorer.press("Escape", "Escape", "Escape")  # empties the field, leaves it, unpins
    assert (explorer.state("query"), explorer.state("pinned")) == ("", -1)
    before = explorer.camera()
    explorer.press("ArrowRight", "+")
    assert explorer.camera()["x"] != before["x"]
    assert explorer.camera()["scale"] > before["scale"]
    explorer.press("t", "ArrowDown", "ArrowDown", "Enter")
    assert explorer.state("pinned") == 2
    assert page.evaluate("document.activeElement.getAttribute('role')") == "row"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    explorer.press("t", "3", "i", "p", "?")
    assert (explorer.state("selected"), explorer.state("projection")) == (32, 1)
    assert page.get_by_role("dialog").is_visible()
    explorer.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    explorer.press("h")
    assert not page.locator(".panel").is_visible()
    explorer.press("h")
    assert page.locator(".panel").is_visible()


@pytest.mark.parametrize(("key", "part"), [("2", ".panel"), ("t", ".table"), ("/", ".panel")])
def test_a_key_that_asks_for_a_hidden_panel_shows_it(explore, key, part):
    explorer = explore("words", reduced_motion="reduce")
    for _ in range(2):
        explorer.press("h")
        assert not explorer.page.locator(".panel").is_visible()
        explorer.press(key)
        assert explorer.page.locator(part).is_visible()
        explorer.page.evaluate("document.activeElement.blur()")


def test_tab_reaches_every_control_and_shows_where_it_is(explore):
    explorer = explore("words")
    page = explorer.page
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("""() => {
                const node = document.activeElement;
                const name = node.getAttribute('aria-label') || node.title || node.textContent.trim().slice(0, 30);
                return [name, getComputedStyle(node).outlineStyle, node.className];
            }""")
        )
    names = " | ".join(name for name, _, _ in seen)
    for wanted in (
        "Search texts",
        "Colour",
        "animals",
        "Zoom in",
        "Lasso",
        "Table of texts",
        "Link and embed",
        "Download",
        "Help",
    ):
        assert wanted in names, wanted
    assert all(
        outline in ("solid", "auto") for _, outline, name in seen if name not in ("map", "") and "skip" not in name
    )


def test_the_table_lists_sorts_and_pins(explore, samples):
    explorer = explore("words")
    page = explorer.page
    explorer.press("t")
    grid = page.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == "33"
    page.get_by_role("columnheader", name="length").get_by_role("button").click()
    page.get_by_role("columnheader", name="length").get_by_role("button").click()
    first = page.locator(".grid-row.body").first
    assert first.locator(".grid-cell").nth(2).inner_text() == "6"
    assert page.get_by_role("columnheader", name="length").get_attribute("aria-sort") == "descending"
    first.click()
    assert explorer.state("pinned") == max(range(32), key=lambda row: (len(samples.words().texts[row]), -row))


def test_the_table_says_of_which_texts_it_lists_how_many(explore):
    explorer = explore("words")
    explorer.press("t")
    title = explorer.page.locator(".table h2")
    for script, told in (
        ("asterism.session.setRange('length', [5, 9])", "20 texts shown"),
        (
            "asterism.session.select(Uint8Array.from({ length: 32 }, (_, row) => row < 16), 'replace')",
            "10 texts selected and shown",
        ),
        ("asterism.session.clearFilters()", "16 texts selected"),
    ):
        explorer.page.evaluate(script)
        explorer.settle()
        assert title.inner_text() == told
    explorer.page.evaluate("asterism.session.clearSelection()")
    explorer.search("an")
    assert title.inner_text() == "2 texts found"
    explorer.page.evaluate("asterism.session.setRange('length', [6, 9])")
    explorer.settle()
    assert title.inner_text() == "1 text found and shown"


def test_the_table_keeps_the_focus_when_other_texts_are_listed(explore, samples):
    explorer = explore("words")
    explorer.press("t")
    explorer.page.locator(".grid-row.body").nth(2).focus()
    explorer.page.evaluate("asterism.session.isolateCategory('category', 1)")
    explorer.settle()
    assert explorer.page.evaluate("document.activeElement.getAttribute('aria-rowindex')") == "4"
    assert explorer.page.evaluate("document.activeElement.innerText").startswith(samples.words().texts[10])
    explorer.press("End")
    assert explorer.page.evaluate("document.activeElement.getAttribute('aria-rowindex')") == "9"
    explorer.page.evaluate("asterism.session.setRange('length', [6, 6])")  # fewer than before it
    explorer.settle()
    assert explorer.page.evaluate("document.activeElement.innerText").startswith("banana")


def test_a_long_table_is_sorted_by_its_texts_while_the_page_answers(explore, samples):
    scene = samples.many_categories(12_000, 4)
    texts = [f"{(row * 7919) % 12_000:05d} text" for row in range(12_000)]
    object.__setattr__(scene, "texts", texts)
    explorer = explore(scene)
    page = explorer.page
    explorer.press("t")
    page.get_by_role("columnheader", name="Text").get_by_role("button").click()
    page.wait_for_function("() => !document.querySelector('.table h2').textContent.includes('sorting')")
    explorer.settle()
    cells = page.locator(".grid-row.body .grid-cell:first-child")
    assert cells.first.inner_text() == "00000 text"
    assert cells.nth(3).inner_text() == "00003 text"


def test_a_phone_taps_pins_pinches_and_pulls_the_sheet(explore):
    explorer = explore("words", phone=True)
    page = explorer.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.touchscreen.tap(*explorer.at(3))
    explorer.settle()
    assert explorer.state("pinned") == 3
    assert page.locator(".card-text").inner_text() == "rabbit"
    page.locator(".card").get_by_role("button", name="Close").tap()
    page.locator(".sheet-grip").tap()
    page.get_by_role("tab", name="Believe").tap()
    page.get_by_text("Nearest 10 kept", exact=True).wait_for()
    explorer.press("0")
    before = explorer.camera()["scale"]
    touch = page.context.new_cdp_session(page)
    for kind, gap in (("touchStart", 30), ("touchMove", 60), ("touchMove", 90), ("touchEnd", 0)):
        points = (
            []
            if kind == "touchEnd"
            else [{"x": 150 - gap / 2, "y": 250, "id": 0}, {"x": 150 + gap / 2, "y": 250, "id": 1}]
        )
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(40)
    explorer.settle()
    assert explorer.camera()["scale"] > 1.5 * before


@pytest.mark.parametrize("way", ["number", "key"])
def test_on_a_phone_what_is_asked_for_rises_into_sight(explore, way):
    explorer = explore("words", phone=True, reduced_motion="reduce")
    page = explorer.page
    score = page.get_by_text("Nearest 10 kept", exact=True)
    assert not score.is_visible()
    page.locator(".trust").tap() if way == "number" else explorer.press("4")
    score.wait_for()
    assert page.locator(".panel").bounding_box()["height"] > 300


def test_a_folded_panel_opens_again_when_the_window_has_become_narrow(explore):
    explorer = explore("words", reduced_motion="reduce")
    explorer.page.get_by_role("button", name="Fold the panel").click()
    explorer.page.set_viewport_size({"width": 600, "height": 700})
    explorer.page.get_by_role("button", name="Height of the panel").click()
    explorer.page.get_by_role("tab", name="Filter").click()
    explorer.page.get_by_text("All 32 texts shown").wait_for()


def test_the_sheet_is_dragged_and_then_raised_by_key(explore):
    explorer = explore("words", viewport={"width": 600, "height": 800}, reduced_motion="reduce")
    grip = explorer.page.get_by_role("button", name="Height of the panel")
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    explorer.drag([(x, y), (x, y - 50)])
    sheet = "document.querySelector('.explorer').dataset.sheet"
    assert explorer.page.evaluate(sheet) == "half"
    grip.focus()
    explorer.press("Enter")
    assert explorer.page.evaluate(sheet) == "full"


def test_rows_of_the_legend_lie_one_below_the_other_at_every_width(explore):
    explorer = explore("words", reduced_motion="reduce")
    for width, height in ((1280, 30), (600, 40), (1280, 30)):
        explorer.page.set_viewport_size({"width": width, "height": 900})
        explorer.page.wait_for_function(
            "height => document.querySelector('.legend-row').offsetHeight === height", arg=height
        )
        explorer.settle()
        tops = [row.bounding_box()["y"] for row in explorer.page.locator(".legend-row").all()]
        assert np.diff(tops).tolist() == [height] * 3
        assert explorer.page.locator(".legend").evaluate("node => node.scrollHeight - node.clientHeight") == 0


def test_a_finger_draws_a_range_and_scrolling_across_it_leaves_it(explore):
    explorer = explore("words", phone=True, reduced_motion="reduce")
    page = explorer.page
    explorer.press("2")
    brush = page.get_by_role("region", name="Filter by length").locator(".brush")
    brush.wait_for()
    brush.scroll_into_view_if_needed()
    explorer.settle()
    box = brush.bounding_box()
    explorer.swipe((box["x"] + 40, box["y"] + 20), (150, 0))
    drawn = explorer.state("ranges")
    assert drawn["length"][0] < drawn["length"][1]
    for x in (0.9, 0.2):
        before = page.locator(".panel-scroll").evaluate("node => node.scrollTop")
        explorer.swipe((box["x"] + x * box["width"], brush.bounding_box()["y"] + 30), (4, 60 if before else -60))
        assert page.locator(".panel-scroll").evaluate("node => node.scrollTop") != before
        assert explorer.state("ranges") == drawn


def test_on_a_page_zoomed_to_twice_its_size_every_panel_and_menu_can_be_used(explore):
    explorer = explore("words", viewport={"width": 640, "height": 400}, device_scale_factor=2, reduced_motion="reduce")
    page = explorer.page
    explorer.press("2")
    box = page.locator(".panel-scroll").bounding_box()
    assert box["height"] > 80
    assert box["y"] + box["height"] <= 400
    explorer.press("s")
    copy = page.get_by_role("button", name="Copy the snippet")
    copy.scroll_into_view_if_needed()
    box = copy.bounding_box()
    assert box["y"] + box["height"] <= 400


@pytest.mark.parametrize(("width", "height"), [(360, 740), (720, 740), (1280, 740), (844, 390), (1280, 460)])
def test_no_control_leaves_the_window(explore, width, height):
    explorer = explore("words", viewport={"width": width, "height": height})
    explorer.page.mouse.click(*explorer.at(3))
    explorer.settle()
    outside = explorer.page.evaluate("""() => [...document.querySelectorAll('button, input, select')]
        .filter(node => node.offsetParent && !node.closest('.panel-scroll, .card-scroll, .virtual'))
        .map(node => [node, node.getBoundingClientRect()])
        .filter(([node, box]) => box.width && (box.left < -1 || box.right > innerWidth + 1
            || (box.bottom > innerHeight + 1 && !node.closest('.panel'))))
        .map(([node]) => node.outerHTML.slice(0, 80))""")
    assert outside == []


STATES = {
    "opened": "",
    "filter": "asterism.session.store.set({tab: 'filter'})",
    "selection": "asterism.session.select(Uint8Array.from({length: 32}, (_, i) => i % 2), 'replace');"
    "asterism.session.store.set({tab: 'selection'})",
    "believe": "asterism.session.store.set({tab: 'believe'})",
    "table and card": "asterism.session.store.set({pinned: 3, isTableOpen: true})",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state(explore, theme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/")
    explorer = explore("words", color_scheme=theme)
    explorer.page.evaluate(AXE.read_text(encoding="utf-8"))
    for name, script in STATES.items():
        explorer.page.evaluate(f"() => {{ {script} }}")
        explorer.settle()
        explorer.page.wait_for_function("() => document.getAnimations().length === 0")
        result = explorer.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        serious = [
            (violation["id"], [node["html"][:160] for node in violation["nodes"]])
            for violation in result["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"{name}: {json.dumps(serious, indent=1)}"


def test_changes_are_said_to_those_who_do_not_see_them(explore):
    explorer = explore("words")
    explorer.page.locator(".legend-toggle", has_text="fruit").click()
    said = "document.querySelector('[role=status][aria-live]').innerText"
    explorer.page.wait_for_function(f"() => {said} !== ''")
    assert explorer.page.evaluate(said) == "24 texts shown"


def test_a_file_that_was_cut_short_says_so(explore, scene_files, tmp_path, launch, drawing):
    whole = scene_files("words").read_text(encoding="utf-8")
    start = whole.index('id="scene">') + len('id="scene">')
    end = whole.index("</script>", start)
    path = tmp_path / "cut.html"
    path.write_text(whole[:start] + whole[start : (start + end) // 2] + whole[end:], encoding="utf-8")
    page = launch(drawing).new_page()
    page.goto(path.as_uri())
    alert = page.get_by_role("alert").filter(has_text="could not be opened")
    alert.wait_for()
    assert "cut short" in alert.inner_text()
    page.close()
