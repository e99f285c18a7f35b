"""What one sees: points at once, the legend, colours, projections, the third dimension, light and dark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asterism.scene.spec import CategoryColumn


def colored_share(pixels, left=340, right=1210):
    """Share of the map's pixels that are not grey: only points and lines have colours."""
    middle = pixels[60:730, left:right]
    return float((middle.max(-1) - middle.min(-1) > 40).mean())


@pytest.mark.parametrize("name", ["words", "sentences", "categories", "many_categories"])
def test_first_paint_shows_points_of_several_colours(explore, name):
    pixels = explore(name).pixels()
    assert colored_share(pixels) > 0.0008
    middle = pixels[60:730, 340:1210]
    vivid = middle[(middle.max(-1) - middle.min(-1)) > 60] // 32
    assert len(np.unique(vivid, axis=0)) >= 4


def test_who_draws_is_who_was_asked(explore, drawing):
    assert explore("words").page.evaluate("asterism.plot.renderer") == drawing


def test_counts_are_those_of_the_scene(explore):
    page = explore("words").page
    assert page.locator(".panel-count").inner_text() == "32 texts"
    rows = page.locator(".legend-row")
    assert rows.count() == 4
    assert [row.inner_text().split("\n")[:2] for row in rows.all()] == [
        [name, "8"] for name in ("animals", "fruit", "colours", "cities")
    ]


def test_a_click_in_the_legend_hides_a_category_and_a_second_one_brings_it_back(explore):
    explorer = explore("words")
    before = colored_share(explorer.pixels())
    toggle = explorer.page.locator(".legend-toggle", has_text="fruit")
    toggle.click()
    explorer.settle()
    assert explorer.rows("visible") == [row for row in range(32) if not 8 <= row < 16]
    assert explorer.page.locator(".panel-count").inner_text() == "24 of 32 texts shown"
    assert toggle.get_attribute("aria-pressed") == "false"
    assert colored_share(explorer.pixels()) < before
    toggle.click()
    explorer.settle()
    assert explorer.state("shown") == 32


def test_double_click_alt_click_and_only_leave_one_category(explore):
    explorer = explore("words")
    colours = list(range(16, 24))
    toggle = explorer.page.locator(".legend-toggle", has_text="colours")
    toggle.dblclick()
    assert explorer.rows("visible") == colours
    explorer.page.get_by_role("button", name="Show all categories").click()
    toggle.click(modifiers=["Alt"])
    assert explorer.rows("visible") == colours
    explorer.page.get_by_role("button", name="Show none of the categories").click()
    assert explorer.state("shown") == 0
    explorer.page.get_by_role("button", name="Show all categories").click()
    explorer.page.locator(".legend-row", has_text="animals").hover()
    explorer.page.get_by_role("button", name="Only animals").click()
    assert explorer.rows("visible") == list(range(8))


def test_a_click_counts_though_what_is_clicked_is_drawn_anew_meanwhile(explore, samples):
    explorer = explore("words")
    page = explorer.page
    narrow = "asterism.session.setRange('length', [3, 5])"
    wide = "asterism.session.setRange('length', null)"
    explorer.slow_click(page.locator(".legend-toggle", has_text="fruit"), narrow)
    assert explorer.state("hidden") == {"category": [1]}
    page.get_by_role("button", name="Show all categories").click()
    explorer.tab("Filter")
    explorer.slow_click(page.get_by_role("region", name="Filter by category").get_by_text("animals"), wide)
    assert explorer.rows("visible") == list(range(8))
    explorer.press("t")
    explorer.slow_click(page.get_by_role("columnheader", name="Text").get_by_role("button"), narrow)
    assert page.get_by_role("columnheader", name="Text").get_attribute("aria-sort") == "ascending"
    explorer.slow_click(page.locator(".grid-row.body").first, wide)
    assert explorer.state("pinned") == min(range(8), key=samples.words().texts.__getitem__)


