from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

from asterism.errors import InputError
from asterism.scene.parts import PARTS, part_sizes
from asterism.scene.spec import CategoryColumn, NumberColumn, Scene, TextColumn
from asterism.scene.wire import encode_scene
from asterism.values import Projection
from asterism.view import html

NAUGHTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!-- \"'&"


class Elements(HTMLParser):
    """The elements of a page as a browser meets them: tag, attributes, text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.is_open = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), ""))
        self.is_open = True

    def handle_endtag(self, tag):  # noqa: ARG002
        self.is_open = False

    def handle_data(self, data):
        if self.found and self.is_open:
            tag, attrs, text = self.found[-1]
            self.found[-1] = (tag, attrs, text + data)

    def named(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, text) for found, attrs, text in self.found if found == tag]


def make_scene(n: int = 40, text: str = "a text") -> Scene:
    rng = np.random.default_rng(0)
    return Scene(
        title=text,
        texts=[f"{text} {i}" for i in range(n)],
        kind="documents",
        projections=(Projection(rng.normal(size=(n, 2)).astype(np.float32), "pca"),),
        columns=(
            CategoryColumn(text, np.zeros(n, np.int32), (text,)),
            NumberColumn("number", rng.normal(size=n)),
            TextColumn("note", [text] * n),
        ),
        neighbors=np.tile(np.arange(3, dtype=np.int32) % n, (n, 1)),
        distances=np.full((n, 3), 0.5, np.float32),
        remarks=(text,),
    )


def test_policy_allows_exactly_the_script_and_style_of_the_page():
    elements = Elements(html.render_html(make_scene()))
    policy = next(attrs["content"] for attrs, _ in elements.named("meta") if "http-equiv" in attrs)
    scripts = [text for attrs, text in elements.named("script") if "type" not in attrs]
    styles = [text for _, text in elements.named("style")]
    assert len(scripts) == len(styles) == 1
    for kind, source in (("script", scripts[0]), ("style", styles[0])):
        digest = b64encode(sha256(source.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_naughty_texts_add_no_element_and_no_attribute():
    plain, naughty = Elements(html.render_html(make_scene())), Elements(html.render_html(make_scene(text=NAUGHTY)))
    assert [tag for tag, _, _ in naughty.found] == [tag for tag, _, _ in plain.found]
    assert [sorted(attrs) for _, attrs, _ in naughty.found] == [sorted(attrs) for _, attrs, _ in plain.found]
    assert naughty.named("title")[0][1] == NAUGHTY


def test_page_carries_the_container():
    scene = make_scene()
    elements = Elements(html.render_html(scene))
    data = next(text for attrs, text in elements.named("script") if attrs.get("id") == "scene")
    assert b64decode(data) == encode_scene(scene)


def test_large_page_carries_texts_and_neighbors_behind_the_script(monkeypatch):
    monkeypatch.setattr(html, "SMALL", 20_000)
    scene = make_scene(3000)
    content = encode_scene(scene)
    found = [(attrs.get("id"), text) for attrs, text in Elements(html.render_html(scene)).named("script")]
    assert [name for name, _ in found] == ["scene", None, "scene-rest"]
    first, rest = b64decode(found[0][1]), b64decode(found[2][1])
    assert first + rest == content
    sizes = part_sizes(content)
    assert len(rest) == pytest.approx(sizes["texts"] + sizes["neighbors"], abs=100)


def test_page_names_nothing_outside_itself():
    page = html.render_html(make_scene())
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?!data:)[a-z]+:""", page.partition("<script")[0]) == []
    assert not re.search(r"\beval\(|new Function\(|\.innerHTML|fetch\(|XMLHttpRequest|WebSocket|@import", page)


def test_half_a_surrogate_pair_in_the_title_can_be_written(tmp_path):
    path = tmp_path / "page.html"
    html.save_html(replace(make_scene(), title="broken \ud800"), path)
    assert "<title>broken ?</title>" in path.read_text(encoding="utf-8")


def test_sizes_add_up_to_the_file(tmp_path):
    path = tmp_path / "page.html"
    sizes = html.save_html(make_scene(3000), path)
    assert sum(sizes.values()) == path.stat().st_size
    assert set(sizes) == {*PARTS, "page"}
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)


def test_parts_add_up_to_the_container_and_none_is_forgotten():
    content = encode_scene(make_scene(3000))
    sizes = part_sizes(content)
    assert sum(sizes.values()) == len(content)
    assert all(sizes[part] > 0 for part in ("texts", "places", "columns", "neighbors"))
    assert sizes["rest"] < 12_000


@pytest.mark.parametrize(("part", "gone"), [("texts", "texts"), ("neighbors", "neighbors")])
def test_left_out_parts_take_no_room(tmp_path, part, gone):
    whole = html.save_html(make_scene(3000), tmp_path / "whole.html")
    less = html.save_html(make_scene(3000), tmp_path / "less.html", without=[part])
    assert less[gone] < 200 < whole[gone]


def test_without_something_else_is_refused():
    with pytest.raises(InputError, match="without"):
        html.render_html(make_scene(), without=["points"])


def test_too_many_points_say_what_to_do(monkeypatch):
    monkeypatch.setattr(html, "MAX_POINTS", 30)
    with pytest.raises(InputError, match=r"holds up to 30 points and this map has 40\. Map a sample"):
        html.render_html(make_scene())


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_rows_make_a_page(n):
    assert html.render_html(make_scene(n)).endswith("</html>\n")


def test_source_cannot_end_its_element():
    assert html._inline("x = '</SCRIPT>' + '<!--'\r\n", "script") == "x = '<\\/SCRIPT>' + '<\\!--'"


def test_script_of_the_page_stays_small():
    # Of every page, whatever it shows. What is new has to be short, or to replace something.
    assert (html.WEB / "explorer.js").stat().st_size <= 150_000
    assert (html.WEB / "explorer.css").stat().st_size <= 21_500
