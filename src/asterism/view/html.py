"""The explorer as one HTML file that opens anywhere, offline: the page's own script and style, and a Scene.

A Content-Security-Policy allows exactly that script and that style and nothing else: no request leaves the file.
Texts are in the container of bytes only; none of them is ever part of the markup, the title apart, which is escaped.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from asterism._check import check_choice
from asterism._files import write_atomically
from asterism.errors import InputError
from asterism.scene.parts import part_sizes, split_container
from asterism.scene.spec import TextColumn
from asterism.scene.wire import encode_scene

if TYPE_CHECKING:
    from collections.abc import Collection

    from asterism.scene.spec import Scene

WEB = Path(__file__).parent.parent / "_web"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="generator" content="Asterism {version}">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript>This map needs JavaScript, which is switched off here. It loads nothing from the network.</noscript>
<script type="application/octet-stream;base64" id="scene">{first}</script>
<script>{script}</script>
<script type="application/octet-stream;base64" id="scene-rest">{rest}</script>
</body>
</html>
"""


# Beyond this a page of several hundred megabytes would open slowly or not at all.
MAX_POINTS = 2_000_000
REMOVABLE = ("texts", "neighbors")
# Of a larger container the texts and neighbours stand behind the script, which draws the map before they are read.
SMALL = 1_000_000


def render_html(scene: Scene, *, without: Collection[str] = ()) -> str:
    """Make the page.

    Args:
        scene: What to draw.
        without: "texts" leaves all texts out, "neighbors" the true neighbours: the page is smaller and tells less.

    Returns:
        HTML of one file, complete.

    Raises:
        InputError: More points than a page can hold, or something else is to be left out.
    """
    return _fill(scene, _carried(scene, without))


def save_html(scene: Scene, path: Path, *, without: Collection[str] = ()) -> dict[str, int]:
    """Write the page to a file.

    Args:
        scene: What to draw.
        path: Where; replaced if it exists.
        without: See `render_html`.

    Returns:
        Bytes of the file by part, largest first: "texts", "places", "faithfulness", "columns", "neighbors", "rest",
        and "page" for the program; their sum is the size of the file.

    Raises:
        InputError: See `render_html`.
        OSError: It cannot be written; nothing half-written remains.
    """
    content = _carried(scene, without)
    page = _fill(scene, content).encode()
    write_atomically(path, page)
    sizes = {part: size * 4 // 3 for part, size in part_sizes(content).items()}
    sizes["page"] = len(page) - sum(sizes.values())
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def _carried(scene: Scene, without: Collection[str]) -> bytes:
    for part in without:
        check_choice(part, REMOVABLE, name="without")
    n = len(scene.texts)
    if n > MAX_POINTS:
        raise InputError(
            f"A page holds up to {MAX_POINTS:,} points and this map has {n:,}. "
            f"Map a sample (--sample {MAX_POINTS}), or write .parquet or .png."
        )
    if "texts" in without:
        kept = tuple(column for column in scene.columns if not isinstance(column, TextColumn))
        scene = replace(scene, texts=[""] * n, columns=kept)
    if "neighbors" in without:
        scene = replace(scene, neighbors=None, distances=None)
    return encode_scene(scene)


def _fill(scene: Scene, content: bytes) -> str:
    script = _inline((WEB / "explorer.js").read_text(encoding="utf-8"), "script")
    style = _inline((WEB / "explorer.css").read_text(encoding="utf-8"), "style")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    first, rest = split_container(content) if len(content) > SMALL else (content, b"")
    return PAGE.format(
        policy=policy,
        version=_plain(scene.about.get("version", "")),
        title=_plain(scene.title or "Map"),
        style=style,
        first=b64encode(first).decode(),
        script=script,
        rest=b64encode(rest).decode(),
    )


def _plain(text: str) -> str:
    """As text of the page; half a surrogate pair cannot be written and becomes a question mark."""
    return escape(text.encode("utf-8", "replace").decode())


def _inline(source: str, tag: str) -> str:
    """Keep a source from ending its element early; a backslash before the slash means the same to the language.

    Line ends are as the browser sees them before it hashes.
    """
    plain = source.strip().replace("\r\n", "\n").replace("<!--", "<\\!--")
    return re.sub(rf"</(?={tag})", r"<\\/", plain, flags=re.IGNORECASE)


def _hash(source: str) -> str:
    return "sha256-" + b64encode(sha256(source.encode()).digest()).decode()
