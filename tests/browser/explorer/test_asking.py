"""What one asks: hover, click, neighbours, search, filters, time."""

from __future__ import annotations

import time

import numpy as np
import pytest


def test_hover_shows_the_text_and_its_metadata_at_once(explore):
    explorer = explore("words")
    explorer.page.mouse.move(*explorer.at(9))
    explorer.settle()
    card = explorer.page.locator(".hover")
    assert card.is_visible()
    lines = card.inner_text().split("\n")
    assert lines[0] == "pear"
    assert [line for line in lines if line][1:] == ["category", "fruit", "length", "4", "first seen", "2020-12-26"]
    explorer.page.mouse.move(640, 700)
    explorer.settle()
    assert not card.is_visible()


def test_a_click_pins_the_text_with_its_true_neighbours(explore, samples):
    scene = samples.words()
    explorer = explore("words")
    explorer.page.mouse.click(*explorer.at(3))
    explorer.settle()
    card = explorer.page.locator(".card")
    assert card.locator(".card-text").inner_text() == "rabbit"
    assert "first seen" in card.inner_text()
    assert card.locator(".neighbor-text").all_inner_texts() == [scene.texts[row] for row in scene.neighbors[3]]
    shown = [float(text) for text in card.locator(".neighbor-distance").all_inner_texts()]
    np.testing.assert_allclose(shown, scene.distances[3], rtol=0.05)
    assert "of its 10 nearest texts are drawn next to it" in card.inner_text()


def test_lines_lead_from_the_pinned_point_to_its_neighbours(explore, samples):
    explorer = explore("words")
    neighbor = int(samples.words().neighbors[3][-1])
    start, end = np.array(explorer.at(3)), np.array(explorer.at(neighbor))
    steps = [start + share * (end - start) for share in np.linspace(0.3, 0.7, 9)]
    before = explorer.pixels()
    explorer.page.mouse.click(*explorer.at(3))
    explorer.page.mouse.move(640, 700)
    explorer.settle()
    after = explorer.pixels()
    changed = [np.abs(after - before)[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].max() for x, y in steps]
    assert np.mean(np.array(changed) > 40) > 0.5


def test_a_neighbour_can_be_followed_and_escape_unpins(explore):
    explorer = explore("words")
    explorer.page.mouse.click(*explorer.at(3))
    second = explorer.page.locator(".neighbor").nth(1)
    text = second.locator(".neighbor-text").inner_text()
    second.click()
    explorer.settle()
    assert explorer.page.locator(".card-text").inner_text() == text
    explorer.press("Escape")
    assert explorer.state("pinned") == -1
    assert not explorer.page.locator(".card").is_visible()


def test_search_by_words_phrase_and_pattern(explore):
    explorer = explore("sentences")
    for query, mode, rows in (
        ("THE moon", "words", [10]),
        ("cat", "words", [0]),
        ("cat sleeps", "phrase", [0]),
        ("sleeps cat", "phrase", []),
        ("sleeps cat", "words", [0]),
        ("猫", "words", [17]),
        (r"^(the|our) \w+ (lost|saw)", "pattern", [9, 12]),
        (r"\bnaps?\b|חתול", "pattern", [1, 19]),
    ):
        explorer.search(query, mode)
        assert explorer.state("found")["rows"] == rows, query
    assert explorer.page.locator(".search-result .grow").inner_text() == "2 matches"


def test_stepping_visits_each_match_and_only_hides_the_rest(explore, samples):
    explorer = explore("sentences")
    explorer.search("was")
    rows = [row for row, text in enumerate(samples.SENTENCES) if "was" in text]
    assert explorer.state("found")["rows"] == rows
    seen = []
    for _ in range(len(rows) + 1):
        explorer.page.get_by_label("Search texts").press("Enter")
        seen.append(explorer.state("pinned"))
    assert seen == [*rows, rows[0]]
    explorer.page.get_by_role("button", name="Previous match").click()
    assert explorer.state("pinned") == rows[-1]
    assert explorer.page.locator(".search-result .grow").inner_text() == f"{len(rows)} of {len(rows)}"
    explorer.page.get_by_role("button", name="Show only matches").click()
    assert explorer.rows("visible") == rows


def test_a_pattern_that_cannot_be_read_is_explained(explore):
    explorer = explore("words")
    explorer.search("(cat", "pattern")
    problem = explorer.page.locator(".problem")
    assert "never closed" in problem.inner_text()
    explorer.search("cat", "pattern")
    assert not problem.is_visible()


def test_no_pattern_hangs_the_page(explore, samples):
    scene = samples.many_categories(200, 20)
    object.__setattr__(scene, "texts", ["a" * 5000 + "b"] * 200)
    explorer = explore(scene)
    started = time.monotonic()
    explorer.search("(a+)+$", "pattern")
    assert explorer.state("found")["rows"] == []
    assert time.monotonic() - started < 20


