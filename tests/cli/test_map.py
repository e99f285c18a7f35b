from __future__ import annotations

import errno
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from asterism.cli import main


def test_map_writes_every_output_and_prints_their_paths(run, table):
    code, out, err = run("map", table, "-o", "a.parquet", "-o", "a.csv", "-o", "a.space", "-o", "a.png", "-o", "a.html")
    assert code == 0
    assert out.split() == ["a.parquet", "a.csv", "a.space", "a.png", "a.html"]
    assert "s  8 rows, 1 empty, 1 duplicate\n" in err
    assert "1 of 8 rows has no place on the map (empty: 1" in err
    written = pyarrow.parquet.read_table("a.parquet")
    assert written.column_names == ["text", "topic", "x", "y", "lost", "false"]
    assert written.num_rows == 8
    assert written.column("x").null_count == 1


def test_map_says_which_column_it_took_and_counts(run, table):
    code, out, err = run("map", table, "-o", "a.parquet", "--json")
    facts = json.loads(out)
    assert code == 0
    assert err == ""
    assert facts["rows"] == 8
    assert facts["placed"] == 7
    assert facts["counts"]["empty"] == 1
    assert facts["counts"]["duplicates"] == 1
    assert facts["text_column"] == "text"
    assert facts["color"] == "topic"
    assert facts["quality"]["chance"]["trustworthiness"] is not None
    assert "column 'text'" in facts["remarks"][0]


def test_vectors_are_kept_at_half_the_size_on_request(run, table, tmp_path):
    run("embed", table, "-o", "full.space", "--quiet")
    code, _, _ = run("embed", table, "-o", "half.space", "--dtype", "float16", "--quiet")
    assert code == 0
    full, half = (np.load(tmp_path / name / "vectors-00000.npy") for name in ("full.space", "half.space"))
    assert half.dtype == np.float16
    assert np.array_equal(half, full.astype(np.float16))


def test_map_goes_on_from_a_space(run, table):
    run("embed", table, "-o", "a.space", "--quiet")
    code, out, _ = run("map", "a.space", "--method", "pca", "-o", "b.parquet", "--json")
    assert code == 0
    assert json.loads(out)["method"] == "pca"


def test_parameters_of_the_method_are_options(run, table):
    arguments = (
        "--method",
        "umap",
        "--n-neighbors",
        3,
        "--min-dist",
        0.5,
        "--labels",
        "topic",
        "--param",
        "n_epochs=7",
    )
    params = json.loads(run("map", table, *arguments, "-o", "a.parquet", "--json")[1])["params"]
    assert (params["n_neighbors"], params["min_dist"], params["n_epochs"], params["label_weight"]) == (3, 0.5, 7, 0.5)
    params = json.loads(run("map", table, "--perplexity", "1,2", "-o", "b.parquet", "--json")[1])["params"]
    assert params["perplexity"] == [1, 2]


def test_stability_and_shepard_are_told_on_request(run, table):
    arguments = ("map", table, "--stability", "--shepard", "-o", "a.parquet", "-o", "a.png")
    facts = json.loads(run(*arguments, "--json")[1])
    quality = facts["quality"]
    assert len(quality["stability"]["runs"]) == 3
    assert len(quality["shepard"]) == 15  # pairs of 6 distinct texts
    assert quality["labels"]["column"] == "topic"
    assert quality["verdict"][-1].startswith("Laid out again")
    assert pyarrow.parquet.read_table("a.parquet").column("stability").null_count == 1
    again = run("map", table, "--stability", "-o", "b.parquet")[2]
    assert "iterations" not in again
    assert "stability " in again
    assert "verdict    " in again
    assert "labels " in again


def test_a_stopped_map_is_not_kept(run, table, monkeypatch):
    from asterism.cli._progress import StageReporter

    def interrupt(self, n=1, *, detail=""):
        if self._stage == "t-SNE":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(StageReporter, "advance", interrupt)
        code, out, _ = run("map", table, "-o", "a.parquet", "--json")
    assert code == 0
    assert any(remark.startswith("Stopped by the user") for remark in json.loads(out)["remarks"])
    assert json.loads(run("map", table, "-o", "b.parquet", "--json")[1])["params"]["iterations"] == 750


def test_same_seed_gives_the_same_bits_on_any_number_of_threads(run, table):
    points = []
    for number, threads in enumerate((1, 2, 4)):
        run("map", table, "-o", f"{number}.parquet", "--threads", threads, "--no-cache", "--quiet")
        written = pyarrow.parquet.read_table(f"{number}.parquet")
        points.append(np.column_stack([written["x"], written["y"]]).tobytes())
    assert len(set(points)) == 1


