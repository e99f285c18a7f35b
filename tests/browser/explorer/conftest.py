"""The explorer on sample Scenes: pages that must stay silent, with no request, no error, no dialog."""

from __future__ import annotations

import importlib.util
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from asterism.view.html import save_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from playwright.sync_api import Browser, Locator, Page

    from asterism.scene.spec import Scene

HERE = Path(__file__).parent
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """The module that makes Scenes to look at."""
    spec = importlib.util.spec_from_file_location("sample_scenes", HERE.parent / "sample_scenes.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Explorer:
    """A page with an opened Scene, and the few things that tests do with it."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.troubles: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", self._see)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"
        )

    def _hear(self, message: Any) -> None:
        # performance advice of the software renderer about reading pixels back is not about the page
        if message.type in ("error", "warning") and "GPU stall" not in message.text:
            self.troubles.append(f"{message.type}: {message.text}")

    def _see(self, request: Any) -> None:
        if not request.url.startswith(("file://", "data:", "blob:")):
            self.troubles.append(f"request: {request.url}")

    def open(self, query: str = "") -> Explorer:
        self.page.goto(self.path.as_uri() + query)
        self.page.wait_for_function("() => window.asterism !== undefined", timeout=60_000)
        self.page.evaluate("asterism.scene.whole")  # texts may come after the map
        self.settle()
        return self

    def settle(self) -> None:
        """Waits until what was asked for is drawn and nothing on the map moves, however long a slow machine takes."""
        self.page.evaluate("""() => new Promise(done => {
            const wait = () => window.asterism?.plot.isAtRest === false ? requestAnimationFrame(wait) : done();
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(wait, 60)));
        })""")

    def address(self) -> str:
        """The hash that carries the state, once it was written."""
        self.settle()
        return self.page.evaluate("() => new Promise(done => setTimeout(() => done(location.hash), 400))")

    def state(self, key: str) -> Any:
        """A value of the page's store; masks and sets as lists."""
        script = """key => {
            const value = asterism.session.store.get()[key];
            if (value instanceof Uint8Array) return Array.from(value);
            if (value instanceof Set) return [...value];
            const plain = item => item instanceof Set ? [...item] : item;
            if (value instanceof Map) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
            return value && value.rows ? { ...value, rows: Array.from(value.rows) } : value;
        }"""
        return self.page.evaluate(script, key)

    def rows(self, key: str) -> list[int]:
        """The rows of a mask of the store."""
        return [row for row, inside in enumerate(self.state(key) or []) if inside]

    def at(self, row: int) -> tuple[float, float]:
        """Where a row is on the screen."""
        x, y = self.page.evaluate("row => asterism.plot.toScreen(row)", row)
        return x, y

    def places(self, n: int) -> np.ndarray:
        script = "n => Array.from({ length: n }, (_, row) => asterism.plot.toScreen(row))"
        return np.array(self.page.evaluate(script, n))

    def camera(self) -> dict[str, float]:
        return self.page.evaluate("asterism.plot.getCamera()")

    def drag(self, points: Sequence[tuple[float, float]], *, keys: Sequence[str] = ()) -> None:
        mouse = self.page.mouse
        for key in keys:
            self.page.keyboard.down(key)
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=4)
        mouse.up()
        for key in keys:
            self.page.keyboard.up(key)
        self.settle()

    def slow_click(self, node: Locator, meanwhile: str) -> None:
        """A click between whose press and release a script runs, and what it changes is drawn."""
        box = node.bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
        mouse.down()
        self.page.evaluate(meanwhile)
        self.settle()
        mouse.up()
        self.settle()

    def swipe(self, start: tuple[float, float], way: tuple[float, float], *, steps: int = 8) -> None:
        """One finger that goes down, moves and leaves, a frame for each step."""
        touch = self.page.context.new_cdp_session(self.page)
        for step in range(steps + 1):
            place = {"x": start[0] + way[0] * step / steps, "y": start[1] + way[1] * step / steps, "id": 0}
            kind = "touchMove" if step else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
            self.settle()
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        self.settle()

    def follow(self, link: str) -> None:
        """Opens a link to another state of the page that is open."""
        script = """link => new Promise(done => {
            addEventListener("hashchange", () => done(), { once: true });
            location.hash = link;
        })"""
        self.page.evaluate(script, link)
        self.settle()

    def around(self, rows: Sequence[int], margin: float = 12) -> list[tuple[float, float]]:
        """A closed rectangle around rows, as a way for the pointer."""
        places = np.array([self.at(row) for row in rows])
        (left, top), (right, bottom) = places.min(0) - margin, places.max(0) + margin
        return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 1)]

    def pixels(self) -> np.ndarray:
        """The page as it looks, shape (height, width, 3)."""
        image = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install '.[dev]'")
        return np.asarray(image.open(BytesIO(self.page.screenshot())).convert("RGB")).astype(int)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def search(self, query: str, mode: str = "words") -> None:
        self.page.get_by_label("How to search").select_option(mode)
        box = self.page.get_by_label("Search texts")
        box.fill(query)
        self.await_search(query, mode)

    def await_search(self, query: str, mode: str = "words") -> None:
        """Waits until the page has looked for it and shows what it found."""
        script = """([query, mode]) => {
            const state = asterism.session.store.get();
            return state.query === query && state.mode === mode && !state.isSearching;
        }"""
        self.page.wait_for_function(script, arg=[query, mode], timeout=30_000)
        self.settle()

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()
        self.settle()


@pytest.fixture(scope="session")
def scene_files(samples: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The page of a sample Scene, written once."""
    folder = tmp_path_factory.mktemp("pages")

    def file_of(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            save_html(getattr(samples, name)(), path)
        return path

    return file_of


@pytest.fixture
def explore(
    launch: Callable[[str], Browser],
    pace: Callable[[Page], None],
    scene_files: Callable[[str], Path],
    tmp_path: Path,
    drawing: str,
) -> Iterator[Callable[..., Explorer]]:
    """Opens a Scene, or a sample by name; when the test ends, nothing may have gone wrong on any page."""
    pages: list[Explorer] = []
    contexts = []

    def opened(scene: Scene | str | Path, *, query: str = "", phone: bool = False, **context: Any) -> Explorer:
        if isinstance(scene, str):
            path = scene_files(scene)
        elif isinstance(scene, Path):
            path = scene
        else:
            path = tmp_path / f"scene-{len(pages)}.html"
            save_html(scene, path)
        options = (
            {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
            if phone
            else {"viewport": DESKTOP}
        )
        contexts.append(launch(drawing).new_context(**(options | context)))
        explorer = Explorer(contexts[-1].new_page(), path)
        pace(explorer.page)
        pages.append(explorer)
        body, _, hash_ = query.partition("#")
        body = f"{body}&renderer={drawing}" if body else f"?renderer={drawing}"
        return explorer.open(body + (f"#{hash_}" if hash_ else ""))

    yield opened
    for context in contexts:
        context.close()
    assert [trouble for page in pages for trouble in page.troubles] == []
