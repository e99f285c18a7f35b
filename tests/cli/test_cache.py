from __future__ import annotations

import json
import warnings
from io import StringIO

import numpy as np
import pytest

from asterism.embed.cache import VectorCache


def test_info_tells_what_is_kept(run, table, private_cache):
    run("map", table, "-o", "a.png", "--quiet")
    VectorCache(private_cache, "m", 3).put(["a", "b"], np.ones((2, 3), np.float32))
    code, out, _ = run("cache", "info")
    assert code == 0
    assert "graphs and projections" in out
    assert str(private_cache) in out
    facts = json.loads(run("cache", "info", "--json")[1])
    assert facts["models"][0]["rows"] == 2
    assert facts["results"] >= 2
    assert facts["size"] > 0


def test_info_tells_two_ways_to_run_a_model_apart(run, private_cache):
    for layer in (3, 8):
        about = {"name": "bert", "dim": 3, "options": {"layer": layer, "pooling": "mean"}}
        VectorCache(private_cache, f"m{layer}", 3, about=about).put(["a"], np.ones((1, 3), np.float32))
    out = run("cache", "info")[1]
    assert "layer=3, pooling=mean" in out
    assert "layer=8, pooling=mean" in out


def test_verify_finds_damage_and_says_so_by_its_exit_code(run, private_cache):
    VectorCache(private_cache, "m", 3).put(["a", "b"], np.ones((2, 3), np.float32))
    assert run("cache", "verify")[:2] == (0, "1 segments read, 0 of them damaged.\n")
    path = next(private_cache.rglob("*.seg"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    code, out, _ = run("cache", "verify")
    assert code == 1
    assert "1 of them damaged; what they held will be computed again" in out


def test_clear_asks_and_removes(run, table, private_cache):
    run("map", table, "-o", "a.png", "--quiet")
    assert "freed" in run("cache", "gc")[1]
    assert run("cache", "clear", "--yes")[0] == 0
    assert json.loads(run("cache", "info", "--json")[1])["size"] == 0
    assert not list(private_cache.rglob("*.parquet"))


def test_a_ceiling_that_is_no_number_is_one_line(run, monkeypatch):
    monkeypatch.setenv("ASTERISM_CACHE_GB", "much")
    code, _, err = run("cache", "info")
    assert code == 1
    assert "ASTERISM_CACHE_GB is 'much'" in err


def test_what_is_freed_is_told_in_json(run, private_cache):
    VectorCache(private_cache, "m", 3).put(["a", "b"], np.ones((2, 3), np.float32))
    size = json.loads(run("cache", "info", "--json")[1])["size"]
    assert json.loads(run("cache", "gc", "--json")[1]) == {"freed": 0}
    assert json.loads(run("cache", "clear", "--yes", "--json")[1]) == {"freed": size}


@pytest.mark.parametrize("command", ["cache", "evaluate"])
def test_help_lists_commands_with_their_whole_sentence(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "..." not in out.partition("Commands:")[2]


def test_a_cache_that_cannot_be_written_is_a_note_of_the_run(run, table, tmp_path, monkeypatch):
    (tmp_path / "taken").touch()
    monkeypatch.setenv("ASTERISM_CACHE_DIR", str(tmp_path / "taken"))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        code, _, err = run("map", table, "-o", "a.csv")
        told = [line for line in err.splitlines() if "not kept" in line]
        assert code == 0
        assert told[0].startswith("note       Results are not kept in")
        assert "AsterismWarning" not in err
        assert run("map", table, "-o", "b.csv", "--quiet")[2] == ""
        assert run("map", table, "-o", "c.csv", "-q")[2] == ""


@pytest.mark.parametrize(("answer", "code", "told"), [("n\n", 1, "Nothing was removed."), ("", 130, "Interrupted.")])
def test_clear_removes_nothing_unless_it_is_told_to(run, table, private_cache, monkeypatch, answer, code, told):
    run("map", table, "-o", "a.csv", "--quiet")
    monkeypatch.setattr("sys.stdin", StringIO(answer))
    found = run("cache", "clear")
    assert found[0] == code
    assert told in found[2]
    assert any(private_cache.rglob("*.npy"))
