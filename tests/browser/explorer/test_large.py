"""A real map of 117 592 papers: counts, search and a selection agree with what Python counts."""

from __future__ import annotations

import numpy as np
import pytest

from asterism.view.html import save_html


@pytest.fixture(scope="module")
def papers(samples, tmp_path_factory):
    folder = samples.data_folder() / "viz" / "datamapplot"
    if not folder.is_dir():
        pytest.skip(f"no ready map at {folder}; set ASTERISM_DATA to the folder of data sets")
    scene = samples.arxiv()
    path = tmp_path_factory.mktemp("papers") / "arxiv.html"
    save_html(scene, path)
    return scene, path


def test_counts_search_and_words_agree_with_python(explore, papers):
    scene, path = papers
    explorer = explore(path)
    assert explorer.page.locator(".panel-count").inner_text() == "117\u202f592 texts"
    assert len(explorer.page.evaluate("asterism.plot.labelsShown().map(label => label.text)")) > 5
    largest = explorer.page.locator(".legend-count").first.inner_text()
    assert int(largest.replace("\u202f", "")) == int((scene.columns[0].codes == 0).sum())
    explorer.search("diffusion")
    expected = [row for row, text in enumerate(scene.texts) if "diffusion" in text.lower()]
    assert explorer.state("found")["rows"] == expected
    explorer.page.get_by_role("button", name="Select matches").click()
    explorer.tab("Selection")
    explorer.page.locator(".words .chip").first.wait_for(timeout=60_000)
    assert explorer.page.locator(".words .chip").first.inner_text().startswith("diffusion")


def test_hover_finds_the_point_under_the_pointer(explore, papers):
    scene, path = papers
    explorer = explore(path)
    row = int(np.argmin(np.abs(scene.projections[0].points - np.median(scene.projections[0].points, 0)).sum(1)))
    x, y = explorer.at(row)
    explorer.page.mouse.move(x, y)
    explorer.settle()
    found = explorer.page.evaluate("([x, y]) => asterism.plot.pick(x, y)", [x, y])
    assert np.hypot(*(np.array(explorer.at(found)) - (x, y))) < 3
    assert explorer.page.locator(".hover-text").text_content() == scene.texts[found]