def test_a_legend_of_2500_categories_is_searched_and_holds_few_nodes(explore):
    explorer = explore("many_categories")
    page = explorer.page
    assert page.get_by_text("2\u202f500 categories").first.is_visible()
    assert page.locator(".legend-row").count() < 60
    page.get_by_label("Find a category").fill("group 249")
    assert page.locator(".legend-row").count() == 11  # 249 and 2490 to 2499
    page.locator(".legend-toggle", has_text="group 2499").click(modifiers=["Alt"])
    codes = page.evaluate("Array.from(asterism.scene.columns[0].codes)")
    assert explorer.rows("visible") == [row for row, code in enumerate(codes) if code == 2499]
    page.get_by_label("Find a category").fill("")
    legend = page.locator(".legend")
    legend.evaluate("node => node.scrollTop = node.scrollHeight")
    explorer.settle()
    assert page.locator(".legend-toggle", has_text="group 2499").is_visible()


def test_what_was_looked_for_among_the_categories_of_one_column_is_not_looked_for_in_another(explore, samples):
    scene = samples.categories()
    first = next(column for column in scene.columns if isinstance(column, CategoryColumn))
    second = CategoryColumn("mood", np.roll(first.codes, 1), tuple(f"mood {k}" for k in range(len(first.values))))
    explorer = explore(replace(scene, columns=(first, second), color=first.name))
    find = explorer.page.get_by_label("Find a category")
    find.fill(first.values[3])
    explorer.page.locator(".legend-row").nth(1).wait_for(state="detached")
    explorer.page.get_by_label("Colour by").select_option("mood")
    explorer.page.locator(".legend-toggle", has_text="mood 5").wait_for()
    assert find.input_value() == ""


def test_colour_by_number_date_and_faithfulness_shows_a_ramp(explore):
    explorer = explore("words")
    choice = explorer.page.get_by_label("Colour by")
    options = [option.inner_text() for option in choice.locator("option").all()]
    assert options == [
        "category",
        "length",
        "first seen",
        "True neighbours lost",
        "False neighbours shown",
        "Neighbours that come back",
        "One colour",
    ]
    seen = {explorer.pixels()[60:730, 340:1210].tobytes()}
    for name, ends in (
        ("length", ("3", "6")),
        ("first seen", ("2020-01", "2023-05")),
        ("True neighbours lost", ("0\u202f%", "100\u202f%")),
    ):
        choice.select_option(label=name)
        explorer.settle()
        texts = explorer.page.locator(".ramp-ends span").all_inner_texts()
        assert (texts[0], texts[-1]) == ends
        seen.add(explorer.pixels()[60:730, 340:1210].tobytes())
    assert len(seen) == 4


def test_the_choice_of_colours_names_what_was_chosen_also_where_it_was_not_measured(explore):
    explorer = explore("words", reduced_motion="reduce", query="#color=%3Akept&view=PCA")
    chosen = "() => document.querySelector('.panel .select').selectedOptions[0]?.textContent"
    name = "Neighbours that come back"
    assert explorer.page.evaluate(chosen) == name
    assert explorer.page.get_by_text("not measured for this projection").is_visible()
    for _ in range(2):
        explorer.press("p")
        assert explorer.page.evaluate(chosen) == name
    explorer.page.get_by_label("Colour by").select_option(label="length")
    explorer.press("p", "p")
    assert name not in explorer.page.get_by_label("Colour by").inner_text()


def places_soon_after(explorer, act: str) -> np.ndarray:
    """Where all points are two frames after something was done, however long those take."""
    script = f"""async () => {{
        {act};
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
        return Array.from({{ length: asterism.scene.n }}, (_, row) => asterism.plot.toScreen(row));
    }}"""
    return np.array(explorer.page.evaluate(script))


def test_morph_ends_where_the_other_projection_says(explore):
    explorer = explore("words")
    before = explorer.places(32)
    during = places_soon_after(explorer, "document.querySelectorAll('.segment')[1].click()")
    explorer.settle()
    after = explorer.places(32)
    points = np.array(explorer.page.evaluate("Array.from(asterism.scene.projections[1].points)")).reshape(32, 2)
    for axis, sign in ((0, 1), (1, -1)):
        scale, offset = np.polyfit(points[:, axis], after[:, axis], 1)
        assert np.sign(scale) == sign
        np.testing.assert_allclose(after[:, axis], scale * points[:, axis] + offset, atol=0.6)
    assert np.abs(before - after).max() > 20
    assert np.abs(during - after).max() > 1
    assert explorer.page.locator(".trust").inner_text().startswith("86")