def test_cached_map_is_the_same_map(run, table):
    run("map", table, "-o", "a.parquet")
    code, _, err = run("map", table, "-o", "b.parquet")
    assert code == 0
    kept = [line.split()[0] for line in err.splitlines() if line.endswith("from the cache")]
    assert kept == ["neighbours", "t-SNE"]
    assert "iterations" not in err
    assert pyarrow.parquet.read_table("a.parquet").equals(pyarrow.parquet.read_table("b.parquet"))


def test_further_layouts_share_the_neighbours_of_the_first_also_where_texts_repeat(run, table):
    err = run("map", table, "-o", "a.html", "--also", "pca", "--also", "umap", "--no-cache")[2]
    assert [line.split()[0] for line in err.splitlines()].count("neighbours") == 1


def test_nothing_is_overwritten_without_force(run, table):
    run("map", table, "-o", "a.parquet")
    code, _, err = run("map", table, "-o", "a.parquet")
    assert code == 1
    assert err.strip() == (
        "asterism: 'a.parquet' exists; choose another name, or overwrite it with --force (force=True)."
    )
    assert run("map", table, "-o", "a.parquet", "--force")[0] == 0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("folder.csv", "'folder.csv' is a folder, which a file does not replace"),
        ("folder.html", "'folder.html' is a folder, which a file does not replace"),
        ("folder.space", "'folder.space' is a folder that is no Space"),
    ],
)
def test_folders_of_others_are_not_replaced_and_that_is_told_at_once(run, table, tmp_path, target, message):
    (tmp_path / target).mkdir()
    (tmp_path / target / "theirs").touch()
    code, _, err = run("map", table, "-o", target, "--force")
    assert code == 1
    assert message in err
    assert "read " not in err


def test_folder_that_cannot_be_written_to_is_told_at_once(run, table, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    code, _, err = run("map", table, "-o", "a.csv")
    assert code == 1
    assert "The folder '.' cannot be written to" in err
    assert "read " not in err


def test_fault_of_the_system_names_the_output(run, table, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = run("map", table, "-o", "a.csv", "--no-cache")
    assert code == 1
    assert err.splitlines()[-1] == "asterism: 'a.csv': No space left on device."


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["map", "nothing.csv", "-o", "a.png"], 1, "no file 'nothing.csv'"),
        (["map", ".", "-o", "a.png"], 1, "'.' is a directory"),
        (["map", "", "-o", "a.png"], 1, "The name of the input is empty"),
        (["map", "things.csv", "--model", "", "-o", "a.png"], 1, "The name of the model is empty"),
        (["map", "things.csv", "--encoding", "", "-o", "a.png"], 1, "There is no text encoding ''"),
        (["map", "things.csv", "-o", "a.gif"], 1, "ending in .html"),
        (["map", "things.csv", "-o", "no/a.png"], 1, "no folder 'no'"),
        (["map", "things.csv", "--text", "txt", "-o", "a.png"], 1, "did you mean 'text'"),
        (["map", "things.csv", "--color", "topc", "-o", "a.png"], 1, "no column 'topc'"),
        (["map", "things.csv", "--method", "som", "-o", "a.png"], 1, "som"),
        (["map", "things.csv", "--model", "no/such/model", "-o", "a.png"], 1, "no/such/model"),
        (["map", "things.csv", "--dim", "5", "-o", "a.png"], 2, "2<=x<=3"),
        (["map", "things.csv", "--method", "umap", "--perplexity", "5"], 2, "--perplexity is an option of tsne"),
        (["map", "things.csv", "--method", "pca", "--min-dist", "1"], 2, "--method pca takes none"),
        (["map", "things.csv", "--labels", "topic"], 2, "--labels is an option of umap"),
        (["map", "things.csv", "--param", "speed=3"], 2, "--speed is a parameter of no method"),
        (["map", "things.csv", "--param", "speed"], 2, "expected NAME=VALUE"),
        (["map", "things.csv", "--perplexity", "5,x"], 2, "'5,x' is not a number"),
        (["map", "things.csv", "--perplexity", "5", "--n-neighbors", "5", "-o", "a.png"], 1, "Leave one of them out"),
        (["map", "things.csv", "--without", "texts", "-o", "a.png"], 2, "--without belongs to pages"),
        (["map", "things.csv", "--shepard", "-o", "a.html"], 2, "--shepard belongs to figures and --json"),
        (["demo", "--shepard", "-o", "a.csv"], 2, "--shepard belongs to figures and --json"),
        (["compare-projections", "things.csv", "--without", "texts", "-o", "a.png"], 2, "--without belongs to pages"),
        (["explore", "things.csv", "-o", "a.png"], 2, "'a.png' does not end in .html"),
        (["map", "things.csv", "--also", "som", "-o", "a.html"], 1, "method is 'som'"),
        (["clusters", "things.csv", "--level", "9"], 1, "There is no level 9; the levels are 0, the coarsest, to"),
        (["place", "a.space", "new", "--text", "title"], 2, "--text names a column of --file"),
        (["map"], 2, "Missing argument 'INPUT'"),
        (["mapp"], 2, "No such command 'mapp'"),
        (["embed", "things.csv", "-o", "a.png"], 2, ".space"),
    ],
)
def test_faults_are_one_clear_line(run, table, arguments, code, message):
    answer = run(*arguments)
    assert answer[0] == code
    assert message in answer[2]
    assert "Traceback" not in answer[2]
    if code == 1:
        assert answer[2].strip().splitlines()[-1].startswith("asterism: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["map", "--color", "topc"],
            "There is no column 'topc' (the columns are 'text', 'topic'; did you mean 'topic'?)",
        ),
        (["map", "--evaluate", "topc"], "There is no column 'topc'"),
        (["map", "--method", "umap", "--labels", "topc"], "There is no column 'topc'"),
        (["map", "--perplexity", "inf"], "perplexity is inf"),
        (["map", "--param", "momentum=fast"], "momentum is 'fast'; expected a number"),
        (["map", "--method", "umap", "--min-dist", "5"], "min_dist is 5.0"),
        (["reduce", "--min-dist", "5", "-o", "a.space"], "min_dist is 5.0"),
        (["compare-projections", "--color", "topc"], "There is no column 'topc'"),
        (["clusters", "--column", "topc"], "There is no column 'topc'"),
        (["outliers", "--column", "topc"], "There is no column 'topc'"),
        (["evaluate", "labels", "topc", "--space"], "There is no column 'topc'"),
    ],
)
def test_what_cannot_be_done_is_told_before_texts_are_embedded(run, table, arguments, message):
    last = [] if arguments[-1] == "--space" else arguments[1:]
    given = [*arguments, table] if not last else [arguments[0], table, *last]
    code, _, err = run(*given)
    assert code == 1
    assert message in err
    assert "embed " not in err


