from __future__ import annotations

import json

import numpy as np
import pytest

import asterism
from asterism.errors import InputError
from asterism.project.choices import Choice


@pytest.fixture(scope="module")
def space():
    return asterism.embed(asterism.demo("words"))


def test_sheet_is_written_as_figure_and_page(run, tmp_path):
    import pyarrow.csv

    pyarrow.csv.write_csv(asterism.demo("words").table, tmp_path / "words.csv")
    few = ("--exaggeration", 1, "--perplexity", 5, "--n-neighbors", 5, "--min-dist", 0.1)
    code, out, _ = run("compare-projections", "words.csv", *few, "-o", "a.png", "-o", "a.html")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["projection", "recall@10"]
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "PCA",
        "t-SNE, perplexity 5",
        "UMAP, 5 neighbours, min_dist 0.1",
        "(chance)",
    ]
    assert lines[-2:] == ["a.png", "a.html"]
    assert (tmp_path / "a.png").stat().st_size > 10_000
    facts = json.loads(run("compare-projections", "words.csv", *few, "-o", "b.svg", "--json")[1])
    assert [each["method"] for each in facts["projections"]] == ["pca", "tsne", "umap"]
    assert facts["projections"][1]["quality"]["labels"]["column"] == "category"
    assert facts["projections"][0]["quality"]["pca"] is None


def test_a_sheet_is_no_table(run):
    code, _, err = run("compare-projections", "words.csv", "-o", "a.parquet")
    assert code == 1
    assert "A sheet cannot be written to 'a.parquet'" in err


def test_a_panel_is_the_map_that_its_choice_makes_turned(space):
    sheet = space.compare_projections([Choice("PCA", "pca"), Choice("mine", "tsne", {"perplexity": 5})], cache=False)
    alone = space.map(perplexity=5, cache=False)
    assert [each.name for each in sheet.projections] == ["PCA", "mine"]
    assert sheet.projections[1].quality.recall == alone.quality.recall
    both = (sheet.projections[1].points, alone.points)
    between = [np.linalg.norm(points[:, None] - points, axis=2) for points in both]
    np.testing.assert_allclose(*between, rtol=1e-4, atol=1e-4)
    assert sheet.projections[0].axes[0].startswith("PC1")


def test_sheet_has_a_panel_per_projection_and_says_how_to_read_it(space):
    from asterism.view.figure import draw_sheet

    sheet = space.compare_projections(exaggeration=[1], min_dist=[0.1], n_neighbors=[5])
    figure = draw_sheet(sheet.scene, dpi=60)
    texts = [text.get_text() for text in figure.texts]
    for each in sheet.projections:
        assert each.name in texts
    assert any("What stays from panel to panel" in text for text in texts)
    assert sum(text.startswith("recall@10") for text in texts) == len(sheet.projections)
    assert sheet._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("n", [0, 1, 3, 6])
def test_few_texts_make_a_sheet(rng, n, dim, tmp_path):
    space = asterism.Space.from_vectors(rng.standard_normal((n, 5)), [str(i) for i in range(n)])
    sheet = space.compare_projections(dim=dim, cache=False)
    sheet.save(tmp_path / "a.png")
    assert all(each.points.shape == (n, dim) for each in sheet.projections)


def test_coordinates_alone_cannot_be_laid_out_again(tmp_path):
    (tmp_path / "a.csv").write_text("text,x,y\na,1,2\nb,3,4\n")
    space = asterism.embed(asterism.read(tmp_path / "a.csv", x="x", y="y"))
    with pytest.raises(InputError, match="has coordinates but no vectors"):
        space.compare_projections()