def test_filters_cross_each_other_and_the_legend(explore):
    explorer = explore("words")
    explorer.tab("Filter")
    lower = explorer.page.get_by_role("slider", name="length, lower limit")
    lower.focus()
    explorer.press("ArrowRight", "ArrowRight")
    low = explorer.state("ranges")["length"][0]
    lengths = np.array(explorer.page.evaluate("Array.from(asterism.scene.columns[1].values)"))
    expected = np.flatnonzero(lengths >= low).tolist()
    assert 0 < len(expected) < 32
    assert explorer.rows("visible") == expected
    explorer.page.get_by_role("region", name="Filter by category").get_by_text("animals").click()
    explorer.settle()
    assert explorer.rows("visible") == [row for row in expected if row < 8]
    explorer.tab("Colour")
    counts = [int(text) for text in explorer.page.locator(".legend-count").all_inner_texts()]
    assert counts == [sum(8 * k <= row < 8 * k + 8 for row in expected) for k in range(4)]
    explorer.tab("Filter")
    explorer.page.get_by_role("button", name="Clear all filters").click()
    assert explorer.state("shown") == 32


def test_a_range_is_drawn_with_the_pointer_and_a_click_clears_it(explore):
    explorer = explore("words")
    explorer.tab("Filter")
    box = explorer.page.get_by_role("region", name="Filter by first seen").locator(".brush").bounding_box()
    y = box["y"] + 30
    explorer.drag([(box["x"] + 0.3 * box["width"], y), (box["x"] + 0.6 * box["width"], y)])
    low, high = explorer.state("ranges")["first seen"]
    times = np.array(explorer.page.evaluate("Array.from(asterism.scene.columns[2].values)"))
    assert explorer.rows("visible") == np.flatnonzero((times >= low) & (times <= high)).tolist()
    assert 5 < explorer.state("shown") < 20
    explorer.page.mouse.click(box["x"] + 0.8 * box["width"], y)
    assert explorer.state("ranges") == {}


def test_time_plays_through_the_dates_and_stops(explore):
    explorer = explore("words")
    explorer.tab("Filter")
    explorer.page.get_by_role("button", name="Play first seen").click()
    first = explorer.state("ranges")["first seen"]
    explorer.page.wait_for_function(
        "first => asterism.session.store.get().ranges.get('first seen')[0] > first", arg=first[0]
    )
    second = explorer.state("ranges")["first seen"]
    assert second[1] - second[0] == pytest.approx(first[1] - first[0], rel=1e-9)
    assert explorer.page.locator(".moment").is_visible()
    explorer.page.get_by_role("button", name="Play first seen").click()
    third = explorer.state("ranges")["first seen"]
    explorer.page.wait_for_timeout(300)
    assert explorer.state("ranges")["first seen"] == third
    assert not explorer.page.locator(".moment").is_visible()


def test_the_believe_tab_gives_numbers_beside_chance_and_pca_and_says_what_not_to_read(explore):
    explorer = explore("words")
    explorer.page.locator(".trust").click()
    text = explorer.page.locator(".panel-scroll").inner_text()
    for part in (
        "Nearest 10 kept",
        "± 0.02",
        "PCA 0.6",
        "chance 0.32",
        "Does it keep “category” together?",
        "vectors 0.90 · PCA 0.60 · shuffled 0.25",
        "Laid out 2 more times",
        "The size and density of a group",
        "Two rows had no text",
        "rounded",
    ):
        assert part in text
    chart = explorer.page.get_by_role("img", name="Shepard diagram")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    pixels = explorer.pixels()[
        int(box["y"]) : int(box["y"] + box["height"]), int(box["x"]) : int(box["x"] + box["width"])
    ]
    accent = pixels.max(-1) - pixels.min(-1) > 100
    assert np.argwhere(accent)[:, 1].max() - np.argwhere(accent)[:, 1].min() > 200
    explorer.page.get_by_role("button", name="By those that come back").click()
    assert explorer.page.locator(".panel-scroll").inner_text().count("other layouts") == 1
    explorer.tab("Believe")
    explorer.press("p")
    text = explorer.page.locator(".panel-scroll").inner_text()
    assert "--stability" in text
    assert "The size and density" not in text
    assert "drawn on top of each other" in text


def test_what_is_pinned_comes_out_from_under_its_card_by_the_shortest_way(explore):
    explorer = explore("words", reduced_motion="reduce")
    before = explorer.places(32)
    row = int(before[:, 0].argmax())
    explorer.page.mouse.click(*before[row])
    explorer.settle()
    after = explorer.places(32)
    assert after[row, 0] < explorer.page.locator(".card").bounding_box()["x"]
    moved = after - before
    np.testing.assert_allclose(moved, np.tile(moved[0], (32, 1)), atol=0.5)
    assert moved[0, 0] < 0
    assert abs(moved[0, 1]) < 1
