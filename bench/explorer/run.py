"""How fast the explorer is: bytes, first finished frame, panning, hovering, search, legend, lasso.

    python bench/explorer/run.py --n 100000 1000000 [--renderer canvas|webgl]

All is timed in the page. `first_ms`: from navigation until the first frame with map, labels, legend and panels is on
the screen; `whole_ms`: until texts and neighbours can be asked for, too. Frames: from the event to the end of the frame
that shows it. `search_ms`: from the query to the rows that answer, of all titles; `first_search_ms` folds them to lower
case before, once. `toggle_ms`: from the click in the legend to the end of the second frame after. `lasso_ms`: from
letting go to the rows, counted; shares and words follow in slices. Times on a shared machine are noisy; each is the
median of several, with the worst behind it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pages import AFTER, EMULATED, FIRST, FLAGS, WINDOW, told
from playwright.sync_api import sync_playwright

from asterism.view.html import save_html
from scene import titles_scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUERY = "love"
ACTIONS = """
  window.map = () => [...document.querySelectorAll('canvas')][1].parentElement;
  window.pointer = (type, x, y, buttons = 0) => map().dispatchEvent(new PointerEvent(type, {
    pointerId: 1, pointerType: 'mouse', clientX: x, clientY: y, buttons,
    button: type === 'pointermove' ? -1 : 0, bubbles: true }));
"""
PAN = """async () => {
  const times = [];
  Element.prototype.setPointerCapture = () => {};
  pointer('pointerdown', 700, 400, 1);
  pointer('pointermove', 720, 400, 1);
  for (let i = 0; i < 20; i++) times.push(await finished(() => pointer('pointermove', 720 + 6 * i, 400 + 3 * i, 1), 1));
  pointer('pointerup', 840, 460);
  return times;
}"""
HOVER = """() => {
  const times = [];
  pointer('pointermove', 600, 380);
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    pointer('pointermove', 500 + 9 * i, 300 + 5 * i);
    times.push(performance.now() - start);
  }
  return times;
}"""
LASSO = """async () => {
  const [times, frames] = [[], []];
  Element.prototype.setPointerCapture = () => {};
  for (let turn = 0; turn < 5; turn++) {
    pointer('pointerdown', 900, 400, 1);
    for (let i = 1; i <= 40; i++) {
      const angle = (i / 40) * 2 * Math.PI;
      pointer('pointermove', 700 + 200 * Math.cos(angle), 400 + 200 * Math.sin(angle), 1);
    }
    let own = 0;
    frames.push(await finished(() => {
      const start = performance.now();
      pointer('pointerup', 900, 400);
      own = performance.now() - start;
    }));
    times.push(own);
    await new Promise((done) => setTimeout(done, 1500));
  }
  return [times, frames];
}"""
# From the query to the rows that answer; the first one also folds all texts to lower case.
SEARCH = """async (query) => {
  const { session } = asterism;
  const times = [];
  for (let turn = 0; turn < 6; turn++) {
    session.search('', 'phrase');
    await finished();
    const start = performance.now();
    await new Promise((done) => {
      const stop = session.store.on(['found'], ({ found }) => found && (stop(), done()));
      session.search(query, 'phrase');
    });
    times.push(performance.now() - start);
  }
  const { length } = session.store.get().found.rows;
  session.search('', 'phrase');
  await finished();
  return { first: times[0], times: times.slice(1), rows: length };
}"""
TOGGLE = """async () => {
  const times = [];
  for (let turn = 0; turn < 8; turn++)
    times.push(await finished(() => document.querySelector('.legend-toggle').click()));
  return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASTERISM_DATA", "../shared/data")))
    parser.add_argument("--n", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--renderer", choices=["canvas", "webgl"], default="canvas")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        flags = FLAGS + (EMULATED if options.renderer == "webgl" else ())
        browser = playwright.chromium.launch(executable_path=chromium, args=list(flags))
        for n in options.n:
            path = Path(folder, f"{n}.html")
            save_html(titles_scene(options.data, n), path)
            page = browser.new_page(viewport=WINDOW)
            report = measure(page, f"{path.as_uri()}?renderer={options.renderer}")
            print(
                json.dumps(
                    {"n": n, "renderer": options.renderer, "megabytes": round(path.stat().st_size / 1e6, 2)} | report
                )
            )
            page.close()
        browser.close()


def measure(page: Page, url: str) -> dict[str, object]:
    page.set_default_timeout(180_000)
    page.add_init_script(AFTER + FIRST + ACTIONS)
    page.goto(url)
    page.wait_for_function("() => window.asterism")
    whole = page.evaluate("asterism.scene.whole.then(() => performance.now())")
    first = page.evaluate("first")
    page.wait_for_timeout(2500)
    report = {
        "first_ms": round(first),
        "whole_ms": round(whole),
        "pan_ms": told(page.evaluate(PAN)),
        "hover_ms": told(page.evaluate(HOVER)),
    }
    searched = page.evaluate(SEARCH, QUERY)
    report |= {
        "first_search_ms": round(searched["first"]),
        "search_ms": told(searched["times"]),
        "found": searched["rows"],
    }
    report["toggle_ms"] = told(page.evaluate(TOGGLE))
    page.keyboard.press("l")
    selected, shown = page.evaluate(LASSO)
    return report | {"lasso_ms": told(selected), "lasso_to_frame_ms": told(shown)}


if __name__ == "__main__":
    main()
