"""The three viewers that `peers.py` drives: how a page of each is made and opened, and what people find in it."""

from __future__ import annotations

import functools
import http.server
import re
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page, Route

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


@dataclass(frozen=True)
class Opened:
    """A page of a viewer.

    Attributes:
        size: Bytes of all that it is made of.
        search: Selector of the box for queries.
        answered: JavaScript, true once a query is answered.
        tooltip: JavaScript, what is told of the point under the pointer; "" for nothing.
        count: JavaScript, how many points are shown or selected, as people read it.
        lasso: Selector of what begins a lasso; None where the page has none.
        category: Selector of a category to click; None where the page has no legend.
    """

    size: int
    search: str
    answered: str
    tooltip: str
    count: str
    lasso: str | None
    category: str | None


def open_own(page: Page, path: Path) -> Opened:
    page.goto(path.as_uri())
    page.wait_for_function("() => window.asterism && document.querySelectorAll('canvas').length >= 2")
    return Opened(
        path.stat().st_size,
        "[aria-label='Search texts']",
        "() => { const { found, query } = asterism.session.store.get(); return query && found; }",
        "(() => { const card = document.querySelector('.hover'); return card.hidden ? '' : card.textContent; })()",
        "`${asterism.session.store.get().selected} ${document.querySelector('.panel-count').textContent}`",
        "[aria-label^='Lasso'][aria-pressed='false']",
        ".legend-toggle",
    )


def open_atlas(page: Page, titles: Path, peers: Path) -> Opened:
    folder = titles.parent / "atlas"
    columns = ["--text", "title", "--x", "x", "--y", "y", "--export-application", folder]
    subprocess.run([peers / "bin" / "embedding-atlas", titles, *columns], check=True, stdout=subprocess.DEVNULL)
    handler = functools.partial(_Silent, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    page.wait_for_function("document.body.innerText.includes(' points') && document.querySelector('canvas')")
    return Opened(
        sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        "input[placeholder^='Search']",
        "() => document.body.innerText.match(/[0-9,]+ results?|Search Results/i)",
        "(document.querySelector('.embedding-atlas-root > .border')?.textContent ?? '')",
        "(document.body.innerText.match(/([0-9,]+) \\/ /)?.[1] ?? '')",
        "button[title*='lasso']",
        # the first of the list that ends in the others
        "xpath=//*[starts-with(normalize-space(text()),'(other')]"
        "/ancestor::*[preceding-sibling::*][1]/preceding-sibling::*[last()]",
    )


def open_datamapplot(page: Page, titles: Path, peers: Path) -> Opened:
    """As its documentation makes one: search and tooltips, neither legend nor lasso."""
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
    return Opened(
        path.stat().st_size + sum(fetched),
        "#text-search",
        "() => datamap.dataSelectionManager.getSelectedIndices().size > 0",
        "(() => { const tip = document.querySelector('.deck-tooltip');"
        " return tip && tip.style.display !== 'none' ? tip.textContent : ''; })()",
        "''",
        None,
        None,
    )


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Requests are not worth a line."""
