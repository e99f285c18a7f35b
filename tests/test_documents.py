"""What the documents say is there, is there: links, commands, options, names, and the keys of files."""

from __future__ import annotations

import json
import re
import struct
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

import asterism
from asterism.cli.main import COMMANDS, cli
from asterism.scene.wire import encode_scene

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "bench/*.md",
        "training/*.md",
        "examples/*/*.md",
        "src/asterism/builtin/*.md",
    )
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
# What follows `asterism` on a line or between backticks, up to a remark.
SHOWN = re.compile(r"(?:^|[`&] ?)asterism ([a-z][a-z-]*(?: [^`#\n]*)?)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z0-9-]*)(?=[\s=]|$)")


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The names that headings can be linked by, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    for link in LINK.findall(text_of(path)):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_file_that_is_named_is_there():
    rooms = "docs|bench|training|tests|tools|src|examples|web"
    for path in DOCUMENTS:
        for name in re.findall(rf"`(?:python )?((?:{rooms})/[\w./-]+)", text_of(path)):
            assert (ROOT / name).exists() or name.startswith("training/.work"), f"{path.name}: {name}"


def test_every_variable_of_the_environment_is_described():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "asterism").rglob("*.py"))
    described = "".join(map(text_of, DOCUMENTS))
    assert set(re.findall(r"ASTERISM_[A-Z]+(?:_[A-Z]+)*", source)) <= set(re.findall(r"ASTERISM_[A-Z_]+", described))


def options_of(words: list[str]) -> set[str]:
    """Every option of the command that words begin with."""
    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"asterism {' '.join(words)}: there is no {word!r}"
        command = found
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def shown_commands(path: Path) -> list[str]:
    return SHOWN.findall(text_of(path).replace("\\\n", " "))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_shown_has_its_options(path):
    for shown in shown_commands(path):
        words = re.split(r"\s+", shown.partition("|")[0].strip())
        if words[0] in ("demo", "cache"):  # shown with their choices between bars
            words = words[:1]
        unknown = set(OPTION.findall(shown)) - options_of(words) - {"--help"}
        assert not unknown, f"asterism {shown}"


def test_every_command_is_shown():
    shown = {re.split(r"\s", line)[0] for path in DOCUMENTS for line in shown_commands(path)}
    assert set(COMMANDS) <= shown


def test_every_public_name_that_is_shown_is_there():
    for path in DOCUMENTS:
        for name in re.findall(r"(?<![\w.])asterism\.([a-z_]\w*|Space|Map)\(", text_of(path)):
            assert name in asterism.__all__, f"{path.name}: asterism.{name}"
        for name in re.findall(r"(?<![\w.])space\.([a-z_]\w*)", text_of(path)):
            assert hasattr(asterism.Space, name), f"{path.name}: space.{name}"
        for name in re.findall(r"(?<![\w.])map_\.([a-z_]\w*)", text_of(path)):
            assert hasattr(asterism.Map, name) or name == "space", f"{path.name}: map_.{name}"


def test_the_first_python_of_the_readme_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```python\n(.*?)```", text_of(ROOT / "README.md"), re.DOTALL)
    assert block is not None
    exec(block[1], {})  # noqa: S102 - our own README
    assert Path("map.png").stat().st_size > 5_000


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_in(each) for each in value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


def test_every_key_of_a_space_is_described(tmp_path):
    reading = asterism.demo("sentences")
    asterism.embed(reading).map(method="pca", stability=True).save(tmp_path / "a.space")
    described = set(re.findall(r"`(\w+)`|(?<=[{ ])(\w+)(?=[,}])", text_of(ROOT / "docs" / "formats.md")))
    names = {name for pair in described for name in pair}
    manifest = json.loads((tmp_path / "a.space" / "manifest.json").read_text())
    told = {key: value for key, value in manifest.items() if key != "counts"}
    assert keys_in(told) <= names
    facts = json.loads((tmp_path / "a.space" / "projections" / "pca.json").read_text())
    assert keys_in({key: value for key, value in facts.items() if key != "params"}) <= names


def test_every_key_of_a_scene_is_described():
    map_ = asterism.embed(asterism.demo("sentences")).map(method="pca", stability=True, also=["tsne"])
    content = encode_scene(map_.scene)
    (size,) = struct.unpack("<I", content[12:16])
    header = json.loads(content[16 : 16 + size])
    free = ("params", "about", "palette", "scores", "chance", "pca", "errors", "space", "map", "shuffled")

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: {} if key in free else named(each) for key, each in value.items()}
        return [named(each) for each in value] if isinstance(value, list) else value

    described = set(re.findall(r"\w+", text_of(ROOT / "docs" / "formats-scene.md")))
    assert keys_in(named(header)) <= described
