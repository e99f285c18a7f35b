"""Selecting, taking away, links, embedding."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from html import escape
from pathlib import Path

import numpy as np
import pytest

CITIES = list(range(24, 32))


def downloaded(explorer, press):
    with explorer.page.expect_download() as waiting:
        press()
    return Path(waiting.value.path()).read_bytes(), waiting.value.suggested_filename


def test_lasso_selects_what_it_surrounds_and_says_what_it_is(explore):
    explorer = explore("words")
    explorer.press("l")
    explorer.drag(explorer.around(CITIES))
    assert explorer.rows("selection") == CITIES
    pane = explorer.page.locator(".panel-scroll").inner_text()
    assert "8 texts selected" in pane
    assert "cities\n8 · 100\u202f%" in pane
    assert explorer.page.get_by_role("tab", name="Selection").get_attribute("aria-selected") == "true"


def test_shift_adds_alt_takes_away_and_inverting_turns_round(explore):
    explorer = explore("words")
    explorer.press("r")
    explorer.drag([explorer.around(CITIES)[0], explorer.around(CITIES)[2]])
    assert explorer.rows("selection") == CITIES
    fruit = explorer.around(range(8, 16))
    explorer.drag([fruit[0], fruit[2]], keys=["Shift"])
    assert explorer.rows("selection") == [*range(8, 16), *CITIES]
    explorer.drag([explorer.around(CITIES)[0], explorer.around(CITIES)[2]], keys=["Alt"])
    assert explorer.rows("selection") == list(range(8, 16))
    explorer.press("i")
    assert explorer.rows("selection") == [*range(8), *range(16, 32)]


def test_a_hidden_point_is_not_selected(explore):
    explorer = explore("words")
    explorer.page.locator(".legend-toggle", has_text="cities").click()
    explorer.settle()
    explorer.press("r")
    explorer.drag([explorer.around(CITIES)[0], explorer.around(CITIES)[2]])
    assert not set(explorer.rows("selection")) & set(CITIES)


def test_a_selection_by_category_and_by_search(explore):
    explorer = explore("words")
    explorer.page.locator(".legend-row", has_text="fruit").hover()
    explorer.page.get_by_role("button", name="Select fruit").click()
    assert explorer.rows("selection") == list(range(8, 16))
    explorer.search("an")
    explorer.page.get_by_role("button", name="Select matches").click()
    assert explorer.rows("selection") == explorer.state("found")["rows"]


def test_distinctive_words_are_those_that_only_the_selection_has(explore, samples):
    scene = samples.many_categories(400, 4)
    texts = [
        f"the {'star and telescope' if code == 0 else 'butter and flour'} number {i}"
        for i, code in enumerate(scene.columns[0].codes)
    ]
    object.__setattr__(scene, "texts", texts)
    explorer = explore(scene)
    explorer.page.locator(".legend-row").first.hover()
    explorer.page.get_by_role("button", name="Select group 0").click()
    explorer.tab("Selection")
    explorer.page.locator(".words .chip").first.wait_for()
    words = {chip.inner_text().split("\n")[0] for chip in explorer.page.locator(".words .chip").all()}
    assert words == {"star", "telescope"}


def test_the_csv_of_a_selection_holds_its_rows_and_columns(explore, samples):
    scene = samples.words()
    explorer = explore("words")
    explorer.press("r")
    explorer.drag([explorer.around(CITIES)[0], explorer.around(CITIES)[2]])
    content, name = downloaded(
        explorer, lambda: explorer.page.get_by_role("button", name="Download the selection as CSV").click()
    )
    assert name == "Thirty-two-words.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["text"] for row in rows] == [scene.texts[row] for row in CITIES]
    names = ["text", "category", "length", "first seen", "note", "x", "y", "lost", "false"]
    assert list(rows[0]) == names
    assert [rows[0][name] for name in names[:5]] == ["Paris", "cities", "5", "2022-08-18T00:00:00.000Z", ""]
    places = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    points = scene.projections[0].points
    np.testing.assert_allclose(places, points[CITIES], atol=float(np.ptp(points)) / 60_000)


def test_the_picture_is_twice_the_size_and_shows_the_map(explore):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install '.[dev]'")
    explorer = explore("words")
    explorer.page.get_by_role("button", name="Download", exact=True).click()
    content, name = downloaded(explorer, lambda: explorer.page.get_by_role("button", name="Picture (PNG").click())
    assert name.endswith(".png")
    picture = image.open(io.BytesIO(content)).convert("RGB")
    assert picture.size == (2560, 1600)
    pixels = np.asarray(picture).astype(int)
    assert ((pixels.max(-1) - pixels.min(-1)) > 40).mean() > 0.001


def test_the_svg_is_well_formed_and_carries_the_names(explore):
    explorer = explore("words")
    explorer.page.get_by_role("button", name="Download", exact=True).click()
    content, _ = downloaded(explorer, lambda: explorer.page.get_by_role("button", name="Picture (SVG").click())
    root = ET.fromstring(content)  # noqa: S314 - made by the page under test
    texts = "".join(root.itertext())
    assert "cities" in texts
    assert {"Paris", "salmon"} <= set(texts.split())


def test_a_link_opens_the_same_view(explore):
    first = explore("words")
    first.page.locator(".legend-toggle", has_text="fruit").click()
    first.page.evaluate("asterism.session.setRange('length', [3, 5])")
    first.press("p")
    first.press("r")
    first.drag([first.around(CITIES)[0], first.around(CITIES)[2]])
    first.press("v", "+", "ArrowLeft", "d")
    first.search("o", "phrase")
    first.page.mouse.click(*first.at(24))
    second = explore("words", query=first.address())
    second.await_search("o", "phrase")
    for key in (
        "projection",
        "color",
        "hidden",
        "ranges",
        "query",
        "mode",
        "found",
        "selection",
        "visible",
        "pinned",
        "tab",
        "theme",
    ):
        assert second.state(key) == first.state(key), key
    assert second.camera() == pytest.approx(first.camera(), rel=1e-4, abs=1e-4)
    np.testing.assert_allclose(second.places(32), first.places(32), atol=0.5)


@pytest.mark.parametrize(
    "hash_",
    [
        "#rows=%00&hide=[&view=nope&camera=1,2&pin=99999&color=%3D__proto__",
        "#range=[%22length%22,null,3]&off=path:0&by=x",
        "#",
    ],
)
def test_a_damaged_link_still_opens_the_map(explore, hash_):
    explorer = explore("words", query=hash_)
    assert explorer.state("shown") == 32
    assert explorer.state("projection") == 0


def test_embedded_in_another_page_it_shows_the_map_and_few_controls(explore, scene_files, tmp_path):
    inner = scene_files("words").as_uri()
    explorer = explore("words")
    explorer.press("s")
    snippet = explorer.page.get_by_label("Embed snippet").input_value()
    assert snippet.startswith('<iframe src="words.html?embed')
    page = tmp_path / "host.html"
    page.write_text(
        f"<!doctype html><title>host</title><h1>My page</h1>{snippet.replace('words.html', inner)}", encoding="utf-8"
    )
    explorer.page.goto(page.as_uri())
    frame = explorer.page.frame_locator("iframe")
    frame.locator(".embed-badge").wait_for()
    assert "Thirty-two words" in frame.locator(".embed-badge").inner_text()
    assert not frame.locator(".panel").is_visible()
    assert frame.get_by_role("button", name="Fit everything").is_visible()
    explorer.page.frames[1].wait_for_function("() => window.asterism?.plot.isAtRest")
    pixels = explorer.pixels()
    assert ((pixels.max(-1) - pixels.min(-1)) > 40).mean() > 0.001


def test_the_way_from_an_embedded_map_to_the_full_one_keeps_the_view_by_key_too(explore):
    explorer = explore("words", query="?embed")
    explorer.page.evaluate("asterism.session.store.set({ pinned: 3 })")
    explorer.page.locator(".embed-badge").focus()
    with explorer.page.context.expect_page() as opened:
        explorer.page.keyboard.press("Enter")
    assert "pin=3" in opened.value.url


def test_how_far_to_believe_an_embedded_map_is_said_on_the_full_one(explore):
    explorer = explore("words", query="?embed")
    with explorer.page.context.expect_page() as opened:
        explorer.page.locator(".trust").click()
    page = opened.value
    page.get_by_role("tab", name="Believe", selected=True).wait_for()
    assert "embed" not in page.url
    assert page.get_by_text("Nearest 10 kept").is_visible()


def test_texts_are_copied(explore):
    explorer = explore("words", permissions=["clipboard-read", "clipboard-write"])
    explorer.page.evaluate("asterism.session.select(Uint8Array.from({length: 32}, (_, i) => i < 2 ? 1 : 0), 'replace')")
    explorer.tab("Selection")
    explorer.page.get_by_role("button", name="Copy the selected texts").click()
    explorer.page.get_by_text("2 texts copied").wait_for()
    assert explorer.page.evaluate("navigator.clipboard.readText()") == "cat\ndog"


@pytest.mark.parametrize("by", ["key", "button"])
def test_printing_makes_a_sheet_with_title_map_legend_and_quality(explore, by):
    explorer = explore("words", color_scheme="dark")
    page = explorer.page
    page.locator(".legend-toggle", has_text="fruit").click()
    page.evaluate("""() => addEventListener('beforeprint', () => {
        const sheet = document.querySelector('.print-sheet');
        const map = sheet.querySelector('canvas');
        const [red, green, blue] = map.getContext('2d').getImageData(2, 2, 1, 1).data;
        window.printed = { text: sheet.innerText, width: map.width, paper: Math.min(red, green, blue) };
    })""")
    if by == "key":
        assert page.pdf().startswith(b"%PDF")  # what the browser's own command does
    else:
        page.get_by_role("button", name="Download", exact=True).click()
        page.get_by_role("button", name="Print").click()
        page.wait_for_function("() => window.printed !== undefined")
    printed = page.evaluate("window.printed")
    for part in ("Thirty-two words", "24 texts of 32 texts", "animals", "cities", "10 nearest, the map shows"):
        assert part in printed["text"], part
    assert "fruit" not in printed["text"]
    assert printed["width"] > 600
    assert printed["paper"] > 250
    assert not page.locator(".print-sheet").is_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_inside_a_notebook_the_map_works_and_says_that_it_has_no_address(explore, scene_files, tmp_path):
    explorer = explore("words")
    source = escape(scene_files("words").read_text(encoding="utf-8"))
    page = tmp_path / "notebook.html"
    page.write_text(f'<!doctype html><iframe srcdoc="{source}" width="900" height="600"></iframe>', encoding="utf-8")
    explorer.page.goto(page.as_uri())
    frame = explorer.page.frame_locator("iframe")
    frame.locator(".legend-toggle", has_text="fruit").click()
    assert frame.locator(".panel-count").inner_text() == "24 of 32 texts shown"
    frame.get_by_role("button", name="Link and embed").click()
    assert "no address of its own" in frame.locator(".menu").inner_text()