def test_reduced_motion_switches_at_once(explore):
    explorer = explore("words", reduced_motion="reduce")
    first = places_soon_after(explorer, "document.dispatchEvent(new KeyboardEvent('keydown', { key: 'p' }))")
    explorer.page.wait_for_timeout(500)
    np.testing.assert_allclose(explorer.places(32), first, atol=0.01)
    assert explorer.state("projection") == 1


def test_dragging_turns_the_third_dimension_and_fitting_brings_all_back(explore):
    explorer = explore("categories")
    before, camera = explorer.places(60), explorer.camera()
    explorer.drag([(700, 400), (860, 430)])
    turned = explorer.camera()
    assert abs(turned["turn"] - camera["turn"]) > 0.2
    assert turned["scale"] == pytest.approx(camera["scale"])
    after = explorer.places(60)
    # a turn is no shift and no stretch of the picture: depth mixes in
    design = np.c_[before, np.ones(60)]
    residual = after[:, 0] - design @ np.linalg.lstsq(design, after[:, 0], rcond=None)[0]
    assert np.abs(residual).max() > 10
    explorer.press("0")
    places = explorer.places(60)
    assert places[:, 0].min() > 320
    assert places.max(0)[0] < 1240
    assert places[:, 1].min() > 0


def test_points_keep_clear_of_the_panels(explore):
    places = explore("words").places(32)
    assert places[:, 0].min() > 336
    assert places[:, 0].max() < 1220
    assert places[:, 1].max() < 750


def test_dark_follows_the_system_and_the_key_switches_it(explore):
    explorer = explore("words", color_scheme="dark")
    assert explorer.pixels()[700, 600].max() < 60
    assert explorer.page.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = explorer.page.locator(".swatch").first.evaluate("node => getComputedStyle(node).backgroundColor")
    explorer.press("d")
    assert explorer.pixels()[700, 600].min() > 240
    assert explorer.page.locator(".swatch").first.evaluate("node => getComputedStyle(node).backgroundColor") != dark


@pytest.mark.parametrize("name", ["cat → apple", "cat to dog", "wolf", "the same letter"])
def test_each_overlay_is_listed_drawn_and_can_be_switched_off(explore, name):
    explorer = explore("words", reduced_motion="reduce")
    explorer.page.mouse.move(640, 760)
    before = explorer.pixels()
    explorer.page.locator(".panel .check", has_text=name).locator("input").uncheck()
    explorer.settle()
    assert len(explorer.state("overlaysOff")) == 1
    assert (np.abs(explorer.pixels() - before)[60:730, 340:1210].max(-1) > 30).sum() > 60


def test_names_keep_clear_of_the_panels(explore):
    explorer = explore("words", reduced_motion="reduce")
    shown = "asterism.plot.labelsShown().map(label => label.text)"
    assert "cities" in explorer.page.evaluate(shown)
    x, y = np.median([explorer.at(row) for row in range(24, 32)], axis=0)
    explorer.page.evaluate("([dx, dy]) => asterism.plot.panBy(dx, dy)", [150 - x, 300 - y])
    explorer.settle()
    assert "cities" not in explorer.page.evaluate(shown)
    explorer.press("h")  # without the panels its place is free
    explorer.settle()
    assert "cities" in explorer.page.evaluate(shown)


def test_a_category_among_the_others_has_a_colour_when_it_is_alone(explore):
    explorer = explore("many_categories")
    explorer.page.get_by_label("Find a category").fill("group 2499")
    toggle = explorer.page.locator(".legend-toggle", has_text="group 2499")
    toggle.click(modifiers=["Alt"])
    explorer.settle()
    red, green, blue = toggle.locator(".swatch").evaluate(
        "node => getComputedStyle(node).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)"
    )
    assert max(red, green, blue) - min(red, green, blue) > 40


@pytest.mark.parametrize("is_phone", [False, True])
def test_every_projection_of_many_can_be_reached(explore, samples, is_phone):
    scene = samples.words()
    names = [f"t-SNE, perplexity {n}, exaggeration {n}" for n in range(13)]
    many = replace(scene, projections=tuple(replace(scene.projections[0], name=name) for name in names))
    explorer = explore(many, phone=is_phone)
    box = explorer.page.locator(".segments").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= explorer.page.viewport_size["width"]
    for name in (names[-1], names[0]):
        button = explorer.page.get_by_role("radio", name=name, exact=True)
        button.click()
        assert button.get_attribute("aria-checked") == "true"
