"""A real Chromium, with WebGL emulated and with none, and pages that write down whatever goes wrong in them."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from asterism.view.html import save_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

    from asterism.scene.spec import Scene

FLAGS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--metrics-recording-only", "--force-color-profile=srgb",
)  # fmt: skip
# SwiftShader stands in for a graphics card; the page would otherwise recognise and avoid it.
DRAWING = {
    "webgl": (("--use-angle=swiftshader", "--enable-unsafe-swiftshader"), "renderer=webgl"),
    "canvas": (("--disable-3d-apis",), ""),
}
WATCH_POLICY = """
  window.policyViolations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.policyViolations.push(event.violatedDirective + " " + event.blockedURI));
"""

# With ASTERISM_SLOW_PAGES whatever a page puts off comes late, each time by another while.
DELAYS = """seed => {
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const { setTimeout, requestAnimationFrame } = window;
  const late = (most) => random() < 0.3 ? most * random() : 0;
  window.setTimeout = (task, ms = 0, ...rest) => setTimeout(task, ms + late(250), ...rest);
  window.requestAnimationFrame = (draw) => requestAnimationFrame((now) => {
    for (const end = now + late(60); performance.now() < end; );
    draw(now);
  });
  const read = Response.prototype.arrayBuffer;
  Response.prototype.arrayBuffer = function () {
    return new Promise((done) => setTimeout(() => done(read.call(this)), late(1000)));
  };
}"""


@dataclass
class Opened:
    """A page on a file, and everything in it that should not have happened."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        return self.page.evaluate("window.policyViolations")

    def check_clean(self) -> None:
        """Nothing was fetched, logged as an error, forbidden, or asked."""
        assert self.requests == []
        assert self.errors == []
        assert self.violations() == []
        assert self.dialogs == []


def slow_down(page: Page) -> None:
    """Makes a page as many times slower as ASTERISM_SLOW_PAGES says: what holds only on a quick machine fails then."""
    rate = float(os.environ.get("ASTERISM_SLOW_PAGES", "1"))
    if rate > 1:
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
        page.add_init_script(f"({DELAYS})({random.getrandbits(31)})")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install '.[dev]'")
    with api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Iterator[Callable[[str], Browser]]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium on this machine; apt-get install chromium")
    running: dict[str, Browser] = {}

    def launch(drawing: str) -> Browser:
        if drawing not in running:
            flags = [*FLAGS, *DRAWING[drawing][0]]
            running[drawing] = playwright.chromium.launch(executable_path=program, args=flags)
        return running[drawing]

    yield launch
    for browser in running.values():
        browser.close()


@pytest.fixture(params=sorted(DRAWING))
def drawing(request: pytest.FixtureRequest) -> str:
    """How points are drawn: "webgl" or "canvas"."""
    return str(request.param)


@pytest.fixture(scope="session")
def pace() -> Callable[[Page], None]:
    """Slows a page where that is asked for."""
    return slow_down


@pytest.fixture
def open_page(launch: Callable[[str], Browser], tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens a Scene or an HTML file; keywords are Playwright's for a context (viewport, has_touch, color_scheme, …)."""
    contexts: list[BrowserContext] = []

    def open_page(shown: Scene | Path, *, drawing: str = "canvas", query: str = "", **options: Any) -> Opened:
        path = tmp_path / f"page{len(contexts)}.html"
        if hasattr(shown, "projections"):
            save_html(shown, path)
        else:
            path = shown
        settings = {"viewport": {"width": 1200, "height": 800}, "reduced_motion": "reduce", **options}
        context = launch(drawing).new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        asked = "&".join(part for part in (DRAWING[drawing][1], query) if part)
        url = path.as_uri() + (f"?{asked}" if asked else "")
        opened = Opened(page, url)
        _watch(opened)
        page.goto(url)
        return opened

    yield open_page
    for context in contexts:
        context.close()


def _watch(opened: Opened) -> None:
    page = opened.page
    slow_down(page)
    page.add_init_script(WATCH_POLICY)

    def on_request(request: Any) -> None:
        if not request.url.startswith(("data:", "blob:")) and request.url.partition("#")[0] != opened.url:
            opened.requests.append(request.url)

    def on_dialog(dialog: Any) -> None:
        opened.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", on_request)
    page.on("dialog", on_dialog)
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on(
        "console", lambda message: opened.errors.append(message.text) if message.type in ("error", "warning") else None
    )