def test_sample_is_said_loudly(run, table):
    code, _, err = run("map", table, "--sample", 4, "-o", "a.parquet")
    assert code == 0
    assert "A SAMPLE: 4 of 8 rows" in err
    assert pyarrow.parquet.read_table("a.parquet").num_rows == 4


def test_vectors_beside_a_table_are_used_and_counted(run, table, rng):
    np.save("v.npy", rng.standard_normal((8, 5)))
    code, out, _ = run("map", table, "--vectors", "v.npy", "-o", "a.parquet", "--json")
    assert code == 0
    assert json.loads(out)["model"] == {
        **json.loads(out)["model"],
        "name": "given",
        "dim": 5,
    }
    np.save("w.npy", rng.standard_normal((9, 5)))
    assert "9 vectors for 8 rows" in run("map", table, "--vectors", "w.npy", "-o", "b.parquet")[2]


def test_ready_coordinates_are_shown_as_they_are(run, tmp_path):
    pyarrow.parquet.write_table(
        pa.table({"text": ["a", "b", "c"], "u": [1.0, 2.0, None], "v": [0.0, 5.0, 1.0]}), tmp_path / "c.parquet"
    )
    code, _, err = run("map", "c.parquet", "--x", "u", "--y", "v", "-o", "d.parquet")
    assert code == 0
    assert "1 of 3 rows has no place on the map (without coordinates: 1)" in err
    written = pyarrow.parquet.read_table("d.parquet")
    assert written.column("x").to_pylist() == [1.0, 2.0, None]
    assert run("embed", "c.parquet", "--x", "u", "--y", "v", "-o", "c.space")[0] == 0
    assert "show them with --method given" in run("map", "c.space", "-o", "e.parquet")[2]
    assert "no vectors; nothing can be asked of it" in run("evaluate", "labels", "text", "--space", "c.space")[2]
    assert run("map", "c.space", "--method", "given", "-o", "e.parquet")[0] == 0
    assert pyarrow.parquet.read_table("e.parquet").column("x").to_pylist() == [1.0, 2.0, None]


