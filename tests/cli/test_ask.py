"""The commands that ask a Space."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

import asterism


def test_neighbors_are_told_as_a_table_and_as_json(run, rows):
    code, out, _ = run("neighbors", "things.csv", rows[0][0], "-k", 2, "--quiet")
    assert code == 0
    assert out.splitlines()[0].split() == ["similarity", "row", "text"]
    assert out.splitlines()[1].split()[:2] == ["1.0000", "7"]
    facts = json.loads(run("neighbors", "things.csv", "1", "--row", "--json", "--metric", "manhattan")[1])
    assert facts["query"] == rows[1][0]
    assert facts["metric"] == "manhattan"
    assert facts["scores"] == sorted(facts["scores"])


def test_arithmetic_without_a_space_runs_over_the_words_of_the_model(run):
    code, out, err = run("arithmetic", "king - man + woman", "-k", 4)
    assert code == 0
    assert "queen" in out
    assert "with the terms left in" in out
    assert "nearest to woman alone" in out
    assert "whole words" in err


def test_arithmetic_points_at_what_it_cannot_read(run):
    code, out, err = run("arithmetic", "things.csv", "king - - man", "--quiet")
    assert (code, out) == (1, "")
    assert err.splitlines()[1:] == ["  king - - man", "         ^"]


def test_arithmetic_takes_pairs_for_the_mean_offset(run):
    code, out, _ = run("arithmetic", "big", "--method", "3cosavg", "--pair", "small:smaller", "--json")
    assert code == 0
    assert "bigger" in json.loads(out)["texts"]
    assert run("arithmetic", "big", "--method", "3cosavg", "--pair", "small")[0] == 2
    assert run("arithmetic")[0] == 2


def test_interpolation_marks_where_the_nearest_text_changes(run, rows):
    code, out, _ = run("interpolate", "things.csv", rows[0][0], rows[5][0], "--steps", 3, "--quiet")
    lines = out.splitlines()
    assert code == 0
    assert rows[0][0] in lines[1]
    assert rows[5][0] in lines[4]
    assert any("*" in line for line in lines[2:5])


def test_distances_of_all_texts_and_of_one_measure(run):
    code, out, _ = run("distances", "things.csv", "cat", "dog", "car", "--measure", "angle", "--quiet")
    assert code == 0
    assert out.splitlines()[0].split()[0] == "angle"
    table = json.loads(run("distances", "things.csv", "cat", "dog", "--json")[1])
    assert table["cosine"][0][0] == pytest.approx(1)
    assert table["texts"] == ["cat", "dog"]


def test_axes_and_a_plane_of_two(run):
    code, out, _ = run("axis", "things.csv", "cat -> car", "--quiet")
    assert code == 0
    assert out.startswith("cat → car")
    plane = json.loads(run("axis", "things.csv", "cat -> car", "slow -> fast", "--json")[1])["plane"]
    assert len(plane["points"]) == 8
    assert plane["points"][6] == [None, None]
    assert run("axis", "things.csv", "cat", "--quiet")[0] == 1


def test_clusters_and_outliers_of_a_file(run):
    code, out, _ = run("clusters", "things.csv", "--column", "topic", "--no-cache", "--quiet")
    assert code == 0
    assert "level 0" in out
    assert "ARI" in out
    facts = json.loads(run("outliers", "things.csv", "--column", "topic", "--no-cache", "--json")[1])
    assert facts["duplicates"]["equal"] == [[0, 7]]
    assert facts["measures"]["distance"][6] is None
    assert "1 group of equal vectors, 2 texts" in run("outliers", "things.csv", "--quiet")[1]


def test_evaluation_of_analogies_similarity_and_labels(run, tmp_path):
    (tmp_path / "words.txt").write_text("big\nbigger\nsmall\nsmaller\ncat\n")
    (tmp_path / "q.txt").write_text(": gram3-comparative\nbig bigger small smaller\nbig bigger slow slower\n")
    (tmp_path / "p.tsv").write_text("big\tbigger\t9\nbig\tcat\t1\nsmall\tsmaller\t8\n")
    report = json.loads(run("evaluate", "analogies", "q.txt", "--space", "words.txt", "--json")[1])
    assert report["accuracy"] == 1
    assert report["coverage"] == 0.5
    assert "gram3-comparative" in run("evaluate", "analogies", "q.txt", "--space", "words.txt", "--quiet")[1]
    assert "Spearman, cosine" in run("evaluate", "similarity", "p.tsv", "--space", "words.txt", "--quiet")[1]
    (tmp_path / "p.tsv").write_text("\ufeffbig\tbigger\t9\nbig\tcat\t1\n", "utf-8")
    assert "Spearman, cosine" in run("evaluate", "similarity", "p.tsv", "--space", "words.txt", "--quiet")[1]
    (tmp_path / "p.tsv").write_text("café\tthé\t9\n", "latin-1")
    code, _, err = run("evaluate", "similarity", "p.tsv", "--space", "words.txt", "--quiet")
    assert (code, err) == (1, "asterism: 'p.tsv' is not UTF-8 (byte 4); save it in that encoding.\n")
    assert json.loads(run("evaluate", "labels", "topic", "--space", "things.csv", "--json")[1])["n_labels"] == 2


def test_the_vocabulary_is_kept_once_and_asked_afterwards(run):
    code, out, _ = run("vocabulary", "-o", "words.space", "--quiet")
    assert (code, out.strip()) == (0, "words.space")
    assert "queen" in run("arithmetic", "words.space", "king - man + woman", "--quiet")[1]
    assert run("vocabulary", "-o", "words.space")[0] == 1
    assert run("vocabulary", "-o", "words.txt")[0] == 2


def test_how_a_file_is_read_is_no_option_of_a_space(run):
    assert run("embed", "things.csv", "-o", "things.space", "--quiet")[0] == 0
    for flags, told in ((("--text", "topic"), "--text belongs to files"), (("--format", "csv"), "--format belongs")):
        code, _, err = run("neighbors", "things.space", "cat", *flags)
        assert code == 2
        assert told in err


def test_answers_are_drawn_as_figures_pages_and_tables(run, rows, tmp_path):
    sizes = ["--theme", "dark", "--width", 90, "--dpi", 60, "--title", "Drawn"]
    asked = [
        ("neighbors", "things.csv", rows[0][0]),
        ("interpolate", "things.csv", rows[0][0], rows[5][0], "--on", "map"),
        ("axis", "things.csv", "cat -> car"),
        ("distances", "things.csv", "cat", "dog"),
        ("outliers", "things.csv", "--no-cache"),
    ]
    for number, command in enumerate(asked):
        outputs = [tmp_path / f"{number}{ending}" for ending in (".png", ".html", ".parquet")]
        code, out, err = run(*command, *(part for path in outputs for part in ("-o", path)), *sizes)
        assert code == 0, err
        assert out
        assert all(path.stat().st_size > 500 for path in outputs)


@pytest.mark.parametrize(
    ("asked", "column", "least", "most"),
    [
        (["neighbors", "A dog barks at the mailman.", "-k", 3], "similarity", -1, 1),
        (["neighbors", "A dog barks at the mailman.", "-k", 3, "--metric", "euclidean"], "distance", 0, 2),
        (["arithmetic", "cat - dog + car", "-k", 3], "score", -1, 1),
        (["arithmetic", "cat - dog + car", "-k", 3, "--on", "map"], "score", -1, 1),
        (["interpolate", "cat", "car"], "nearest_at", 0, 1),
        (["interpolate", "cat", "car", "--on", "umap"], "nearest_at", 0, 1),
    ],
)
def test_what_was_found_is_a_column_of_the_table(run, asked, column, least, most):
    command, *rest = asked
    answer = json.loads(run(command, "things.csv", *rest, "--json", "-o", "found.parquet")[1])
    table = pq.read_table("found.parquet")
    found = {row["text"]: row[column] for row in table.to_pylist() if row[column] is not None}
    if command == "interpolate":
        first = {step["nearest"]["texts"][0]: step["t"] for step in reversed(answer["steps"])}
        assert found == first
    else:
        assert found == pytest.approx(dict(zip(answer["texts"], answer["scores"], strict=True)))
    assert all(least <= value <= most for value in found.values())


def test_a_column_of_that_name_stays_as_it_came():
    space = asterism.embed(["cat", "dog", "car"]).with_columns({"similarity": [1, 2, 3]})
    table = space.draw(space.neighbors("cat", k=1), on=space.map(method="pca", cache=False)).table
    assert table["similarity"].to_pylist() == [1, 2, 3]
    assert table["similarity_found"].null_count == 2


def test_options_of_figures_need_a_figure(run, tmp_path):
    code, _, err = run("neighbors", "things.csv", "cat", "-o", tmp_path / "a.html", "--theme", "dark")
    assert code == 2
    assert "--theme belongs to figures" in err
    assert run("distances", "things.csv", "cat", "dog", "-o", tmp_path / "a.png", "--height", 90)[0] == 1


def test_labels_are_told_beside_what_guessing_reaches(run):
    code, out, _ = run("evaluate", "labels", "topic", "--space", "things.csv", "-k", 3, "--quiet")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["measure", "value", "guessing"]
    assert lines[1].startswith("right by 3 neighbours")
    assert lines[4].split()[0] == "silhouette"
    assert "with 2 labels" in lines[-1]


def test_a_map_evaluates_labels_when_asked(run, tmp_path):
    out = tmp_path / "map.parquet"
    facts = json.loads(run("map", "things.csv", "--evaluate", "topic", "--no-cache", "--json", "-o", out)[1])
    assert facts["evaluation"]["column"] == "topic"
    assert 0 <= facts["evaluation"]["probe_accuracy"] <= 1
    code, _, err = run("map", "things.csv", "--evaluate", "nothing", "-o", tmp_path / "other.parquet")
    assert code == 1
    assert "no column 'nothing'" in err


def test_weat_tells_effect_and_p_value(run):
    command = ["evaluate", "weat", "--space", "things.csv", "-x", "cat, dog", "-y", "car, bus"]
    code, out, _ = run(*command, "-a", "horse, cow", "-b", "train, truck", "--quiet")
    assert code == 0
    assert "effect size" in out
    told = json.loads(run(*command, "-a", "horse, cow", "-b", "train, truck", "--json")[1])
    assert told["effect_size"] > 1
    assert told["is_exact"]
    assert told["n_splits"] == 6
    code, _, err = run(*command, "-a", " , ", "-b", "train")
    assert code == 2
    assert "names no text" in err


def test_a_term_that_is_not_there_has_spellings_offered(run):
    _, _, err = run("arithmetic", "kingg - man", "-k", 2)
    assert "nearest spellings: 'king'" in err


def test_tables_show_what_a_terminal_would_obey(run, tmp_path):
    evil = "red \x1b[31m\x1b[2J bell \x07 turned \u202e"
    (tmp_path / "evil.csv").write_text(f'text,n\n"{evil}",1\n"two\nlines",2\nworld,3\n', "utf-8")
    for arguments in (("neighbors", "evil.csv", "world"), ("distances", "evil.csv"), ("outliers", "evil.csv")):
        code, out, _ = run(*arguments, "--quiet")
        assert code == 0
        assert "red \ufffd[31m\ufffd[2J bell \ufffd turned \ufffd" in out
        assert "two lines" in out
        assert not set(out) & set("\x1b\x07\u202e")
    assert evil in json.loads(run("neighbors", "evil.csv", "world", "--json")[1])["texts"]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("builtin", "The built-in model is a table of vectors and needs no export"),
        ("static:some/model", "'static:some/model' is no transformer of PyTorch; expected the folder of one"),
        ("openai:some-model", "'openai:some-model' is no transformer of PyTorch; expected the folder of one"),
    ],
)
def test_what_is_no_transformer_is_not_looked_for_on_the_hub_to_be_exported(run, model, told):
    code, out, err = run("export-onnx", model, "-o", "out")
    assert (code, out) == (1, "")
    assert told in err


def test_more_steps_than_anybody_reads_are_refused_before_texts_are_read(run):
    code, _, err = run("interpolate", "nowhere.csv", "a", "b", "--steps", 100_000)
    assert code == 2
    assert "100000 is not in the range 1<=x<=10000" in err
