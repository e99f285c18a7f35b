"""What one does while something else goes on: a click, a key or a drag must not be lost to what changes meanwhile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


def test_a_button_is_pressed_though_what_stands_on_it_changes_meanwhile(explore):
    explorer = explore("words")
    page = explorer.page
    page.evaluate("asterism.session.setRange('length', [3, 5])")
    explorer.slow_click(page.locator(".tab-badge"), "asterism.session.setRange('first seen', [0, 1.6e12])")
    assert explorer.state("tab") == "filter"
    explorer.slow_click(page.get_by_role("button", name="Fold the panel"), "asterism.session.clearFilters()")
    assert explorer.state("isFolded") is True


def test_time_that_plays_gives_way_to_whoever_sets_the_range(explore):
    explorer = explore("words")
    page = explorer.page
    explorer.tab("Filter")
    part = page.get_by_role("region", name="Filter by first seen")
    play = part.get_by_role("button", name="Play first seen")

    def stays_after(act) -> bool:
        play.click()
        page.locator(".moment").wait_for()
        act()
        before = explorer.state("ranges")
        page.wait_for_timeout(300)
        assert not page.locator(".moment").is_visible()
        return explorer.state("ranges") == before and play.get_attribute("aria-pressed") == "false"

    box = part.locator(".brush").bounding_box()
    y = box["y"] + 20
    assert stays_after(lambda: explorer.drag([(box["x"] + 60, y), (box["x"] + 160, y)]))
    assert explorer.state("ranges") != {}
    for name in ("Clear the filter of first seen", "Clear all filters"):
        assert stays_after(page.get_by_role("button", name=name).click)
        assert explorer.state("ranges") == {}
    assert stays_after(lambda: explorer.follow("#color=%3Dlength&panel=filter"))
    assert (explorer.state("ranges"), explorer.state("color")) == ({}, "=length")


@pytest.mark.parametrize("way", ["folded", "hidden", "on another tab"])
def test_filters_are_up_to_date_when_they_come_back_into_sight(explore, samples, way):
    explorer = explore("words")
    page = explorer.page
    explorer.tab("Filter")
    part = page.get_by_role("region", name="Filter by category")
    leave, come_back = {
        "folded": [page.get_by_role("button", name="Fold the panel").click] * 2,
        "hidden": [lambda: explorer.press("h")] * 2,
        "on another tab": [lambda: explorer.press("1"), lambda: explorer.press("2")],
    }[way]
    leave()
    page.evaluate("asterism.session.isolateCategory('category', 1)")
    page.evaluate("asterism.session.setRange('length', [4, 4])")
    explorer.settle()
    come_back()
    part.get_by_role("button", name="Clear the filter of category").wait_for()
    assert page.get_by_role("slider", name="length, upper limit").get_attribute("aria-valuenow") == "4"
    counts = part.locator(".share .small:last-child").all_inner_texts()
    lengths = [len(text) for text in samples.words().texts]
    assert counts == [str(lengths[8 * k : 8 * k + 8].count(4)) for k in range(4)]


def test_the_selection_pane_keeps_the_focus_and_the_click_while_the_selection_changes(explore):
    explorer = explore("words")
    page = explorer.page
    page.evaluate("asterism.session.select(Uint8Array.from({ length: 32 }, (_, row) => row < 8), 'replace')")
    explorer.press("3")
    page.get_by_role("button", name="Show only the selection").focus()
    explorer.press("Enter")
    assert (explorer.state("shown"), page.evaluate("document.activeElement.textContent")) == (8, "Show all")
    explorer.press("Enter")
    assert (explorer.state("shown"), page.evaluate("document.activeElement.title")) == (32, "Show only the selection")
    page.get_by_role("button", name="Invert the selection").focus()
    explorer.press("Space", "Space", "Space")
    assert explorer.rows("selection") == list(range(8, 32))
    add = "asterism.session.select(Uint8Array.from({ length: 32 }, (_, row) => row === 0), 'add')"
    explorer.slow_click(page.get_by_role("button", name="Invert the selection"), add)
    assert explorer.rows("selection") == list(range(1, 8))
    explorer.slow_click(page.get_by_role("button", name="Clear the selection"), add)
    assert page.get_by_text("Nothing selected.").is_visible()
    assert not page.get_by_text("8 texts selected").is_visible()


def test_enter_right_after_the_last_letter_goes_to_a_match_of_all_that_was_written(explore, samples):
    explorer = explore("sentences")
    page = explorer.page
    explorer.search("th")
    box = page.get_by_label("Search texts")
    box.press("End")
    page.keyboard.type("e moon")
    page.keyboard.press("Enter")
    page.wait_for_function("() => asterism.session.store.get().pinned >= 0")
    assert "Moon" in samples.SENTENCES[explorer.state("pinned")]
    assert page.locator(".search-result .grow").inner_text() == "1 of 1"


def test_the_search_box_says_what_a_link_looks_for_also_while_one_writes(explore):
    explorer = explore("words")
    explorer.search("cat")
    explorer.page.keyboard.type("ch")  # not asked for yet
    explorer.follow("#find=dog")
    explorer.page.wait_for_timeout(300)
    assert explorer.state("query") == "dog"
    assert explorer.page.get_by_label("Search texts").input_value() == "dog"


def test_a_link_followed_in_an_open_page_shows_what_it_shows_in_a_new_one(explore):
    explorer = explore("words", reduced_motion="reduce")
    start, camera = explorer.places(32), explorer.camera()
    explorer.search("an")
    explorer.press("3", "i", "d", "p", "+")
    explorer.page.evaluate("asterism.session.store.set({ color: '=length', isTableOpen: true, pinned: 4 })")
    explorer.page.locator(".card").wait_for()
    explorer.follow("#hide=%5B%22category%22%2C%22fruit%22%5D")
    keys = ("query", "found", "selection", "color", "theme", "tab", "pinned", "projection", "shown")
    shown = ["", None, None, "=category", "auto", "color", -1, 0, 24]
    assert [explorer.state(key) for key in keys] == shown
    explorer.follow("#")
    assert explorer.state("shown") == 32
    assert explorer.camera() == pytest.approx(camera, abs=1e-3)
    assert np.abs(explorer.places(32) - start).max() < 0.5
    assert explorer.address() == ""


def test_a_link_is_followed_though_the_page_writes_its_address_just_then(explore):
    explorer = explore("words", reduced_motion="reduce")
    follow = """() => new Promise(done => {
        addEventListener("hashchange", () => done(), { once: true });
        location.hash = "#find=dog";
        history.replaceState(null, "", "#find=cat");  // what the page does a while after each change
    })"""
    explorer.page.evaluate(follow)
    explorer.await_search("dog")
    assert "find=dog" in explorer.address()


def test_what_an_open_menu_gives_out_is_what_is_shown_by_then(explore):
    explorer = explore("words", reduced_motion="reduce")
    page = explorer.page
    page.get_by_role("button", name="Download", exact=True).click()
    chosen = page.get_by_role("button", name="The selection (CSV)")
    assert not chosen.is_visible()
    page.evaluate("asterism.session.isolateCategory('category', 1)")
    explorer.press("i")
    for item, n in ((page.get_by_role("button", name="What is shown (CSV)"), 8), (chosen, 8)):
        with page.expect_download() as waiting:
            item.click()
        assert len(Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()) == n + 1
    explorer.press("Escape", "s")
    link = page.get_by_label("Link", exact=True)
    before = link.input_value()
    page.evaluate("asterism.session.clearFilters()")
    page.wait_for_function("before => document.querySelector('.menu textarea').value !== before", arg=before)
    assert "hide=" in before
    assert "hide=" not in link.input_value() + page.get_by_label("Embed snippet").input_value()


def test_the_card_keeps_the_click_and_the_focus_while_another_projection_comes(explore, samples):
    scene = samples.words()
    explorer = explore("words", reduced_motion="reduce")
    page = explorer.page
    page.evaluate("asterism.session.store.set({ pinned: 3 })")
    page.locator(".neighbor").first.wait_for()
    verdict = page.locator(".card-scroll > section").first
    before = verdict.inner_text()
    switch = "asterism.session.store.set({ projection: 1 - asterism.session.store.get().projection })"
    explorer.slow_click(page.locator(".neighbor").nth(2), switch)
    assert explorer.state("pinned") == scene.neighbors[3][2]
    page.evaluate("asterism.session.store.set({ pinned: 3 })")
    page.wait_for_function(
        "before => document.querySelector('.card-scroll > section').innerText !== before", arg=before
    )
    assert str(scene.texts[3]) == page.locator(".card-text").inner_text()
    page.locator(".neighbor").nth(4).focus()
    page.evaluate(switch)
    page.wait_for_function(
        "before => document.querySelector('.card-scroll > section').innerText === before", arg=before
    )
    following = scene.texts[scene.neighbors[3][4]]
    assert page.evaluate("document.activeElement.querySelector('.neighbor-text')?.textContent") == following
    explorer.press("Enter")
    assert page.locator(".card-text").inner_text() == following
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Everything about this point"


def test_nothing_is_said_of_a_point_that_left_the_pointer(explore, samples):
    explorer = explore("words")
    page = explorer.page
    card = page.locator(".hover")

    def hover(row: int) -> None:
        page.mouse.move(640, 700)
        page.mouse.move(*explorer.at(row))
        card.wait_for()
        assert card.locator(".hover-text").inner_text() == samples.words().texts[row]

    hover(9)
    page.evaluate("asterism.session.isolateCategory('category', 0)")
    card.wait_for(state="hidden")
    page.evaluate("asterism.session.clearFilters()")
    explorer.settle()
    hover(9)
    explorer.press("+")
    card.wait_for(state="hidden")
    explorer.press("0")
    hover(9)
    explorer.press("p")
    card.wait_for(state="hidden")
