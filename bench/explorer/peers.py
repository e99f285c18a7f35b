"""Embedding Atlas and datamapplot beside the explorer: the same titles at the same places, in the same browser.

    python -m venv .venv-peers-explorer && .venv-peers-explorer/bin/pip install -r bench/peers-explorer.txt
    npm install --prefix .venv-peers-explorer --ignore-scripts deck.gl@9.1 apache-arrow d3 jquery@3.7.1 d3-cloud@1.2.7
    python bench/explorer/peers.py --n 100000

Each page is used from outside, as by a person: text typed, the mouse moved; times hold the few milliseconds that the
remote control takes, for all three. Embedding Atlas exports a folder that only a web server opens: it is served here.
A page of datamapplot fetches its libraries from the network: here they come from the folder of the npm command, and
count in its size.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pages import AFTER, EMULATED, FLAGS, WINDOW, told
from playwright.sync_api import sync_playwright

from asterism.view.html import save_html
from scene import titles_scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

QUERY = "love"
LIBRARIES = {
    "deck.gl": "deck.gl/dist.min.js",
    "apache-arrow": "apache-arrow/Arrow.es2015.min.js",
    "d3@": "d3/dist/d3.min.js",
    "jquery": "jquery/dist/jquery.min.js",
    "d3-cloud": "d3-cloud/build/d3.layout.cloud.js",
}
DATAMAPPLOT = """
import sys, numpy, datamapplot, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
names = numpy.array(table["subreddit"].to_pylist(), dtype=object)
values, counts = numpy.unique(names, return_counts=True)
shown = set(values[numpy.argsort(-counts)[:200]])
labels = numpy.array([name if name in shown else "Unlabelled" for name in names], dtype=object)
places = numpy.c_[table["x"].to_numpy(), table["y"].to_numpy()]
plot = datamapplot.create_interactive_plot(
    places, labels, hover_text=table["title"].to_pylist(), enable_search=True, inline_data=True)
plot.save(sys.argv[2])
"""


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
            ("asterism", lambda page: _open_own(page, own)),
            ("embedding-atlas", lambda page: _open_atlas(page, titles, options.peers)),
            ("datamapplot", lambda page: _open_datamapplot(page, titles, options.peers)),
        ):
            if name not in options.only:
                continue
            page = browser.new_page(viewport=WINDOW)
            page.set_default_timeout(300_000)
            page.add_init_script(AFTER)
            print(json.dumps({"peer": name, "n": options.n} | measure(page, open_page)), flush=True)
            page.close()
        browser.close()


def measure(page: Page, open_page: Callable[[Page], tuple[int, str, Callable[[], None]]]) -> dict[str, object]:
    size, box, answered = open_page(page)
    first = page.evaluate("finished(() => {}, 1).then(() => performance.now())")
    report: dict[str, object] = {"megabytes": round(size / 1e6, 2), "first_ms": round(first)}
    page.wait_for_timeout(4000)
    report["pan_ms"] = told(_drag(page))
    searches = []
    for query in (QUERY, "world", "game", "video"):
        start = time.perf_counter()
        page.locator(box).fill(query)
        answered()
        page.evaluate("finished()")
        searches.append(1000 * (time.perf_counter() - start))
        page.locator(box).fill("")
        page.wait_for_timeout(1500)
    return report | {"first_search_ms": round(searches[0]), "search_ms": told(searches[1:])}


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


def _open_own(page: Page, path: Path) -> tuple[int, str, Callable[[], None]]:
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelectorAll('canvas').length >= 2")
    answered = "() => { const { found, query } = asterism.session.store.get(); return query && found; }"
    return path.stat().st_size, "[aria-label='Search texts']", lambda: page.wait_for_function(answered)


def _open_atlas(page: Page, titles: Path, peers: Path) -> tuple[int, str, Callable[[], None]]:
    folder = titles.parent / "atlas"
    columns = ["--text", "title", "--x", "x", "--y", "y", "--export-application", folder]
    subprocess.run([peers / "bin" / "embedding-atlas", titles, *columns], check=True, stdout=subprocess.DEVNULL)
    handler = functools.partial(_Silent, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    page.wait_for_function("document.body.innerText.includes(' points') && document.querySelector('canvas')")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    answered = "document.body.innerText.match(/[0-9,]+ results?|Search Results/i)"
    return size, "input[placeholder^='Search']", lambda: page.wait_for_function(answered)


def _open_datamapplot(page: Page, titles: Path, peers: Path) -> tuple[int, str, Callable[[], None]]:
    path = titles.with_name("datamapplot.html")
    subprocess.run([peers / "bin" / "python", "-c", DATAMAPPLOT, titles, path], check=True, stdout=subprocess.DEVNULL)
    fetched = []

    def library(route: Route) -> None:
        name = next((name for name in LIBRARIES if name in route.request.url), None)
        if name is None:
            route.abort()
            return
        content = (peers / "node_modules" / LIBRARIES[name]).read_bytes()
        fetched.append(len(content))
        route.fulfill(body=content, content_type="text/javascript")

    page.route(re.compile("^https:"), library)
    page.goto(path.as_uri())
    page.wait_for_function("getComputedStyle(document.getElementById('progress-container')).display === 'none'")
    answered = "datamap.dataSelectionManager.getSelectedIndices().size > 0"
    return path.stat().st_size + sum(fetched), "#text-search", lambda: page.wait_for_function(answered)


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Requests are not worth a line."""


if __name__ == "__main__":
    main()
