"""Make the pictures of the explorer in docs/images with the explorer itself.

    python tools/explorer_pictures.py [NAME…]

Wants Chromium and playwright (`make setup`). Titles and abstracts of arXiv papers are looked for in ASTERISM_DATA
(docs/data.md).
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from PIL import Image
from playwright.sync_api import Page, sync_playwright

import asterism

DATA = Path(os.environ.get("ASTERISM_DATA", "../shared/data"))
IMAGES = Path(__file__).parent.parent / "docs" / "images"
WINDOW = {"width": 1440, "height": 900}
LARGEST = 250_000  # bytes; larger pictures are kept with a palette of 256 colours
OF_EACH = 1200
COLUMNS = ("title", "abstract", "primary_cat", "created", "num_authors")
PINNED = "WordRank: Learning Word Embeddings via Robust Ranking"


@cache
def papers() -> asterism.Map:
    """Papers of 17 fields, 1 200 each, by their titles."""
    fields = []
    paths = sorted((DATA / "arxiv").glob("*.tsv.xz"))
    if not paths:
        sys.exit(f"There are no papers (*.tsv.xz) in '{DATA / 'arxiv'}'; name the folder of data with ASTERISM_DATA.")
    for path in paths:
        table = asterism.read(path, text="title").table.select(COLUMNS)
        kept = np.random.default_rng(0).choice(len(table), min(OF_EACH, len(table)), replace=False)
        named = np.flatnonzero(np.array(table["title"].to_pylist()) == PINNED)
        fields.append(table.take(np.unique(np.concatenate([kept, named]))))
    reading = asterism.read(pa.concat_tables(fields, promote_options="permissive"), text="title")
    space = asterism.embed(replace(reading, title="arXiv papers"))
    return space.map(also=["pca"], stability=True, cache=False)


@cache
def categories() -> asterism.Map:
    """625 words of 25 categories, in three dimensions."""
    return asterism.embed(asterism.demo("categories")).map(dim=3, also=["pca", "umap"], cache=False)


def brains(map_: asterism.Map) -> str:
    """The largest part of the neuroscience papers that has one colour, as the address of a page spells a selection."""
    column = next(column for column in map_.scene.columns if column.name == "cluster")
    is_brain = np.array(map_.space.table["primary_cat"].to_pylist()) == "q-bio.NC"
    codes = column.codes
    chosen = codes == np.bincount(codes[is_brain & (codes >= 0)]).argmax()
    runs = np.diff(np.flatnonzero(np.diff(np.r_[-1, chosen.astype(int), -1]))).tolist()
    packed = bytearray()
    for run in ([0] if chosen[0] else []) + runs[: len(runs) - (not chosen[-1])]:
        length = run
        while length >= 128:
            packed.append(length & 127 | 128)
            length >>= 7
        packed.append(length)
    return base64.urlsafe_b64encode(bytes(packed)).decode().rstrip("=")


class Camera:
    """Opens pages at an address and takes pictures of them."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder

    def open(self, map_: asterism.Map, state: str, *, theme: str = "light") -> None:
        """Show a map in the state that stands behind # in an address."""
        path = self.folder / f"{map_.space.title or 'map'}.html"
        if not path.exists():
            map_.save(path)
        self.page.goto("about:blank")
        self.page.goto(f"{path.as_uri()}#theme={theme}&{state}")
        self.page.wait_for_function("() => window.asterism?.scene.whole")
        self.page.evaluate("asterism.scene.whole")
        self.page.wait_for_timeout(2500)

    def take(self) -> Image.Image:
        """What is on the screen."""
        return Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")


def explorer(camera: Camera) -> Image.Image:
    """In three dimensions, light."""
    camera.open(categories(), "")
    return camera.take()


def explorer_3d(camera: Camera) -> Image.Image:
    """In three dimensions, dark."""
    camera.open(categories(), "", theme="dark")
    return camera.take()


def explorer_neighbors(camera: Camera) -> Image.Image:
    """A pinned paper and its true neighbours."""
    row = papers().space.texts.index(PINNED)
    camera.open(papers(), f"pin={row}")
    return camera.take()


def explorer_selection(camera: Camera) -> Image.Image:
    """A selection, its distinctive words and its shares."""
    camera.open(papers(), f"panel=selection&rows={quote(brains(papers()))}")
    return camera.take()


def explorer_believe(camera: Camera) -> Image.Image:
    """Its beginning in the light theme, the rest in the dark one."""
    camera.open(papers(), "panel=believe")
    picture, half = camera.take(), WINDOW["width"] // 2
    camera.open(papers(), "panel=believe", theme="dark")
    camera.page.get_by_text("Are distances kept?").evaluate("node => node.scrollIntoView({ block: 'center' })")
    camera.page.mouse.move(5, 5)
    camera.page.wait_for_timeout(500)
    picture.paste(camera.take().crop((0, 0, half, WINDOW["height"])), (half, 0))
    return picture


PICTURES = {
    "explorer": explorer,
    "explorer-3d": explorer_3d,
    "explorer-neighbors": explorer_neighbors,
    "explorer-selection": explorer_selection,
    "explorer-believe": explorer_believe,
}


def main() -> None:
    """Take the pictures that are named, or all."""
    names = sys.argv[1:] or list(PICTURES)
    if unknown := [name for name in names if name not in PICTURES]:
        sys.exit(f"There is no picture {unknown[0]!r}; expected one of {', '.join(PICTURES)}.")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-3d-apis"])
        camera = Camera(browser.new_page(viewport=WINDOW), Path(folder))
        for name in names:
            path = IMAGES / f"{name}.png"
            picture = PICTURES[name](camera)
            picture.save(path, optimize=True)
            if path.stat().st_size > LARGEST:
                picture.quantize(256, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)
            print(f"{path}: {path.stat().st_size} bytes")
        browser.close()


if __name__ == "__main__":
    main()
