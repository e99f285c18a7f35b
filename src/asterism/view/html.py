"""The explorer as one HTML file that opens anywhere, offline: the page's own script and style, and a Scene.

A Content-Security-Policy allows exactly that script and that style and nothing else: no request leaves the file.
Texts are in the container of bytes only; none of them is ever part of the markup, the title apart, which is escaped.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from asterism._files import write_atomically
from asterism.scene.wire import encode_scene

if TYPE_CHECKING:
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
<script type="application/octet-stream;base64" id="scene">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def render_html(scene: Scene) -> str:
    """Make the page.

    Args:
        scene: What to draw.

    Returns:
        HTML of one file, complete.
    """
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
    return PAGE.format(
        policy=policy,
        version=escape(scene.about.get("version", "")),
        title=escape(scene.title or "Map"),
        style=style,
        data=b64encode(encode_scene(scene)).decode(),
        script=script,
    )


def save_html(scene: Scene, path: Path) -> None:
    """Write the page to a file.

    Args:
        scene: What to draw.
        path: Where; replaced if it exists.

    Raises:
        OSError: It cannot be written; nothing half-written remains.
    """
    write_atomically(path, render_html(scene).encode())


def _inline(source: str, tag: str) -> str:
    """Keep a source from ending its element early; a backslash before the slash means the same to the language."""
    return re.sub(rf"</(?={tag})", r"<\\/", source.strip(), flags=re.IGNORECASE)


def _hash(source: str) -> str:
    return "sha256-" + b64encode(sha256(source.encode()).digest()).decode()
