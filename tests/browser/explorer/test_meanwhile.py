"""What one does while something else goes on: a click, a key or a drag must not be lost to what changes meanwhile."""

from __future__ import annotations


def test_a_button_is_pressed_though_what_stands_on_it_changes_meanwhile(explore):
    explorer = explore("words")
    page = explorer.page
    page.evaluate("asterism.session.setRange('length', [3, 5])")
    explorer.slow_click(page.locator(".tab-badge"), "asterism.session.setRange('first seen', [0, 1.6e12])")
    assert explorer.state("tab") == "filter"
    explorer.slow_click(page.get_by_role("button", name="Fold the panel"), "asterism.session.clearFilters()")
    assert explorer.state("isFolded") is True
