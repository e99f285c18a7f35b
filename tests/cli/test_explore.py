from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from asterism.cli import main

WORDS = ["word,kind", "cat,animal", "dog,animal", "bus,vehicle", "car,vehicle"]


@pytest.fixture
def opened(monkeypatch):
    pages = []
    monkeypatch.setattr("webbrowser.open", lambda url: pages.append(url) or True)
    return pages


@pytest.fixture
def words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "words.csv"
    path.write_text("\n".join(WORDS) + "\n")
    return path


def page_of(url):
    return Path(unquote(urlparse(url).path))


def test_explore_makes_a_page_and_opens_it(words, opened):
    main(["explore", str(words), "--quiet"])
    assert page_of(opened[0]).name == "words.html"
    assert page_of(opened[0]).parent != words.parent


def test_explore_keeps_the_page_where_it_is_told(words, opened):
    main(["explore", str(words), "-o", "kept.html", "--quiet"])
    assert page_of(opened[0]) == words.parent / "kept.html"


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_explore_shows_a_table_of_a_map_where_its_points_are(words, opened, capsys, ending):
    main(["map", str(words), "-o", f"map{ending}", "--quiet"])
    main(["explore", f"map{ending}"])
    assert len(opened) == 1
    assert "their quality is unknown" in capsys.readouterr().err


def test_explore_opens_a_page_as_it_is(words, opened):
    main(["map", str(words), "--quiet"])
    main(["explore", "words.html"])
    assert page_of(opened[0]) == words.parent / "words.html"


def test_explore_names_a_page_that_is_not_there(words, opened, capsys):
    with pytest.raises(SystemExit) as left:
        main(["explore", "none.html"])
    assert left.value.code == 1
    assert "There is no page 'none.html'" in capsys.readouterr().err
    assert not opened


def test_explore_says_where_the_page_is_when_there_is_no_browser(words, monkeypatch, capsys):
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    main(["explore", str(words), "--quiet"])
    assert "words.html in one" in capsys.readouterr().err
