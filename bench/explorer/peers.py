"""Embedding Atlas and datamapplot beside the explorer: the same titles at the same places, in the same browser.

    python -m venv .venv-peers-explorer && .venv-peers-explorer/bin/pip install -r bench/peers-explorer.txt
    npm install --prefix .venv-peers-explorer --ignore-scripts deck.gl@9.1 apache-arrow d3 jquery@3.7.1 d3-cloud@1.2.7
    python bench/explorer/peers.py --n 100000

Each page is used from outside, as by a person: text typed, the mouse moved; times hold the few milliseconds that the
remote control takes, for all three. Embedding Atlas exports a folder that only a web server opens: it is served here.
A page of datamapplot fetches its libraries from the network: here they come from the folder of the npm command, and
count in its size. `hover_ms`, `toggle_ms`, `lasso_ms`: from the mouse until the page tells another text or number.
What a page of a peer does not have is said in words.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pages import AFTER, EMULATED, FLAGS, WINDOW, told
from playwright.sync_api import sync_playwright
from viewers import Opened, open_atlas, open_datamapplot, open_own

from asterism.view.html import save_html
from scene import titles_scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

QUERY = "love"
LIMIT = 3000
CHANGED = """(before) => new Promise((done) => {
  const start = performance.now();
  const look = () => {
    const now = %s;
    if ((now && now !== before) || performance.now() - start > 3000) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASTERISM_DATA", "../shared/data")))
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument(
        "--peers", type=Path, default=Path(".venv-peers-explorer"), help="Where the peers are installed."
    )
    parser.add_argument("--only", nargs="+", default=["asterism", "embedding-atlas", "datamapplot"], metavar="NAME")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *EMULATED])
        scene = titles_scene(options.data, options.n)
        titles = Path(folder, "titles.parquet")
        (codes, groups), points = (scene.columns[0].codes, scene.columns[0].values), scene.projections[0].points
        names = np.array(groups, object)[codes]
        pq.write_table(
            pa.table({"title": scene.texts, "subreddit": names, "x": points[:, 0], "y": points[:, 1]}), titles
        )
        own = Path(folder, "own.html")
        save_html(scene, own)
        for name, open_page in (
            ("asterism", lambda page: open_own(page, own)),
            ("embedding-atlas", lambda page: open_atlas(page, titles, options.peers)),
            ("datamapplot", lambda page: open_datamapplot(page, titles, options.peers)),
        ):
            if name not in options.only:
                continue
            page = browser.new_page(viewport=WINDOW)
            page.set_default_timeout(120_000)
            page.add_init_script(AFTER)
            print(json.dumps({"peer": name, "n": options.n} | measure(page, open_page)), flush=True)
            page.close()
        browser.close()


def measure(page: Page, open_page: Callable[[Page], Opened]) -> dict[str, object]:
    opened = open_page(page)
    first = page.evaluate("finished(() => {}, 1).then(() => performance.now())")
    report: dict[str, object] = {"megabytes": round(opened.size / 1e6, 2), "first_ms": round(first)}
    page.wait_for_timeout(4000)
    report["pan_ms"] = told(_drag(page))
    report["hover_ms"] = _told(_hover(page, opened))
    report["toggle_ms"] = _toggle(page, opened)
    report["lasso_ms"] = _lasso(page, opened)
    return report | _search(page, opened)


def _search(page: Page, opened: Opened) -> dict[str, object]:
    searches = []
    for query in (QUERY, "world", "game", "video"):
        start = time.perf_counter()
        page.locator(opened.search).fill(query)
        page.wait_for_function(opened.answered)
        page.evaluate("finished()")
        searches.append(1000 * (time.perf_counter() - start))
        page.locator(opened.search).fill("")
        page.wait_for_timeout(1500)
    return {"first_search_ms": round(searches[0]), "search_ms": told(searches[1:])}


def _told(times: list[float]) -> object:
    return told(times) | {"n": len(times)} if times else "none was answered"


def _changes(page: Page, read: str, act: Callable[[], object]) -> float | None:
    """Milliseconds from an act until what the page tells is something else; None if it stays as it is."""
    before = page.evaluate(read)
    start = time.perf_counter()
    act()
    page.evaluate(CHANGED % read, before)
    took = 1000 * (time.perf_counter() - start)
    return took if took < LIMIT else None


def _hover(page: Page, opened: Opened) -> list[float]:
    """Until the text of another point is shown; places without a point do not count."""
    times = [
        _changes(page, opened.tooltip, lambda x=470 + 11 * i, y=230 + 9 * i: page.mouse.move(x, y)) for i in range(20)
    ]
    return [taken for taken in times if taken is not None]


def _toggle(page: Page, opened: Opened) -> object:
    """Until the number of points shown is another, after a click in the legend."""
    if opened.category is None:
        return "has no legend"
    choice = page.locator("select").filter(has_text="subreddit (VARCHAR)")
    if choice.count():
        choice.first.select_option(label="subreddit (VARCHAR)")
        page.wait_for_timeout(4000)
    item = page.locator(opened.category).first
    times = [_changes(page, opened.count, item.click) for _ in range(6)]
    page.wait_for_timeout(1000)
    return _told([taken for taken in times if taken is not None])


def _lasso(page: Page, opened: Opened) -> object:
    """From letting go until the number of points selected is another."""
    if opened.lasso is None:
        return "has no lasso"
    times = []
    begin = page.locator(opened.lasso)
    for turn in range(4):
        if begin.count():
            begin.first.click()
        page.mouse.move(520 + 9 * turn, 250)
        page.mouse.down()
        for x, y in ((690, 250), (705, 330), (690 - 8 * turn, 400), (530, 390), (521 + 9 * turn, 252)):
            page.mouse.move(x, y, steps=5)
        times.append(_changes(page, opened.count, page.mouse.up))
        if begin.count():
            begin.first.click()
        page.wait_for_timeout(1500)
    return _told([taken for taken in times if taken is not None])


def _drag(page: Page) -> list[float]:
    times = []
    page.mouse.move(560, 300)
    page.mouse.down()
    for i in range(12):
        start = time.perf_counter()
        page.mouse.move(566 + 6 * i, 303 + 3 * i)
        page.evaluate("finished(() => {}, 1)")
        times.append(1000 * (time.perf_counter() - start))
    page.mouse.up()
    page.wait_for_timeout(3000)
    return times[2:]


if __name__ == "__main__":
    main()