@pytest.mark.parametrize("name", ["words", "sentences", "categories"])
def test_demos_run(run, name):
    code, out, _ = run("demo", name, "-o", f"{name}.parquet", "--json")
    assert code == 0
    assert json.loads(out)["placed"] == {"words": 32, "sentences": 20, "categories": 625}[name]


def test_debug_shows_the_traceback(run):
    with pytest.raises(Exception, match="no file"):
        main(["--debug", "map", "nothing.csv", "-o", "a.png"])


def test_version_is_told(run):
    assert run("--version")[1].startswith("asterism 0.")


@pytest.mark.parametrize("command", ["map", "reduce", "compare-projections", "clusters", "outliers"])
def test_a_file_of_which_no_row_can_be_placed_is_refused_with_the_reason(run, tmp_path, command):
    (tmp_path / "empty.csv").write_text('text\n""\n" "\n')
    code, out, err = run(command, "empty.csv", "-o", "out.space" if command == "reduce" else "out.png")
    assert (code, out) == (1, "")
    assert "None of the 2 rows can be placed (empty: 2); expected at least one text with a vector." in err
    assert not list(tmp_path.glob("out.*"))


@pytest.mark.parametrize("asked", [["neighbors", "empty.csv", "a"], ["interpolate", "empty.csv", "a", "b"]])
def test_nothing_is_asked_of_a_file_of_which_no_row_can_be_placed(run, tmp_path, asked):
    (tmp_path / "empty.csv").write_text('text\n""\n" "\n')
    code, out, err = run(*asked)
    assert (code, out) == (1, "")
    assert "None of the 2 rows can be placed (empty: 2)" in err


def test_coordinates_of_which_none_can_be_placed_are_refused(run, tmp_path):
    (tmp_path / "xy.csv").write_text("text,x,y\na,nan,1\nb,2,nan\n")
    code, _, err = run("map", "xy.csv", "--x", "x", "--y", "y")
    assert code == 1
    assert "None of the 2 rows can be placed (without coordinates: 2)" in err


def test_clusters_that_are_asked_for_colour_pages_figures_and_tables(run, tmp_path):
    outputs = ["-o", "a.html", "-o", "a.svg", "-o", "a.csv", "--json"]
    code, out, _ = run("map", "things.csv", "--color", "cluster", *outputs)
    assert code == 0
    assert json.loads(out)["color"] == "cluster"
    drawn = pyarrow.csv.read_csv(tmp_path / "a.csv")
    assert drawn.column_names[-1] == "cluster"
    assert len(set(drawn["cluster"].to_pylist()) - {""}) > 1
    assert run("map", "things.csv", "--clusters", "-o", "b.csv")[0] == 0
    assert pyarrow.csv.read_csv(tmp_path / "b.csv")["cluster"] == drawn["cluster"]
    assert run("map", "things.csv", "-o", "c.csv")[0] == 0
    assert "cluster" not in pyarrow.csv.read_csv(tmp_path / "c.csv").column_names


def test_a_column_of_the_input_that_is_called_cluster_is_what_colours(run, tmp_path):
    (tmp_path / "own.csv").write_text("cluster,text\na,x\na,y\nb,z\n")
    code, out, _ = run(
        "map", "own.csv", "--text", "text", "--color", "cluster", "--no-clusters", "-o", "a.svg", "--json"
    )
    assert (code, json.loads(out)["color"]) == (0, "cluster")
    code, _, err = run("map", "things.csv", "--color", "cluster", "--no-clusters", "-o", "b.svg")
    assert code == 1
    assert "'cluster'" in err


@pytest.mark.parametrize("option", [["--clusters"], ["--color", "cluster"], ["--stability"]])
def test_what_ready_coordinates_cannot_give_is_refused(run, tmp_path, option):
    (tmp_path / "xy.csv").write_text("text,x,y\na,1,2\nb,2,3\nc,0,1\n")
    code, _, err = run("map", "xy.csv", "--x", "x", "--y", "y", *option, "-o", "a.html")
    assert code == 1
    assert ("laid out by nothing that could" if option == ["--stability"] else "found among vectors") in err


def test_further_layouts_that_no_output_holds_are_refused(run):
    code, _, err = run("map", "things.csv", "--also", "pca", "-o", "a.csv", "-o", "a.png")
    assert code == 2
    assert "--also belongs to pages and Spaces; give an -o that ends in .html or .space." in err
